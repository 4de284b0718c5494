#include "cli/demo/keys_pad.hpp"

#include <array>
#include <string_view>
#include <vector>

#include "cli/demo/drum_voices.hpp"

namespace busbar::demo {
namespace {

/// A note of the electric piano: frequency modulation (J. Chowning, 1973), a soft pair for the tone and a short
/// high one for the tine.
class PianoVoice {
 public:
  PianoVoice(double note, double velocity, double seconds)
      : turn_(pitch_hz(note) / kSampleRate),
        level_(0.2 * velocity, 3.5),
        edge_(1.6 * velocity, 1.4),
        tine_(0.35 * velocity, 0.25),
        held_(static_cast<int>(seconds * kSampleRate)) {}
  bool done() const noexcept { return level_.level < 1e-4; }
  double next() noexcept {
    if (held_ > 0 && --held_ == 0) level_.factor = decay_factor(0.15);
    phase_ += turn_;
    rise_ += 0.01 * (1.0 - rise_);
    const double body = sine(phase_ + edge_.next() / 6.2832 * sine(phase_));
    const double tine = tine_.next() * sine(phase_ + 0.25 * sine(14.0 * phase_));
    return rise_ * level_.next() * (body + tine);
  }

 private:
  double turn_;
  Fall level_, edge_, tine_;
  int held_;
  double phase_ = 0.0, rise_ = 0.0;
};

// The chord around middle C, as a pianist would lead the voices.
std::array<int, 4> voicing_of(const Chord& chord) {
  switch (chord.root) {
    case 28:
      return {55, 59, 64, 66};  // Em9
    case 31:
      return {55, 59, 62, 69};  // Gadd9
    case 33:
      return {55, 60, 64, 69};  // Am7
    case 36:
      return {55, 59, 64, 67};  // Cmaj7
    default:
      return {57, 62, 64, 66};  // Dadd9
  }
}

std::string_view comping_of(const Bar& bar) {
  switch (bar.part) {
    case Part::intro:
      return "x.........o.....";
    case Part::verse:
      return bar.number % 2 == 0 ? "......x...o....." : "x.....o.........";
    case Part::rise:
      return "x.......o.......";
    case Part::chorus:
      return "x..o..x...o.x...";
    case Part::turn:
      return bar.closes() ? "x.......x......." : "x.....o.........";
  }
  return "";
}

/// A saw whose step is rounded off by a polynomial (V. Välimäki, A. Huovilainen, 2007), so that it folds little.
class Saw {
 public:
  void tune(double hz) noexcept { turn_ = hz / kSampleRate; }
  double next() noexcept {
    phase_ += turn_;
    if (phase_ >= 1.0) phase_ -= 1.0;
    return 2.0 * phase_ - 1.0 - step_residue();
  }

 private:
  double step_residue() const noexcept {
    if (phase_ < turn_) {
      const double t = phase_ / turn_;
      return 2.0 * t - t * t - 1.0;
    }
    if (phase_ > 1.0 - turn_) {
      const double t = (phase_ - 1.0) / turn_;
      return t * t + 2.0 * t + 1.0;
    }
    return 0.0;
  }
  double phase_ = 0.37, turn_ = 0.0;
};

struct PadPart {
  double level, corner_hz;
};

PadPart pad_in(Part part) {
  switch (part) {
    case Part::intro:
      return {0.55, 700.0};
    case Part::verse:
      return {0.0, 600.0};
    case Part::rise:
      return {0.7, 1100.0};
    case Part::chorus:
      return {1.0, 2200.0};
    case Part::turn:
      return {0.6, 1000.0};
  }
  return {};
}

}  // namespace

struct Keys::Hands {
  Random random{53};
  Voices<PianoVoice> notes;
  std::vector<double> mono;
  double tremolo = 0.0;
};

Keys::Keys() : hands_(std::make_unique<Hands>()) {}
Keys::~Keys() = default;

void Keys::play(const Bar& bar, Line left, Line right) {
  Hands& h = *hands_;
  const std::string_view comping = comping_of(bar);
  const double strength = bar.part == Part::chorus ? 1.0 : 0.7;
  for (std::size_t step = 0; step < comping.size(); ++step) {
    if (comping[step] == '.') continue;
    const double v = strength * (comping[step] == 'x' ? 1.0 : 0.7) * (0.9 + 0.1 * h.random.share());
    int at = bar.step(static_cast<double>(step));
    for (const int note : voicing_of(bar.chord)) {
      h.notes.start(at, PianoVoice(note, v, bar.part == Part::chorus ? 0.35 : 0.9));
      at += static_cast<int>(300.0 * h.random.share());
    }
  }
  h.mono.assign(left.size(), 0.0);
  h.notes.add_to(h.mono);
  for (std::size_t n = 0; n < left.size(); ++n) {
    h.tremolo += 4.2 / kSampleRate;
    const double swing = 0.22 * sine(h.tremolo);
    left[n] += h.mono[n] * (0.75 + swing);
    right[n] += h.mono[n] * (0.75 - swing);
  }
}

struct Pad::Rack {
  static constexpr std::size_t kNotes = 4;
  std::array<std::array<Saw, kNotes>, 4> saws;  // two a side, each a little off
  std::array<Svf, 2> filters;
  std::array<OnePole, 2> bodies{OnePole(160.0), OnePole(160.0)};
  double level = 0.0, corner = 600.0, swell = 0.0;

  double side(std::size_t s) noexcept {
    double sum = 0.0;
    for (std::size_t n = 0; n < kNotes; ++n) sum += saws[2 * s][n].next() + saws[2 * s + 1][n].next();
    return bodies[s].high(filters[s].low(sum));
  }
};

Pad::Pad() : rack_(std::make_unique<Rack>()) {}
Pad::~Pad() = default;

void Pad::play(const Bar& bar, Line left, Line right) {
  constexpr std::array<double, 4> kDetune = {0.9975, 1.0021, 0.9982, 1.0028};
  Rack& r = *rack_;
  const auto notes = voicing_of(bar.chord);
  for (std::size_t s = 0; s < r.saws.size(); ++s)
    for (std::size_t n = 0; n < Rack::kNotes; ++n) r.saws[s][n].tune(pitch_hz(notes[n]) * kDetune[s]);
  const PadPart wanted = pad_in(bar.part);
  const double glide = pole_weight(0.6);
  for (std::size_t n = 0; n < left.size(); ++n) {
    r.level += glide * (wanted.level - r.level);
    r.corner += glide * (wanted.corner_hz - r.corner);
    if (n % 64 == 0) {
      r.swell += 64.0 * 0.11 / kSampleRate;
      const double corner = r.corner * (1.0 + 0.25 * sine(r.swell));
      for (Svf& filter : r.filters) filter.tune(corner, 0.8);
    }
    left[n] += 0.035 * r.level * r.side(0);
    right[n] += 0.035 * r.level * r.side(1);
  }
}

}  // namespace busbar::demo
