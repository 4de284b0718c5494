#include "engine/files/rate_cache.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <complex>
#include <thread>

#include "engine/files/audio_file.hpp"
#include "engine/files/rate_converter.hpp"
#include "tests/engine/files/file_fixtures.hpp"

namespace busbar::test {
namespace {

constexpr int kDouble = SF_FORMAT_WAV | SF_FORMAT_DOUBLE;

std::vector<float> read_all(SoundReader& reader) {
  std::vector<float> samples(static_cast<std::size_t>(reader.info().frames * reader.info().channels));
  EXPECT_TRUE(reader.read(0, static_cast<int>(reader.info().frames), samples.data()));
  return samples;
}

std::vector<float> converted(const RateCache& cache, const std::filesystem::path& file, double rate,
                             Frames* replaced = nullptr) {
  const auto opened = cache.open(file, rate);
  EXPECT_TRUE(opened) << to_line(opened.error());
  if (!opened) return {};
  if (replaced != nullptr) *replaced = opened->replaced_samples;
  return read_all(*opened->reader);
}

/// The tone in a signal: its complex amplitude (1 for a sine of amplitude 1 that starts at frame 0), and the RMS of
/// all that is not the tone over the RMS of the tone. By least squares, away from both ends.
struct ToneFit {
  std::complex<double> amplitude;
  double rest_db;
};

ToneFit fit_tone(const std::vector<float>& samples, double hz, double rate) {
  const std::size_t from = 8192;
  const std::size_t to = samples.size() - 8192;
  double cc = 0, ss = 0, cs = 0, xc = 0, xs = 0;
  const auto phase = [&](std::size_t i) { return 2.0 * std::numbers::pi * hz * static_cast<double>(i) / rate; };
  for (std::size_t i = from; i < to; ++i) {
    const double c = std::cos(phase(i)), s = std::sin(phase(i)), x = static_cast<double>(samples[i]);
    cc += c * c, ss += s * s, cs += c * s, xc += x * c, xs += x * s;
  }
  const double determinant = cc * ss - cs * cs;
  const double a = (xs * cc - xc * cs) / determinant;  // of the sine
  const double b = (xc * ss - xs * cs) / determinant;  // of the cosine
  double tone = 0, rest = 0;
  for (std::size_t i = from; i < to; ++i) {
    const double fitted = a * std::sin(phase(i)) + b * std::cos(phase(i));
    tone += fitted * fitted;
    rest += std::pow(static_cast<double>(samples[i]) - fitted, 2);
  }
  return {{a, b}, 10.0 * std::log10(rest / tone)};
}

struct Rates {
  int from, to;
};

class Conversion : public testing::TestWithParam<Rates> {
 protected:
  ToneFit through(double hz, double level) {
    write_sound(folder_ / "tone", kDouble, GetParam().from, sine(hz, GetParam().from, 100000, level));
    return fit_tone(converted(RateCache(""), folder_ / "tone", GetParam().to), hz, GetParam().to);
  }
  TemporaryFolder folder_;
};

TEST_P(Conversion, KeepsAToneClean) {
  const ToneFit fit = through(997, 0.9);
  EXPECT_LE(fit.rest_db, -140.0);
  RecordProperty("thd_n_db", std::to_string(fit.rest_db));
}

TEST_P(Conversion, IsFlatAndWithoutDelayTo20kHz) {
  for (const double hz : {20.0, 100.0, 997.0, 5000.0, 10000.0, 15000.0, 18000.0, 19000.0, 20000.0}) {
    const auto gain = through(hz, 0.5).amplitude / 0.5;
    EXPECT_NEAR(20.0 * std::log10(std::abs(gain)), 0.0, 0.01) << hz;
    EXPECT_NEAR(std::arg(gain) / (2.0 * std::numbers::pi * hz) * GetParam().to, 0.0, 1e-6) << "frames, at " << hz;
  }
}

TEST_P(Conversion, HasTheRoundedLength) {
  for (const int frames : {1, 2, 3, 100, 147, 1001, 8191, 8192, 8193, 50001}) {
    write_sound(folder_ / "a", kDouble, GetParam().from, noise(1, frames));
    const double exact = 1.0 * frames * GetParam().to / GetParam().from;
    if (exact < 0.5) continue;
    EXPECT_EQ(converted(RateCache(""), folder_ / "a", GetParam().to).size(),
              static_cast<std::size_t>(std::llround(exact)))
        << frames;
  }
}

class Reduction : public Conversion {};

TEST_P(Reduction, LetsNoAliasThrough) {
  const double hz = GetParam().to / 2.0 + 200.0;  // beyond what the new rate can hold
  write_sound(folder_ / "a", kDouble, GetParam().from, sine(hz, GetParam().from, 100000, 0.9));
  const auto samples = converted(RateCache(""), folder_ / "a", GetParam().to);
  double highest = 0.0;
  for (std::size_t i = 4096; i + 4096 < samples.size(); ++i) highest = std::max(highest, std::fabs(1.0 * samples[i]));
  EXPECT_LE(20.0 * std::log10(highest + 1e-12), -140.0);
}

std::string name_of(const testing::TestParamInfo<Rates>& test) {
  return std::to_string(test.param.from) + "To" + std::to_string(test.param.to);
}
INSTANTIATE_TEST_SUITE_P(Rates, Reduction,
                         testing::Values(Rates{48000, 44100}, Rates{96000, 48000}, Rates{192000, 44100}), name_of);
INSTANTIATE_TEST_SUITE_P(Rates, Conversion,
                         testing::Values(Rates{48000, 44100}, Rates{44100, 48000}, Rates{96000, 48000},
                                         Rates{192000, 44100}, Rates{44100, 96000}),
                         name_of);

class Cache : public testing::Test {
 protected:
  Cache() { write_sound(source_, kDouble, 44100, noise(2, 30000)); }

