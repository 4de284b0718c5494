#pragma once
#include <atomic>
#include <cstdint>

#include "engine/core/units.hpp"
#include "engine/handover/spsc_ring.hpp"

namespace busbar {

/// Something that happened on the audio thread and that control wants to know.
struct Event {
  enum class Kind : std::uint8_t {
    plan_adopted,  ///< number: its generation
    batch_landed,  ///< number: the batch's
    bad_source,    ///< number: strip; a source sample was not finite and became 0
    bad_insert,    ///< number: slot of the insert that put out a non-finite sample and was reset
    starved,       ///< number: strip; its file data was late and it fades out
    rejoined,      ///< number: strip; its file data is there again and it fades in, where it would have been
    rolled,        ///< number: the reel that plays from this frame on
    reel_done,     ///< number: a reel that has faded out and may be loaded again
    dc_guard,      ///< number: hardware channel, from 0; the guard takes out a direct current
    ceiling,       ///< number: hardware channel, from 0; its ceiling has cut samples; once a second at most
    ping_heard,    ///< number: slot of the hardware insert that has listened for its ping
  };
  Kind kind = Kind::plan_adopted;
  Frames frame = 0;
  std::uint64_t number = 0;
  /// starved: of the fade; plan_adopted: until its fades begin; ping_heard, filled in by control: how long the ping
  /// took, negative if it did not come
  Frames length = 0;
};

/// What control waits for: without it the transport would stand still, and plans and values would pile up.
constexpr bool is_awaited(Event::Kind kind) noexcept {
  using Kind = Event::Kind;
  return kind == Kind::plan_adopted || kind == Kind::batch_landed || kind == Kind::rolled || kind == Kind::reel_done ||
         kind == Kind::ping_heard;
}

/// Audio tells, control listens. When control sleeps too long, news that is not awaited is counted as lost once half of
/// the room is gone. What is awaited never is, as long as audio takes in no batch without `has_room_for_batch`.
class EventRing {
 public:
  explicit EventRing(std::size_t capacity) : ring_(capacity) {}
  void tell(const Event& event) noexcept {
    const bool is_told = (is_awaited(event.kind) || ring_.room() > ring_.capacity() / 2) && ring_.push(event);
    if (!is_told) lost_.fetch_add(1, std::memory_order_relaxed);
  }
  /// Audio. Leaves room for what follows from batches before and from plans: there are few of these at a time.
  bool has_room_for_batch() const noexcept { return ring_.room() > ring_.capacity() / 4; }
  bool take(Event& event) noexcept {
    if (ring_.waiting() == 0) return false;
    event = ring_.peek();
    ring_.drop(1);
    return true;
  }
  /// How many, ever.
  std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

 private:
  SpscRing<Event> ring_;
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace busbar
