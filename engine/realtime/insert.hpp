#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "engine/core/audio_block.hpp"
#include "engine/core/param_spec.hpp"
#include "engine/core/units.hpp"
#include "engine/realtime/arena.hpp"

namespace busbar {

/// No insert has more parameters than this, so that the audio thread needs no memory of its own to hold them.
inline constexpr std::size_t kMaxInsertParams = 96;

/// What an insert learns before it runs. Control thread.
struct PrepareArgs {
  double sample_rate;
  int channels;                   ///< of its input: 1 or 2
  std::span<const float> params;  ///< the values it starts with, by ParamIndex
  Arena& memory;
};

/// One call of the audio thread: at most `kSlice` frames, parameters constant but for the curves.
struct ProcessArgs {
  AudioBlock io;                  ///< in place; a mono-to-stereo insert finds its input in channel 0
  AudioBlock key;                 ///< the side chain; the insert's own input, the memory of `io`, if there is none:
                                  ///< read a frame's key before writing the frame
  std::span<const float> params;  ///< by ParamIndex
  std::span<const std::span<const float>> curves;  ///< by ParamIndex; see `curve`
  AudioBlock dry = {};  ///< of one that turns phases: to be filled with its input, turned alike. Empty: not wanted

  /// One value per frame while a `Travel::frame` parameter moves, empty while it stands.
  std::span<const float> curve(ParamIndex p) const noexcept {
    return curves.empty() ? std::span<const float>{} : curves[p];
  }
};

/// What the engine knows of a processor: its name, its table of parameters, and how to run an instance.
/// An instance is plain memory: made by `construct`, never destroyed, so it may own nothing.
struct InsertType {
  std::string_view key;
  std::string_view label;
  std::span<const ParamSpec> params;
  std::size_t state_size;
  std::size_t state_align;
  void (*construct)(void* memory) noexcept;
  void (*prepare)(void* state, const PrepareArgs& args);
  void (*reset)(void* state) noexcept;
  /// Makes an instance sound from here on as another one would that was prepared with the same arguments: it gets all
  /// that the other has heard and none of its memory. Audio thread.
  void (*take_over)(void* state, const void* other) noexcept;
  void (*process)(void* state, const ProcessArgs& args) noexcept;
  /// Channels behind the insert, of `channels` before it.
  int (*out_channels)(int channels, std::span<const float> params) noexcept;
  /// Declared delay in frames, which the plan compensates. Parameters it reads travel as a plan.
  Frames (*latency)(std::span<const float> params, double sample_rate) noexcept;
  /// Frames after the last non-zero input until the output is exactly zero again.
  Frames (*tail)(std::span<const float> params, double sample_rate) noexcept;
  /// By how many dB a dynamics processor reduced its input at most in its last call: 0 or more, before make-up and mix.
  /// Null for all others.
  float (*reduction_db)(const void* state) noexcept;
  /// Much of what comes out went in a while ago: an echo, a room, a delay that is not declared.
  bool (*lingers)(std::span<const float> params) noexcept;
  // What a staged trim wants to know besides.
  /// The output rises by as many dB as the input, whatever the settings.
  bool is_linear;
  /// Its phases turn even where it changes no level: the dry part of its mix is the one that it puts into `dry`.
  bool turns_phase;
  /// What it acts on is milliseconds behind a level that moves: a mean, or bands that a crossover turns back.
  bool (*lags)(std::span<const float> params) noexcept;
  /// With `drive_db` down by as many dB as the input is up, the output is up by as many and is else the same.
  bool drive_follows_level;
};

namespace detail {

/// A table is sound if each entry stands at its index and starts within its range.
template <typename Table>
constexpr bool is_sound(const Table& table) {
  std::size_t at = 0;
  for (const ParamSpec& p : table) {
    if (p.index != at++ || p.key.empty() || p.label.empty()) return false;
    if (!(p.min < p.max) || p.start < p.min || p.start > p.max) return false;
    if (p.taper == Taper::log && p.min <= 0.0f) return false;
    if (p.kind == ParamKind::choice && p.choices.empty()) return false;
    if (p.kind == ParamKind::number && !p.choices.empty()) {
      if (p.min <= static_cast<float>(p.choices.size() - 1)) return false;
      if (p.travel != Travel::jump && p.travel != Travel::plan) return false;
    }
  }
  return at <= kMaxInsertParams;
}

}  // namespace detail

/// Makes the table entry of a processor. `T` has `kParams`, `prepare`, `reset`, `take_over`, `process`, and, where they
/// are not the plain case, static `out_channels`, `latency`, `tail`, `lingers` and `lags`, `reduction_db`, `kLinear`,
/// `kTurnsPhase` and `kDriveFollowsLevel`.
template <typename T>
InsertType insert_type(std::string_view key, std::string_view label) {
  static_assert(std::is_trivially_destructible_v<T>, "an instance owns no memory: take it from the arena");
  static_assert(noexcept(std::declval<T&>().process(std::declval<const ProcessArgs&>())));
  static_assert(noexcept(std::declval<T&>().reset()));
  static_assert(noexcept(std::declval<T&>().take_over(std::declval<const T&>())));
  static_assert(detail::is_sound(T::kParams));
  InsertType type{};
  type.key = key;
  type.label = label;
  type.params = T::kParams;
  type.state_size = sizeof(T);
  type.state_align = alignof(T);
  type.construct = [](void* memory) noexcept { ::new (memory) T{}; };
  type.prepare = [](void* state, const PrepareArgs& args) { static_cast<T*>(state)->prepare(args); };
  type.reset = [](void* state) noexcept { static_cast<T*>(state)->reset(); };
  type.take_over = [](void* state, const void* other) noexcept {
    static_cast<T*>(state)->take_over(*static_cast<const T*>(other));
  };
  type.process = [](void* state, const ProcessArgs& args) noexcept { static_cast<T*>(state)->process(args); };
  if constexpr (requires { T::out_channels(1, std::span<const float>{}); })
    type.out_channels = T::out_channels;
  else
    type.out_channels = [](int channels, std::span<const float>) noexcept { return channels; };
  if constexpr (requires { T::latency(std::span<const float>{}, 1.0); })
    type.latency = T::latency;
  else
    type.latency = [](std::span<const float>, double) noexcept { return Frames{0}; };
  if constexpr (requires { T::tail(std::span<const float>{}, 1.0); })
    type.tail = T::tail;
  else
    type.tail = [](std::span<const float>, double) noexcept { return Frames{0}; };
  if constexpr (requires(const T& state) { state.reduction_db(); })
    type.reduction_db = [](const void* state) noexcept { return static_cast<const T*>(state)->reduction_db(); };
  if constexpr (requires { T::kLinear; }) type.is_linear = T::kLinear;
  if constexpr (requires { T::lingers(std::span<const float>{}); })
    type.lingers = T::lingers;
  else
    type.lingers = [](std::span<const float>) noexcept { return false; };
  if constexpr (requires { T::lags(std::span<const float>{}); })
    type.lags = T::lags;
  else
    type.lags = [](std::span<const float>) noexcept { return false; };
  if constexpr (requires { T::kTurnsPhase; }) type.turns_phase = T::kTurnsPhase;
  if constexpr (requires { T::kDriveFollowsLevel; }) type.drive_follows_level = T::kDriveFollowsLevel;
  return type;
}

/// All registered types, in the order of `registry.def`.
std::span<const InsertType> insert_types() noexcept;

/// The type of that key, or null.
const InsertType* find_insert_type(std::string_view key) noexcept;

/// The parameter that a session calls `key`, or null.
const ParamSpec* find_param(const InsertType& type, std::string_view key) noexcept;

}  // namespace busbar
