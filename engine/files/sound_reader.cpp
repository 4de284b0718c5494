#include "engine/files/sound_reader.hpp"

#include <sndfile.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/files/file_system.hpp"

namespace busbar {

namespace {

constexpr const char* kConvert = "convert it to WAV, RF64, W64 or FLAC";

std::optional<std::string> container_name(int format) {
  switch (format & SF_FORMAT_TYPEMASK) {
    case SF_FORMAT_WAV:
    case SF_FORMAT_WAVEX:
      return "WAV";
    case SF_FORMAT_RF64:
      return "RF64";
    case SF_FORMAT_W64:
      return "W64";
    case SF_FORMAT_FLAC:
      return "FLAC";
    default:
      return std::nullopt;
  }
}

std::optional<std::string> coding_name(int format) {
  switch (format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_PCM_U8:
      return "8-bit";
    case SF_FORMAT_PCM_16:
      return "16-bit";
    case SF_FORMAT_PCM_24:
      return "24-bit";
    case SF_FORMAT_PCM_32:
      return "32-bit";
    case SF_FORMAT_FLOAT:
      return "32-bit float";
    case SF_FORMAT_DOUBLE:
      return "64-bit float";
    default:
      return std::nullopt;
  }
}

sf_count_t read_frames(SNDFILE* file, float* out, int frames) { return sf_readf_float(file, out, frames); }
sf_count_t read_frames(SNDFILE* file, double* out, int frames) { return sf_readf_double(file, out, frames); }

/// The text of an error without the full stop and line end that libsndfile may put behind it.
std::string tidy(std::string text) {
  while (!text.empty() && (text.back() == '.' || text.back() == '\n' || text.back() == ' ')) text.pop_back();
  std::ranges::replace(text, '\n', ' ');
  return text;
}

struct OpenResult {
  SNDFILE* handle = nullptr;
  SF_INFO info{};
  std::string trouble;
};

/// The descriptor stays the caller's.
OpenResult open_sound(const Descriptor& file) {
  static std::mutex mutex;  // libsndfile keeps the reason of a failed open in a global
  const std::lock_guard lock(mutex);
  OpenResult result;
  ::lseek(file.get(), 0, SEEK_SET);
  result.handle = sf_open_fd(file.get(), SFM_READ, &result.info, SF_FALSE);
  if (result.handle == nullptr) result.trouble = tidy(sf_strerror(nullptr));
  return result;
}

/// libsndfile takes the length that is there and says only in its log that the header announced another.
bool announces_more(SNDFILE* handle) {
  std::array<char, 16384> log{};
  sf_command(handle, SFC_GET_LOG_INFO, log.data(), static_cast<int>(log.size()) - 1);
  const std::string_view text(log.data());
  for (std::size_t at = 0; (at = text.find("\ndata : ", at)) != std::string_view::npos; ++at) {
    const std::size_t end = text.find('\n', at + 1);
    if (text.substr(at, end - at).find("(should be") != std::string_view::npos) return true;
  }
  return false;
}

Error refusal(const std::filesystem::path& file, const SF_INFO& info) {
  SF_FORMAT_INFO format{.format = info.format & SF_FORMAT_TYPEMASK, .name = nullptr, .extension = nullptr};
  sf_command(nullptr, SFC_GET_FORMAT_INFO, &format, sizeof format);
  if (container_name(info.format)) return {file.string(), "holds coded sound, not plain samples", kConvert};
  return {file.string(),
          std::string("is in a format that is not read here (") + (format.name ? format.name : "?") + ")", kConvert};
}

}  // namespace

void SoundReader::Close::operator()(sf_private_tag* file) const { sf_close(file); }

SoundReader::SoundReader(Descriptor file, Handle handle, AudioFileInfo info, std::filesystem::path path,
                         bool compressed)
    : file_(std::move(file)),
      handle_(std::move(handle)),
      info_(std::move(info)),
      path_(std::move(path)),
      compressed_(compressed) {}

Result<std::unique_ptr<SoundReader>> SoundReader::open(const std::filesystem::path& file) {
  auto descriptor = open_regular_file(file);
  if (!descriptor) return descriptor.error();
  return open(std::move(*descriptor), file);
}

Result<std::unique_ptr<SoundReader>> SoundReader::open(Descriptor file, const std::filesystem::path& name) {
  OpenResult sound = open_sound(file);
  Handle handle(sound.handle);
  if (handle == nullptr)
    return Error{name.string(), "is not an audio file, or a broken one (" + sound.trouble + ")",
                 "replace it with a good copy, in WAV, RF64, W64 or FLAC"};
  const auto container = container_name(sound.info.format);
  const auto coding = coding_name(sound.info.format);
  if (!container || !coding) return refusal(name, sound.info);
  AudioFileInfo info{.channels = sound.info.channels,
                     .sample_rate = sound.info.samplerate,
                     .frames = sound.info.frames,
                     .cut_short = announces_more(handle.get()),
                     .format = *container + " " + *coding};
  std::unique_ptr<SoundReader> reader(
      new SoundReader(std::move(file), std::move(handle), std::move(info), name, container == std::string("FLAC")));
  if (auto checked = reader->check_length(); !checked) return checked.error();
  return reader;
}

/// A header is believed only if the last frame that it announces can be read.
Result<void> SoundReader::check_length() {
  if (info_.channels < 1 || info_.sample_rate < 1)
    return Error{path_.string(), "announces no channels or no sample rate", "replace it with a good copy"};
  if (info_.frames > 0 && !has_frame(info_.frames - 1)) {
    if (compressed_)
      return Error{path_.string(),
                   "is cut short: its header announces " + std::to_string(info_.frames) +
                       " frames, and the last of them cannot be read",
                   "replace it with a complete copy"};
    Frames there = 0;  // frames [0, there) can be read, frame `missing` cannot
    for (Frames missing = info_.frames - 1; there < missing;) {
      const Frames middle = there + (missing - there) / 2;
      if (has_frame(middle))
        there = middle + 1;
      else
        missing = middle;
    }
    info_.frames = there;
    info_.cut_short = true;
  }
  if (info_.frames <= 0)
    return Error{path_.string(), "holds no sound, or does not say how much", "replace it with a good copy"};
  position_ = -1;
  return {};
}

bool SoundReader::has_frame(Frames frame) {
  std::vector<float> samples(static_cast<std::size_t>(info_.channels));
  return sf_seek(handle_.get(), frame, SEEK_SET) == frame && sf_readf_float(handle_.get(), samples.data(), 1) == 1 &&
         sf_error(handle_.get()) == SF_ERR_NO_ERROR;
}

Result<void> SoundReader::read(Frames first, int frames, float* out) { return read_as(first, frames, out); }
Result<void> SoundReader::read(Frames first, int frames, double* out) { return read_as(first, frames, out); }

template <typename Sample>
Result<void> SoundReader::read_as(Frames first, int frames, Sample* out) {
  bool good = handle_ != nullptr && (position_ == first || sf_seek(handle_.get(), first, SEEK_SET) == first);
  // A stream that lost its place may go on and say so, so the error counts as well as the number of frames.
  good = good && read_frames(handle_.get(), out, frames) == frames && sf_error(handle_.get()) == SF_ERR_NO_ERROR;
  position_ = good ? first + frames : -1;
  if (good) return {};
  if (compressed_) reopen();
  std::fill_n(out, static_cast<std::size_t>(frames) * static_cast<std::size_t>(info_.channels), Sample{0});
  return unreadable(first);
}

/// A FLAC decoder that failed once refuses all that comes after, good or not; a new one does not.
void SoundReader::reopen() {
  handle_.reset();
  handle_.reset(open_sound(file_).handle);
}

Error SoundReader::unreadable(Frames frame) const {
  char place[64];
  std::snprintf(place, sizeof place, "%lld (%.3f s)", static_cast<long long>(frame),
                static_cast<double>(frame) / info_.sample_rate);
  return {path_.string(), "cannot be read at frame " + std::string(place) + "; silence is heard there",
          "replace it with a good copy"};
}

}  // namespace busbar
