#include "engine/realtime/dsp/delay_line.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace busbar {

namespace {

struct CountingLine {
  std::array<float, 64> memory{};
  DelayLine<float> line;
  float next = 1.0f;
  CountingLine() { line.lend(memory); }

  void write(int count) {
    std::vector<float> samples;
    for (int i = 0; i < count; ++i) samples.push_back(next++);
    line.write(samples);
  }
  std::vector<float> read(Frames frames, std::size_t count) const {
    std::vector<float> out(count, -1.0f);
    line.read(frames, out);
    return out;
  }
};

TEST(DelayLine, GivesBackWhatWasJustWritten) {
  CountingLine counting;
  counting.write(5);
  EXPECT_EQ(counting.read(0, 5), (std::vector<float>{1, 2, 3, 4, 5}));
  EXPECT_EQ(counting.read(0, 2), (std::vector<float>{4, 5}));
}

TEST(DelayLine, HoldsSilenceBeforeTheFirstFrame) {
  CountingLine counting;
  counting.write(5);
  EXPECT_EQ(counting.read(3, 5), (std::vector<float>{0, 0, 0, 1, 2}));
  EXPECT_EQ(counting.read(40, 5), std::vector<float>(5, 0.0f));
}

TEST(DelayLine, ReadsAtEveryDistanceAcrossTheEndOfItsMemory) {
  CountingLine counting;
  for (int round = 0; round < 50; ++round) {
    counting.write(7);
    for (Frames frames = 0; frames <= 57; ++frames) {
      const auto out = counting.read(frames, 7);
      for (int i = 0; i < 7; ++i) {
        const float expected = counting.next - 7.0f + static_cast<float>(i) - static_cast<float>(frames);
        ASSERT_EQ(out[static_cast<std::size_t>(i)], expected < 1.0f ? 0.0f : expected) << round << ' ' << frames;
      }
    }
  }
}

TEST(DelayLine, ForgetsAllWhenCleared) {
  CountingLine counting;
  counting.write(50);
  counting.line.clear();
  EXPECT_EQ(counting.read(0, 10), std::vector<float>(10, 0.0f));
  counting.write(2);
  EXPECT_EQ(counting.read(1, 3), (std::vector<float>{0, 0, 51}));
}

TEST(DelayLine, FillsItsWholeMemoryAtOnce) {
  CountingLine counting;
  counting.write(10);
  counting.write(64);
  EXPECT_EQ(counting.read(0, 64).front(), 11.0f);
  EXPECT_EQ(counting.read(0, 64).back(), 74.0f);
}

}  // namespace

}  // namespace busbar
