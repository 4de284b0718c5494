#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/devices/audio_device.hpp"
#include "engine/realtime/denormals.hpp"

namespace busbar::test {

/// What a test looks at while LivePlay owns the device.
struct FakeWorld {
  DeviceFormat format{.host = "Fake", .name = "desk", .inputs = 2, .outputs = 4, .sample_rate = 48000, .block = 128};
  std::vector<int> blocks{128};  // frames of the callbacks, in turn
  std::atomic<bool> calls{true};
  std::atomic<bool> alive{true};
  std::atomic<bool> stopped{false}, abandoned{false};
  std::mutex mutex;
  std::vector<std::vector<float>> played{4};
  std::function<float(int channel, Frames frame)> says = [](int, Frames) { return 0.25f; };  // on its inputs
  DeviceRequest request;
};

/// A device that plays at its rate into memory.
class FakeDevice final : public AudioDevice {
 public:
  explicit FakeDevice(FakeWorld& world) : world_(world) {}
  ~FakeDevice() override { halt(); }
  const DeviceFormat& format() const noexcept override { return world_.format; }
  Result<void> start(AudioCallback& callback) override {
    thread_ = std::thread([this, &callback] { run(callback); });
    return {};
  }
  void stop() override {
    halt();
    world_.stopped = true;
  }
  void abandon() noexcept override {
    halt();
    world_.abandoned = true;
  }
  bool alive() const noexcept override { return world_.alive; }
  CallbackCounts counts() const noexcept override {
    CallbackCounts counts;
    counts.callbacks = callbacks_;
    counts.longest_block = *std::ranges::max_element(world_.blocks);
    return counts;
  }
  CallbackThread thread() const noexcept override { return {}; }

 private:
  void halt() {
    running_ = false;
    if (thread_.joinable()) thread_.join();
  }
  void run(AudioCallback& callback) {
    using Clock = std::chrono::steady_clock;
    auto due = Clock::now();
    Frames now = 0;
    std::vector<std::vector<float>> out(4, std::vector<float>(kMaxBlock)), in(2, std::vector<float>(kMaxBlock));
    for (std::size_t n = 0; running_; ++n) {
      while (running_ && (!world_.calls || !world_.alive)) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        due = Clock::now();
      }
      if (!running_) return;
      const int frames = world_.blocks[n % world_.blocks.size()];
      for (int c = 0; c < 2; ++c)
        for (int i = 0; i < frames; ++i)
          in[static_cast<std::size_t>(c)][static_cast<std::size_t>(i)] = world_.says(c, now + i);
      now += frames;
      const std::array<const float*, 2> ins{in[0].data(), in[1].data()};
      const std::array<float*, 4> outs{out[0].data(), out[1].data(), out[2].data(), out[3].data()};
      {
        const DenormalsOff denormals_off;
        callback.render({.inputs = ins, .outputs = outs, .frames = frames});
      }
      {
        const std::lock_guard lock(world_.mutex);
        for (std::size_t c = 0; c < 4; ++c)
          world_.played[c].insert(world_.played[c].end(), out[c].begin(), out[c].begin() + frames);
      }
      ++callbacks_;
      due += std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 * frames / world_.format.sample_rate));
      std::this_thread::sleep_until(due);
    }
  }
  FakeWorld& world_;
  std::atomic<bool> running_{true};
  std::atomic<std::uint64_t> callbacks_{0};
  std::thread thread_;
};

}  // namespace busbar::test
