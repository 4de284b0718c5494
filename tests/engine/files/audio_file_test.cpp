#include "engine/files/audio_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include "tests/engine/files/file_fixtures.hpp"

namespace busbar::test {
namespace {

using testing::HasSubstr;

std::shared_ptr<AudioFile> open(const std::filesystem::path& file, double rate = 48000) {
  auto opened = AudioFile::open(file, rate, RateCache(""));
  EXPECT_TRUE(opened) << to_line(opened.error());
  return opened ? *opened : nullptr;
}

std::vector<std::vector<float>> read(AudioFile& file, std::array<int, 2> channels, Frames first, int frames) {
  std::vector<std::vector<float>> out(2, std::vector<float>(static_cast<std::size_t>(frames), 99.0f));
  const auto result = file.read(channels, first, {out[0].data(), out[1].data(), 2, frames});
  EXPECT_TRUE(result) << to_line(result.error());
  return out;
}

struct Coding {
  const char* name;
  int format;
  int bits;  // 0: float
  const char* label;
};

class EveryFormat : public testing::TestWithParam<Coding> {};

TEST_P(EveryFormat, IsReadWithoutLosingABit) {
  const TemporaryFolder folder;
  Samples samples = noise(3, 10001);
  samples[0][17] = -1.0;
  if (GetParam().bits != 0)
    for (auto& channel : samples)
      for (double& x : channel)
        x = std::nearbyint(std::ldexp(x, GetParam().bits - 1)) / std::ldexp(1, GetParam().bits - 1);
  write_sound(folder / "a", GetParam().format, 48000, samples);
  const auto file = open(folder / "a");
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(file->info().channels, 3);
  EXPECT_EQ(file->info().frames, 10001);
  EXPECT_EQ(file->info().sample_rate, 48000);
  EXPECT_EQ(file->info().format, GetParam().label);
  const auto got = read(*file, {2, 0}, 0, 10001);
  for (std::size_t i = 0; i < 10001; ++i) {
    ASSERT_EQ(got[0][i], static_cast<float>(samples[2][i])) << i;  // exact up to 24 bits, else rounded once
    ASSERT_EQ(got[1][i], static_cast<float>(samples[0][i])) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, EveryFormat,
                         testing::Values(Coding{"Wav16", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16, "WAV 16-bit"},
                                         Coding{"Wav24", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 24, "WAV 24-bit"},
                                         Coding{"Wavex24", SF_FORMAT_WAVEX | SF_FORMAT_PCM_24, 24, "WAV 24-bit"},
                                         Coding{"Wav32", SF_FORMAT_WAV | SF_FORMAT_PCM_32, 32, "WAV 32-bit"},
                                         Coding{"WavFloat", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 0, "WAV 32-bit float"},
                                         Coding{"WavDouble", SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 0, "WAV 64-bit float"},
                                         Coding{"Rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_24, 24, "RF64 24-bit"},
                                         Coding{"W64", SF_FORMAT_W64 | SF_FORMAT_FLOAT, 0, "W64 32-bit float"},
                                         Coding{"Flac16", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16, "FLAC 16-bit"},
                                         Coding{"Flac24", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 24, "FLAC 24-bit"}),
                         [](const auto& test) { return test.param.name; });

class Places : public testing::TestWithParam<int> {};

TEST_P(Places, AreReadInAnyOrder) {
  const TemporaryFolder folder;
  const Samples samples = noise(2, 50000);
  write_sound(folder / "a", GetParam() | SF_FORMAT_PCM_16, 48000, samples);
  const auto file = open(folder / "a");
  const auto whole = read(*file, {0, 1}, 0, 50000);
  for (const int first : {49999, 0, 4095, 30000, 12, 45055, 40959, 3, 8192}) {
    const int frames = std::min(5000, 50000 - first);
    const auto part = read(*file, {0, 1}, first, frames);
    for (std::size_t c = 0; c < 2; ++c)
      ASSERT_TRUE(std::equal(part[c].begin(), part[c].end(), whole[c].begin() + first)) << first;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Places, testing::Values(SF_FORMAT_WAV, SF_FORMAT_FLAC));

TEST(AudioFile, IsSilentBeforeItsStartAndAfterItsEnd) {
  const TemporaryFolder folder;
  write_sound(folder / "a", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 48000, {std::vector<double>(100, 0.25)});
  const auto file = open(folder / "a");
  const auto got = read(*file, {0, 1}, -5000, 10000);
  for (int i = 0; i < 10000; ++i) {
    ASSERT_EQ(got[0][static_cast<std::size_t>(i)], i >= 5000 && i < 5100 ? 0.25f : 0.0f) << i;
    ASSERT_EQ(got[1][static_cast<std::size_t>(i)], 0.0f) << "a channel that is not there";
  }
}

TEST(AudioFile, IsSilentBehindItsEndWhateverThePagesHeldBefore) {
  const TemporaryFolder folder;
  const int frames = 6 * AudioFile::kPageFrames + 100;
  write_sound(folder / "a", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 48000, noise(1, frames));
  const auto file = open(folder / "a");
  for (Frames first = 0; first < frames; first += AudioFile::kPageFrames)
    read(*file, {0, 0}, first, AudioFile::kPageFrames);
  const auto behind = read(*file, {0, 0}, frames, 2 * AudioFile::kPageFrames);
  for (const float x : behind[0]) ASSERT_EQ(x, 0.0f);
  const auto across = read(*file, {0, 0}, frames - 10, 1000);
  for (std::size_t n = 10; n < 1000; ++n) ASSERT_EQ(across[0][n], 0.0f);
}

TEST(AudioFile, OfManyChannelsIsDecodedOnceForTracksThatStayTogether) {
  const TemporaryFolder folder;
  const Samples samples = noise(33, 20000);
  write_sound(folder / "a", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 48000, samples);
  const auto file = open(folder / "a");
  EXPECT_EQ(file->info().channels, 33);
  for (Frames at = 0; at < 20000; at += 2000)
    for (int c = 0; c < 33; ++c) {
      const auto got = read(*file, {c, 32 - c}, at, 2000);
      ASSERT_NEAR(got[0][7], samples[static_cast<std::size_t>(c)][static_cast<std::size_t>(at + 7)], 0x1p-23);
      ASSERT_NEAR(got[1][7], samples[static_cast<std::size_t>(32 - c)][static_cast<std::size_t>(at + 7)], 0x1p-23);
    }
  EXPECT_EQ(file->pages_decoded(), 5);  // of 4096 frames
}

TEST(AudioFile, MayHaveAThousandChannels) {
  const TemporaryFolder folder;
  const Samples samples = noise(1024, 5000);
  write_sound(folder / "a", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 48000, samples);
  const auto got = read(*open(folder / "a"), {1023, 0}, 4990, 10);
  EXPECT_NEAR(got[0][9], samples[1023][4999], 0x1p-15);
}

TEST(AudioFile, AtAnyRateTellsItsOwnAndTheSessions) {
  const TemporaryFolder folder;
  write_sound(folder / "a", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 192000, noise(1, 19200));
  EXPECT_EQ(probe_audio_file(folder / "a")->sample_rate, 192000);
  const auto file = open(folder / "a");
  EXPECT_EQ(file->source_info().frames, 19200);
  EXPECT_EQ(file->source_info().sample_rate, 192000);
  EXPECT_EQ(file->info().frames, 4800);
  EXPECT_EQ(file->info().sample_rate, 48000);
}

TEST(AudioFilePool, OpensAFileOnceUnderAnyName) {
  const TemporaryFolder folder;
  write_sound(folder / "a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 48000, noise(1, 100));
  std::filesystem::create_symlink(folder / "a.wav", folder / "b.wav");
  write_sound(folder / "c.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 48000, noise(1, 100));
  AudioFilePool pool(48000, RateCache(""));
  const auto a = *pool.open(folder / "a.wav");
  EXPECT_EQ(a, *pool.open(folder / "b.wav"));
  EXPECT_NE(a, *pool.open(folder / "c.wav"));
  EXPECT_FALSE(pool.open(folder / "d.wav"));
  EXPECT_TRUE(same_file(folder / "a.wav", folder / "b.wav"));
  EXPECT_FALSE(same_file(folder / "a.wav", folder / "c.wav"));
  EXPECT_FALSE(same_file(folder / "a.wav", folder / "d.wav"));
}

/// The bytes of a good file with some of them changed.
class HostileFile : public testing::Test {
 protected:
  std::string good(int format, int channels = 1, int frames = 1000) {
    write_sound(file_, format, 48000, noise(channels, frames));
    return read_bytes(file_);
  }
  Error refusal(const std::string& bytes) {
    write_bytes(file_, bytes);
    return refusal_of(file_);
  }
  Error refusal_of(const std::filesystem::path& file) {
    const auto opened = AudioFile::open(file, 48000, RateCache(""));
    EXPECT_FALSE(opened);
    if (opened) return {};
    EXPECT_EQ(opened.error().where, file.string());
    EXPECT_FALSE(opened.error().what.empty());
    EXPECT_FALSE(opened.error().mend.empty());
    EXPECT_EQ(to_line(opened.error()).find('\n'), std::string::npos);
    return opened.error();
  }
  Frames length(const std::string& bytes) {
    write_bytes(file_, bytes);
    const auto info = probe_audio_file(file_);
    EXPECT_TRUE(info) << to_line(info.error());
    if (!info) return -1;
    const auto opened = open(file_);
    std::vector<float> out(1);
    EXPECT_TRUE(opened->read({0, 0}, info->frames - 1, {out.data(), nullptr, 1, 1}));
    return info->frames;
  }
  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "hostile.wav";
};

constexpr int kWav24 = SF_FORMAT_WAV | SF_FORMAT_PCM_24;
constexpr int kFlac24 = SF_FORMAT_FLAC | SF_FORMAT_PCM_24;

TEST_F(HostileFile, ThatIsCutShortHasTheLengthThatIsThere) {
  const std::string bytes = good(kWav24);
  EXPECT_EQ(length(bytes.substr(0, bytes.size() - 3 * 400)), 600);
  const std::string w64 = good(SF_FORMAT_W64 | SF_FORMAT_PCM_24);
  EXPECT_EQ(length(w64.substr(0, w64.size() - 3 * 400)), 600);
}

TEST_F(HostileFile, ThatIsCutAtAnyByteIsReadOrRefused) {
  for (const int format : {kWav24, kFlac24, SF_FORMAT_RF64 | SF_FORMAT_PCM_16, SF_FORMAT_W64 | SF_FORMAT_FLOAT}) {
    const std::string bytes = good(format, 2, 300);
    for (std::size_t size = 0; size < bytes.size(); size += size < 120 ? 1 : 61) {
      write_bytes(file_, bytes.substr(0, size));
      const auto info = probe_audio_file(file_);
      ASSERT_TRUE(!info || info->frames <= 300) << size;
    }
  }
}

TEST_F(HostileFile, FlacThatIsCutShortIsRefused) {
  const std::string bytes = good(kFlac24, 1, 50000);
  EXPECT_THAT(refusal(bytes.substr(0, bytes.size() / 2)).what, HasSubstr("cut short"));
}

TEST_F(HostileFile, ThatAnnouncesTwoToThe31FramesIsMeasured) {
  std::string wav = good(kWav24);
  wav.replace(wav.find("data") + 4, 4, little(0xfffffff0u, 4));
  EXPECT_EQ(length(wav), 1000);
  wav.replace(4, 4, little(0xffffffffu, 4));
  EXPECT_EQ(length(wav), 1000);

  std::string rf64 = good(SF_FORMAT_RF64 | SF_FORMAT_PCM_24);
  const std::size_t sizes = rf64.find("ds64") + 8;
  rf64.replace(
      sizes, 24,
      little(std::uint64_t{3} << 31, 8) + little(std::uint64_t{3} << 31, 8) + little(std::uint64_t{1} << 31, 8));
  EXPECT_EQ(length(rf64), 1000);

  std::string flac = good(kFlac24);
  flac[21] = static_cast<char>(flac[21] & 0xf0);
  flac.replace(22, 4, std::string("\x80\x00\x00\x00", 4));
  EXPECT_THAT(refusal(flac).what, HasSubstr("2147483648"));
}

TEST_F(HostileFile, WithoutChannelsOrRateIsRefused) {
  std::string wav = good(kWav24);
  const std::size_t format = wav.find("fmt ") + 8;
  std::string none = wav;
  none.replace(format + 2, 2, little(0, 2));
  refusal(none);
  std::string slow = wav;
  slow.replace(format + 4, 4, little(1, 4));
  EXPECT_THAT(refusal(slow).what, HasSubstr("1 Hz"));
  std::string still = wav;
  still.replace(format + 4, 4, little(0, 4));
  refusal(still);
}

TEST_F(HostileFile, WithoutSoundIsRefused) {
  EXPECT_THAT(refusal("").what, HasSubstr("not an audio file"));
  std::string wav = good(kWav24);
  wav.replace(wav.find("data") + 4, 4, little(0, 4));
  wav.resize(wav.find("data") + 8);
  EXPECT_THAT(refusal(wav).what, HasSubstr("no sound"));
}

TEST_F(HostileFile, OfAnotherKindIsRefused) {
  refusal(std::string(5000, 'x'));
  EXPECT_THAT(refusal(good(SF_FORMAT_AIFF | SF_FORMAT_PCM_16)).what, HasSubstr("AIFF"));
  EXPECT_THAT(refusal(good(SF_FORMAT_WAV | SF_FORMAT_ULAW)).what, HasSubstr("coded"));
}

TEST_F(HostileFile, ThatIsNoFileIsRefusedWithoutWaiting) {
  EXPECT_THAT(refusal_of(folder_.path()).what, HasSubstr("folder"));
  EXPECT_THAT(refusal_of(folder_ / "none.wav").what, HasSubstr("does not exist"));
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(refusal_of(folder_ / "pipe").what, HasSubstr("pipe"));
  EXPECT_THAT(refusal_of("/dev/zero").what, HasSubstr("device"));
}

TEST_F(HostileFile, ThatMayNotBeReadIsRefused) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  good(kWav24);
  std::filesystem::permissions(file_, std::filesystem::perms::none);
  EXPECT_THAT(refusal_of(file_).what, HasSubstr("Permission denied"));
}

TEST_F(HostileFile, LeavesNothingOpen) {
  const std::string bytes = good(kFlac24, 1, 50000);
  const std::size_t before = open_descriptors();
  refusal("");
  refusal("RIFF");
  refusal(bytes.substr(0, 1000));
  refusal(good(SF_FORMAT_AIFF | SF_FORMAT_PCM_16));
  refusal_of(folder_.path());
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(HostileFile, DamagedInTheMiddleIsSilentThereAndRightElsewhere) {
  std::string bytes = good(kFlac24, 1, 100000);
  const Sound whole = read_sound(file_);
  for (std::size_t i = 0; i < 300; ++i) bytes[bytes.size() / 2 + i] = 'x';
  write_bytes(file_, bytes);
  const auto file = open(file_);
  ASSERT_NE(file, nullptr);
  std::vector<Error> errors;
  int wrong_pages = 0;
  for (Frames at = 0; at < 98304; at += AudioFile::kPageFrames) {
    std::vector<float> out(AudioFile::kPageFrames);
    const auto result = file->read({0, 0}, at, {out.data(), nullptr, 1, AudioFile::kPageFrames});
    if (!result) errors.push_back(result.error());
    bool right = true;
    for (std::size_t i = 0; i < out.size(); ++i)
      right =
          right && out[i] == (result ? static_cast<float>(whole.samples[0][static_cast<std::size_t>(at) + i]) : 0.0f);
    if (!right) ++wrong_pages;
  }
  EXPECT_EQ(wrong_pages, 0);
  ASSERT_FALSE(errors.empty());
  EXPECT_LE(errors.size(), 4u);
  EXPECT_THAT(errors[0].what, HasSubstr("cannot be read at frame"));
}

}  // namespace
}  // namespace busbar::test
