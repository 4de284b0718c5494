#pragma once
#include <algorithm>
#include <cstdint>
#include <span>

#include "engine/core/units.hpp"
#include "engine/handover/change_ring.hpp"
#include "engine/handover/event_ring.hpp"
#include "engine/handover/meter_board.hpp"
#include "engine/handover/plan_mailbox.hpp"
#include "engine/handover/transport_board.hpp"
#include "engine/realtime/realtime_section.hpp"
#include "engine/realtime/render_plan.hpp"
#include "engine/realtime/transport.hpp"

namespace busbar {

/// One callback of a device: planar samples, any number of channels, 1 to 8192 frames. A null output is not written.
struct DeviceBlock {
  std::span<const float* const> inputs;
  std::span<float* const> outputs;
  int frames = 0;
};

/// The longest callback there is.
inline constexpr int kMaxBlock = 8192;

/// Where control and audio meet.
struct Handover {
  PlanMailbox<RenderPlan> mailbox;
  ChangeRing timed;   ///< for frames to come
  ChangeRing urgent;  ///< for the next frame: what a hand does never waits behind what is planned
  EventRing events{32768};
  MeterBoard meters;
  TransportBoard transport;
  /// Room for a change of all of a mixer's `values` at once, and some more: tracks and buses may join.
  Handover(std::size_t strips, std::size_t values)
      : timed(std::max<std::size_t>(65536, 4 * values)),
        urgent(std::max<std::size_t>(65536, 4 * values)),
        meters(strips) {}
};

/// Runs plans. Everything here belongs to the audio thread; the handover is all that others may touch meanwhile.
class BlockRenderer {
 public:
  /// `session_start`: session time of the engine's frame 0.
  BlockRenderer(Handover& handover, Frames session_start) noexcept;

  /// Renders one block. Takes in the newest plan at its start and each batch of changes at its frame; nothing else in
  /// the result depends on where blocks begin or end.
  void render(const DeviceBlock& block) noexcept BUSBAR_NONBLOCKING;

  /// Engine frames rendered so far. Audio thread; others read the transport board.
  Frames now() const noexcept { return now_; }

 private:
  int take_plans(int frames) noexcept;
  void adopt(RenderPlan& plan) noexcept;
  int take_changes(RenderPlan& plan, int frames) noexcept;
  int take_from(ChangeRing& ring, RenderPlan& plan, int frames) noexcept;
  void apply(RenderPlan& plan, const Change& change) noexcept;
  bool apply_to_all(RenderPlan& plan, const Change& change) noexcept;
  void panic(RenderPlan& plan, Frames fade) noexcept;
  int end_panic(RenderPlan& plan, int frames) noexcept;
  int jump_in_loop(RenderPlan& plan, int frames) noexcept;
  void run_slice(RenderPlan& plan, const DeviceBlock& block, int offset, int frames) noexcept;
  void read_into_strip(RenderPlan& plan, const Step& step, const DeviceBlock& block, int offset, int frames) noexcept;
  void tell_of_fault(const Step& step, int frame) noexcept;
  void tell_of_ping(const InsertStep& step) noexcept;
  void sum_into_strip(RenderPlan& plan, const Step& step, int offset, int frames) noexcept;
  bool run_path(RenderPlan& plan, const PathStep& path, int offset, int frames, StereoScratch& out) noexcept;
  void send_to_hardware(RenderPlan& plan, const Step& step, const DeviceBlock& block, int offset, int frames) noexcept;
  void write_output(RenderPlan& plan, std::size_t channel, double* signal, float* out, int frames) noexcept;
  void publish(RenderPlan& plan) noexcept;

  Handover& handover_;
  TransportState transport_;
  Ramp<1> outputs_;  // of all hardware outputs
  Frames now_ = 0;
  std::uint64_t generation_ = 0;
  Frames adopted_at_ = 0;
  Frames silent_at_ = -1;  // of a panic: when the inserts are reset
  Frames panic_fade_ = 0;
};

}  // namespace busbar
