#include <charconv>
#include <cmath>

#include "sessions/control_reader.hpp"
#include "sessions/json_text.hpp"
#include "sessions/strip_reader.hpp"

namespace busbar {

namespace {

using nlohmann::json;

constexpr std::string_view kIdMend = "give it a name of a-z, 0-9, _ and -";

/// Calls `read_one(value, pointer)` for each entry of a list of the session.
template <typename ReadOne>
void each(ObjectReader& session, std::string_view key, std::size_t most, std::string_view of_what, ReadOne read_one) {
  if (const json* list = session.list(key, most, of_what))
    for (std::size_t i = 0; i < list->size(); ++i) read_one((*list)[i], session.at(key) + "/" + std::to_string(i));
}

void read_labels(ObjectReader& io, std::string_view key, std::map<int, std::string>& labels, Report& report) {
  const json* value = io.take(key);
  if (value == nullptr) return;
  ObjectReader reader(*value, io.at(key), "an object of channels and their names", report);
  if (!reader.is_object()) return;
  for (const auto& [channel, name] : value->items()) {
    int number = 0;
    const auto read = std::from_chars(channel.data(), channel.data() + channel.size(), number);
    const bool is_good =
        read.ec == std::errc{} && number >= 1 && number <= kMaxChannel && std::to_string(number) == channel;
    if (!is_good)
      report.error(reader.at(channel), "this is not the number of a channel", "count channels from 1, such as \"3\"");
    else
      read_text(name, labels[number], reader.at(channel), report);
  }
}

Marker read_marker(const json& value, const std::string& where, Report& report) {
  Marker marker;
  ObjectReader reader(value, where, "a marker such as { \"at_s\": 32, \"name\": \"Chorus\" }", report);
  reader.need("at_s", "give the marker's time in seconds");
  reader.seconds("at_s", marker.at_s);
  reader.text("name", marker.name);
  marker.extras = reader.finish();
  return marker;
}

/// `[from, to]`, or `{ "from_s": …, "to_s": … }`.
void read_loop(const json& value, const std::string& where, Transport& transport, Report& report) {
  constexpr std::string_view kMend = "give the loop as [from, to] in seconds, or null";
  const bool is_pair = value.is_array() && value.size() == 2;
  const bool is_named = value.is_object() && value.contains("from_s") && value.contains("to_s");
  if (!is_pair && !is_named) return report.error(where, shown_value(value) + " is not a loop", std::string(kMend));
  double from = 0.0;
  double to = 0.0;
  const std::string from_at = where + (is_pair ? "/0" : "/from_s");
  const std::string to_at = where + (is_pair ? "/1" : "/to_s");
  const bool has_from = read_number(is_pair ? value[0] : value["from_s"], from, kTimeRange, kMend, from_at, report);
  const bool has_to = read_number(is_pair ? value[1] : value["to_s"], to, kTimeRange, kMend, to_at, report);
  if (!has_from || !has_to) return;
  if (to <= from)
    report.error(where,
                 "the loop ends at " + number_text(to) + " s, not after its start at " + number_text(from) + " s",
                 "give the earlier time first");
  transport.loop_s = std::pair(from, to);
}

}  // namespace

Vca read_vca(const json& value, const std::string& where, Report& report) {
  Vca vca;
  ObjectReader reader(value, where, "a VCA", report);
  reader.need_text("id", vca.id, kIdMend);
  reader.text("name", vca.name);
  reader.texts("members", vca.members, kMaxMembers);
  reader.level("fader_db", vca.fader);
  reader.flag("mute", vca.mute);
  vca.extras = reader.finish();
  return vca;
}

MuteGroup read_mute_group(const json& value, const std::string& where, Report& report) {
  MuteGroup group;
  ObjectReader reader(value, where, "a mute group", report);
  reader.need_text("id", group.id, kIdMend);
  reader.text("name", group.name);
  reader.texts("members", group.members, kMaxMembers);
  reader.flag("mute", group.mute);
  group.extras = reader.finish();
  return group;
}

Monitor read_monitor(const json& value, const std::string& where, Report& report) {
  Monitor monitor;
  ObjectReader reader(value, where, "the monitor section", report);
  reader.text("source", monitor.source);
  reader.level("level_db", monitor.level);
  reader.flag("dim", monitor.dim);
  reader.flag("mono", monitor.mono);
  reader.flag("cut", monitor.cut);
  reader.flag("polarity", monitor.polarity);
  if (const json* output = reader.take_or_null("output")) {
    if (*output != "none") monitor.output = read_hardware(*output, reader.at("output"), report);
  }
  monitor.extras = reader.finish();
  return monitor;
}

Talkback read_talkback(const json& value, const std::string& where, Report& report) {
  Talkback talkback;
  ObjectReader reader(value, where, "the talkback section", report);
  if (const json* channel = reader.take_or_null("channel")) {
    int number = 0;
    if (read_channel(*channel, number, reader.at("channel"), report)) talkback.channel = number;
  }
  reader.texts("to", talkback.to, kMaxStrips);
  reader.level("dim_db", talkback.dim);
  reader.flag("on", talkback.on);
  talkback.extras = reader.finish();
  return talkback;
}

Io read_io(const json& value, const std::string& where, Report& report) {
  Io io;
  ObjectReader reader(value, where, "an object of outputs and inputs", report);
  read_labels(reader, "outputs", io.outputs, report);
  read_labels(reader, "inputs", io.inputs, report);
  io.extras = reader.finish();
  return io;
}

Transport read_transport(const json& value, const std::string& where, Report& report) {
  Transport transport;
  ObjectReader reader(value, where, "the transport", report);
  if (const json* loop = reader.take_or_null("loop")) read_loop(*loop, reader.at("loop"), transport, report);
  each(reader, "markers", kMaxMarkers, "markers",
       [&](const json& one, const std::string& at) { transport.markers.push_back(read_marker(one, at, report)); });
  transport.extras = reader.finish();
  return transport;
}

Scene read_scene(const json& value, const std::string& where, Report& report) {
  Scene scene;
  ObjectReader reader(value, where, "a scene", report);
  reader.need_text("id", scene.id, kIdMend);
  reader.text("name", scene.name);
  reader.number("fade_s", scene.fade_s, kFadeRange, "give the time of the cross-fade in seconds, from 0 to 60");
  reader.texts("scope", scene.scope, kMaxGroups);
  if (const json* values = reader.take("values")) {
    ObjectReader strips(*values, reader.at("values"), "an object of strips and their values", report);
    if (strips.is_object()) scene.values = values->dump();
  }
  scene.extras = reader.finish();
  return scene;
}

void read_control_sections(ObjectReader& session, Mixer& mixer) {
  Report& report = session.report();
  each(session, "vcas", kMaxGroups, "VCAs",
       [&](const json& one, const std::string& at) { mixer.vcas.push_back(read_vca(one, at, report)); });
  each(session, "mute_groups", kMaxGroups, "mute groups",
       [&](const json& one, const std::string& at) { mixer.mute_groups.push_back(read_mute_group(one, at, report)); });
  each(session, "scenes", kMaxScenes, "scenes",
       [&](const json& one, const std::string& at) { mixer.scenes.push_back(read_scene(one, at, report)); });
  if (const json* value = session.take_or_null("monitor"))
    mixer.monitor = read_monitor(*value, session.at("monitor"), report);
  if (const json* value = session.take_or_null("talkback"))
    mixer.talkback = read_talkback(*value, session.at("talkback"), report);
  if (const json* value = session.take_or_null("io")) mixer.io = read_io(*value, session.at("io"), report);
  if (const json* value = session.take_or_null("transport"))
    mixer.transport = read_transport(*value, session.at("transport"), report);
}

}  // namespace busbar
