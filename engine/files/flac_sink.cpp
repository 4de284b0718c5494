#include <sndfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/files/file_system.hpp"
#include "engine/files/sample_sink.hpp"

namespace busbar {

namespace {

/// The descriptor as libsndfile's callbacks see it. They keep the reason of the first failed write, which the library
/// drops when the encoder empties itself on closing.
struct Stream {
  int descriptor;
  int failure = 0;
};

Stream& stream_of(void* data) { return *static_cast<Stream*>(data); }

sf_count_t length(void* data) {
  struct stat status {};
  return ::fstat(stream_of(data).descriptor, &status) == 0 ? status.st_size : 0;
}
sf_count_t seek(sf_count_t offset, int whence, void* data) {
  return ::lseek(stream_of(data).descriptor, offset, whence);
}
sf_count_t tell(void* data) { return ::lseek(stream_of(data).descriptor, 0, SEEK_CUR); }
sf_count_t read_bytes(void* out, sf_count_t count, void* data) {
  return ::read(stream_of(data).descriptor, out, static_cast<std::size_t>(count));
}
sf_count_t write_bytes(const void* in, sf_count_t count, void* data) {
  Stream& stream = stream_of(data);
  sf_count_t done = 0;
  while (done < count && stream.failure == 0) {
    const ssize_t n =
        ::write(stream.descriptor, static_cast<const char*>(in) + done, static_cast<std::size_t>(count - done));
    if (n >= 0) done += n;
    if (n < 0 && errno != EINTR) stream.failure = errno;
  }
  return done;
}

class FlacSink final : public SampleSink {
 public:
  FlacSink(int descriptor, std::string name, const WavCoding& coding)
      : name_(std::move(name)), channels_(coding.channels), stream_{descriptor} {
    SF_INFO info{};
    info.samplerate = coding.sample_rate;
    info.channels = coding.channels;
    info.format = SF_FORMAT_FLAC | SF_FORMAT_PCM_24;
    SF_VIRTUAL_IO io{length, seek, read_bytes, write_bytes, tell};
    handle_.reset(sf_open_virtual(&io, SFM_WRITE, &info, &stream_));
  }
  bool is_open() const noexcept { return handle_ != nullptr; }

  Result<void> write(std::span<const std::byte> bytes) override {
    samples_.resize(bytes.size() / 3);
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      std::uint32_t code = 0;
      for (std::size_t b = 0; b < 3; ++b) code |= std::to_integer<std::uint32_t>(bytes[3 * i + b]) << (8 * b + 8);
      samples_[i] = static_cast<int>(code);
    }
    const auto frames = static_cast<sf_count_t>(samples_.size()) / channels_;
    if (sf_writef_int(handle_.get(), samples_.data(), frames) == frames && stream_.failure == 0) return {};
    return failure();
  }

  Result<void> finish() override {
    const int closed = sf_close(handle_.release());
    return closed == 0 && stream_.failure == 0 ? Result<void>() : failure();
  }

 private:
  struct Close {
    void operator()(SNDFILE* file) const { sf_close(file); }
  };

  Error failure() const {
    if (stream_.failure != 0) return system_error(name_, "cannot be written", stream_.failure);
    return {name_, "cannot be encoded as FLAC", "choose a WAV format"};
  }

  std::string name_;
  int channels_;
  Stream stream_;
  std::unique_ptr<SNDFILE, Close> handle_;
  std::vector<int> samples_;
};

}  // namespace

Result<std::unique_ptr<SampleSink>> make_flac_sink(int descriptor, const std::string& name, const WavCoding& coding) {
  auto sink = std::make_unique<FlacSink>(descriptor, name, coding);
  if (!sink->is_open())
    return Error{name,
                 "FLAC cannot hold " + std::to_string(coding.channels) + " channels at " +
                     std::to_string(coding.sample_rate) + " Hz",
                 "choose a WAV format"};
  return std::unique_ptr<SampleSink>(std::move(sink));
}

}  // namespace busbar
