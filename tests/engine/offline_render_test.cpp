#include "engine/offline_render.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>

#include "engine/files/audio_file.hpp"
#include "tests/support/mixer_builder.hpp"

namespace busbar::test {
namespace {

namespace fs = std::filesystem;

/// A folder with a second of a tone in it, gone at the end.
class OfflineRender : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("busbar-render-" + std::to_string(getpid()) + "-" +
                                           ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
    std::ofstream(folder_ / "session.json") << "{}";
    write_tone("tone.wav", 48000, 0.5);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write_tone(const std::string& name, int frames, double level) const {
    auto writer =
        FileWriter::create({.path = folder_ / name, .format = FileFormat::wav32f, .channels = 1, .sample_rate = 48000});
    std::vector<double> x(static_cast<std::size_t>(frames));
    for (std::size_t n = 0; n < x.size(); ++n) x[n] = level * std::sin(0.13 * static_cast<double>(n + 1));
    const std::array<const double*, 1> channels{x.data()};
    ASSERT_TRUE((*writer)->write(channels, frames));
    ASSERT_TRUE((*writer)->commit());
  }

  static MixerBuilder console() {
    MixerBuilder builder;
    builder.track("t", {{0.0f}});
    Clip clip;
    clip.file = "tone.wav";
    WavSource source;
    source.clips = {clip};
    builder.edit("t", [&](Strip& s) { s.source = source; });
    return builder;
  }

  RenderJob job(const MixerBuilder& builder) const {
    RenderJob made;
    made.mixer = builder.mixer;
    made.session = folder_ / "session.json";
    made.mix = folder_ / "mix.wav";
    made.format = FileFormat::wav32f;
    return made;
  }

  static std::vector<float> left_of(const fs::path& path, Frames frames) {
    std::vector<float> left(static_cast<std::size_t>(frames)), right(left);
    auto file = AudioFile::open(path, 48000, RateCache(fs::path()));
    EXPECT_TRUE(file) << path;
    EXPECT_EQ((*file)->info().frames, frames);
    EXPECT_TRUE((*file)->read({0, 1}, 0, {left.data(), right.data(), 2, static_cast<int>(frames)}));
    return left;
  }

  fs::path folder_;
};

TEST_F(OfflineRender, EndsWithTheLastClipWhenNothingRingsOn) {
  const auto result = render_offline(job(console()));
  ASSERT_TRUE(result.report) << to_line(result.errors.front());
  EXPECT_EQ(result.report->frames, 48000);
}

TEST_F(OfflineRender, KeepsATailUntilItsLastLoudFrame) {
  auto builder = console().insert("t", slot("u", "utility", {{"delay_samples", 1234.0}}));
  const auto result = render_offline(job(builder));
  ASSERT_TRUE(result.report);
  EXPECT_EQ(result.report->frames, 48000 + 1234);
}

TEST_F(OfflineRender, AQuietTailIsLeftOutAndALoudPartBehindAQuietOneIsKept) {
  write_tone("tone.wav", 48000, 1e-5);  // below -90 dBFS: nothing of the tail counts
  auto builder = console().insert("t", slot("u", "utility", {{"delay_samples", 1234.0}}));
  EXPECT_EQ(render_offline(job(builder)).report->frames, 48000);

  write_tone("tone.wav", 48000, 0.5);
  builder = console().insert("t", slot("u", "utility", {{"delay_samples", 96000.0}}));
  const auto result = render_offline(job(builder));
  EXPECT_EQ(result.report->frames, 48000 + 96000) << "a second of silence lies in between";
  const auto left = left_of(folder_ / "mix.wav", result.report->frames);
  EXPECT_EQ(left[95999], 0.0f);
  EXPECT_NE(left[96000], 0.0f);
}

TEST_F(OfflineRender, CompensatedLatencyDoesNotLengthenOrShift) {
  auto builder = console().insert("t", slot("u", "utility", {{"latency_samples", 5000.0}}));
  const auto late = render_offline(job(builder));
  EXPECT_EQ(late.report->frames, 48000);
  const auto with = left_of(folder_ / "mix.wav", 48000);
  ASSERT_TRUE(render_offline(job(console())).report);
  EXPECT_EQ(with, left_of(folder_ / "mix.wav", 48000));
}

TEST_F(OfflineRender, WithToAndTailTheFilesStopAndOnlyTheRestRingsOn) {
  RenderJob wanted = job(console());
  wanted.to_s = 0.5;
  wanted.tail_s = 0.25;
  const auto result = render_offline(wanted);
  ASSERT_TRUE(result.report);
  ASSERT_EQ(result.report->frames, 36000);
  const auto left = left_of(folder_ / "mix.wav", 36000);
  EXPECT_NE(left[24100], 0.0f) << "the stop is a ramp";
  for (std::size_t n = 24000 + 960; n < 36000; ++n) ASSERT_EQ(left[n], 0.0f) << n;
}

TEST_F(OfflineRender, FromStartsColdInTheMiddle) {
  ASSERT_TRUE(render_offline(job(console())).report);
  const auto whole = left_of(folder_ / "mix.wav", 48000);
  RenderJob part = job(console());
  part.from_s = 0.5;
  ASSERT_TRUE(render_offline(part).report);
  EXPECT_EQ(left_of(folder_ / "mix.wav", 24000), std::vector<float>(whole.begin() + 24000, whole.end()));
}

TEST_F(OfflineRender, AScriptDoesNotDecideTheLength) {
  RenderJob wanted = job(console().insert("t", slot("u", "utility", {{"delay_samples", 4800.0}})));
  wanted.script = {set_at(1000, "/t/fader_db", std::string("-inf"))};
  const auto result = render_offline(wanted);
  ASSERT_TRUE(result.report);
  EXPECT_EQ(result.report->frames, 52800);
}

TEST_F(OfflineRender, GivesTheSameBytesForAnyBlockAndThreads) {
  RenderJob wanted = job(console());
  wanted.format = FileFormat::wav24;
  const std::string sha = render_offline(wanted).report->outputs[0].file.sha256;
  for (const auto& [block, threads] : {std::pair{1, 1}, {127, 3}, {8192, 2}}) {
    wanted.block = block;
    wanted.threads = threads;
    EXPECT_EQ(render_offline(wanted).report->outputs[0].file.sha256, sha) << block;
  }
}

TEST_F(OfflineRender, RefusesToWriteOverAnInputAndLeavesItAsItWas) {
  const auto before = fs::last_write_time(folder_ / "tone.wav");
  for (const char* name : {"tone.wav", "session.json"}) {
    RenderJob wanted = job(console());
    wanted.mix = folder_ / "." / name;
    const auto result = render_offline(wanted);
    ASSERT_FALSE(result.report) << name;
    EXPECT_NE(to_line(result.errors.front()).find("is an input"), std::string::npos);
  }
  EXPECT_EQ(fs::last_write_time(folder_ / "tone.wav"), before);
}

TEST_F(OfflineRender, RefusesTwoOutputsOnOneFileAndABusThatIsNotThere) {
  RenderJob wanted = job(console());
  wanted.buses = {{"t", folder_ / "mix.wav"}};
  EXPECT_FALSE(render_offline(wanted).report);
  wanted.buses = {{"nobody", folder_ / "x.wav"}};
  EXPECT_FALSE(render_offline(wanted).report);
}

TEST_F(OfflineRender, AMissingFileNamesTheTrackAndIsSilenceOnlyWhenAllowed) {
  fs::remove(folder_ / "tone.wav");
  RenderJob wanted = job(console());
  wanted.to_s = 0.1;
  auto result = render_offline(wanted);
  ASSERT_FALSE(result.report);
  EXPECT_NE(to_line(result.errors.front()).find("tone.wav"), std::string::npos);
  EXPECT_NE(to_line(result.errors.front()).find("'t'"), std::string::npos);
  EXPECT_FALSE(fs::exists(wanted.mix));
  wanted.allow_missing = true;
  result = render_offline(wanted);
  ASSERT_TRUE(result.report);
  EXPECT_EQ(result.report->warnings.size(), 1u);
  EXPECT_EQ(result.report->outputs[0].levels.peak_dbfs, std::nullopt);
}

TEST_F(OfflineRender, SaysHowManySamplesClippedAndWhere) {
  RenderJob wanted = job(console().edit("t", [](Strip& s) { s.fader = {12.0}; }));
  wanted.format = FileFormat::wav16;
  const auto result = render_offline(wanted);
  ASSERT_TRUE(result.report);
  EXPECT_GT(result.report->outputs[0].file.clipped_samples, 0);
  ASSERT_EQ(result.report->warnings.size(), 1u);
  EXPECT_NE(result.report->warnings[0].what.find("clipped"), std::string::npos);
}

TEST_F(OfflineRender, AnEndlessSessionNeedsTo) {
  MixerBuilder builder;
  builder.tone("osc", {.wave = Wave::sine, .hz = 1000.0, .level = {-20.0}, .extras = {}});
  EXPECT_FALSE(render_offline(job(builder)).report);
  RenderJob wanted = job(builder);
  wanted.to_s = 0.5;
  EXPECT_EQ(render_offline(wanted).report->frames, 24000);
}

TEST_F(OfflineRender, EditsLandAtTheirFramesThoughTheSourcesStopLater) {
  RenderJob wanted = job(console());
  wanted.to_s = 0.75;
  wanted.tail_s = 0.1;
  wanted.script = {set_at(12000, "/t/mute", true), set_at(24000, "/t/mute", false)};
  ASSERT_TRUE(render_offline(wanted).report);
  const auto left = left_of(folder_ / "mix.wav", 40800);
  for (std::size_t n = 12480; n <= 24000; ++n) ASSERT_EQ(left[n], 0.0f) << n;
  EXPECT_NE(left[30000], 0.0f);
  for (std::size_t n = 36960; n < 40800; ++n) ASSERT_EQ(left[n], 0.0f) << n;
}

TEST_F(OfflineRender, AnyNumberOfEditsAtOneFrameAreOneMove) {
  RenderJob wanted = job(console());
  for (int n = 0; n < 20000; ++n) wanted.script.push_back(set_at(4800, "/t/fader_db", -60.0 + n * 0.001));
  wanted.script.push_back(set_at(4800, "/t/fader_db", -12.0));
  const auto many = render_offline(wanted);
  ASSERT_TRUE(many.report);
  EXPECT_TRUE(many.report->refused.empty());
  wanted.script = {wanted.script.back()};
  EXPECT_EQ(render_offline(wanted).report->outputs[0].file.sha256, many.report->outputs[0].file.sha256);
}

TEST_F(OfflineRender, TellsOfEveryStripWithABadSampleAtAnyBlock) {
  for (const char* name : {"bad.wav", "worse.wav"}) {
    auto writer =
        FileWriter::create({.path = folder_ / name, .format = FileFormat::wav32f, .channels = 1, .sample_rate = 48000});
    const std::vector<double> x(20000, 0.1);
    const std::array<const double*, 1> channels{x.data()};
    ASSERT_TRUE((*writer)->write(channels, 20000));
    ASSERT_TRUE((*writer)->commit());
    std::fstream file(folder_ / name, std::ios::in | std::ios::out | std::ios::binary);
    for (int n = 1000; n < 19000; ++n) {  // not a number, from the end of the file on
      file.seekp(-4 * (n + 1), std::ios::end);
      file.write("\x00\x00\xc0\x7f", 4);
    }
  }
  MixerBuilder builder;
  for (const char* name : {"bad", "worse"}) {
    builder.track(name, {{0.0f}});
    Clip clip;
    clip.file = std::string(name) + ".wav";
    WavSource source;
    source.clips = {clip};
    builder.edit(name, [&](Strip& s) { s.source = source; });
  }
  for (const int block : {1, 1024}) {
    RenderJob wanted = job(builder);
    wanted.block = block;
    const auto result = render_offline(wanted);
    ASSERT_TRUE(result.report);
    ASSERT_EQ(result.report->warnings.size(), 2u) << block;
    EXPECT_NE(to_line(result.report->warnings[0]).find("bad.wav (track 'bad')"), std::string::npos);
  }
}

TEST_F(OfflineRender, AnEditBehindTheEndIsOnlyWarnedOf) {
  RenderJob wanted = job(console());
  wanted.to_s = 0.5;
  wanted.script = {set_at(23999, "/t/mute", true), set_at(24000, "/t/mute", false)};
  const auto result = render_offline(wanted);
  ASSERT_TRUE(result.report);
  EXPECT_TRUE(result.report->refused.empty());
  EXPECT_EQ(result.report->warnings.size(), 1u);
}

TEST_F(OfflineRender, TellsOfAnEditThatIsRefusedAndGoesOn) {
  RenderJob wanted = job(console());
  wanted.script = {set_at(10, "/nobody/mute", true), set_at(20, "/t/fader_db", std::string("-inf"))};
  wanted.script[0].line = 1;
  const auto result = render_offline(wanted);
  ASSERT_TRUE(result.report);
  ASSERT_EQ(result.report->refused.size(), 1u);
  EXPECT_EQ(left_of(folder_ / "mix.wav", 48000)[2000], 0.0f);
}

}  // namespace
}  // namespace busbar::test