  std::filesystem::path entry() const {
    std::filesystem::path found;
    for (const auto& file : std::filesystem::directory_iterator(cache_folder_))
      if (file.path().extension() == ".wav") {
        EXPECT_TRUE(found.empty()) << "more than one entry";
        found = file.path();
      }
    return found;
  }
  static std::pair<ino_t, std::int64_t> identity(const std::filesystem::path& file) {
    struct stat status {};
    EXPECT_EQ(::stat(file.c_str(), &status), 0);
    return {status.st_ino, status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
  }
  void expect_nothing_temporary() const {
    for (const auto& file : std::filesystem::recursive_directory_iterator(cache_folder_))
      EXPECT_NE(file.path().extension(), ".tmp") << file.path();
  }

  TemporaryFolder folder_;
  std::filesystem::path source_ = folder_ / "source.wav";
  std::filesystem::path cache_folder_ = folder_ / "cache/rates";
  RateCache cache_{cache_folder_};
};

TEST_F(Cache, IsUsedTheSecondTime) {
  const auto first = converted(cache_, source_, 48000);
  const auto made = identity(entry());
  int calls = 0;
  const RateCache watched(cache_folder_, [&](const auto&, double) { ++calls; });
  EXPECT_EQ(converted(watched, source_, 48000), first);
  EXPECT_EQ(identity(entry()), made);
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(first, converted(RateCache(""), source_, 48000)) << "the same samples without a cache";
  expect_nothing_temporary();
}

TEST_F(Cache, GoesByContentNotByName) {
  converted(cache_, source_, 48000);
  const auto made = identity(entry());
  std::filesystem::copy_file(source_, folder_ / "copy.wav");
  converted(cache_, folder_ / "copy.wav", 48000);
  EXPECT_EQ(identity(entry()), made);
}

TEST_F(Cache, SeesThatASourceChanged) {
  const auto before = converted(cache_, source_, 48000);
  const auto time = std::filesystem::last_write_time(source_);
  std::string bytes = read_bytes(source_);
  bytes[bytes.size() - 100] ^= 0x10;
  write_bytes(source_, bytes);
  std::filesystem::last_write_time(source_, time);  // same size, same time
  const auto after = converted(cache_, source_, 48000);
  EXPECT_NE(after, before);
  EXPECT_EQ(after, converted(RateCache(""), source_, 48000));
}

TEST_F(Cache, KnowsASettledSourceWithoutReadingIt) {
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));
  const auto samples = converted(cache_, source_, 48000);
  EXPECT_EQ(files_in(cache_folder_ / "sources"), 1u);
  EXPECT_EQ(converted(cache_, source_, 48000), samples);
  // A damaged one is not.
  const auto known = std::filesystem::directory_iterator(cache_folder_ / "sources")->path();
  std::string bytes = read_bytes(known);
  bytes[100] = bytes[100] == 'a' ? 'b' : 'a';
  write_bytes(known, bytes);
  EXPECT_EQ(converted(cache_, source_, 48000), samples);
  EXPECT_NE(read_bytes(known), bytes);
}

TEST_F(Cache, MakesADamagedEntryAnew) {
  const auto samples = converted(cache_, source_, 48000);
  const std::string good = read_bytes(entry());
  std::string flipped = good;
  flipped[good.size() / 2] ^= 1;
  for (const std::string& bad : {flipped, good.substr(0, good.size() / 2), std::string(), std::string(500, 'x')}) {
    write_bytes(entry(), bad);
    EXPECT_EQ(converted(cache_, source_, 48000), samples);
    EXPECT_EQ(read_bytes(entry()), good);
  }
  std::filesystem::remove(entry().string() + ".note");
  EXPECT_EQ(converted(cache_, source_, 48000), samples);
  write_bytes(entry().string() + ".note", "nonsense");
  EXPECT_EQ(converted(cache_, source_, 48000), samples);
  EXPECT_EQ(read_bytes(entry()), good);
  expect_nothing_temporary();
}

TEST_F(Cache, FindsDamageInAnEntryThatItHasTrusted) {
  const auto samples = converted(cache_, source_, 48000);
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));
  converted(cache_, source_, 48000);  // now the note holds the entry's stamp
  const std::string good = read_bytes(entry());
  const auto time = std::filesystem::last_write_time(entry());
  std::string flipped = good;
  flipped[good.size() / 2] ^= 1;
  write_bytes(entry(), flipped);
  std::filesystem::last_write_time(entry(), time);
  EXPECT_EQ(converted(cache_, source_, 48000), samples);
  EXPECT_EQ(read_bytes(entry()), good);
}

