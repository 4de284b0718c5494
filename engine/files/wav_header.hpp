#pragma once
#include <cstddef>
#include <vector>

#include "engine/core/units.hpp"

namespace busbar {

/// How samples stand in a WAV.
struct WavCoding {
  int bits = 24;
  bool is_float = false;
  int channels = 2;
  int sample_rate = 48000;
  int bytes_per_frame() const noexcept { return bits / 8 * channels; }
};

/// All bytes before the samples of a WAV of `frames` frames; always the same number of bytes, so that it can be
/// written first and corrected at the end. Up to 4 GiB it is a plain RIFF WAV with a JUNK chunk that keeps the room
/// which the 64-bit sizes of an RF64 need. Nothing in it depends on time or place.
/// Source  EBU Tech 3306 (RF64), Microsoft Multimedia Programming Interface (RIFF, fmt, fact)
std::vector<std::byte> wav_header(const WavCoding& coding, Frames frames);

/// Bytes after the samples: chunks have an even length.
int wav_padding(const WavCoding& coding, Frames frames);

}  // namespace busbar
