#include <algorithm>
#include <span>

#include "sessions/json_text.hpp"
#include "sessions/session_words.hpp"
#include "sessions/strip_reader.hpp"

namespace busbar {

namespace {

using nlohmann::json;

enum class SourceType { wav, input, tone };

WavSource read_wav(ObjectReader& reader, StripContext& context) {
  WavSource wav;
  if (const json* clips = reader.list("clips", kMaxClips, "clips"))
    for (std::size_t i = 0; i < clips->size(); ++i)
      wav.clips.push_back(read_clip((*clips)[i], reader.at("clips") + "/" + std::to_string(i), context));
  wav.extras = reader.finish();
  return wav;
}

InputSource read_input(ObjectReader& reader) {
  InputSource input;
  if (reader.need("channels", "give one or two channels of the interface, such as [1]") != nullptr)
    reader.channels("channels", input.channels);
  input.extras = reader.finish();
  return input;
}

ToneSource read_tone(ObjectReader& reader) {
  ToneSource tone;
  reader.word("wave", tone.wave, std::span<const Word<Wave>>(kWaveWords));
  reader.number("hz", tone.hz, {0.1, kSampleRateRange.max / 2}, "give a frequency in Hz, below half the sample rate");
  reader.level("level_db", tone.level);
  tone.extras = reader.finish();
  return tone;
}

bool has_drive(std::string_view path) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return path.size() >= 2 && path[1] == ':' && is_letter(path[0]);
}

bool climbs(std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (path.substr(0, end) == "..") return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

}  // namespace

std::optional<Error> check_audio_path(std::string_view path, bool allow_outside) {
  const std::string relative = "give a path relative to the session file";
  const std::string outside = "move the file into the session's folder, or allow it with --allow-outside";
  if (path.empty()) return Error{"", "the path is empty", relative};
  if (std::ranges::any_of(path, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }))
    return Error{"", "the path holds a control character", "rename the file"};
  if (path.ends_with('/')) return Error{"", "the path names a folder", "give the path of an audio file"};
  if (allow_outside) return std::nullopt;
  const std::string named = "the path " + shown_value(std::string(path));
  if (path.front() == '/')
    return Error{"", named + " is absolute, so it may lie outside the session's folder", outside};
  if (has_drive(path)) return Error{"", named + " names a drive, so it lies outside the session's folder", outside};
  if (path.find('\\') != std::string_view::npos)
    return Error{"", named + " has a backslash", "separate folders with /"};
  if (climbs(path)) return Error{"", named + " leaves the session's folder by ..", outside};
  return std::nullopt;
}

Clip read_clip(const json& value, const std::string& where, StripContext& context) {
  Clip clip;
  ObjectReader reader(value, where, "a clip such as { \"file\": \"audio/kick.wav\" }", context.report);
  if (const json* file = reader.need("file", "give the path of an audio file, relative to the session file")) {
    const bool is_text = read_text(*file, clip.file, reader.at("file"), context.report);
    const auto wrong = is_text ? check_audio_path(clip.file, context.allow_outside) : std::nullopt;
    if (wrong) context.report.error(reader.at("file"), wrong->what, wrong->mend);
  }
  reader.channels("channels", clip.channels);
  reader.seconds("start_s", clip.start_s);
  reader.seconds("offset_s", clip.offset_s);
  if (reader.take_or_null("length_s") != nullptr) {
    clip.length_s = 0.0;
    reader.seconds("length_s", *clip.length_s);
  }
  reader.level("gain_db", clip.gain, kClipGainRange);
  clip.extras = reader.finish();
  return clip;
}

Source read_source(const json& value, const std::string& where, StripContext& context) {
  ObjectReader reader(value, where, "a source such as { \"type\": \"wav\", \"clips\": [] }", context.report);
  constexpr auto kTypeWords = std::to_array<Word<SourceType>>(
      {{"wav", SourceType::wav}, {"input", SourceType::input}, {"tone", SourceType::tone}});
  if (reader.need("type", "give \"wav\", \"input\" or \"tone\"") == nullptr) return WavSource{};
  const std::size_t before = context.report.errors().size();
  SourceType type = SourceType::wav;
  reader.word("type", type, std::span<const Word<SourceType>>(kTypeWords));
  if (context.report.errors().size() > before) return WavSource{};  // of an unknown type, all keys would seem unknown
  switch (type) {
    case SourceType::wav:
      return read_wav(reader, context);
    case SourceType::input:
      return read_input(reader);
    case SourceType::tone:
      return read_tone(reader);
  }
  return WavSource{};
}

}  // namespace busbar
