#pragma once
#include <sndfile.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

namespace busbar::test {

/// A folder that is gone at the end of the test, with all in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "busbar-files-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

using Samples = std::vector<std::vector<double>>;  // [channels][frames]

/// The same numbers everywhere, in [-1, 1).
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : state_(seed) {}
  double next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<double>(static_cast<std::int64_t>(state_)) * 0x1p-63;
  }

 private:
  std::uint64_t state_;
};

inline Samples noise(int channels, int frames, double level = 0.5) {
  Samples samples(static_cast<std::size_t>(channels), std::vector<double>(static_cast<std::size_t>(frames)));
  std::uint64_t seed = 1;
  for (auto& channel : samples) {
    Noise source(seed++ * 7919);
    for (double& x : channel) x = level * source.next();
  }
  return samples;
}

inline Samples sine(double hz, double rate, int frames, double level = 0.5, int channels = 1) {
  Samples samples(static_cast<std::size_t>(channels), std::vector<double>(static_cast<std::size_t>(frames)));
  for (auto& channel : samples)
    for (std::size_t i = 0; i < channel.size(); ++i)
      channel[i] = level * std::sin(2.0 * std::numbers::pi * hz * static_cast<double>(i) / rate);
  return samples;
}

/// Writes with libsndfile, which is not what Busbar writes WAVs with. `format` as in sndfile.h.
inline void write_sound(const std::filesystem::path& file, int format, int rate, const Samples& samples) {
  SF_INFO info{};
  info.channels = static_cast<int>(samples.size());
  info.samplerate = rate;
  info.format = format;
  SNDFILE* out = sf_open(file.c_str(), SFM_WRITE, &info);
  if (out == nullptr) throw std::runtime_error(sf_strerror(nullptr));
  sf_command(out, SFC_SET_CLIPPING, nullptr, SF_TRUE);
  std::vector<double> interleaved;
  for (std::size_t i = 0; i < samples[0].size(); ++i)
    for (const auto& channel : samples) interleaved.push_back(channel[i]);
  sf_writef_double(out, interleaved.data(), static_cast<sf_count_t>(samples[0].size()));
  sf_close(out);
}

struct Sound {
  SF_INFO info{};
  Samples samples;
};

inline Sound read_sound(const std::filesystem::path& file) {
  Sound sound;
  SNDFILE* in = sf_open(file.c_str(), SFM_READ, &sound.info);
  if (in == nullptr) throw std::runtime_error(file.string() + ": " + sf_strerror(nullptr));
  const auto channels = static_cast<std::size_t>(sound.info.channels);
  const auto frames = static_cast<std::size_t>(sound.info.frames);
  std::vector<double> interleaved(channels * frames);
  sf_readf_double(in, interleaved.data(), sound.info.frames);
  sf_close(in);
  sound.samples.assign(channels, std::vector<double>(frames));
  for (std::size_t i = 0; i < frames; ++i)
    for (std::size_t c = 0; c < channels; ++c) sound.samples[c][i] = interleaved[i * channels + c];
  return sound;
}

inline std::string read_bytes(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

/// `value` as `count` little-endian bytes.
inline std::string little(std::uint64_t value, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xffu);
  return bytes;
}

inline std::size_t open_descriptors() {
  const std::filesystem::directory_iterator folder("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(folder), end(folder)));
}

inline std::size_t files_in(const std::filesystem::path& folder) {
  const std::filesystem::directory_iterator files(folder);
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

}  // namespace busbar::test
