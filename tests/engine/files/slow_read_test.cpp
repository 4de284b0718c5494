#include "tests/support/slow_read.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/uio.h>

#include <cstdio>

#include "engine/files/descriptor.hpp"
#include "engine/files/sound_reader.hpp"
#include "tests/engine/files/lane_fixtures.hpp"

namespace busbar::test {
namespace {

double seconds_of(const std::function<void()>& what) {
  const auto begin = Clock::now();
  what();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

TEST(SlowRead, ReachesWhatTheSoundLibraryReads) {
  const TemporaryFolder folder;
  for (const auto& [name, format] : {std::pair{"wav", kFloatWav}, {"flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24}}) {
    write_sound(folder / name, format, 48000, noise(2, 50'000));
    const SlowReads counted(folder / name, "");
    auto reader = SoundReader::open(folder / name);
    ASSERT_TRUE(reader);
    const long opening = slow_read_count();
    EXPECT_GT(opening, 0) << name;
    std::vector<float> samples(2 * 4096);
    ASSERT_TRUE((*reader)->read(8192, 4096, samples.data()));
    EXPECT_GT(slow_read_count(), opening) << name;
    const SlowReads delayed(folder / name, "0:0.25");
    EXPECT_GE(seconds_of([&] { EXPECT_TRUE((*reader)->read(40'000, 4096, samples.data())); }), 0.25) << name;
  }
}

TEST(SlowRead, DelaysTheReadsThatItsPlanNames) {
  const TemporaryFolder folder;
  write_bytes(folder / "slow", "0123456789");
  write_bytes(folder / "quick", "0123456789");
  const Descriptor slow(::open((folder / "slow").c_str(), O_RDONLY));
  const Descriptor quick(::open((folder / "quick").c_str(), O_RDONLY));
  char byte = 0;
  iovec part{&byte, 1};
  const SlowReads plan(folder / "slow", "1:0.2,2:0.1,3:0.15");
  EXPECT_GE(seconds_of([&] {
              EXPECT_EQ(::read(slow.get(), &byte, 1), 1);
              EXPECT_EQ(slow_read_count(), 1);
              EXPECT_EQ(::read(quick.get(), &byte, 1), 1);
              EXPECT_EQ(slow_read_count(), 1) << "another file";
              EXPECT_EQ(::pread(slow.get(), &byte, 1, 3), 1);
              EXPECT_EQ(byte, '3');
            }),
            0.2);
  EXPECT_GE(seconds_of([&] { EXPECT_EQ(::readv(slow.get(), &part, 1), 1); }), 0.1);
  EXPECT_GE(seconds_of([&] { EXPECT_EQ(::pread64(slow.get(), &byte, 1, 4), 1); }), 0.15);
  EXPECT_EQ(slow_read_count(), 4);
  slow_read_plan((folder / "slow").c_str(), "every:0.05");
  EXPECT_GE(seconds_of([&] {
              for (int n = 0; n < 3; ++n) EXPECT_EQ(::pread(slow.get(), &byte, 1, n), 1);
            }),
            0.15);
}

TEST(SlowRead, WorksUnderAProgramThatKnowsNothingOfIt) {
  const TemporaryFolder folder;
  write_bytes(folder / "slow", "hello");
  const std::string command = "BUSBAR_SLOW_FILE='" + (folder / "slow").string() +
                              "' BUSBAR_SLOW_READS=0:0.3 LD_PRELOAD='" BUSBAR_SLOW_READ "' /bin/cat '" +
                              (folder / "slow").string() + "'";
  char text[16] = {};
  const double took = seconds_of([&] {
    FILE* const output = ::popen(command.c_str(), "r");
    ASSERT_NE(output, nullptr);
    EXPECT_EQ(std::fread(text, 1, sizeof text - 1, output), 5u);
    EXPECT_EQ(::pclose(output), 0);
  });
  EXPECT_STREQ(text, "hello");
  EXPECT_GE(took, 0.3);
}

}  // namespace
}  // namespace busbar::test
