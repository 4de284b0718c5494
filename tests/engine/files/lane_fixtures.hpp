#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

#include "engine/files/disk_reader.hpp"
#include "tests/engine/files/file_fixtures.hpp"
#include "tests/support/slow_read.h"

namespace busbar::test {

using Clock = std::chrono::steady_clock;

constexpr int kFloatWav = SF_FORMAT_WAV | SF_FORMAT_FLOAT;

inline std::shared_ptr<AudioFile> open_file(const std::filesystem::path& file) {
  auto opened = AudioFile::open(file, 48000, RateCache(""));
  EXPECT_TRUE(opened) << to_line(opened.error());
  return *opened;
}

inline std::shared_ptr<AudioFile> make_file(const std::filesystem::path& file, const Samples& samples,
                                            int format = kFloatWav) {
  write_sound(file, format, 48000, samples);
  return open_file(file);
}

/// What a lane should give, straight from the meaning of a clip.
inline std::vector<float> expected(const LaneClips& clips, const std::vector<const Samples*>& sources,
                                   std::size_t channel, Frames from, int frames) {
  std::vector<float> out(static_cast<std::size_t>(frames), 0.0f);
  for (std::size_t n = 0; n < clips.size(); ++n)
    for (Frames at = clips[n].start; at < clips[n].start + clips[n].length; ++at) {
      const Frames in_file = clips[n].offset + at - clips[n].start;
      const auto& source = (*sources[n])[static_cast<std::size_t>(clips[n].channels[channel])];
      if (at >= from && at < from + frames && in_file < static_cast<Frames>(source.size()))
        out[static_cast<std::size_t>(at - from)] = static_cast<float>(source[static_cast<std::size_t>(in_file)]);
    }
  return out;
}

/// Waits for what is bound to happen, however slow the machine.
[[nodiscard]] inline bool comes_true(const std::function<bool()>& what,
                                     std::chrono::seconds limit = std::chrono::seconds(60)) {
  for (const auto deadline = Clock::now() + limit; !what();) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

/// What came of a mono lane, by frame of the feed.
struct Heard {
  static constexpr float kHole = std::numeric_limits<float>::infinity();
  std::shared_ptr<SourceFeed> feed;
  std::vector<float> samples;

  /// As audio does: takes what is there, and goes on by `frames` in any case.
  void take(int frames) {
    int left = frames;
    for (AudioBlock part = feed->front(left); part.frames() > 0; part = feed->front(left)) {
      samples.insert(samples.end(), part.channel(0).begin(), part.channel(0).end());
      feed->consume(part.frames());
      left -= part.frames();
    }
    samples.insert(samples.end(), static_cast<std::size_t>(left), kHole);
    feed->consume(left);
  }
  std::ptrdiff_t holes() const { return std::ranges::count(samples, kHole); }
  /// The first frame that came and is not what it should be; -1: none.
  std::ptrdiff_t first_wrong(const std::vector<float>& wanted) const {
    for (std::size_t i = 0; i < samples.size(); ++i)
      if (samples[i] != kHole && samples[i] != wanted.at(i)) return static_cast<std::ptrdiff_t>(i);
    return -1;
  }
};

/// Lets no delay live longer than its test.
struct SlowReads {
  SlowReads(const std::filesystem::path& file, const std::string& reads) {
    slow_read_plan(file.c_str(), reads.c_str());
  }
  SlowReads(const SlowReads&) = delete;
  SlowReads& operator=(const SlowReads&) = delete;
  ~SlowReads() { end(); }
  static void end() { slow_read_plan(nullptr, nullptr); }
};

constexpr const char* kHang = "every:100";  // until the test ends it

}  // namespace busbar::test
