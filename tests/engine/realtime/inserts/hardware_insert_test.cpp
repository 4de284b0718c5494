// The insert by itself, where there is no hardware: its input, late by the latency. What the engine does with it is in
// tests/engine/hardware_insert_test.cpp.
#include <gtest/gtest.h>

#include "engine/realtime/inserts/hardware_insert.hpp"
#include "engine/realtime/path/35_hardware_loop.hpp"
#include "tests/support/insert_host.hpp"

namespace busbar::test {
namespace {

TEST(HardwareInsertType, PassesEveryBitLateByTheLatency) {
  const InsertType& type = *find_insert_type("hardware_insert");
  for (const int channels : {1, 2})
    for (const float latency : {0.0f, 1.0f, 777.0f, 96000.0f}) {
      std::vector<float> params = start_values(type);
      params[hardware::kLatencySamples] = latency;
      InsertHost host(type, {.channels = channels, .params = params});
      const auto late = static_cast<int>(latency);
      const Signal in = noise(channels, 3000, 1);
      const Signal out = host.run(joined(in, silence(channels, late)), at_random(1));
      EXPECT_TRUE(same_bytes(part(out, late, 3000), in)) << latency;
    }
}

TEST(HardwareInsertType, HearsAMonoStripOnBothSidesOfTwoReturns) {
  const InsertType& type = *find_insert_type("hardware_insert");
  std::vector<float> params = start_values(type);
  params[hardware::kReturnLeft] = 3.0f;
  InsertHost one(type, {.channels = 1, .params = params});
  EXPECT_EQ(one.out_channels(), 1);
  params[hardware::kReturnRight] = 4.0f;
  InsertHost two(type, {.channels = 1, .params = params});
  const Signal in = noise(1, 500, 2);
  EXPECT_TRUE(same_bytes(two.run(in, every(64)), {in[0], in[0]}));
}

TEST(HardwareInsertType, IsNoLinearProcessor) { EXPECT_FALSE(find_insert_type("hardware_insert")->is_linear); }

TEST(PingSequence, HasOnePeakAndNoOther) {
  constexpr auto kSigns = ping_signs();
  int sum = 0;
  for (const auto sign : kSigns) sum += sign;
  EXPECT_EQ(std::abs(sum), 1);
  for (std::size_t shift = 1; shift < kSigns.size(); ++shift) {
    int product = 0;
    for (std::size_t n = 0; n < kSigns.size(); ++n) product += kSigns[n] * kSigns[(n + shift) % kSigns.size()];
    ASSERT_EQ(product, -1) << "a maximum-length sequence, " << shift;
  }
}

}  // namespace
}  // namespace busbar::test
