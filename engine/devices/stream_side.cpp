#include "engine/devices/stream_side.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "engine/realtime/denormals.hpp"
#include "engine/realtime/realtime_section.hpp"

namespace busbar {

static_assert(std::atomic<pthread_t>::is_always_lock_free && std::atomic<AudioCallback*>::is_always_lock_free);

StreamSide::StreamSide(int inputs, int outputs)
    : inputs_(static_cast<std::size_t>(inputs)), outputs_(static_cast<std::size_t>(outputs)) {}

void StreamSide::run(const float* const* inputs, float* const* outputs, std::int64_t frames, bool flagged) noexcept {
  const RealtimeSection section;
  const DenormalsOff denormals_off;
  const std::int64_t begin = monotonic_ns();
  thread_.store(pthread_self(), std::memory_order_relaxed);
  has_run_.store(true, std::memory_order_release);
  inside_ = true;
  if (AudioCallback* callback = callback_; callback != nullptr) {
    call(*callback, inputs, outputs, frames);
    meter_.note(static_cast<int>(frames), flagged, monotonic_ns() - begin);
  } else if (outputs != nullptr) {
    for (std::size_t c = 0; c < outputs_.size(); ++c)
      if (outputs[c] != nullptr) std::fill_n(outputs[c], frames, 0.0f);
  }
  inside_ = false;
}

void StreamSide::call(AudioCallback& callback, const float* const* inputs, float* const* outputs,
                      std::int64_t frames) noexcept {
  const std::size_t ins = inputs != nullptr ? inputs_.size() : 0;
  const std::size_t outs = outputs != nullptr ? outputs_.size() : 0;
  for (std::int64_t at = 0; at < frames; at += kMaxBlock) {
    for (std::size_t c = 0; c < ins; ++c) inputs_[c] = inputs[c] != nullptr ? inputs[c] + at : nullptr;
    for (std::size_t c = 0; c < outs; ++c) outputs_[c] = outputs[c] != nullptr ? outputs[c] + at : nullptr;
    const auto piece = static_cast<int>(std::min<std::int64_t>(kMaxBlock, frames - at));
    callback.render({.inputs = {inputs_.data(), ins}, .outputs = {outputs_.data(), outs}, .frames = piece});
  }
}

void StreamSide::disconnect() noexcept {
  callback_ = nullptr;
  const std::int64_t until = monotonic_ns() + 50'000'000;
  while (inside_ && monotonic_ns() < until) std::this_thread::sleep_for(std::chrono::microseconds(200));
}

std::optional<pthread_t> StreamSide::thread() const noexcept {
  if (!has_run_.load(std::memory_order_acquire)) return std::nullopt;
  return thread_.load(std::memory_order_relaxed);
}

}  // namespace busbar
