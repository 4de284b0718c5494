#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "engine/files/audio_file.hpp"
#include "engine/files/file_writer.hpp"
#include "tests/support/mixer_builder.hpp"

namespace busbar::test {

/// A folder with a session and its recordings in it, gone at the end.
class SessionTest : public ::testing::Test {
 protected:
  static constexpr double kRate = 48000.0;

  SessionTest() {
    std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    for (char& c : name) c = c == '/' ? '-' : c;
    folder = std::filesystem::temp_directory_path() / ("busbar-session-" + std::to_string(getpid()) + "-" + name);
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "session.json") << "{}";
  }
  ~SessionTest() override { std::filesystem::remove_all(folder); }

  /// Writes a mono recording of noise and returns its samples.
  std::vector<float> write_noise(const std::string& name, double seconds, unsigned seed) const {
    std::mt19937 random(seed);
    std::vector<double> x(static_cast<std::size_t>(std::llround(seconds * kRate)));
    for (double& sample : x) sample = static_cast<float>(static_cast<double>(random()) / 8589934592.0 - 0.25);
    auto writer = FileWriter::create(
        {.path = folder / name, .format = FileFormat::wav32f, .channels = 1, .sample_rate = static_cast<int>(kRate)});
    const std::array<const double*, 1> channels{x.data()};
    EXPECT_TRUE((*writer)->write(channels, static_cast<int>(x.size())));
    EXPECT_TRUE((*writer)->commit());
    return {x.begin(), x.end()};
  }

  /// A track that plays a file from `start_s` on, hard left, so that the left output is its samples.
  static void add_track(MixerBuilder& builder, const std::string& id, const std::string& file, double start_s = 0.0) {
    builder.track(id, {{0.0f}});
    builder.edit(id, [&](Strip& s) {
      Clip clip;
      clip.file = file;
      clip.start_s = start_s;
      WavSource source;
      source.clips = {clip};
      s.source = source;
      s.pan = -1.0;
    });
  }

  static std::vector<float> read_left(const std::filesystem::path& file) {
    auto opened = AudioFile::open(file, kRate, RateCache("")).value();
    std::vector<float> left(static_cast<std::size_t>(opened->info().frames)), right(left);
    EXPECT_TRUE(opened->read({0, 1}, 0, {left.data(), right.data(), 2, static_cast<int>(left.size())}));
    return left;
  }

  static TimedEdit at(double seconds, int line, const std::string& address, EditValue value) {
    TimedEdit edit = set_at(to_frames(seconds, kRate), address, std::move(value));
    edit.line = line;
    return edit;
  }

  std::filesystem::path folder;
};

}  // namespace busbar::test
