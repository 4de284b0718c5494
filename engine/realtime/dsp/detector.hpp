#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "engine/core/audio_block.hpp"
#include "engine/realtime/dsp/envelope.hpp"
#include "engine/realtime/dsp/gain_sampler.hpp"
#include "engine/realtime/dsp/key_filter.hpp"
#include "engine/realtime/dsp/mean_square.hpp"

namespace busbar {

/// The ear of a dynamics processor: key, filters, more samples if asked for, and the magnitude of what is left.
/// Shape   a key of one or two channels becomes two rows of count·factor() magnitudes; one channel fills both
/// Units   linear; peaks are those of the samples, the root mean square is that of `rms_seconds`
/// State   filters, means, the oversampler's past
/// Errors  none
class Detector {
 public:
  static constexpr int kPiece = kSettleEvery;  ///< frames per call
  static_assert(kPiece <= GainSampler::Filter::kMost);
  using Row = GainSampler::Buffer;
  using Rows = std::array<Row, 2>;
  using Share = std::array<float, kPiece>;

  void prepare(double rate, const GainSampler::Stages& filters, int stages, double rms_seconds) {
    sampler_.prepare(filters, stages);
    filter_.prepare(rate);
    rms_share_ = step_share(rms_seconds, rate * sampler_.factor());
    reset();
  }
  void reset() noexcept {
    sampler_.reset();
    filter_.reset();
    restart_means();
  }
  void restart_means() noexcept {
    for (MeanSquare& mean : means_) mean.reset();
  }
  void settle() noexcept {
    filter_.settle();
    for (MeanSquare& mean : means_) mean.settle();
  }

  KeyFilter& filter() noexcept { return filter_; }
  GainSampler& sampler() noexcept { return sampler_; }
  int factor() const noexcept { return sampler_.factor(); }

  /// Where a frame's share of root mean square is 0 it reads the peak. `hears_rms`: it is not 0 everywhere.
  void listen(const AudioBlock& key, bool hears_rms, const Share& rms, Rows& rows) noexcept {
    filtered(key, rows);
    for (int c = 0; c < key.channels(); ++c) {
      Row& row = rows[static_cast<std::size_t>(c)];
      if (factor() > 1) oversample(c, key.frames(), row);
      if (hears_rms)
        blend(means_[static_cast<std::size_t>(c)], rms, key.frames() * factor(), row);
      else
        for (int i = 0; i < key.frames() * factor(); ++i) row[at(i)] = std::fabs(row[at(i)]);
    }
    if (key.channels() == 1) std::copy_n(rows[0].begin(), key.frames() * factor(), rows[1].begin());
  }

 private:
  static constexpr std::size_t at(int i) noexcept { return static_cast<std::size_t>(i); }

  void filtered(const AudioBlock& key, Rows& rows) noexcept {
    for (int c = 0; c < key.channels(); ++c) std::ranges::copy(key.channel(c), rows[at(c)].begin());
    filter_.process(key.channels(), key.frames(), rows[0].data(), rows[1].data());
  }

  void oversample(int channel, int frames, Row& row) noexcept {
    std::array<float, kPiece> key;
    std::copy_n(row.begin(), frames, key.begin());
    sampler_.key_up(channel, key.data(), frames, row.data());
  }

  void blend(MeanSquare& mean, const Share& rms, int count, Row& row) const noexcept {
    Row squares = row;
    mean.process(rms_share_, squares.data(), count);
    for (int i = 0; i < count; ++i) {
      const float share = rms[at(i / factor())];
      row[at(i)] = (1.0f - share) * std::fabs(row[at(i)]) + share * squares[at(i)];
    }
  }

  GainSampler sampler_;
  KeyFilter filter_;
  std::array<MeanSquare, 2> means_;
  double rms_share_ = 1.0;
};

}  // namespace busbar
