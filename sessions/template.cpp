#include "sessions/template.hpp"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "engine/core/ids.hpp"
#include "sessions/embedded.hpp"
#include "sessions/json_text.hpp"
#include "sessions/session_file.hpp"
#include "sessions/strip_reader.hpp"
#include "sessions/track_names.hpp"

namespace busbar {

namespace {

using nlohmann::json;

void read_sends(ObjectReader& reader, StripContext& context, std::vector<Send>& sends) {
  if (const json* list = reader.list("sends", kMaxSends, "sends"))
    for (std::size_t i = 0; i < list->size(); ++i)
      sends.push_back(read_send((*list)[i], reader.at("sends") + "/" + std::to_string(i), context));
}

TrackRule read_rule(const json& value, const std::string& where, StripContext& context) {
  TrackRule rule;
  ObjectReader reader(value, where, "a rule", context.report);
  reader.texts("match", rule.match, kMaxText);
  reader.need_text("output", rule.output, "give the id of a bus");
  reader.text("color", rule.color);
  reader.level("fader_db", rule.fader);
  if (const json* pans = reader.list("pans", kMaxStrips, "pans"))
    for (std::size_t i = 0; i < pans->size(); ++i)
      read_number((*pans)[i], rule.pans.emplace_back(), kPanRange, "give a number from -1 to 1",
                  reader.at("pans") + "/" + std::to_string(i), context.report);
  if (const json* inserts = reader.list("inserts", kMaxInserts, "inserts"))
    for (std::size_t i = 0; i < inserts->size(); ++i)
      rule.inserts.push_back(read_insert((*inserts)[i], reader.at("inserts") + "/" + std::to_string(i), context));
  read_sends(reader, context, rule.sends);
  return rule;
}

void read_plan(const json& value, StripContext& context, Template& plan) {
  ObjectReader reader(value, "/template", "the rules of a template", context.report);
  reader.text("about", plan.about);
  if (const json* rules = reader.list("rules", kMaxStrips, "rules"))
    for (std::size_t i = 0; i < rules->size(); ++i)
      plan.rules.push_back(read_rule((*rules)[i], reader.at("rules") + "/" + std::to_string(i), context));
  read_sends(reader, context, plan.every);
}

/// Words that stand beside the ones that decide, so that `kickin` and `ohleft` can be cut into words.
std::set<std::string, std::less<>> known_words(const Template& plan) {
  std::set<std::string, std::less<>> words{"in",     "out",  "top",  "bot",   "bottom", "left", "right",  "mic", "di",
                                           "amp",    "up",   "down", "close", "far",    "mono", "stereo", "st",  "dbl",
                                           "double", "main", "sub",  "hi",    "low",    "mid",  "l",      "r"};
  for (const TrackRule& rule : plan.rules) words.insert(rule.match.begin(), rule.match.end());
  return words;
}

class IdMaker {
 public:
  explicit IdMaker(const Mixer& mixer) {
    for (const Strip* strip : mixer.strips()) taken_.insert(strip->id);
    for (const Vca& vca : mixer.vcas) taken_.insert(vca.id);
    for (const MuteGroup& group : mixer.mute_groups) taken_.insert(group.id);
    for (const std::string_view id : kReservedIds) taken_.emplace(id);
  }
  std::string make(std::string_view name) {
    const std::string base = id_from_name(name);
    std::string id = base;
    for (int number = 2; !taken_.insert(id).second; ++number) {
      const std::string suffix = "-" + std::to_string(number);
      id = base.substr(0, 64 - suffix.size()) + suffix;
    }
    return id;
  }

 private:
  std::unordered_set<std::string> taken_;
};

void apply_rule(const TrackRule& rule, std::size_t place, Strip& track) {
  track.output = ToBus{rule.output};
  track.color = rule.color;
  track.fader = rule.fader;
  if (!rule.pans.empty()) track.pan = rule.pans[place % rule.pans.size()];
  track.inserts = rule.inserts;
  track.sends = rule.sends;
}

void add_sends(const std::vector<Send>& sends, Strip& track) {
  for (const Send& send : sends)
    if (std::ranges::find(track.sends, send.to, &Send::to) == track.sends.end()) track.sends.push_back(send);
}

}  // namespace

std::vector<std::string> template_names() {
  std::vector<std::string> names;
  for (const EmbeddedFile& file : embedded_templates()) names.emplace_back(file.name);
  return names;
}

Result<Template> find_template(std::string_view name) {
  std::string all;
  for (const EmbeddedFile& file : embedded_templates()) {
    if (file.name == name) return read_template_text(name, file.text);
    all += (all.empty() ? "" : ", ") + std::string(file.name);
  }
  return Error{"--template", "there is no template '" + std::string(name) + "'", "the templates are " + all};
}

Result<Template> read_template_text(std::string_view name, std::string_view text) {
  LoadedSession session = read_session_text(text, {});
  if (!session.findings.errors.empty()) return session.findings.errors.front();
  const json whole = parse_json(text).value;
  if (!whole.contains("template"))
    return Error{"/template", "the session has no rules for tracks", "add the key \"template\""};
  Report report;
  StripContext context{report, false, ids_of_cues(whole)};
  Template plan{std::string(name), {}, std::move(session.mixer), {}, {}};
  read_plan(whole["template"], context, plan);
  for (std::size_t i = 0; i < plan.rules.size(); ++i)
    if (plan.mixer.find(plan.rules[i].output) == nullptr)
      report.error("/template/rules/" + std::to_string(i) + "/output", "there is no bus of that id",
                   "give the id of a bus");
  if (report.has_errors()) return report.errors().front();
  json extras = json::parse(plan.mixer.extras);
  extras.erase("template");
  plan.mixer.extras = extras.empty() ? Extras{} : extras.dump();
  return plan;
}

Mixer make_session(const Template& plan, const std::vector<TrackFile>& files) {
  Mixer mixer = plan.mixer;
  IdMaker ids(mixer);
  const auto known = known_words(plan);
  std::vector<std::size_t> used(plan.rules.size(), 0);
  for (const TrackFile& file : files) {
    Strip track;
    track.name = name_from_path(file.name.empty() ? file.path : file.name);
    track.id = ids.make(track.name);
    Clip clip;
    clip.file = file.path;
    if (file.channel > 0) clip.channels = {file.channel};
    track.source = WavSource{{clip}, {}};
    track.output = ToBus{std::string(kMasterId)};
    const std::vector<std::string> words = words_of_name(track.name);
    for (std::size_t r = 0; r < plan.rules.size(); ++r) {
      const TrackRule& rule = plan.rules[r];
      if (!rule.match.empty() && !matches_any(words, rule.match, known)) continue;
      apply_rule(rule, used[r]++, track);
      break;
    }
    add_sends(plan.every, track);
    mixer.tracks.push_back(std::make_shared<const Strip>(std::move(track)));
  }
  return mixer;
}

std::string id_from_name(std::string_view name) {
  std::string id;
  for (const char c : name) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (is_upper || is_plain)
      id += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
    else if (!id.empty() && id.back() != '-')
      id += '-';
    if (id.size() == 64) break;
  }
  while (id.ends_with('-')) id.pop_back();
  return id.empty() ? "track" : id;
}

}  // namespace busbar
