#pragma once
#include <array>
#include <cstddef>

#include "engine/core/units.hpp"
#include "engine/realtime/arena.hpp"
#include "engine/realtime/dsp/hadamard.hpp"
#include "engine/realtime/dsp/line_bank.hpp"

namespace busbar {

/// Where the network reads its delay lines, in frames, and how loud the first echoes are beside the loop.
struct ReverbTaps {
  std::array<int, 16> first{};   ///< of the input, pre-delay and all: eight of the left side, eight of the right
  std::array<int, 16> second{};  ///< of the sixteen mixtures of those
  std::array<int, 16> third{};   ///< and once more
  std::array<int, 16> loop{};    ///< kPiece at least
  float sparse = 0.0f;           ///< gain of the first sixteen echoes, each on one side
  float dense = 0.0f;            ///< gain of the 4096 echoes that enter the loop
};

/// What the loop loses on its way, and what goes in.
struct ReverbGains {
  std::array<double, 16> gain{};  ///< of each line, by which a filter of one pole
  std::array<double, 16> pole{};  ///< takes more from the highs
  double level = 0.0;             ///< of the input
};

/// A stereo reverberator of sixteen delay lines that feed each other.
///
///   in ─┬─► 16 echoes ─► H ─► 16 delays ─► H ─► 16 delays ─► H ─┬─► + ─► 16 delays ─► losses ─┬─► turns ─► H ─┐
///       └─► sparse out                            dense out ◄───┘   ▲                out ◄────┘               │
///                                                                   └────────────────────────────────────────┘
///
/// H is the Hadamard matrix over 4, and "turns" are slow rotations of pairs of lines. Both are orthogonal, at every
/// frame, so that energy is lost in the losses alone and the decay is exactly what they say; each of the 4096 echoes
/// that enter the loop multiplies by sixteen with each round.
/// Shape   pieces of at most kPiece frames that end where the count of frames is a multiple of kPiece, or earlier
/// State   delay lines in 32 bit (rounded once a round), filters in 64 bit, sixteen phasors for the turns
/// Errors  rounding: noise 128 dB below what sounds, at the longest decay
/// Source  J.-M. Jot, A. Chaigne, Digital Delay Networks for Designing Artificial Reverberators, AES 90, 1991; S.
/// Schlecht,
///         E. Habets, Time-Varying Feedback Matrices in Feedback Delay Networks, JASA 138, 2015
class ReverbNetwork {
 public:
  /// The longest delays that taps may ask for.
  void prepare(Arena& memory, double sample_rate, const ReverbTaps& longest);
  /// Forgets what sounds.
  void clear() noexcept;
  void take_over(const ReverbNetwork& other) noexcept;

  /// Stands there from now on.
  void stand_at(const ReverbTaps& taps, const ReverbGains& gains) noexcept;
  /// Fades from the taps of now to those, and to the gains that belong to them; call it only if `fading()` is not so.
  void fade_to(const ReverbTaps& taps, const ReverbGains& gains) noexcept;
  bool fading() const noexcept { return fading_; }
  /// Goes to other gains in 32 frames: of the taps of now, and of those that it fades to, if it does.
  void ramp_to(const ReverbGains& gains, const ReverbGains& next) noexcept;
  /// How far the turns reach, 0 … 1; it is looked at when a piece begins.
  void set_turns(double depth) noexcept { depth_ = depth; }

  /// How many frames the next piece may have.
  int longest_piece() const noexcept;
  /// Takes n frames of left and right, and gives what both sides share (mid) and differ by (side).
  void run(const std::array<Piece, 2>& in, int n, Piece& mid, Piece& side) noexcept;

 private:
  static constexpr std::size_t kLines = 16, kTurns = 8;
  static constexpr int kRamp = 32;
  /// A slow rotation of two lines: the sine of its angle goes straight from one cell of kPiece frames to the next.
  struct Turn {
    double re = 1.0, im = 0.0;            // a phasor, one step a cell
    double step_re = 1.0, step_im = 0.0;  // its step
    float sine = 0.0f, sine_next = 0.0f, cosine = 1.0f, cosine_next = 1.0f;
  };
  /// Gains on their way, over kRamp frames.
  struct Ramped {
    ReverbGains from, to;
    void go_to(const ReverbGains& gains, double share) noexcept;
  };
  struct Work {
    Pieces16 rows, loop;
    Piece blank, other_blank, fade, gain;
  };

  template <std::size_t N>
  void gather(const LineBank<N>& bank, std::size_t line, int now, int next, float share, Piece& row) noexcept;
  void take_input(const std::array<Piece, 2>& in, int n) noexcept;
  void echo(Piece& mid, Piece& side) noexcept;
  void diffuse(LineBank<16>& bank, const std::array<int, 16>& now, const std::array<int, 16>& next, int n) noexcept;
  void sound_dense(Piece& mid, Piece& side) noexcept;
  void lose(int n) noexcept;
  /// A gain at frame i of the piece, as ramp and fade have it; `of` picks it from ReverbGains.
  template <typename Of>
  double gain_at(int i, const Of& of) const noexcept;
  template <typename Values>
  void lose_four(std::size_t k, int n, const Values& values) noexcept;
  void turn() noexcept;
  void begin_cell() noexcept;
  void feed_back(int n) noexcept;
  void move_on(int n) noexcept;
  void weigh_fade() noexcept;

  LineBank<2> input_;
  LineBank<kLines> second_, third_, loop_;
  std::span<Work> work_;
  std::array<Turn, kTurns> turns_;
  std::array<double, kLines> losses_{};  // states of the filters
  ReverbTaps taps_, next_taps_;
  Ramped gains_, next_gains_;
  double depth_ = 0.0;
  int age_ = 0;  // frames since the beginning, modulo kPiece
  int fade_age_ = 0, fade_length_ = 1;
  int ramp_age_ = 0;
  bool fading_ = false, ramping_ = false, turning_ = false;
};

}  // namespace busbar
