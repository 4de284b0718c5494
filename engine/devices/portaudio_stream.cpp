#include "engine/devices/portaudio_stream.hpp"

#include <algorithm>
#include <atomic>
#include <ctime>
#include <utility>

#include "engine/devices/bounded_call.hpp"
#include "engine/devices/jack_farewell.hpp"
#include "engine/devices/portaudio_system.hpp"
#include "engine/devices/quiet_libraries.hpp"

namespace busbar {

namespace {

using Seconds = std::chrono::duration<double>;

constexpr Seconds kStartLimit{5.0};
/// For a thread that the system has not made realtime: below JACK's own, above everything ordinary.
constexpr int kPriority = 60;

}  // namespace

Error refusal(const DeviceInfo& info, PaError error) {
  std::string what = Pa_GetErrorText(error);
  if (error == paUnanticipatedHostError)
    if (const PaHostErrorInfo* host = Pa_GetLastHostErrorInfo(); host != nullptr && host->errorText != nullptr)
      what += std::string(" (") + host->errorText + ")";
  return {"audio device " + full_name(info), what, "see that nothing else has it and that the system knows it"};
}

PortAudioDevice::PortAudioDevice(PaStream* stream, std::unique_ptr<StreamSide> side, DeviceFormat format)
    : stream_(stream), side_(side.release()), format_(std::move(format)) {}

PortAudioDevice::~PortAudioDevice() {
  stop();
  if (state_ == State::closed) delete side_;  // else its system may still call it
}

bool PortAudioDevice::alive() const noexcept {
  return state_ == State::open || (state_ == State::running && Pa_IsStreamActive(stream_) == 1);
}

Result<void> PortAudioDevice::start(AudioCallback& callback) {
  if (state_ != State::open || portaudio_is_stuck()) return stuck_error();
  side_->connect(callback);
  const auto error = std::make_shared<std::atomic<PaError>>(paNoError);
  const StderrShut quiet;
  const bool answered =
      run_bounded(kStartLimit, [=, stream = stream_](const auto&) { *error = Pa_StartStream(stream); });
  if (!answered) {
    abandon();
    return stuck_error();
  }
  if (*error != paNoError) {
    side_->disconnect();
    return refusal({.host = format_.host, .name = format_.name}, *error);
  }
  state_ = State::running;
  return {};
}

/// JACK ends a stream within a few of its periods, other hosts once what they hold has been played.
std::chrono::duration<double> PortAudioDevice::close_limit() const {
  const auto longest = std::max(format_.block, counts().longest_block);
  const PaStreamInfo* info = Pa_GetStreamInfo(stream_);
  const double held = info != nullptr ? info->outputLatency : 0.0;
  return Seconds(0.5 + std::min(0.5, held + 4.0 * longest / format_.sample_rate));
}

void PortAudioDevice::stop() {
  if (state_ != State::open && state_ != State::running) return;
  if (portaudio_is_stuck() || !alive()) return abandon();
  const auto closed = std::make_shared<std::atomic<bool>>(false);
  // A server that dies meanwhile lets the stop come back, though its thread may still be in the stream's memory.
  const auto close = [=, stream = stream_, side = side_, running = state_ == State::running](const auto& late) {
    const JackFarewell farewell;
    if (running && (Pa_StopStream(stream) != paNoError || !side->finished())) return;
    if (!late) Pa_CloseStream(stream);
    if (!late) end_portaudio();
    *closed = !late;
  };
  const StderrShut quiet;
  if (!run_bounded(close_limit(), close) || !*closed) return abandon();
  side_->disconnect();
  state_ = State::closed;
}

void PortAudioDevice::abandon() noexcept {
  if (state_ != State::open && state_ != State::running) return;
  state_ = State::abandoned;
  portaudio_got_stuck();
  side_->disconnect();
}

void PortAudioDevice::ask_thread(pthread_t thread) const noexcept {
  int policy = 0;
  sched_param param{};
  clockid_t clock{};
  timespec used{};
  if (pthread_getschedparam(thread, &policy, &param) != 0) return;
  if (policy == SCHED_OTHER && !std::exchange(raised_, true)) {
    const sched_param wanted{.sched_priority = kPriority};
    if (pthread_setschedparam(thread, SCHED_FIFO, &wanted) == 0) pthread_getschedparam(thread, &policy, &param);
  }
  thread_.known = true;
  thread_.realtime = policy == SCHED_FIFO || policy == SCHED_RR;
  thread_.priority = param.sched_priority;
  if (pthread_getcpuclockid(thread, &clock) == 0 && clock_gettime(clock, &used) == 0)
    thread_.cpu_s = static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
}

// A thread that has gone must not be asked, and it goes with the device.
CallbackThread PortAudioDevice::thread() const noexcept {
  if (state_ == State::running && alive())
    if (const auto thread = side_->thread()) ask_thread(*thread);
  return thread_;
}

}  // namespace busbar
