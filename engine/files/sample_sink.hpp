#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "engine/core/result.hpp"
#include "engine/core/units.hpp"
#include "engine/files/wav_header.hpp"

namespace busbar {

/// Puts quantised samples into a file format. Takes interleaved little-endian bytes, as a WAV's data chunk has them.
/// The descriptor is lent, empty, and open for reading and writing; `name` is the file that errors speak of.
class SampleSink {
 public:
  virtual ~SampleSink() = default;
  virtual Result<void> write(std::span<const std::byte> bytes) = 0;
  /// Completes the file. Once, as the last call.
  virtual Result<void> finish() = 0;
};

std::unique_ptr<SampleSink> make_wav_sink(int descriptor, const std::string& name, const WavCoding& coding);
/// 24 bits; by libsndfile.
Result<std::unique_ptr<SampleSink>> make_flac_sink(int descriptor, const std::string& name, const WavCoding& coding);

}  // namespace busbar
