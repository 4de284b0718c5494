#include <array>

#include "engine/files/byte_sink.hpp"
#include "engine/files/sample_sink.hpp"

namespace busbar {

namespace {

class WavSink final : public SampleSink {
 public:
  WavSink(int descriptor, const std::string& name, const WavCoding& coding)
      : coding_(coding), sink_(descriptor, name), header_(sink_.add(wav_header(coding, 0))) {}

  Result<void> write(std::span<const std::byte> bytes) override {
    bytes_ += static_cast<Frames>(bytes.size());
    return sink_.add(bytes);
  }

  Result<void> finish() override {
    const Frames frames = bytes_ / coding_.bytes_per_frame();
    const std::array<std::byte, 1> zero{};
    if (wav_padding(coding_, frames) != 0)
      if (auto padded = sink_.add(zero); !padded) return padded;
    return sink_.patch(0, wav_header(coding_, frames));
  }

 private:
  WavCoding coding_;
  ByteSink sink_;
  Result<void> header_;  // a failure stays in the sink as well
  Frames bytes_ = 0;
};

}  // namespace

std::unique_ptr<SampleSink> make_wav_sink(int descriptor, const std::string& name, const WavCoding& coding) {
  return std::make_unique<WavSink>(descriptor, name, coding);
}

}  // namespace busbar
