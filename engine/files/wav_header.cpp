#include "engine/files/wav_header.hpp"

#include <cstdint>
#include <string_view>

namespace busbar {

namespace {

constexpr std::uint64_t kLargest = 0xffffffffu;
constexpr std::uint32_t kSizesChunk = 28;

class LittleEndian {
 public:
  void tag(std::string_view text) {
    for (const char c : text) bytes_.push_back(static_cast<std::byte>(c));
  }
  void number(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) bytes_.push_back(static_cast<std::byte>(value >> (8 * i) & 0xffu));
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

void add_format(LittleEndian& out, const WavCoding& coding) {
  const auto frame = static_cast<std::uint64_t>(coding.bytes_per_frame());
  const auto rate = static_cast<std::uint64_t>(coding.sample_rate);
  out.tag("fmt ");
  out.number(coding.is_float ? 18 : 16, 4);
  out.number(coding.is_float ? 3 : 1, 2);
  out.number(static_cast<std::uint64_t>(coding.channels), 2);
  out.number(rate, 4);
  out.number(rate * frame, 4);
  out.number(frame, 2);
  out.number(static_cast<std::uint64_t>(coding.bits), 2);
  if (coding.is_float) out.number(0, 2);  // no extension
}

}  // namespace

std::vector<std::byte> wav_header(const WavCoding& coding, Frames frames) {
  const auto count = static_cast<std::uint64_t>(frames);
  const std::uint64_t data = count * static_cast<std::uint64_t>(coding.bytes_per_frame());
  const std::uint64_t chunks = 4 + (8 + kSizesChunk) + (coding.is_float ? 26 + 12 : 24) + 8;
  const std::uint64_t riff = chunks + data + static_cast<std::uint64_t>(wav_padding(coding, frames));
  const bool large = riff > kLargest;
  LittleEndian out;
  out.tag(large ? "RF64" : "RIFF");
  out.number(large ? kLargest : riff, 4);
  out.tag("WAVE");
  out.tag(large ? "ds64" : "JUNK");
  out.number(kSizesChunk, 4);
  out.number(large ? riff : 0, 8);
  out.number(large ? data : 0, 8);
  out.number(large ? count : 0, 8);
  out.number(0, 4);  // no table of other large chunks
  add_format(out, coding);
  if (coding.is_float) {
    out.tag("fact");
    out.number(4, 4);
    out.number(large ? kLargest : count, 4);
  }
  out.tag("data");
  out.number(large ? kLargest : data, 4);
  return out.take();
}

int wav_padding(const WavCoding& coding, Frames frames) {
  return static_cast<int>(frames % 2 * coding.bytes_per_frame() % 2);
}

}  // namespace busbar
