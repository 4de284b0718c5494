#include "sessions/control_writer.hpp"
#include "sessions/session_file.hpp"
#include "sessions/session_words.hpp"
#include "sessions/strip_writer.hpp"

namespace busbar {

namespace {

using Strips = std::vector<std::shared_ptr<const Strip>>;

JsonTree tree_of_labels(const std::map<int, std::string>& labels) {
  JsonTree tree = JsonTree::object();
  for (const auto& [channel, name] : labels) tree.add(std::to_string(channel), JsonTree::text(name));
  return tree;
}

JsonTree tree_of_scene(const Scene& scene) {
  JsonTree tree = JsonTree::object();
  tree.add("id", JsonTree::text(scene.id));
  if (!scene.name.empty()) tree.add("name", JsonTree::text(scene.name));
  tree.add("fade_s", JsonTree::number(scene.fade_s)).add("scope", texts_of(scene.scope));
  if (!scene.values.empty()) tree.add("values", JsonTree::object().add_extras(scene.values));
  return tree.add_extras(scene.extras);
}

JsonTree tree_of_marker(const Marker& marker) {
  JsonTree tree = JsonTree::object();
  tree.add("at_s", JsonTree::number(marker.at_s));
  if (!marker.name.empty()) tree.add("name", JsonTree::text(marker.name));
  return tree.add_extras(marker.extras);
}

void add_head(JsonTree& tree, const Mixer& mixer) {
  tree.add("format", JsonTree::text("busbar-session")).add("version", JsonTree::number(1));
  if (!mixer.name.empty()) tree.add("name", JsonTree::text(mixer.name));
  tree.add("sample_rate", JsonTree::number(mixer.sample_rate)).add("tempo_bpm", JsonTree::number(mixer.tempo_bpm));
  tree.add("pan_law_db", JsonTree::number(mixer.pan_law_db));
  tree.add("solo_mode", JsonTree::text(word_of(kSoloWords, mixer.solo_mode)));
  if (mixer.solo_exclusive) tree.add("solo_exclusive", JsonTree::flag(true));
}

template <typename Group>
void add_groups(JsonTree& tree, std::string_view key, const std::vector<Group>& groups) {
  if (!groups.empty()) tree.add(key, JsonTree::list_of(groups, [](const Group& group) { return tree_of(group); }));
}

}  // namespace

JsonTree tree_of(const Vca& vca) {
  JsonTree tree = JsonTree::object();
  tree.add("id", JsonTree::text(vca.id));
  if (!vca.name.empty()) tree.add("name", JsonTree::text(vca.name));
  tree.add("members", texts_of(vca.members)).add("fader_db", JsonTree::level(vca.fader));
  return tree.add("mute", JsonTree::flag(vca.mute)).add_extras(vca.extras);
}

JsonTree tree_of(const MuteGroup& group) {
  JsonTree tree = JsonTree::object();
  tree.add("id", JsonTree::text(group.id));
  if (!group.name.empty()) tree.add("name", JsonTree::text(group.name));
  return tree.add("members", texts_of(group.members)).add("mute", JsonTree::flag(group.mute)).add_extras(group.extras);
}

JsonTree tree_of(const Monitor& monitor) {
  JsonTree tree = JsonTree::object();
  tree.add("source", JsonTree::text(monitor.source)).add("level_db", JsonTree::level(monitor.level));
  tree.add("dim", JsonTree::flag(monitor.dim)).add("mono", JsonTree::flag(monitor.mono));
  tree.add("cut", JsonTree::flag(monitor.cut)).add("polarity", JsonTree::flag(monitor.polarity));
  if (monitor.output) tree.add("output", tree_of(*monitor.output));
  return tree.add_extras(monitor.extras);
}

JsonTree tree_of(const Talkback& talkback) {
  JsonTree tree = JsonTree::object();
  if (talkback.channel) tree.add("channel", JsonTree::number(*talkback.channel));
  tree.add("to", texts_of(talkback.to)).add("dim_db", JsonTree::level(talkback.dim));
  return tree.add("on", JsonTree::flag(talkback.on)).add_extras(talkback.extras);
}

JsonTree tree_of(const Io& io) {
  JsonTree tree = JsonTree::object();
  return tree.add("outputs", tree_of_labels(io.outputs)).add("inputs", tree_of_labels(io.inputs)).add_extras(io.extras);
}

JsonTree tree_of(const Transport& transport) {
  JsonTree loop = JsonTree::null();
  if (transport.loop_s) {
    loop = JsonTree::list();
    loop.append(JsonTree::number(transport.loop_s->first)).append(JsonTree::number(transport.loop_s->second));
  }
  JsonTree tree = JsonTree::object();
  tree.add("loop", std::move(loop)).add("markers", JsonTree::list_of(transport.markers, tree_of_marker));
  return tree.add_extras(transport.extras);
}

std::string write_session_text(const Mixer& mixer) {
  const auto strips = [](const Strips& list) {
    return JsonTree::list_of(list, [](const auto& strip) { return tree_of(*strip); });
  };
  JsonTree tree = JsonTree::object();
  tree.broken();
  add_head(tree, mixer);
  tree.add("tracks", strips(mixer.tracks)).add("buses", strips(mixer.buses));
  add_groups(tree, "vcas", mixer.vcas);
  add_groups(tree, "mute_groups", mixer.mute_groups);
  if (!mixer.scenes.empty()) tree.add("scenes", JsonTree::list_of(mixer.scenes, tree_of_scene));
  if (mixer.monitor) tree.add("monitor", tree_of(*mixer.monitor));
  if (mixer.talkback) tree.add("talkback", tree_of(*mixer.talkback));
  if (mixer.io) tree.add("io", tree_of(*mixer.io));
  if (mixer.transport) tree.add("transport", tree_of(*mixer.transport));
  tree.add_extras(mixer.extras);
  return tree.written() + "\n";
}

}  // namespace busbar
