#include "engine/realtime/dsp/filter_band.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/realtime/dsp/analogue_fit.hpp"
#include "engine/realtime/dsp/ramp.hpp"

namespace busbar {

namespace {

constexpr int kGlide = static_cast<int>(kGrid);

void add(BandDesign& design, const FittedSection& section) noexcept {
  design.tuning[design.count] = section.tuning;
  design.pole_radius[design.count++] = section.pole_radius;
}

/// Butterworth: `order` poles evenly on the left half of the circle, as sections of second order with the Q of each
/// pair, the most resonant last, and one of first order if the order is odd.
void add_pass(BandDesign& design, const BandSettings& s, double rate) noexcept {
  const int order = s.slope_db / 6;
  const bool high = s.kind == BandKind::high_pass;
  if (order % 2 == 1)
    add(design, high ? fit_high_pass_first_order(s.hz, rate)
                     : fit_low_pass(AnalogueSection::low_pass_first_order(), s.hz, rate));
  for (int k = order / 2; k >= 1; --k) {
    const double q = 0.5 / std::sin((2 * k - 1) * std::numbers::pi / (2 * order));
    const double pair_q = order % 2 == 1 ? 0.5 / std::cos(k * std::numbers::pi / order) : q;
    add(design, high ? fit_high_pass(pair_q, s.hz, rate) : fit_low_pass(AnalogueSection::low_pass(pair_q), s.hz, rate));
  }
}

AnalogueSection boost_of(const BandSettings& s) noexcept {
  const double gain_db = std::fabs(s.gain_db);
  switch (s.kind) {
    case BandKind::low_shelf:
      return AnalogueSection::low_shelf(gain_db, std::min(s.q, kHighestShelfQ));
    case BandKind::high_shelf:
      return AnalogueSection::high_shelf(gain_db, std::min(s.q, kHighestShelfQ));
    case BandKind::tilt:
      return AnalogueSection::tilt(gain_db);
    default:
      return AnalogueSection::bell(gain_db, s.q);
  }
}

}  // namespace

BandDesign design_band(const BandSettings& s, double rate) noexcept {
  BandDesign design;
  if (s.kind == BandKind::off) return design;
  if (s.is_pass()) {
    add_pass(design, s, rate);
  } else if (s.kind == BandKind::rumble) {
    add(design, {SectionTuning::high_of(SvfTuning::at(s.hz, s.q, rate)), SvfTuning::pole_radius(s.hz, s.q, rate)});
  } else {
    add(design, s.gain_db < 0.0 ? fit_cut(boost_of(s), s.hz, rate) : fit_boost(boost_of(s), s.hz, rate));
    if (s.is_flat()) design.tuning[0] = design.tuning[0].flat();
  }
  return design;
}

void add_tail(const BandSettings& settings, double rate, double& frames, double& loudest_db) noexcept {
  if (settings.is_flat()) return;
  const BandDesign design = design_band(settings, rate);
  for (std::size_t k = 0; k < design.count; ++k) {
    const double fall_db = 20.0 * std::log10(kLoudest / kSettled) + loudest_db;
    frames += std::ceil(fall_db / (-20.0 * std::log10(design.pole_radius[k]))) + kSettleEvery;
    loudest_db += std::max(0.0, settings.gain_db) + 12.0;  // 12: what a pass overshoots, and the resonance of a shelf
  }
}

void BandChain::stand_at(const BandSettings& settings, double sample_rate) noexcept {
  const BandDesign design = design_band(settings, sample_rate);
  settings_ = settings;
  count_ = design.count;
  now_ = target_ = design.tuning;
  glide_left_ = 0;
  state_ = {};
  past_.forget();
}

void BandChain::retune(const BandSettings& settings, double sample_rate) noexcept {
  if (settings == settings_) return;
  if (is_idle() && settings.is_flat()) return stand_at(settings, sample_rate);
  const bool wakes = is_idle();
  const BandDesign design = design_band(settings, sample_rate);
  settings_ = settings;
  target_ = design.tuning;
  // A flat band neither runs nor remembers. It wakes with the poles of what it becomes, passing all.
  if (wakes)
    for (std::size_t k = 0; k < count_; ++k) now_[k] = target_[k].flat();
  from_ = now_;
  glide_left_ = kGlide;
}

void BandChain::arrive() noexcept {
  now_ = target_;
  if (settings_.is_flat()) state_ = {};
}

void BandChain::run_gliding(Pair* io, int frames) noexcept {
  past_.forget();
  for (int i = 0; i < frames; ++i, --glide_left_) {
    const double t = static_cast<double>(kGlide + 1 - glide_left_) / kGlide;
    Pair x = io[i];
    for (std::size_t k = 0; k < count_; ++k) {
      now_[k] = from_[k].towards(target_[k], t);
      x = state_[k].next(now_[k], x);
    }
    io[i] = x;
  }
}

void BandChain::run(Pair* io, int frames) noexcept {
  const int gliding = std::min(frames, glide_left_);
  if (gliding > 0) {
    run_gliding(io, gliding);
    if (glide_left_ == 0) arrive();
  }
  if (gliding == frames || is_idle()) return;
  if (count_ == 1) return run_lone_section(now_[0], state_[0], past_, io + gliding, frames - gliding);
  std::array<SectionRef, kMostSections> refs;
  const std::size_t count = sections(refs.data());
  run_sections(std::span(refs).first(count), io + gliding, frames - gliding);
}

bool BandChain::run_alone(const AudioBlock& io) noexcept {
  if (count_ != 1 || is_idle() || !stands()) return false;
  run_lone_section(now_[0], state_[0], past_, io);
  return true;
}

std::size_t BandChain::sections(SectionRef* out) noexcept {
  if (is_idle()) return 0;
  past_.forget();
  for (std::size_t k = 0; k < count_; ++k) out[k] = {&now_[k], &state_[k]};
  return count_;
}

void BandChain::settle() noexcept {
  for (std::size_t k = 0; k < count_; ++k) state_[k].settle();
  past_.settle();
}

void FilterBand::prepare(double sample_rate) noexcept {
  sample_rate_ = sample_rate;
  fade_length_ = std::max<Frames>(1, to_frames(kMoveSeconds, sample_rate));
  reset();
}

void FilterBand::reset() noexcept {
  started_ = fading_ = false;
  fade_age_ = 0;
  wanted_ = {};
  current_ = next_ = {};
}

void FilterBand::set(const BandSettings& wanted) noexcept {
  if (started_ && wanted == wanted_) return;
  wanted_ = wanted;
  if (!started_) current_.stand_at(wanted, sample_rate_);
  started_ = true;
  // Either filter of a fade takes what it has in common with the new settings.
  const auto follow = [&](BandChain& chain) {
    BandSettings settings = wanted;
    settings.kind = chain.settings().kind;
    settings.place = chain.settings().place;
    settings.slope_db = chain.settings().slope_db;
    chain.retune(settings, sample_rate_);
  };
  if (wanted.kind != BandKind::off) {  // which says nothing of the rest: what fades out does so as it is
    if (fading_ || current_.settings().glides_to(wanted)) follow(current_);
    if (fading_) follow(next_);
  }
  begin_fade_if_due();
}

void FilterBand::begin_fade_if_due() noexcept {
  if (fading_ || current_.settings().glides_to(wanted_)) return;
  next_.stand_at(wanted_, sample_rate_);
  fading_ = true;
  fade_age_ = 0;
}

void FilterBand::run(Pair* io, int frames, bool is_mono) noexcept {
  for (int done = 0; done < frames;) {
    if (!fading_) return run_placed(current_, io + done, frames - done, is_mono);
    const int run = static_cast<int>(std::min<Frames>(frames - done, fade_length_ - fade_age_));
    run_fading(io + done, run, is_mono);
    done += run;
    if (fade_age_ < fade_length_) continue;
    current_ = next_;
    fading_ = false;
    begin_fade_if_due();
  }
}

void FilterBand::run_placed(BandChain& chain, Pair* io, int frames, bool is_mono) noexcept {
  if (chain.is_idle()) return;
  const BandPlace place = chain.settings().place;
  if (place == BandPlace::stereo || (is_mono && place == BandPlace::mid)) return chain.run(io, frames);
  if (is_mono) return;
  std::array<Pair, kSettleEvery> part, other;
  const double sign = place == BandPlace::mid ? 1.0 : -1.0;
  for (int i = 0; i < frames; ++i) {
    const auto [left, right] = io[i].lane;
    part[static_cast<std::size_t>(i)].lane = {0.5 * (left + sign * right), 0.0};
    other[static_cast<std::size_t>(i)].lane = {0.5 * (left - sign * right), 0.0};
  }
  chain.run(part.data(), frames);
  for (int i = 0; i < frames; ++i) {
    const double a = part[static_cast<std::size_t>(i)].lane[0], b = other[static_cast<std::size_t>(i)].lane[0];
    io[i].lane = {a + b, sign * (a - b)};
  }
}

void FilterBand::run_fading(Pair* io, int frames, bool is_mono) noexcept {
  std::array<Pair, kSettleEvery> after;
  std::copy_n(io, frames, after.begin());
  run_placed(current_, io, frames, is_mono);
  run_placed(next_, after.data(), frames, is_mono);
  for (int i = 0; i < frames; ++i) {
    const double t = static_cast<double>(++fade_age_) / static_cast<double>(fade_length_);
    const double weight = smoothstep(t);
    for (std::size_t c = 0; c < 2; ++c)
      io[i].lane[c] += weight * (after[static_cast<std::size_t>(i)].lane[c] - io[i].lane[c]);
  }
}

void FilterBand::settle() noexcept {
  current_.settle();
  if (fading_) next_.settle();
}

}  // namespace busbar
