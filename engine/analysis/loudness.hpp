#pragma once
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace busbar {

/// Integrated loudness, gated.
/// Shape   [channels][frames], any number of frames per call; one channel counts once, two are left and right
/// Units   LUFS
/// Errors  samples that are not finite count as 0; with a rate outside 16 Hz…2.8 MHz or without memory there is no
///         reading
/// Source  ITU-R BS.1770-5 and EBU R 128, by libebur128
class LoudnessMeter {
 public:
  LoudnessMeter(int channels, double sample_rate);
  ~LoudnessMeter();
  LoudnessMeter(LoudnessMeter&&) noexcept;
  LoudnessMeter& operator=(LoudnessMeter&&) noexcept;

  void add(std::span<const float* const> channels, int frames);
  void add(std::span<const double* const> channels, int frames);

  /// None if nothing was louder than the absolute gate of -70 LUFS.
  std::optional<double> integrated_lufs() const;

 private:
  struct State;
  template <typename Sample>
  void add_samples(std::span<const Sample* const> channels, int frames);

  std::unique_ptr<State> state_;
};

}  // namespace busbar
