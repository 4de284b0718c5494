// The cost of each processor at work, per stereo frame, in blocks of 64 and of 256 frames: the median of nine runs of
// this thread's processor time, beside a bare loop of the same run (two gains and a 64-bit sum of squares).
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "engine/control/model/insert_slot.hpp"
#include "engine/control/plan/make_state.hpp"
#include "engine/control/plan/routing.hpp"
#include "engine/realtime/denormals.hpp"

namespace busbar {
namespace {

constexpr int kFrames = 48000, kRuns = 9;
using Signal = std::array<std::vector<float>, 2>;

Signal music() {
  Signal signal{std::vector<float>(kFrames), std::vector<float>(kFrames)};
  std::mt19937 random(1);
  for (std::size_t i = 0; i < kFrames; ++i) {
    const float swell = 0.2f + 0.6f * static_cast<float>(i % 12000) / 12000.0f;
    for (auto& side : signal) side[i] = swell * (static_cast<float>(random()) / 2147483648.0f - 1.0f);
  }
  return signal;
}

double thread_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e9 * static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec);
}

/// ns per frame, the median of the runs.
double measured(const std::function<void(Signal&)>& run) {
  const Signal dry = music();
  std::vector<double> times;
  for (int n = 0; n < kRuns + 1; ++n) {
    Signal signal = dry;
    const double before = thread_ns();
    run(signal);
    if (n > 0) times.push_back((thread_ns() - before) / kFrames);
  }
  std::ranges::nth_element(times, times.begin() + kRuns / 2);
  return times[kRuns / 2];
}

double cost(const InsertType& type, const InsertSlot& slot, int block) {
  const std::vector<float> params = resolve_params(type, slot, 120.0);
  const auto state = make_insert_state(type, params, 2, 48000.0);
  return measured([&](Signal& signal) {
    for (int done = 0; done < kFrames; done += block) {
      const int count = std::min(block, kFrames - done);
      const AudioBlock io(signal[0].data() + done, signal[1].data() + done, 2, count);
      type.process(state->instance, {.io = io, .key = io, .params = state->values, .curves = state->curves});
    }
  });
}

double floor_cost() {
  double sum = 0.0;
  const double ns = measured([&](Signal& signal) {
    for (std::size_t i = 0; i < kFrames; ++i) {
      signal[0][i] *= 0.7f;
      signal[1][i] *= 0.6f;
      sum += static_cast<double>(signal[0][i]) * static_cast<double>(signal[0][i]) +
             static_cast<double>(signal[1][i]) * static_cast<double>(signal[1][i]);
    }
  });
  if (sum < 0.0) std::puts("");  // so that the sum is worked out
  return ns;
}

struct Case {
  const char* type;
  const char* what;
  double target;  // ns per stereo frame; 0: none is named
  std::map<std::string, ParamValue> params;
};

std::map<std::string, ParamValue> bells(int count) {
  std::map<std::string, ParamValue> params;
  for (int n = 1; n <= count; ++n) {
    const std::string band = "band" + std::to_string(n) + "_";
    params[band + "on"] = true;
    params[band + "type"] = std::string("bell");
    params[band + "gain_db"] = 3.0;
  }
  return params;
}

std::vector<Case> cases() {
  return {{"low_cut", "", 1.5, {}},
          {"high_cut", "", 1.5, {}},
          {"equaliser", "4 bells", 6.0, bells(4)},
          {"equaliser", "8 bells", 10.0, bells(8)},
          {"compressor", "", 6.0, {{"threshold_db", -30.0}}},
          {"bus_compressor", "", 9.0, {{"threshold_db", -15.0}}},
          {"fet_compressor", "", 14.0, {{"input_db", 12.0}}},
          {"multiband_compressor", "", 30.0, {}},
          {"de_esser", "", 10.0, {}},
          {"gate", "", 6.0, {{"threshold_db", -20.0}}},
          {"limiter", "", 35.0, {{"drive_db", 12.0}}},
          {"saturation", "", 25.0, {{"drive_db", 12.0}}},
          {"saturation", "tube", 25.0, {{"drive_db", 12.0}, {"model", std::string("tube")}}},
          {"saturation", "clip", 25.0, {{"drive_db", 12.0}, {"model", std::string("clip")}}},
          {"console_summing", "", 0.0, {{"drive_db", 6.0}}},
          {"reverb", "", 60.0, {}},
          {"delay", "", 8.0, {{"feedback", 30.0}}},
          {"chorus", "", 0.0, {}},
          {"width", "", 0.5, {{"width", 1.5}}},
          {"utility", "", 0.0, {{"gain_db", -3.0}}},
          {"hardware_insert", "", 0.0, {}}};
}

}  // namespace
}  // namespace busbar

int main() {
  using namespace busbar;
  const DenormalsOff flush;
  std::printf("\nns per stereo frame (48 kHz leaves 20833); bare loop: %.2f\n\n", floor_cost());
  std::printf("%-22s %-10s %10s %10s %10s\n", "processor", "", "block 64", "block 256", "target");
  for (const Case& one : cases()) {
    const InsertType* type = find_insert_type(one.type);
    if (type == nullptr) continue;
    InsertSlot slot;
    slot.params = one.params;
    const std::string target = one.target > 0.0 ? std::to_string(one.target).substr(0, 4) : "-";
    std::printf("%-22s %-10s %10.2f %10.2f %10s\n", one.type, one.what, cost(*type, slot, 64), cost(*type, slot, 256),
                target.c_str());
  }
  return 0;
}
