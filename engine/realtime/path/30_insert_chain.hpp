#pragma once
#include "engine/core/audio_block.hpp"
#include "engine/realtime/render_plan.hpp"

namespace busbar {

/// Runs one insert over a slice of a strip's signal, in place: waits for its key, processes, blends dry and wet.
/// `signal` has the insert's input channels and room for its output channels; `key` is empty if it has none of its own;
/// `device` is what a hardware insert hears.
/// A non-finite output restarts the insert, which then stays silent for GuardState::kFrames; such frames are marked in
/// the scratch, and the first is returned, or a negative number.
int run_insert(const InsertStep& step, RenderPlan::Scratch& scratch, AudioBlock signal, AudioBlock key,
               const DeviceChannels& device, Frames now) noexcept;

/// Resets an insert, which is to hear sound again from frame `now` on. If it lingers, its input rises from silence
/// within `length` frames then. Audio thread.
void restart(InsertState& insert, Frames now, Frames length) noexcept;

/// Makes a new insert of the same type and shape go on where another one is. Audio thread.
void inherit(InsertState& insert, const InsertState& from) noexcept;

/// Applies a parameter's new target. Audio thread.
void move_param(InsertState& insert, ParamIndex index, double target, Frames now, Frames length) noexcept;

/// The same evenly in the taper's domain, in step with all that a staged trim moves, `lag` frames late. Audio thread.
void stage_param(InsertState& insert, ParamIndex index, double target, Frames now, Frames length, Frames lag) noexcept;

/// Bypasses an insert or changes its mix. One that was out of circuit starts afresh, unless it has latency and so ran
/// on unheard; if it lingers, its input rises from silence meanwhile. Audio thread.
void move_blend(InsertState& insert, double target, Frames now, Frames length) noexcept;

/// A parameter's value from its taper's domain.
float from_taper(Taper taper, double value) noexcept;

/// A parameter's value in its taper's domain.
double to_taper(Taper taper, float value) noexcept;

}  // namespace busbar
