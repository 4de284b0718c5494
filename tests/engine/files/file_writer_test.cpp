#include "engine/files/file_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "engine/files/sha256.hpp"
#include "engine/files/sound_reader.hpp"
#include "engine/files/wav_header.hpp"
#include "tests/engine/files/file_fixtures.hpp"

namespace busbar::test {
namespace {

using testing::HasSubstr;

constexpr FileFormat kFormats[] = {FileFormat::wav16, FileFormat::wav24, FileFormat::wav32f, FileFormat::flac};

int bits_of(FileFormat format) { return format == FileFormat::wav16 ? 16 : format == FileFormat::wav32f ? 32 : 24; }

std::unique_ptr<FileWriter> create(const WriterOptions& options) {
  auto writer = FileWriter::create(options);
  EXPECT_TRUE(writer) << to_line(writer.error());
  return writer ? std::move(*writer) : nullptr;
}

/// Writes in pieces of `block` frames; also returns what the writer says stands in the file.
WrittenFile write(const WriterOptions& options, const Samples& samples, int block = 1000,
                  std::vector<std::vector<float>>* written = nullptr) {
  const auto writer = create(options);
  const int total = static_cast<int>(samples[0].size());
  if (written != nullptr) written->assign(samples.size(), {});
  for (int at = 0; at < total; at += block) {
    std::vector<const double*> channels;
    for (const auto& channel : samples) channels.push_back(channel.data() + at);
    EXPECT_TRUE(writer->write(channels, std::min(block, total - at)));
    for (std::size_t c = 0; written != nullptr && c < samples.size(); ++c) {
      const auto values = writer->written(static_cast<int>(c));
      (*written)[c].insert((*written)[c].end(), values.begin(), values.end());
    }
  }
  auto done = writer->commit();
  EXPECT_TRUE(done) << to_line(done.error());
  return done ? *done : WrittenFile{};
}

TEST(FileWriter, WritesFloatBitForBit) {
  const TemporaryFolder folder;
  Samples samples = noise(2, 5000, 3.0);
  for (auto& channel : samples)
    for (double& x : channel) x = static_cast<float>(x);
  samples[0][0] = 1e-42;  // a denormal float, nearly
  samples[0][0] = static_cast<float>(samples[0][0]);
  const auto done = write({.path = folder / "a.wav", .format = FileFormat::wav32f}, samples);
  EXPECT_EQ(done.clipped_samples, 0);
  const Sound sound = read_sound(folder / "a.wav");
  EXPECT_EQ(sound.info.format, SF_FORMAT_WAV | SF_FORMAT_FLOAT);
  EXPECT_EQ(sound.samples, samples);
}

TEST(FileWriter, RoundsToTheNearestWithoutDither) {
  const TemporaryFolder folder;
  const Samples samples = noise(2, 5000, 0.9);
  for (const auto format : {FileFormat::wav16, FileFormat::wav24, FileFormat::flac}) {
    write({.path = folder / "a", .format = format, .dither = false}, samples);
    const Sound sound = read_sound(folder / "a");
    const double scale = std::ldexp(1.0, bits_of(format) - 1);
    for (std::size_t i = 0; i < 5000; ++i)
      ASSERT_EQ(sound.samples[1][i], std::nearbyint(samples[1][i] * scale) / scale);
  }
}

TEST(FileWriter, SaysWhatStandsInTheFileAndItsHash) {
  const TemporaryFolder folder;
  const Samples samples = noise(2, 5001, 1.2);
  for (const auto format : kFormats) {
    std::vector<std::vector<float>> written;
    const auto done = write({.path = folder / "a", .format = format, .sample_rate = 44100}, samples, 777, &written);
    EXPECT_EQ(done.frames, 5001);
    const Sound sound = read_sound(folder / "a");
    EXPECT_EQ(sound.info.samplerate, 44100);
    ASSERT_EQ(sound.samples[0].size(), 5001u);
    for (std::size_t c = 0; c < 2; ++c)
      for (std::size_t i = 0; i < 5001; ++i) ASSERT_EQ(sound.samples[c][i], static_cast<double>(written[c][i]));
    if (format == FileFormat::flac) continue;
    const std::string bytes = read_bytes(folder / "a");
    const std::size_t data = bytes.find("data") + 8;
    const std::size_t size = 5001u * 2u * static_cast<std::size_t>(bits_of(format) / 8);
    EXPECT_EQ(done.sha256, sha256_of(bytes.substr(data, size)));
    EXPECT_EQ(bytes.size(), data + size + size % 2);
  }
}

TEST(FileWriter, HashesFlacAsTheWavOfTheSameSamples) {
  const TemporaryFolder folder;
  const Samples samples = noise(2, 5000, 0.9);
  EXPECT_EQ(write({.path = folder / "a.wav", .format = FileFormat::wav24}, samples).sha256,
            write({.path = folder / "a.flac", .format = FileFormat::flac}, samples).sha256);
}

TEST(FileWriter, WritesTheSameBytesForAnySplitIntoBlocksAndOnEveryRun) {
  const TemporaryFolder folder;
  const Samples samples = noise(2, 20000, 0.7);
  for (const auto format : kFormats) {
    std::string bytes;
    for (const int block : {20000, 1, 64, 127, 8192, 20000}) {
      write({.path = folder / "a", .format = format}, samples, block);
      if (bytes.empty()) bytes = read_bytes(folder / "a");
      EXPECT_EQ(read_bytes(folder / "a"), bytes) << block;
    }
  }
}

TEST(FileWriter, CountsClippedSamplesAndTheFirstFrame) {
  const TemporaryFolder folder;
  Samples samples(2, std::vector<double>(100, 0.0));
  samples[0][40] = 1.5;
  samples[1][30] = -1.01;
  samples[1][50] = std::nan("");
  samples[1][60] = INFINITY;
  samples[0][70] = -1.0;  // in range
  for (const auto format : {FileFormat::wav16, FileFormat::wav24, FileFormat::flac}) {
    const auto done = write({.path = folder / "a", .format = format, .dither = false}, samples, 33);
    EXPECT_EQ(done.clipped_samples, 4);
    EXPECT_EQ(done.first_clip, 30);
    const Sound sound = read_sound(folder / "a");
    const double top = 1.0 - std::ldexp(1.0, 1 - bits_of(format));
    EXPECT_EQ(sound.samples[0][40], top);
    EXPECT_EQ(sound.samples[1][30], -1.0);
    EXPECT_EQ(sound.samples[1][50], 0.0);
    EXPECT_EQ(sound.samples[1][60], top);
    EXPECT_EQ(sound.samples[0][70], -1.0);
  }
}

struct ErrorStatistics {
  double mean, variance;  // in steps
};

ErrorStatistics dither_error(const std::filesystem::path& file, FileFormat format, const Samples& samples) {
  write({.path = file, .format = format, .channels = static_cast<int>(samples.size())}, samples, 65536);
  const Sound sound = read_sound(file);
  const double scale = std::ldexp(1.0, bits_of(format) - 1);
  double sum = 0.0;
  double squares = 0.0;
  const auto count = static_cast<double>(samples[0].size());
  for (std::size_t i = 0; i < samples[0].size(); ++i) {
    const double error = (sound.samples[0][i] - samples[0][i]) * scale;
    sum += error;
    squares += error * error;
  }
  return {sum / count, squares / count};
}

TEST(Dither, HasAnErrorOfAQuarterStepSquaredAtAnyDc) {
  const TemporaryFolder folder;
  for (const auto format : {FileFormat::wav16, FileFormat::wav24})
    for (const double dc : {0.0, 0.1, 0.25, 0.5, 0.73, -0.5, 1000.3}) {
      const Samples samples(1, std::vector<double>(500000, std::ldexp(dc, 1 - bits_of(format))));
      const auto error = dither_error(folder / "a", format, samples);
      EXPECT_NEAR(error.variance, 0.25, 0.0025) << dc;
      EXPECT_NEAR(error.mean, 0.0, 0.005) << dc;
    }
}

TEST(Dither, HasTheErrorLevelOfItsBits) {
  const TemporaryFolder folder;
  for (const auto& [format, level] : {std::pair(FileFormat::wav16, -96.33), std::pair(FileFormat::wav24, -144.49)}) {
    const auto error = dither_error(folder / "a", format, sine(997, 48000, 500000, 0.5));
    EXPECT_NEAR(10.0 * std::log10(error.variance) - 20.0 * std::log10(std::ldexp(1.0, bits_of(format) - 1)), level,
                0.1);
  }
}

TEST(Dither, KeepsATooQuietTone) {
  const TemporaryFolder folder;
  const int frames = 1 << 21;
  const Samples samples = sine(1000, 48000, frames, 1e-5);  // -100 dBFS: a third of a 16-bit step
  write({.path = folder / "a", .format = FileFormat::wav16, .channels = 1}, samples, 65536);
  const Sound sound = read_sound(folder / "a");
  double dot = 0.0;
  double energy = 0.0;
  for (std::size_t i = 0; i < samples[0].size(); ++i) {
    dot += sound.samples[0][i] * samples[0][i];
    energy += samples[0][i] * samples[0][i];
  }
  EXPECT_NEAR(20.0 * std::log10(dot / energy), 0.0, 0.1);
}

TEST(Dither, IsDifferentOnEachChannel) {
  const TemporaryFolder folder;
  write({.path = folder / "a", .format = FileFormat::wav16}, Samples(2, std::vector<double>(100000, 0.0)));
  const Sound sound = read_sound(folder / "a");
  double dot = 0.0;
  for (std::size_t i = 0; i < 100000; ++i) dot += sound.samples[0][i] * sound.samples[1][i] * 32768.0 * 32768.0;
  EXPECT_LT(std::fabs(dot / 100000), 0.005);
}

TEST(WavHeader, IsPlainUpTo4GiBAndRf64Beyond) {
  const TemporaryFolder folder;
  for (const bool is_float : {false, true}) {
    const WavCoding coding{.bits = is_float ? 32 : 24, .is_float = is_float, .channels = 2, .sample_rate = 96000};
    const Frames limit = 0xffffffff / coding.bytes_per_frame();
    for (const Frames frames : {Frames{0}, Frames{1001}, limit - 100, limit + 1, limit * 3}) {
      const auto header = wav_header(coding, frames);
      write_bytes(folder / "a", {reinterpret_cast<const char*>(header.data()), header.size()});
      EXPECT_EQ(header.size(), wav_header(coding, 0).size());
      // A file of that length, without taking the room.
      std::filesystem::resize_file(folder / "a",
                                   header.size() + static_cast<std::uintmax_t>(frames * coding.bytes_per_frame()));
      SF_INFO info{};
      SNDFILE* in = sf_open((folder / "a").c_str(), SFM_READ, &info);
      ASSERT_NE(in, nullptr) << sf_strerror(nullptr);
      sf_close(in);
      EXPECT_EQ(info.frames, frames);
      EXPECT_EQ(info.channels, 2);
      EXPECT_EQ(info.samplerate, 96000);
      EXPECT_EQ(info.format & SF_FORMAT_SUBMASK, is_float ? SF_FORMAT_FLOAT : SF_FORMAT_PCM_24);
      EXPECT_EQ(info.format & SF_FORMAT_TYPEMASK, frames > limit ? SF_FORMAT_RF64 : SF_FORMAT_WAV);
      const auto reader = SoundReader::open(folder / "a");
      EXPECT_EQ(reader ? (*reader)->info().frames : 0, frames);
    }
  }
}

TEST(FileWriter, PadsAnOddNumberOfBytes) {
  const TemporaryFolder folder;
  write({.path = folder / "a", .channels = 1}, noise(1, 333));
  const std::string bytes = read_bytes(folder / "a");
  EXPECT_EQ(bytes.size() % 2, 0u);
  EXPECT_EQ(bytes.substr(4, 4), little(bytes.size() - 8, 4));
  EXPECT_EQ(read_sound(folder / "a").samples[0].size(), 333u);
}

TEST(FileWriter, LeavesNothingWithoutACommit) {
  const TemporaryFolder folder;
  const std::size_t before = open_descriptors();
  for (const auto format : kFormats) {
    const auto writer = create({.path = folder / "a.wav", .format = format});
    EXPECT_FALSE(std::filesystem::exists(folder / "a.wav"));
    const std::vector<double> zeros(100000);
    const std::vector<const double*> channels{zeros.data(), zeros.data()};
    EXPECT_TRUE(writer->write(channels, 100000));
  }
  EXPECT_EQ(files_in(folder.path()), 0u);
  EXPECT_EQ(open_descriptors(), before);
}

TEST(FileWriter, KeepsAnEarlierFileUntilTheCommit) {
  const TemporaryFolder folder;
  write_bytes(folder / "a.wav", "earlier");
  std::filesystem::create_symlink(folder / "a.wav", folder / "link.wav");
  const auto writer = create({.path = folder / "link.wav"});
  EXPECT_EQ(read_bytes(folder / "a.wav"), "earlier");
  EXPECT_TRUE(writer->commit());
  EXPECT_EQ(read_sound(folder / "a.wav").info.frames, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link.wav"));
  EXPECT_EQ(files_in(folder.path()), 2u);
}

Error refusal(const WriterOptions& options) {
  const auto writer = FileWriter::create(options);
  EXPECT_FALSE(writer);
  if (writer) return {};
  EXPECT_EQ(writer.error().where, options.path.string());
  EXPECT_FALSE(writer.error().mend.empty());
  return writer.error();
}

TEST(FileWriter, RefusesTargetsThatAreNoFiles) {
  const TemporaryFolder folder;
  EXPECT_THAT(refusal({.path = folder.path()}).what, HasSubstr("folder"));
  EXPECT_THAT(refusal({.path = "/dev/null"}).what, HasSubstr("device"));
  EXPECT_THAT(refusal({.path = folder / "none/a.wav"}).what, HasSubstr("No such file"));
  write_bytes(folder / "file", "");
  EXPECT_THAT(refusal({.path = folder / "file/a.wav"}).what, HasSubstr("Not a directory"));
  refusal({.path = folder / "a.flac", .format = FileFormat::flac, .channels = 9});
  refusal({.path = folder / "a.wav", .channels = 0});
  EXPECT_EQ(files_in(folder.path()), 1u);
}

TEST(FileWriter, RefusesAFolderThatCannotBeWrittenTo) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const TemporaryFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  EXPECT_THAT(refusal({.path = folder / "a.wav"}).what, HasSubstr("Permission denied"));
  std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
}

TEST(FileWriter, RefusesAFolderThatTookTheNameMeanwhile) {
  const TemporaryFolder folder;
  auto writer = create({.path = folder / "a.wav"});
  std::filesystem::create_directory(folder / "a.wav");
  const auto done = writer->commit();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what, HasSubstr("folder"));
  writer.reset();
  EXPECT_EQ(files_in(folder.path()), 1u);
}

/// A limit on the size of files acts on write() just like a disk that is full.
class SizeLimit {
 public:
  explicit SizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  ~SizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  SizeLimit(const SizeLimit&) = delete;
  SizeLimit& operator=(const SizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST(FileWriter, SaysWhenTheDiskIsFullAndLeavesNothing) {
  const TemporaryFolder folder;
  const Samples samples = noise(2, 10000);
  const std::vector<const double*> channels{samples[0].data(), samples[1].data()};
  for (const auto format : kFormats)
    // Full at once, in the middle of a piece, and only when the last bytes go out.
    for (const rlim_t bytes : {10, 300000, 25000}) {
      auto writer = create({.path = folder / "a", .format = format});
      const SizeLimit limit(bytes);
      Result<void> written;
      for (int i = 0; i < (bytes == 25000 ? 1 : 50); ++i) written = writer->write(channels, 10000);
      const auto done = writer->commit();
      ASSERT_FALSE(done) << static_cast<int>(format) << " " << bytes;
      EXPECT_THAT(done.error().what, HasSubstr("File too large"));
      EXPECT_EQ(done.error().where, (folder / "a").string());
      writer.reset();
      EXPECT_EQ(files_in(folder.path()), 0u);
    }
}

TEST(FileWriter, TakesEverySampleRateOfASession) {
  const TemporaryFolder folder;
  for (const auto format : kFormats)
    for (const int rate : {8000, 44100, 192000, 384000}) {
      write({.path = folder / "a", .format = format, .sample_rate = rate}, noise(2, 1000));
      EXPECT_EQ(read_sound(folder / "a").info.samplerate, rate);
    }
}

}  // namespace
}  // namespace busbar::test