TEST_F(Cache, ServesManyThreadsAtOnce) {
  const auto expected = converted(RateCache(""), source_, 48000);
  std::vector<std::thread> threads;
  std::vector<std::vector<float>> results(4);
  for (auto& result : results) threads.emplace_back([&] { result = converted(cache_, source_, 48000); });
  for (auto& thread : threads) thread.join();
  for (const auto& result : results) EXPECT_EQ(result, expected);
  expect_nothing_temporary();
}

TEST_F(Cache, WithoutAFolderToWriteToStillConverts) {
  write_bytes(folder_ / "file", "");
  const RateCache nowhere(folder_ / "file" / "cache");  // a folder cannot be made in a file
  EXPECT_EQ(converted(nowhere, source_, 48000), converted(cache_, source_, 48000));
  if (::geteuid() == 0) return;  // root may write anywhere
  std::filesystem::create_directory(folder_ / "closed");
  std::filesystem::permissions(folder_ / "closed", std::filesystem::perms::owner_read);
  EXPECT_EQ(converted(RateCache(folder_ / "closed"), source_, 48000), converted(cache_, source_, 48000));
}

TEST_F(Cache, ReplacesAndCountsSamplesThatAreNoNumbers) {
  Samples samples = noise(2, 30000);
  samples[0][100] = std::nan("");
  samples[1][200] = INFINITY;
  write_sound(folder_ / "bad.wav", kDouble, 44100, samples);
  samples[0][100] = samples[1][200] = 0.0;
  write_sound(folder_ / "good.wav", kDouble, 44100, samples);
  const auto good = converted(cache_, folder_ / "good.wav", 48000);
  for (int i = 0; i < 2; ++i) {  // once when it is made, once when it is found
    Frames replaced = 0;
    EXPECT_EQ(converted(cache_, folder_ / "bad.wav", 48000, &replaced), good);
    EXPECT_EQ(replaced, 2);
  }
}

TEST_F(Cache, TellsTheSourcesErrors) {
  const auto missing = cache_.open(folder_ / "none.wav", 48000);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().what, testing::HasSubstr("does not exist"));
  write_bytes(folder_ / "bad.wav", "nonsense");
  const auto bad = cache_.open(folder_ / "bad.wav", 48000);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().where, (folder_ / "bad.wav").string());
  expect_nothing_temporary();
}

TEST_F(Cache, TellsItsProgress) {
  std::vector<double> parts;
  const RateCache watched(cache_folder_, [&](const auto& file, double done) {
    EXPECT_EQ(file, source_);
    parts.push_back(done);
  });
  converted(watched, source_, 48000);
  EXPECT_TRUE(std::ranges::is_sorted(parts));
  EXPECT_GT(parts.size(), 2u);
  EXPECT_EQ(parts.back(), 1.0);
}

TEST_F(Cache, GivesTheSameSamplesFromAnyStart) {
  const auto file = *AudioFile::open(source_, 48000, cache_);
  const int frames = static_cast<int>(file->info().frames);
  std::vector<float> whole(static_cast<std::size_t>(frames));
  ASSERT_TRUE(file->read({1, 1}, 0, {whole.data(), nullptr, 1, frames}));
  for (const int first : {1, 4095, 4096, 20000, frames - 1}) {
    std::vector<float> part(static_cast<std::size_t>(frames - first));
    const auto again = *AudioFile::open(source_, 48000, cache_);
    ASSERT_TRUE(again->read({1, 1}, first, {part.data(), nullptr, 1, frames - first}));
    EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + first));
  }
}

TEST(RateCacheFolder, FollowsTheEnvironment) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const std::string before = cache != nullptr ? cache : "";
  ::setenv("XDG_CACHE_HOME", "/somewhere", 1);
  EXPECT_EQ(RateCache::default_folder(), "/somewhere/busbar/rates");
  ::setenv("XDG_CACHE_HOME", "not/absolute", 1);
  EXPECT_EQ(RateCache::default_folder(), std::filesystem::path(std::getenv("HOME")) / ".cache/busbar/rates");
  cache != nullptr ? ::setenv("XDG_CACHE_HOME", before.c_str(), 1) : ::unsetenv("XDG_CACHE_HOME");
}

}  // namespace
}  // namespace busbar::test
