#include "sessions/scene_read.hpp"

#include <algorithm>
#include <charconv>
#include <span>

#include "engine/control/model/param_value.hpp"
#include "engine/realtime/insert.hpp"
#include "sessions/json_text.hpp"
#include "sessions/session_words.hpp"
#include "sessions/strip_reader.hpp"

namespace busbar {

namespace {

using nlohmann::json;

/// The double with the shortest text that stands for the float: 0.707 and not 0.70700001717.
double as_written(float number) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, number);
  double written = static_cast<double>(number);
  std::from_chars(text, end.ptr, written);
  return written;
}

/// `sends` and `inserts` are lists whose entries say whose they are, as in the session, or objects by that id.
template <typename Read>
void each_part(ObjectReader& strip, std::string_view key, std::string_view id_key, std::string_view what, Read read) {
  const json* parts = strip.take(key);
  if (parts == nullptr) return;
  Report& report = strip.report();
  if (!parts->is_structured())
    return report.error(strip.at(key),
                        shown_value(*parts) + " stands where a list of " + std::string(key) + " is wanted",
                        "write it in brackets: [ … ]");
  std::size_t place = 0;
  for (const auto& [name, part] : parts->items()) {
    const std::string segment = parts->is_object() ? pointer_segment(name) : std::to_string(place++);
    ObjectReader reader(part, strip.at(key) + "/" + segment, what, report);
    std::string id = parts->is_object() ? name : std::string{};
    if (parts->is_array())
      reader.need_text(id_key, id, "say which one is meant");
    else
      reader.take(id_key);
    if (reader.is_object() && !id.empty()) read(id, reader);
  }
}

/// Reads one value of a scene; the context is where it stands.
class ValueReader {
 public:
  ValueReader(const Mixer& mixer, Report& report, SceneGaps& gaps) : mixer_(mixer), report_(report), gaps_(gaps) {}

  void strip(const json& value, const std::string& where, Strip& target) {
    ObjectReader reader(value, where, "an object of a strip's values", report_);
    read_mix_values(reader, target);
    each_part(reader, "inserts", "id", "an insert's values", [&](const std::string& id, ObjectReader& part) {
      const auto slot = std::ranges::find(target.inserts, id, &InsertSlot::id);
      slot == target.inserts.end() ? gaps_.add(part.where()) : insert(part, *slot);
    });
    each_part(reader, "sends", "to", "a send's values", [&](const std::string& to, ObjectReader& part) {
      const auto found = std::ranges::find(target.sends, to, &Send::to);
      found == target.sends.end() ? gaps_.add(part.where()) : send(part, *found);
    });
    output(reader, target);
    reader.finish();
  }

  void vca(const json& value, const std::string& where, Vca& target) {
    ObjectReader reader(value, where, "an object of a VCA's values", report_);
    reader.level("fader_db", target.fader);
    reader.flag("mute", target.mute);
    reader.finish();
  }

  void mute_group(const json& value, const std::string& where, MuteGroup& target) {
    ObjectReader reader(value, where, "an object of a mute group's values", report_);
    reader.flag("mute", target.mute);
    reader.finish();
  }

 private:
  void insert(ObjectReader& reader, InsertSlot& slot) {
    reader.flag("bypass", slot.bypass);
    reader.number("mix", slot.mix, kMixRange, "give a number from 0 (dry) to 1 (wet)");
    if (const json* params = reader.take("params")) {
      ObjectReader all(*params, reader.at("params"), "an object of parameters", report_);
      if (all.is_object())
        for (const auto& [key, value] : params->items()) param(key, value, all.at(key), slot);
    }
    reader.finish();
  }

  void param(const std::string& key, const json& value, const std::string& where, InsertSlot& slot) {
    const InsertType* type = find_insert_type(slot.type);
    if (type == nullptr) return gaps_.add(where);
    const ParamSpec* spec = find_param(*type, key);
    if (spec == nullptr) return gaps_.add(where);
    ParamValue wanted;
    if (value.is_number())
      wanted = value.get<double>();
    else if (value.is_boolean())
      wanted = value.get<bool>();
    else if (value.is_string())
      wanted = value.get<std::string>();
    else
      return report_.error(where, shown_value(value) + " stands where a parameter is wanted",
                           "give a number, true or false, or a word");
    if (auto wrong = check_param(*spec, wanted))
      report_.error(where, std::move(wrong->what), std::move(wrong->mend));
    else if (wanted != value_of(slot, *spec))
      slot.params[key] = std::move(wanted);
  }

  void send(ObjectReader& reader, Send& target) {
    reader.level("level_db", target.level);
    reader.word("tap", target.tap, std::span<const Word<Tap>>(kTapWords));
    read_send_pan(reader, target);
    reader.flag("on", target.on);
    reader.finish();
  }

  void output(ObjectReader& reader, Strip& target) {
    const Output before = target.output;
    read_output(reader, target);
    const auto* bus = std::get_if<ToBus>(&target.output);
    if (bus == nullptr || mixer_.find(bus->id) != nullptr) return;
    gaps_.add(reader.at("output"));
    target.output = before;
  }

  const Mixer& mixer_;
  Report& report_;
  SceneGaps& gaps_;
};

}  // namespace

ParamValue value_of(const InsertSlot& slot, const ParamSpec& spec) {
  if (const auto set = slot.params.find(std::string(spec.key)); set != slot.params.end()) return set->second;
  if (spec.kind == ParamKind::flag) return spec.start != 0.0f;
  if (spec.kind == ParamKind::choice) return std::string(spec.choices[static_cast<std::size_t>(spec.start)]);
  return as_written(spec.start);
}

Mixer with_scene_values(const Mixer& mixer, const json& values, const std::string& where, Report& report,
                        SceneGaps& gaps) {
  Mixer result = mixer;
  if (!values.is_object()) return result;
  ValueReader reader(mixer, report, gaps);
  const auto at = [&](const std::string& id) { return where + "/" + pointer_segment(id); };
  const auto find = [&](const std::string& id) {
    const auto value = values.find(id);
    return value == values.end() ? nullptr : &*value;
  };
  for (auto* list : {&result.tracks, &result.buses})
    for (auto& strip : *list)
      if (const json* value = find(strip->id)) {
        auto wanted = std::make_shared<Strip>(*strip);
        reader.strip(*value, at(strip->id), *wanted);
        strip = std::move(wanted);
      }
  for (Vca& vca : result.vcas)
    if (const json* value = find(vca.id)) reader.vca(*value, at(vca.id), vca);
  for (MuteGroup& group : result.mute_groups)
    if (const json* value = find(group.id)) reader.mute_group(*value, at(group.id), group);
  return result;
}

}  // namespace busbar
