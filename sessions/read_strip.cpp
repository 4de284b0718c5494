#include <span>

#include "engine/core/ids.hpp"
#include "sessions/json_text.hpp"
#include "sessions/session_words.hpp"
#include "sessions/strip_reader.hpp"

namespace busbar {

namespace {

using nlohmann::json;

constexpr std::string_view kPanMend = "give a number from -1 (left) to 1 (right)";

void read_kind(ObjectReader& reader, bool is_track, Strip& strip) {
  if (is_track) {
    constexpr auto kTrackWord = std::to_array<Word<StripKind>>({{"track", StripKind::track}});
    return reader.word("kind", strip.kind, std::span<const Word<StripKind>>(kTrackWord));
  }
  strip.kind = StripKind::group;
  if (reader.is_object() && reader.need("kind", "give \"group\", \"aux\", \"cue\" or \"master\"") != nullptr)
    reader.word("kind", strip.kind, std::span<const Word<StripKind>>(kBusWords));
}

void read_track_source(ObjectReader& reader, bool is_track, Strip& strip, StripContext& context) {
  if (is_track) {
    if (const json* source =
            reader.need("source", "say what the track plays, such as { \"type\": \"wav\", \"clips\": [] }"))
      strip.source = read_source(*source, reader.at("source"), context);
  } else if (reader.take("source") != nullptr) {
    context.report.error(reader.at("source"), "a bus has no source",
                         "move this strip to \"tracks\", or take the source away");
  }
}

void read_latency(ObjectReader& reader, Strip& strip) {
  constexpr auto kLatencyWord = std::to_array<Word<bool>>({{"lowest", true}});
  reader.word("latency", strip.lowest_latency, std::span<const Word<bool>>(kLatencyWord));
}

void read_color(ObjectReader& reader, Strip& strip) {
  reader.text("color", strip.color);
  const std::string& c = strip.color;
  const bool is_good = c.empty() || (c.size() == 7 && c[0] == '#' &&
                                     c.find_first_not_of("0123456789abcdefABCDEF", 1) == std::string::npos);
  if (!is_good)
    reader.report().error(reader.at("color"), "\"" + c.substr(0, 48) + "\" is not a colour",
                          "write it like \"#c0563b\"");
}

}  // namespace

void read_mix_values(ObjectReader& reader, Strip& strip) {
  reader.level("trim_db", strip.trim);
  reader.flag("polarity", strip.polarity);
  reader.level("fader_db", strip.fader);
  reader.number("pan", strip.pan, kPanRange, kPanMend);
  reader.number("width", strip.width, kWidthRange, "give a number from 0 (mono) over 1 (as it is) to 2 (wide)");
  reader.flag("mute", strip.mute);
  reader.flag("solo", strip.solo);
  reader.flag("solo_safe", strip.solo_safe);
}

void read_output(ObjectReader& reader, Strip& strip) {
  const json* value = reader.take("output");
  if (value == nullptr) return;
  const std::string where = reader.at("output");
  if (value->is_object()) {
    strip.output = read_hardware(*value, where, reader.report());
  } else if (value->is_string()) {
    std::string bus;
    if (!read_text(*value, bus, where, reader.report())) return;
    if (bus == "none")
      strip.output = ToNowhere{};
    else
      strip.output = ToBus{std::move(bus)};
  } else {
    reader.report().error(where, shown_value(*value) + " is not an output",
                          "give the id of a bus, \"none\", or { \"hardware\": [1, 2] }");
  }
}

ToHardware read_hardware(const json& value, const std::string& where, Report& report) {
  ToHardware hardware;
  ObjectReader reader(value, where, "{ \"hardware\": [1, 2] }", report);
  const bool is_there = reader.need("hardware", "give one or two channels, such as [1, 2]") != nullptr;
  if (is_there) reader.channels("hardware", hardware.channels);
  if (const json* ceiling = reader.take("ceiling_dbfs")) {
    Decibels level;
    if (ceiling->is_string() && ceiling->get_ref<const std::string&>() == "off")
      hardware.ceiling = Decibels{-kMinusInfinity.value};
    else if (read_number(*ceiling, level.value, kCeilingRange, "give a level in dBFS from -60 to 0, or \"off\"",
                         reader.at("ceiling_dbfs"), report))
      hardware.ceiling = level;
  }
  hardware.extras = reader.finish();
  return hardware;
}

void read_send_pan(ObjectReader& reader, Send& send) {
  const json* pan = reader.take("pan");
  if (pan == nullptr) return;
  double number = 0.0;
  if (pan->is_string() && pan->get_ref<const std::string&>() == "strip")
    send.pan.reset();
  else if (read_number(*pan, number, kPanRange, "give a number from -1 (left) to 1 (right), or \"strip\"",
                       reader.at("pan"), reader.report()))
    send.pan = number;
}

Send read_send(const json& value, const std::string& where, StripContext& context) {
  Send send;
  ObjectReader reader(value, where, "a send such as { \"to\": \"room\", \"level_db\": -12 }", context.report);
  reader.need_text("to", send.to, "give the id of an aux, cue or group");
  reader.level("level_db", send.level);
  send.tap = context.cues.contains(send.to) ? Tap::pre : Tap::post;
  reader.word("tap", send.tap, std::span<const Word<Tap>>(kTapWords));
  send.pan = default_send_pan(send.tap);
  read_send_pan(reader, send);
  reader.flag("on", send.on);
  reader.flag("parallel", send.parallel);
  send.extras = reader.finish();
  return send;
}

void read_inserts(ObjectReader& reader, Strip& strip, StripContext& context) {
  const json* value = reader.take("inserts");
  if (value != nullptr && value->is_object() && value->contains("chain"))
    return context.report.error(reader.at("inserts"), "a list of inserts is wanted here, and this names a chain",
                                chain_mend(value->at("chain")));
  if (const json* inserts = reader.list("inserts", kMaxInserts, "inserts"))
    for (std::size_t i = 0; i < inserts->size(); ++i)
      strip.inserts.push_back(read_insert((*inserts)[i], reader.at("inserts") + "/" + std::to_string(i), context));
}

Strip read_strip(const json& value, bool is_track, const std::string& where, StripContext& context) {
  Strip strip;
  ObjectReader reader(value, where, is_track ? "a track" : "a bus", context.report);
  reader.need_text("id", strip.id, "give it a name of a-z, 0-9, _ and -");
  reader.text("name", strip.name);
  read_color(reader, strip);
  read_kind(reader, is_track, strip);
  read_track_source(reader, is_track, strip, context);
  read_mix_values(reader, strip);
  reader.word("summing", strip.summing, std::span<const Word<Summing>>(kSummingWords));
  reader.number("summing_drive_db", strip.summing_drive_db, kSummingDriveRange, "give a level in dB from 0 to 24");
  reader.flag("bypass_inserts", strip.bypass_inserts);
  reader.flag("match_inserts", strip.match_inserts);
  reader.texts("recall_safe", strip.recall_safe, kMaxInserts);
  read_inserts(reader, strip, context);
  if (const json* sends = reader.list("sends", kMaxSends, "sends"))
    for (std::size_t i = 0; i < sends->size(); ++i)
      strip.sends.push_back(read_send((*sends)[i], reader.at("sends") + "/" + std::to_string(i), context));
  if (strip.kind != StripKind::cue && strip.kind != StripKind::master) strip.output = ToBus{std::string(kMasterId)};
  read_output(reader, strip);
  read_latency(reader, strip);
  reader.flag("follow_mute", strip.follow_mute);
  reader.flag("protected", strip.is_protected);
  strip.extras = reader.finish();
  return strip;
}

std::set<std::string, std::less<>> ids_of_cues(const json& session) {
  std::set<std::string, std::less<>> ids;
  const auto buses = session.find("buses");
  if (buses == session.end() || !buses->is_array()) return ids;
  for (const json& bus : *buses) {
    if (!bus.is_object()) continue;
    const auto id = bus.find("id");
    const auto kind = bus.find("kind");
    if (id != bus.end() && id->is_string() && kind != bus.end() && *kind == "cue") ids.insert(id->get<std::string>());
  }
  return ids;
}

}  // namespace busbar
