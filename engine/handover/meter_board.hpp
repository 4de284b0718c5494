#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/core/units.hpp"

namespace busbar {

/// What a strip hands to its output, since the engine started. Sums only ever grow, so any number of viewers can
/// each take the difference between two looks: no over is missed, none is read twice.
struct MeterReading {
  std::array<double, 2> peak{};        ///< of the last block
  std::array<double, 2> recent{};      ///< highest of the last 50 to 100 ms: who looks 20 times a second misses none
  std::array<double, 2> highest{};     ///< since the start
  std::array<double, 2> square_sum{};  ///< sum of x² since the start
  std::uint64_t overs = 0;             ///< frames with a sample above 1.0
  Frames frames = 0;                   ///< since the start
};

/// One reading per strip, written by the audio thread after each block and read by anyone.
/// A sequence number per slot lets a reader see that it was overtaken; it then looks again. The writer never waits.
class MeterBoard {
 public:
  explicit MeterBoard(std::size_t slots) : slots_(slots) {}
  std::size_t size() const noexcept { return slots_.size(); }

  /// Audio. Release stores keep the odd turn before them; the reader's acquire loads mirror that.
  void write(std::size_t slot, const MeterReading& reading) noexcept {
    if (slot >= slots_.size()) return;
    Slot& s = slots_[slot];
    const std::uint32_t turn = s.turn.load(std::memory_order_relaxed);
    s.turn.store(turn + 1, std::memory_order_relaxed);
    for (std::size_t c = 0; c < 2; ++c) {
      s.peak[c].store(reading.peak[c], std::memory_order_release);
      s.recent[c].store(reading.recent[c], std::memory_order_release);
      s.highest[c].store(reading.highest[c], std::memory_order_release);
      s.square_sum[c].store(reading.square_sum[c], std::memory_order_release);
    }
    s.overs.store(reading.overs, std::memory_order_release);
    s.frames.store(reading.frames, std::memory_order_release);
    s.turn.store(turn + 2, std::memory_order_release);
  }

  /// Anyone.
  MeterReading read(std::size_t slot) const noexcept {
    const Slot& s = slots_[slot];
    MeterReading reading;
    for (;;) {
      const std::uint32_t before = s.turn.load(std::memory_order_acquire);
      for (std::size_t c = 0; c < 2; ++c) {
        reading.peak[c] = s.peak[c].load(std::memory_order_acquire);
        reading.recent[c] = s.recent[c].load(std::memory_order_acquire);
        reading.highest[c] = s.highest[c].load(std::memory_order_acquire);
        reading.square_sum[c] = s.square_sum[c].load(std::memory_order_acquire);
      }
      reading.overs = s.overs.load(std::memory_order_acquire);
      reading.frames = s.frames.load(std::memory_order_acquire);
      if (before % 2 == 0 && s.turn.load(std::memory_order_relaxed) == before) return reading;
    }
  }

 private:
  struct alignas(64) Slot {
    std::atomic<std::uint32_t> turn{0};
    std::array<std::atomic<double>, 2> peak{};
    std::array<std::atomic<double>, 2> recent{};
    std::array<std::atomic<double>, 2> highest{};
    std::array<std::atomic<double>, 2> square_sum{};
    std::atomic<std::uint64_t> overs{0};
    std::atomic<Frames> frames{0};
  };
  std::vector<Slot> slots_;
};

}  // namespace busbar
