#pragma once
#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <vector>

#include "engine/core/audio_block.hpp"
#include "engine/core/units.hpp"

namespace busbar {

/// A stream of samples from a reader thread to the audio thread: a planar ring of one or two channels.
/// One thread writes (`back`, `publish`, `skip_to`), one reads (`front`, `consume`); neither ever waits for the other.
/// The reader keeps to time: it may consume what never came, and the writer then leaves out what is too late.
class SourceFeed {
 public:
  /// Room for at least `capacity` frames; all of it is touched here, so no page fault comes later.
  SourceFeed(int channels, int capacity)
      : channels_(channels),
        capacity_(std::bit_ceil(static_cast<std::size_t>(std::max(capacity, 1)))),
        samples_(capacity_ * static_cast<std::size_t>(channels), 0.0f) {}

  int channels() const noexcept { return channels_; }
  int capacity() const noexcept { return static_cast<int>(capacity_); }

  // Writer.
  int room() const noexcept {
    const Frames used = written() - consumed();
    return static_cast<int>(static_cast<Frames>(capacity_) - std::max<Frames>(used, 0));
  }
  /// A contiguous stretch to fill, of at most `limit` frames.
  AudioBlock back(int limit) noexcept { return stretch(written(), std::min(limit, room())); }
  void publish(int frames) noexcept { written_.store(written() + frames, std::memory_order_release); }
  /// The reader has gone on without this writer. What is published next is frame `to` of the stream, not before
  /// written(); the frames up to it never come.
  void skip_to(Frames to) noexcept {
    first_.store(to, std::memory_order_release);
    written_.store(to, std::memory_order_release);
  }

  // Reader.
  /// How many frames from consumed() on are there, without a hole.
  int available() const noexcept {
    const Frames end = written();  // before first_, so that a skip is never seen in part
    const Frames at = consumed();
    if (first_.load(std::memory_order_acquire) > at) return 0;
    return static_cast<int>(std::max<Frames>(end - at, 0));
  }
  /// A contiguous stretch to read, of at most `limit` frames.
  AudioBlock front(int limit) noexcept { return stretch(consumed(), std::min(limit, available())); }
  /// Goes on by `frames`, whether they were there or not.
  void consume(int frames) noexcept { consumed_.store(consumed() + frames, std::memory_order_release); }

  /// Begins anew at frame 0. While nobody reads or writes.
  void restart() noexcept {
    first_.store(0, std::memory_order_relaxed);
    written_.store(0, std::memory_order_relaxed);
    consumed_.store(0, std::memory_order_release);
  }

  /// Frames since the feed began.
  Frames written() const noexcept { return written_.load(std::memory_order_acquire); }
  Frames consumed() const noexcept { return consumed_.load(std::memory_order_acquire); }

 private:
  AudioBlock stretch(Frames from, int limit) noexcept {
    const std::size_t at = static_cast<std::size_t>(from) & (capacity_ - 1);
    const int count = std::min(limit, static_cast<int>(capacity_ - at));
    float* left = samples_.data() + at;
    return {left, channels_ == 2 ? left + capacity_ : nullptr, channels_, count};
  }

  int channels_;
  std::size_t capacity_;
  std::vector<float> samples_;
  alignas(64) std::atomic<Frames> written_{0};
  std::atomic<Frames> first_{0};  // the oldest frame that came
  alignas(64) std::atomic<Frames> consumed_{0};
};

}  // namespace busbar
