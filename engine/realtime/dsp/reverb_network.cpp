#include "engine/realtime/dsp/reverb_network.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/realtime/dsp/ramp.hpp"
#include "engine/realtime/dsp/settle.hpp"

namespace busbar {

namespace {

/// A change of delays is a fade between two places in the lines; shorter is heard as roughness, longer as lag.
constexpr double kFadeSeconds = 0.040;

/// Signs of the lines at the output. Seen as a function of the four bits of the line's number it is bent: its Hadamard
/// transform is as flat as can be, so that what a line puts out reappears after each round on all lines alike, and no
/// single delay stands out in the autocorrelation. Even lines make the mid, odd ones the side: with their signs as
/// they are the right channel's are bent as well, and orthogonal to the left's.
constexpr std::array<float, 16> kSigns{1, 1, 1, -1, 1, 1, 1, -1, 1, 1, 1, -1, -1, -1, -1, 1};

/// The line that an output of the matrix goes to. The matrix is its own inverse: without this, two rounds of equal
/// length would undo each other.
constexpr std::array<std::size_t, 16> kOrder{5, 12, 3, 10, 15, 0, 9, 6, 1, 14, 7, 8, 11, 4, 13, 2};

/// Turns per second, incommensurate, and where each begins, in turns.
constexpr std::array<double, 8> kTurnHz{0.37, 0.83, 0.53, 1.13, 0.61, 0.97, 0.43, 0.71};
constexpr std::array<double, 8> kTurnStart{0.00, 0.62, 0.24, 0.86, 0.48, 0.10, 0.72, 0.34};

constexpr float kQuarter = 0.25f;  // makes the Hadamard matrix orthogonal

/// i/kPiece, for two cells, since a piece may begin within one.
constexpr std::array<float, 2 * kPiece> kCellTime = [] {
  std::array<float, 2 * kPiece> t{};
  for (std::size_t i = 0; i < t.size(); ++i) t[i] = static_cast<float>(i) / static_cast<float>(kPiece);
  return t;
}();

void scale(const float* __restrict from, float share, Piece& __restrict to) noexcept {
  for (std::size_t i = 0; i < kPiece; ++i) to[i] = share * from[i];
}

void add_two(const Piece& a, float sign_a, const Piece& b, float sign_b, Piece& __restrict sum) noexcept {
  for (std::size_t i = 0; i < kPiece; ++i) sum[i] += sign_a * a[i] + sign_b * b[i];
}

}  // namespace

void ReverbNetwork::prepare(Arena& memory, double sample_rate, const ReverbTaps& longest) {
  for (std::size_t side = 0; side < 2; ++side)
    input_.lend(side, memory.take<float>(LineBank<2>::memory_for(*std::ranges::max_element(longest.first))));
  for (std::size_t k = 0; k < kLines; ++k) {
    second_.lend(k, memory.take<float>(LineBank<kLines>::memory_for(longest.second[k])));
    third_.lend(k, memory.take<float>(LineBank<kLines>::memory_for(longest.third[k])));
    loop_.lend(k, memory.take<float>(LineBank<kLines>::memory_for(longest.loop[k])));
  }
  work_ = memory.take<Work>(1);
  fade_length_ = static_cast<int>(std::max<Frames>(1, to_frames(kFadeSeconds, sample_rate)));
  for (std::size_t j = 0; j < kTurns; ++j) {
    const double step = 2.0 * std::numbers::pi * kTurnHz[j] * kPiece / sample_rate;
    turns_[j].step_re = std::cos(step);
    turns_[j].step_im = std::sin(step);
  }
  clear();
}

void ReverbNetwork::clear() noexcept {
  input_.clear();
  second_.clear();
  third_.clear();
  loop_.clear();
  losses_ = {};
  for (std::size_t j = 0; j < kTurns; ++j) {
    Turn& turn = turns_[j];
    turn = {.re = std::cos(2.0 * std::numbers::pi * kTurnStart[j]),
            .im = std::sin(2.0 * std::numbers::pi * kTurnStart[j]),
            .step_re = turn.step_re,
            .step_im = turn.step_im};
  }
  age_ = 0;
  fading_ = ramping_ = turning_ = false;
}

/// Of each line only as much as is read now, which is a fraction of its memory.
void ReverbNetwork::take_over(const ReverbNetwork& other) noexcept {
  const auto input = input_;
  const auto second = second_, third = third_, loop = loop_;
  const auto work = work_;
  *this = other;
  input_ = input;
  second_ = second;
  third_ = third;
  loop_ = loop;
  work_ = work;
  const auto needed = [&](const std::array<int, 16>& now, const std::array<int, 16>& next, std::size_t k) {
    return std::max(now[k], fading_ ? next[k] : 0) + kPiece;
  };
  for (std::size_t side = 0; side < 2; ++side) {
    int frames = 0;
    for (std::size_t k = 8 * side; k < 8 * side + 8; ++k)
      frames = std::max(frames, needed(taps_.first, next_taps_.first, k));
    input_.take_over(side, other.input_, frames);
  }
  for (std::size_t k = 0; k < kLines; ++k) {
    second_.take_over(k, other.second_, needed(taps_.second, next_taps_.second, k));
    third_.take_over(k, other.third_, needed(taps_.third, next_taps_.third, k));
    loop_.take_over(k, other.loop_, needed(taps_.loop, next_taps_.loop, k));
  }
}

void ReverbNetwork::stand_at(const ReverbTaps& taps, const ReverbGains& gains) noexcept {
  taps_ = taps;
  gains_ = {gains, gains};
  fading_ = ramping_ = false;
}

void ReverbNetwork::fade_to(const ReverbTaps& taps, const ReverbGains& gains) noexcept {
  next_taps_ = taps;
  next_gains_ = {gains, gains};
  fade_age_ = 0;
  fading_ = true;
}

void ReverbNetwork::Ramped::go_to(const ReverbGains& gains, double share) noexcept {
  for (std::size_t k = 0; k < kLines; ++k) {
    from.gain[k] += (to.gain[k] - from.gain[k]) * share;
    from.pole[k] += (to.pole[k] - from.pole[k]) * share;
  }
  from.level += (to.level - from.level) * share;
  to = gains;
}

void ReverbNetwork::ramp_to(const ReverbGains& gains, const ReverbGains& next) noexcept {
  const double share = ramping_ ? static_cast<double>(ramp_age_) / kRamp : 1.0;
  gains_.go_to(gains, share);
  if (fading_) next_gains_.go_to(next, share);
  ramp_age_ = 0;
  ramping_ = true;
}

template <typename Of>
double ReverbNetwork::gain_at(int i, const Of& of) const noexcept {
  const double t = ramping_ ? static_cast<double>(ramp_age_ + i) / kRamp : 1.0;
  const auto ramped = [&](const Ramped& gains) {
    const double from = of(gains.from), to = of(gains.to);
    return t >= 1.0 ? to : from + (to - from) * t;
  };
  const double now = ramped(gains_);
  if (!fading_) return now;
  return now + (ramped(next_gains_) - now) * static_cast<double>(work_[0].fade[static_cast<std::size_t>(i)]);
}

int ReverbNetwork::longest_piece() const noexcept {
  int n = kPiece - age_;
  if (fading_) n = std::min(n, fade_length_ - fade_age_);
  if (ramping_) n = std::min(n, kRamp - ramp_age_);
  return n;
}

void ReverbNetwork::run(const std::array<Piece, 2>& in, int n, Piece& mid, Piece& side) noexcept {
  if (age_ == 0) begin_cell();
  if (fading_) weigh_fade();
  take_input(in, n);
  echo(mid, side);
  diffuse(second_, taps_.second, next_taps_.second, n);
  diffuse(third_, taps_.third, next_taps_.third, n);
  sound_dense(mid, side);
  Pieces16& y = work_[0].loop;
  for (std::size_t k = 0; k < kLines; ++k) gather(loop_, k, taps_.loop[k], next_taps_.loop[k], 1.0f, y[k]);
  lose(n);
  for (std::size_t k = 0; k < kLines; k += 4) {
    add_two(y[k], kSigns[k], y[k + 2], kSigns[k + 2], mid);
    add_two(y[k + 1], kSigns[k + 1], y[k + 3], kSigns[k + 3], side);
  }
  if (turning_) turn();
  hadamard(y);
  feed_back(n);
  move_on(n);
}

/// The weight of the new taps at every frame of the piece.
void ReverbNetwork::weigh_fade() noexcept {
  for (int i = 0; i < kPiece; ++i) {
    const double t = std::min(1.0, static_cast<double>(fade_age_ + i) / static_cast<double>(fade_length_));
    work_[0].fade[static_cast<std::size_t>(i)] = static_cast<float>(smoothstep(t));
  }
}

template <std::size_t N>
void ReverbNetwork::gather(const LineBank<N>& bank, std::size_t line, int now, int next, float share,
                           Piece& row) noexcept {
  Work& work = work_[0];
  const float* early = bank.past(line, now, work.blank);
  if (!fading_ || now == next) return scale(early, share, row);
  const float* late = bank.past(line, next, work.other_blank);
  for (std::size_t i = 0; i < kPiece; ++i) row[i] = share * (early[i] + work.fade[i] * (late[i] - early[i]));
}

/// The level belongs before the delays: a longer decay than before must not make louder what sounds already.
void ReverbNetwork::take_input(const std::array<Piece, 2>& in, int n) noexcept {
  Work& work = work_[0];
  if (ramping_ || fading_)
    for (int i = 0; i < kPiece; ++i)
      work.gain[static_cast<std::size_t>(i)] =
          static_cast<float>(gain_at(i, [](const ReverbGains& gains) { return gains.level; }));
  else
    work.gain.fill(static_cast<float>(gains_.to.level));
  for (std::size_t side = 0; side < 2; ++side) {
    Piece& row = work.rows[side];
    for (std::size_t i = 0; i < kPiece; ++i) row[i] = in[side][i] * work.gain[i];
    input_.write(side, row, n);
  }
}

/// The first echoes: each row of the network begins as one, and each is heard on one side.
void ReverbNetwork::echo(Piece& mid, Piece& side) noexcept {
  constexpr float kShare = 0.35355339f;  // eight echoes carry what came in: a square root of 1/8
  constexpr float kHalf = 0.70710678f;   // four to each side are heard as eight to both: a square root of 1/2
  Work& work = work_[0];
  for (std::size_t k = 0; k < kLines; ++k)
    gather(input_, k / 8, taps_.first[k], next_taps_.first[k], kShare * kSigns[kOrder[k]], work.rows[k]);
  mid = {};
  side = {};
  if (taps_.sparse == 0.0f && (!fading_ || next_taps_.sparse == 0.0f)) return;
  Piece left{}, right{};
  for (std::size_t k = 0; k < kLines; k += 4) {
    const std::size_t even = k / 8;
    add_two(work.rows[k + even], 1.0f, work.rows[k + 2 + even], 1.0f, left);
    add_two(work.rows[k + 1 - even], 1.0f, work.rows[k + 3 - even], 1.0f, right);
  }
  const float from = kHalf * taps_.sparse, to = fading_ ? kHalf * next_taps_.sparse : from;
  for (std::size_t i = 0; i < kPiece; ++i) {
    const float gain = from + work.fade[i] * (to - from);
    mid[i] = gain * (left[i] + right[i]);
    side[i] = gain * (left[i] - right[i]);
  }
}

/// Mixes the rows, and delays each by its own time.
void ReverbNetwork::diffuse(LineBank<16>& bank, const std::array<int, 16>& now, const std::array<int, 16>& next,
                            int n) noexcept {
  Pieces16& x = work_[0].rows;
  hadamard(x);
  for (std::size_t k = 0; k < kLines; ++k) bank.write(k, x[k], n);
  for (std::size_t k = 0; k < kLines; ++k) gather(bank, k, now[k], next[k], kQuarter * kSigns[kLines - 1 - k], x[k]);
}

void ReverbNetwork::sound_dense(Piece& mid, Piece& side) noexcept {
  Work& work = work_[0];
  hadamard(work.rows);
  const float from = kQuarter * taps_.dense, to = fading_ ? kQuarter * next_taps_.dense : from;
  Piece even{}, odd{};
  for (std::size_t k = 0; k < kLines; k += 4) {
    Piece& out = k % 8 == 0 ? even : odd;
    add_two(work.rows[k], kSigns[kOrder[k]], work.rows[k + 1], kSigns[kOrder[k + 1]], out);
    add_two(work.rows[k + 2], kSigns[kOrder[k + 2]], work.rows[k + 3], kSigns[kOrder[k + 3]], out);
  }
  for (std::size_t i = 0; i < kPiece; ++i) {
    const float gain = from + work.fade[i] * (to - from);
    mid[i] += gain * even[i];
    side[i] += gain * odd[i];
  }
}

/// Four lines at a time, each waiting for its own last frame only.
template <typename Values>
void ReverbNetwork::lose_four(std::size_t k, int n, const Values& values) noexcept {
  Pieces16& y = work_[0].loop;
  std::array<double, 4> s{losses_[k], losses_[k + 1], losses_[k + 2], losses_[k + 3]};
  for (int i = 0; i < n; ++i)
    for (std::size_t j = 0; j < 4; ++j) {
      float& sample = y[k + j][static_cast<std::size_t>(i)];
      const auto [gain, pole] = values(k + j, i);
      s[j] = gain * static_cast<double>(sample) + pole * s[j];
      sample = static_cast<float>(s[j]);
    }
  for (std::size_t j = 0; j < 4; ++j) losses_[k + j] = s[j];
}

void ReverbNetwork::lose(int n) noexcept {
  struct Loss {
    double gain, pole;
  };
  const auto loss = [](double gain, double pole) { return Loss{gain * (1.0 - pole), pole}; };
  for (std::size_t k = 0; k < kLines; k += 4)
    if (ramping_ || fading_)
      lose_four(k, n, [&](std::size_t line, int i) {
        return loss(gain_at(i, [line](const ReverbGains& gains) { return gains.gain[line]; }),
                    gain_at(i, [line](const ReverbGains& gains) { return gains.pole[line]; }));
      });
    else
      lose_four(k, n, [&](std::size_t line, int) { return loss(gains_.to.gain[line], gains_.to.pole[line]); });
}

/// At the beginning of every kPiece frames: where the turns will be at its end.
void ReverbNetwork::begin_cell() noexcept {
  constexpr double kWidest = 0.7;  // sine of the widest angle, some 45 degrees
  bool stands = true;
  for (Turn& turn : turns_) {
    const double re = turn.re * turn.step_re - turn.im * turn.step_im;
    turn.im = turn.re * turn.step_im + turn.im * turn.step_re;
    turn.re = re;
    const double sine = kWidest * depth_ * turn.im;
    turn.sine = turn.sine_next;
    turn.cosine = turn.cosine_next;
    turn.sine_next = static_cast<float>(sine);
    turn.cosine_next = static_cast<float>(std::sqrt(1.0 - sine * sine));
    stands = stands && turn.sine == 0.0f && turn.sine_next == 0.0f;
  }
  turning_ = !stands;
}

/// Between cells sine and cosine go straight, a chord below the circle by less than 10⁻⁵.
void ReverbNetwork::turn() noexcept {
  Pieces16& y = work_[0].loop;
  const float* time = kCellTime.data() + age_;
  for (std::size_t j = 0; j < kTurns; ++j) {
    const Turn& turn = turns_[j];
    Piece &a = y[j], &b = y[j + kTurns];
    const float sine_step = turn.sine_next - turn.sine, cosine_step = turn.cosine_next - turn.cosine;
    for (std::size_t i = 0; i < kPiece; ++i) {
      const float sine = turn.sine + sine_step * time[i], cosine = turn.cosine + cosine_step * time[i];
      const float turned = cosine * a[i] - sine * b[i];
      b[i] = sine * a[i] + cosine * b[i];
      a[i] = turned;
    }
  }
}

/// What has settled is zero.
void ReverbNetwork::feed_back(int n) noexcept {
  Work& work = work_[0];
  for (std::size_t k = 0; k < kLines; ++k) {
    Piece& row = work.loop[k];
    for (std::size_t i = 0; i < kPiece; ++i) {
      const float x = kQuarter * (row[i] + work.rows[k][i]);
      row[i] = std::fabs(x) < static_cast<float>(kSettled) ? 0.0f : x;
    }
    loop_.write(kOrder[k], row, n);
  }
}

void ReverbNetwork::move_on(int n) noexcept {
  input_.advance(n);
  second_.advance(n);
  third_.advance(n);
  loop_.advance(n);
  age_ = (age_ + n) % kPiece;
  if (age_ == 0)
    for (double& loss : losses_)
      if (std::fabs(loss) < kSettled) loss = 0.0;
  if (ramping_ && (ramp_age_ += n) >= kRamp) ramping_ = false;
  if (fading_ && (fade_age_ += n) >= fade_length_) {
    fading_ = false;
    taps_ = next_taps_;
    gains_ = next_gains_;
  }
}

}  // namespace busbar
