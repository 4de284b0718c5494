#include "sessions/session_file.hpp"
#include "sessions/session_words.hpp"
#include "sessions/strip_writer.hpp"

namespace busbar {

namespace {

JsonTree channels_of(const std::vector<int>& channels) {
  return JsonTree::list_of(channels, [](int c) { return JsonTree::number(c); });
}

JsonTree tree_of(const Clip& clip) {
  JsonTree tree = JsonTree::object();
  tree.add("file", JsonTree::text(clip.file));
  if (!clip.channels.empty()) tree.add("channels", channels_of(clip.channels));
  tree.add("start_s", JsonTree::number(clip.start_s));
  if (clip.offset_s != 0.0) tree.add("offset_s", JsonTree::number(clip.offset_s));
  if (clip.length_s) tree.add("length_s", JsonTree::number(*clip.length_s));
  if (clip.gain != Decibels{}) tree.add("gain_db", JsonTree::level(clip.gain));
  return tree.add_extras(clip.extras);
}

JsonTree tree_of(const WavSource& wav) {
  JsonTree tree = JsonTree::object();
  tree.add("type", JsonTree::text("wav"));
  tree.add("clips", JsonTree::list_of(wav.clips, [](const Clip& clip) { return tree_of(clip); }));
  return tree.add_extras(wav.extras);
}

JsonTree tree_of(const InputSource& input) {
  JsonTree tree = JsonTree::object();
  tree.add("type", JsonTree::text("input")).add("channels", channels_of(input.channels));
  return tree.add_extras(input.extras);
}

JsonTree tree_of(const ToneSource& tone) {
  JsonTree tree = JsonTree::object();
  tree.add("type", JsonTree::text("tone")).add("wave", JsonTree::text(word_of(kWaveWords, tone.wave)));
  tree.add("hz", JsonTree::number(tone.hz)).add("level_db", JsonTree::level(tone.level));
  return tree.add_extras(tone.extras);
}

JsonTree tree_of(const InsertSlot& slot) {
  JsonTree tree = JsonTree::object();
  tree.add("id", JsonTree::text(slot.id)).add("type", JsonTree::text(slot.type));
  if (slot.bypass) tree.add("bypass", JsonTree::flag(true));
  if (slot.mix != 1.0) tree.add("mix", JsonTree::number(slot.mix));
  if (slot.match_level) tree.add("match_level", JsonTree::flag(true));
  if (slot.key) tree.add("key", JsonTree::text(*slot.key));
  JsonTree params = JsonTree::object();
  for (const auto& [key, value] : slot.params) params.add(key, JsonTree::param(value));
  if (!slot.params.empty()) tree.add("params", std::move(params));
  return tree.add_extras(slot.extras);
}

JsonTree tree_of(const Send& send) {
  JsonTree tree = JsonTree::object();
  tree.add("to", JsonTree::text(send.to)).add("level_db", JsonTree::level(send.level));
  tree.add("tap", JsonTree::text(word_of(kTapWords, send.tap)));
  tree.add("pan", send.pan ? JsonTree::number(*send.pan) : JsonTree::text("strip"));
  tree.add("on", JsonTree::flag(send.on));
  if (send.parallel) tree.add("parallel", JsonTree::flag(true));
  return tree.add_extras(send.extras);
}

JsonTree tree_of(const Output& output) {
  if (const auto* bus = std::get_if<ToBus>(&output)) return JsonTree::text(bus->id);
  if (const auto* hardware = std::get_if<ToHardware>(&output)) return tree_of(*hardware);
  return JsonTree::text("none");
}

void add_flag(JsonTree& tree, std::string_view key, bool value) {
  if (value) tree.add(key, JsonTree::flag(true));
}

void add_chain(JsonTree& tree, const Strip& strip) {
  if (strip.trim != Decibels{}) tree.add("trim_db", JsonTree::level(strip.trim));
  add_flag(tree, "polarity", strip.polarity);
  if (strip.summing == Summing::console) tree.add("summing", JsonTree::text("console"));
  if (strip.summing_drive_db != 0.0) tree.add("summing_drive_db", JsonTree::number(strip.summing_drive_db));
  add_flag(tree, "bypass_inserts", strip.bypass_inserts);
  add_flag(tree, "match_inserts", strip.match_inserts);
  if (!strip.inserts.empty())
    tree.add("inserts", JsonTree::list_of(strip.inserts, [](const InsertSlot& slot) { return tree_of(slot); }));
}

void add_mix_values(JsonTree& tree, const Strip& strip) {
  tree.add("fader_db", JsonTree::level(strip.fader)).add("pan", JsonTree::number(strip.pan));
  if (strip.width != 1.0) tree.add("width", JsonTree::number(strip.width));
  tree.add("mute", JsonTree::flag(strip.mute));
  add_flag(tree, "solo", strip.solo);
  add_flag(tree, "solo_safe", strip.solo_safe);
  if (!strip.recall_safe.empty()) tree.add("recall_safe", texts_of(strip.recall_safe));
}

}  // namespace

JsonTree texts_of(const std::vector<std::string>& texts) {
  return JsonTree::list_of(texts, [](const std::string& text) { return JsonTree::text(text); });
}

JsonTree tree_of(const ToHardware& hardware) {
  JsonTree tree = JsonTree::object();
  tree.add("hardware", channels_of(hardware.channels));
  if (hardware.ceiling && hardware.ceiling->value > 0.0)
    tree.add("ceiling_dbfs", JsonTree::text("off"));
  else if (hardware.ceiling)
    tree.add("ceiling_dbfs", JsonTree::number(hardware.ceiling->value));
  return tree.add_extras(hardware.extras);
}

JsonTree tree_of(const Strip& strip) {
  JsonTree tree = JsonTree::object();
  tree.broken();
  tree.add("id", JsonTree::text(strip.id));
  if (!strip.is_track()) tree.add("kind", JsonTree::text(word_of(kBusWords, strip.kind)));
  if (!strip.name.empty()) tree.add("name", JsonTree::text(strip.name));
  if (!strip.color.empty()) tree.add("color", JsonTree::text(strip.color));
  if (strip.source) tree.add("source", std::visit([](const auto& source) { return tree_of(source); }, *strip.source));
  add_chain(tree, strip);
  add_mix_values(tree, strip);
  if (!strip.sends.empty())
    tree.add("sends", JsonTree::list_of(strip.sends, [](const Send& send) { return tree_of(send); }));
  tree.add("output", tree_of(strip.output));
  if (strip.lowest_latency) tree.add("latency", JsonTree::text("lowest"));
  add_flag(tree, "follow_mute", strip.follow_mute);
  add_flag(tree, "protected", strip.is_protected);
  return tree.add_extras(strip.extras);
}

std::string write_strip_text(const Strip& strip) { return tree_of(strip).written(); }

}  // namespace busbar
