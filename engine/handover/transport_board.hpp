#pragma once
#include <atomic>

#include "engine/core/units.hpp"

namespace busbar {

/// Where the engine is, written by the audio thread after each block and read by anyone.
class TransportBoard {
 public:
  struct Reading {
    Frames now = 0;      ///< engine frames rendered so far
    Frames session = 0;  ///< session frame of the next one
    bool rolling = true;
  };

  /// Audio.
  void write(Frames now, Frames session, bool rolling) noexcept {
    session_.store(session, std::memory_order_relaxed);
    rolling_.store(rolling, std::memory_order_relaxed);
    now_.store(now, std::memory_order_release);
  }

  /// Anyone. The three may be of neighbouring blocks.
  Reading read() const noexcept {
    const Frames now = now_.load(std::memory_order_acquire);
    return {now, session_.load(std::memory_order_relaxed), rolling_.load(std::memory_order_relaxed)};
  }

 private:
  std::atomic<Frames> now_{0};
  std::atomic<Frames> session_{0};
  std::atomic<bool> rolling_{true};
};

}  // namespace busbar
