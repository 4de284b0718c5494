#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/core/units.hpp"
#include "engine/realtime/dsp/section.hpp"
#include "engine/realtime/kernels/lone_section.hpp"
#include "engine/realtime/kernels/sections.hpp"

namespace busbar {

/// What a band does to the frequencies. `rumble` is the bilinear high pass of 12 dB per octave with a Q of its own.
enum class BandKind : std::uint8_t { off, bell, low_shelf, high_shelf, high_pass, low_pass, tilt, rumble };
enum class BandPlace : std::uint8_t { stereo, mid, side };

struct BandSettings {
  BandKind kind = BandKind::off;
  BandPlace place = BandPlace::stereo;
  int slope_db = 12;  ///< per octave, passes only
  double hz = 1000.0, gain_db = 0.0, q = 0.707;

  /// Of the same make: what differs can glide.
  bool glides_to(const BandSettings& to) const noexcept {
    return kind == to.kind && place == to.place && (slope_db == to.slope_db || !is_pass());
  }
  bool is_pass() const noexcept { return kind == BandKind::high_pass || kind == BandKind::low_pass; }
  /// Boosts and attenuates nothing as it stands.
  bool is_flat() const noexcept {
    return kind == BandKind::off || (!is_pass() && kind != BandKind::rumble && gain_db == 0.0);
  }
  friend bool operator==(const BandSettings&, const BandSettings&) = default;
};

inline constexpr std::size_t kMostSections = 4;
/// Shelves of higher Q than this sound like this one: they would only be two resonances side by side.
inline constexpr double kHighestShelfQ = 2.0;

/// The sections of a band that stands.
struct BandDesign {
  std::array<SectionTuning, kMostSections> tuning;
  std::array<double, kMostSections> pole_radius{};
  std::size_t count = 0;
};
BandDesign design_band(const BandSettings& settings, double sample_rate) noexcept;

/// Adds to `frames` how long the band rings on, and to `loudest_db` what it may add to the level of those behind it.
void add_tail(const BandSettings& settings, double sample_rate, double& frames, double& loudest_db) noexcept;

/// The sections of a band at work. Other values of the same make are reached in a straight line within 16 frames, which
/// is the distance at which grid parameters move: a hand's curve comes out drawn through its points.
class BandChain {
 public:
  void stand_at(const BandSettings& settings, double sample_rate) noexcept;
  void retune(const BandSettings& settings, double sample_rate) noexcept;
  void run(Pair* io, int frames) noexcept;
  /// On channels as they are, and true, if the chain stands and has one section.
  bool run_alone(const AudioBlock& io) noexcept;
  void settle() noexcept;

  const BandSettings& settings() const noexcept { return settings_; }
  bool is_idle() const noexcept { return settings_.is_flat() && glide_left_ == 0; }
  bool stands() const noexcept { return glide_left_ == 0; }
  /// Of a chain that stands, to be run by the caller.
  std::size_t sections(SectionRef* out) noexcept;

 private:
  void run_gliding(Pair* io, int frames) noexcept;
  void arrive() noexcept;

  BandSettings settings_;
  std::size_t count_ = 0;
  int glide_left_ = 0;
  std::array<SectionTuning, kMostSections> now_, from_, target_;
  std::array<SectionState, kMostSections> state_;
  SectionPast past_;  // of the only section
};

/// A band whose every setting may change while it runs. What cannot glide is faded over in 20 ms, the old filter beside
/// the new one; a change during a fade waits for its end, and of those that wait the newest counts.
class FilterBand {
 public:
  void prepare(double sample_rate) noexcept;
  void reset() noexcept;
  /// At the first frame of a call.
  void set(const BandSettings& wanted) noexcept;
  /// In place. A mono strip is its own mid and has no side: it comes in lane 0, beside zeros.
  void run(Pair* io, int frames, bool is_mono) noexcept;
  /// The same on channels as they are, and true, if the band is one section that acts on both alike.
  bool run_alone(const AudioBlock& io) noexcept { return is_plain(io.channels() == 1) && current_.run_alone(io); }
  void settle() noexcept;

  bool is_idle() const noexcept { return !fading_ && current_.is_idle(); }
  /// Plain sections in a row on both lanes, so that several bands may run in one loop.
  bool is_plain(bool is_mono) const noexcept {
    const BandPlace place = current_.settings().place;
    return !fading_ && current_.stands() && (place == BandPlace::stereo || (is_mono && place == BandPlace::mid));
  }
  std::size_t sections(SectionRef* out) noexcept { return current_.sections(out); }

 private:
  void begin_fade_if_due() noexcept;
  static void run_placed(BandChain& chain, Pair* io, int frames, bool is_mono) noexcept;
  void run_fading(Pair* io, int frames, bool is_mono) noexcept;

  double sample_rate_ = 48000.0;
  Frames fade_length_ = 1, fade_age_ = 0;
  bool started_ = false, fading_ = false;
  BandSettings wanted_;
  BandChain current_, next_;
};

}  // namespace busbar
