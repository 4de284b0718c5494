#include "sessions/scene_recall.hpp"

#include <optional>

#include "engine/realtime/insert.hpp"
#include "sessions/json_tree.hpp"
#include "sessions/scene_read.hpp"
#include "sessions/scene_scope.hpp"
#include "sessions/session_words.hpp"
#include "sessions/strip_writer.hpp"

namespace busbar {

namespace {

JsonTree tree_of_value(bool on) { return JsonTree::flag(on); }
JsonTree tree_of_value(double number) { return JsonTree::number(number); }
JsonTree tree_of_value(Decibels level) { return JsonTree::level(level); }
JsonTree tree_of_value(Tap tap) { return JsonTree::text(word_of(kTapWords, tap)); }
JsonTree tree_of_value(const ParamValue& value) { return JsonTree::param(value); }
JsonTree tree_of_value(const std::optional<double>& send_pan) {
  return send_pan ? JsonTree::number(*send_pan) : JsonTree::text("strip");
}
JsonTree tree_of_value(const Output& output) {
  if (const auto* bus = std::get_if<ToBus>(&output)) return JsonTree::text(bus->id);
  if (const auto* hardware = std::get_if<ToHardware>(&output)) return tree_of(*hardware);
  return JsonTree::text("none");
}

/// Calls `visit(path, now, wanted)` for each value of an insert; `now` may be set. Of parameters that stand at their
/// default, only one that is set is written into the slot.
template <typename Visit>
void each_insert_value(InsertSlot& now, const InsertSlot& wanted, const Visit& visit) {
  const std::string path = "inserts/" + now.id + "/";
  visit(path + "bypass", now.bypass, wanted.bypass);
  visit(path + "mix", now.mix, wanted.mix);
  const InsertType* type = find_insert_type(now.type);
  if (type == nullptr || now.params == wanted.params) return;
  for (const ParamSpec& spec : type->params) {
    if (spec.is_tempo) continue;
    const ParamValue before = value_of(now, spec);
    ParamValue value = before;
    visit(path + std::string(spec.key), value, value_of(wanted, spec));
    if (value != before) now.params[std::string(spec.key)] = value;
  }
}

/// The same for all that a scene may hold of a strip, in the order of its signal flow. Both have the same inserts and
/// sends.
template <typename Visit>
void each_value(Strip& now, const Strip& wanted, const Visit& visit) {
  visit("trim_db", now.trim, wanted.trim);
  visit("polarity", now.polarity, wanted.polarity);
  for (std::size_t i = 0; i < now.inserts.size(); ++i) each_insert_value(now.inserts[i], wanted.inserts[i], visit);
  visit("fader_db", now.fader, wanted.fader);
  visit("pan", now.pan, wanted.pan);
  visit("width", now.width, wanted.width);
  visit("mute", now.mute, wanted.mute);
  visit("solo", now.solo, wanted.solo);
  visit("solo_safe", now.solo_safe, wanted.solo_safe);
  for (std::size_t i = 0; i < now.sends.size(); ++i) {
    const std::string path = "sends/" + now.sends[i].to + "/";
    visit(path + "level_db", now.sends[i].level, wanted.sends[i].level);
    visit(path + "tap", now.sends[i].tap, wanted.sends[i].tap);
    visit(path + "pan", now.sends[i].pan, wanted.sends[i].pan);
    visit(path + "on", now.sends[i].on, wanted.sends[i].on);
  }
  visit("output", now.output, wanted.output);
}

/// Takes over what a scene may reach, and notes it.
class Recaller {
 public:
  Recaller(SceneRecall& result, const SceneScope& scope) : result_(result), scope_(scope) {}

  void strip(std::shared_ptr<const Strip>& now, const Strip& wanted) {
    Strip next = *now;
    const std::size_t before = result_.changes.size();
    each_value(next, wanted, [&](const std::string& path, auto& value, const auto& to) {
      if (value == to || !scope_.reaches(path) || is_recall_safe(wanted, path, scope_.word_of(path))) return;
      take("/" + wanted.id + "/" + path, value, to);
    });
    if (result_.changes.size() != before) now = std::make_shared<const Strip>(std::move(next));
  }
  template <typename Value>
  void group_value(const std::string& address, Value& value, const Value& to) {
    if (value != to) take(address, value, to);
  }

 private:
  template <typename Value>
  void take(const std::string& address, Value& value, const Value& to) {
    result_.changes.push_back({address, tree_of_value(value).written(), tree_of_value(to).written()});
    value = to;
  }

  SceneRecall& result_;
  const SceneScope& scope_;
};

}  // namespace

Result<SceneRecall> recall_scene(const Mixer& mixer, const Scene& scene) {
  SceneRecall result{mixer, {}};
  if (scene.values.empty()) return result;
  Report report;
  SceneGaps gaps;
  const auto values = nlohmann::json::parse(scene.values.str(), nullptr, false);
  const Mixer wanted = with_scene_values(mixer, values, "/scene/" + scene.id + "/values", report, gaps);
  if (report.has_errors()) return report.errors().front();
  const SceneScope scope(mixer, scene.scope);
  Recaller recaller(result, scope);
  for (const auto list : {&Mixer::tracks, &Mixer::buses})
    for (std::size_t s = 0; s < (mixer.*list).size(); ++s)
      if ((wanted.*list)[s] != (mixer.*list)[s]) recaller.strip((result.mixer.*list)[s], *(wanted.*list)[s]);
  for (std::size_t v = 0; v < mixer.vcas.size() && scope.has("vcas"); ++v) {
    Vca& vca = result.mixer.vcas[v];
    recaller.group_value("/vca/" + vca.id + "/fader_db", vca.fader, wanted.vcas[v].fader);
    recaller.group_value("/vca/" + vca.id + "/mute", vca.mute, wanted.vcas[v].mute);
  }
  for (std::size_t g = 0; g < mixer.mute_groups.size() && scope.has("mute_groups"); ++g) {
    MuteGroup& group = result.mixer.mute_groups[g];
    recaller.group_value("/mute_group/" + group.id + "/mute", group.mute, wanted.mute_groups[g].mute);
  }
  return result;
}

}  // namespace busbar
