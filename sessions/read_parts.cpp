#include "sessions/json_text.hpp"
#include "sessions/session_file.hpp"
#include "sessions/strip_reader.hpp"

namespace busbar {

namespace {

using nlohmann::json;

/// Parses, fills in what the address says, and reads; the first error is the answer.
template <typename Part, typename Read>
Result<Part> read_part(std::string_view text, std::string_view key, std::string_view value, Read read,
                       const ReadOptions& options = {}) {
  ParsedJson parsed = parse_json(text);
  if (!parsed.errors.empty()) return parsed.errors.front();
  json& part = parsed.value;
  if (part.is_object() && !value.empty()) {
    if (!part.contains(key))
      part[std::string(key)] = std::string(value);
    else if (part[std::string(key)] != std::string(value))
      return Error{
          "/" + std::string(key),
          shown_value(part[std::string(key)]) + " is not \"" + std::string(value) + "\", which the address names",
          "leave it out, or give the same"};
  }
  Report report;
  StripContext context{report, options.allow_outside};
  Part result = read(part, context);
  if (report.has_errors()) return report.errors().front();
  return result;
}

}  // namespace

Result<Strip> read_strip_text(std::string_view text, std::string_view id, const Mixer* mixer,
                              const ReadOptions& options) {
  const auto read = [mixer](const json& value, StripContext& context) {
    if (mixer != nullptr)
      for (const auto& bus : mixer->buses)
        if (bus->kind == StripKind::cue) context.cues.insert(bus->id);
    const bool is_track = !value.is_object() || !value.contains("kind") || value["kind"] == "track";
    return read_strip(value, is_track, "", context);
  };
  return read_part<Strip>(text, "id", id, read, options);
}

Result<InsertSlot> read_insert_text(std::string_view text, std::string_view id) {
  return read_part<InsertSlot>(
      text, "id", id, [](const json& value, StripContext& context) { return read_insert(value, "", context); });
}

Result<Clip> read_clip_text(std::string_view text, const ReadOptions& options) {
  const auto read = [](const json& value, StripContext& context) { return read_clip(value, "", context); };
  return read_part<Clip>(text, "", "", read, options);
}

Result<Send> read_send_text(std::string_view text, std::string_view to, bool into_cue) {
  return read_part<Send>(text, "to", to, [&](const json& value, StripContext& context) {
    if (into_cue && value.is_object() && value.contains("to") && value["to"].is_string())
      context.cues.insert(value["to"].get<std::string>());
    return read_send(value, "", context);
  });
}

}  // namespace busbar
