#include "engine/input_recorder.hpp"

#include <gmock/gmock.h>

#include "engine/recorded_inputs.hpp"
#include "tests/engine/session_fixture.hpp"

namespace busbar::test {
namespace {

struct Counting final : AudioCallback {
  void render(const DeviceBlock& block) noexcept override { frames += block.frames; }
  Frames frames = 0;
};

class Inputs : public SessionTest {
 protected:
  static float says(int channel, Frames frame) {
    return static_cast<float>((frame % 9973 + 1) * (channel + 1)) * 0x1p-20f;
  }
  /// Hands `frames` frames of eight inputs over, as fast as it goes.
  static void say(AudioCallback& callback, Frames first, Frames frames) {
    std::vector<std::vector<float>> in(8, std::vector<float>(kMaxBlock));
    for (Frames done = 0; done < frames; done += kMaxBlock) {
      std::array<const float*, 8> pointers{};
      const int count = static_cast<int>(std::min<Frames>(kMaxBlock, frames - done));
      for (std::size_t c = 0; c < 8; ++c) {
        for (int i = 0; i < count; ++i)
          in[c][static_cast<std::size_t>(i)] = says(static_cast<int>(c), first + done + i);
        pointers[c] = in[c].data();
      }
      callback.render({.inputs = pointers, .outputs = {}, .frames = count});
    }
  }
  Mixer mixer() const {
    Mixer mixer = MixerBuilder{}.mixer;
    mixer.talkback.emplace();
    mixer.talkback->channel = 3;
    return mixer;
  }
};

TEST_F(Inputs, ComeBackAsTheyWere) {
  Counting engine;
  auto recorder = InputRecorder::open(folder / "new" / "in", {3, 8, 12}, kRate, engine);
  ASSERT_TRUE(recorder);
  say(**recorder, 0, 100000);
  (*recorder)->close();
  EXPECT_TRUE((*recorder)->take_problems().empty());
  EXPECT_EQ(engine.frames, 100000);

  std::vector<Error> warnings;
  auto inputs = RecordedInputs::open(folder / "new" / "in", mixer(), warnings);
  ASSERT_TRUE(inputs);
  EXPECT_TRUE(warnings.empty());
  Frames now = 0;
  for (const int frames : {1000, 1, 8192, 8000, 64}) {
    const auto in = (*inputs)->read(now, frames);
    ASSERT_TRUE(in);
    ASSERT_EQ(in->size(), 12u);
    EXPECT_EQ((*in)[0], nullptr);
    for (int i = 0; i < frames; ++i) {
      ASSERT_EQ((*in)[2][i], says(2, now + i));
      ASSERT_EQ((*in)[7][i], says(7, now + i));
      ASSERT_EQ((*in)[11][i], 0.0f);  // the device had no such input
    }
    now += frames;
  }
}

TEST_F(Inputs, ADiskThatDoesNotKeepUpLeavesSilenceAndNoShift) {
  Counting engine;
  auto recorder = InputRecorder::open(folder, {1, 2, 3, 4, 5, 6, 7, 8}, kRate, engine);
  ASSERT_TRUE(recorder);
  const Frames frames = 30 * 48000;  // nearly four times what finds room, at once
  say(**recorder, 0, frames);
  (*recorder)->close();
  const auto problems = (*recorder)->take_problems();
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(to_line(problems.front()), testing::HasSubstr("did not keep up"));
  const auto kept = read_left(folder / "input-5.wav");
  ASSERT_EQ(kept.size(), static_cast<std::size_t>(frames));
  for (Frames n = 0; n < frames; ++n) {
    const float x = kept[static_cast<std::size_t>(n)];
    ASSERT_TRUE(x == 0.0f || x == says(4, n)) << n;
  }
  EXPECT_NE(kept.front(), 0.0f);
}

TEST_F(Inputs, ThatAreNotThereAreToldAndWrongOnesRefused) {
  std::vector<Error> warnings;
  auto inputs = RecordedInputs::open(folder, mixer(), warnings);
  ASSERT_FALSE(inputs);
  EXPECT_THAT(to_line(inputs.error()), testing::HasSubstr("input-1.wav"));
  write_noise("input-2.wav", 0.1, 1);
  ASSERT_TRUE(RecordedInputs::open(folder, mixer(), warnings));
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(to_line(warnings.front()), testing::HasSubstr("input-3.wav"));
  Mixer slow = mixer();
  slow.sample_rate = 44100.0;
  EXPECT_FALSE(RecordedInputs::open(folder, slow, warnings));
}

}  // namespace
}  // namespace busbar::test
