#include <algorithm>
#include <unordered_map>

#include "engine/control/model/rules.hpp"
#include "engine/core/ids.hpp"

namespace busbar::rules {

namespace {

constexpr std::string_view kFormMend = "use 1 to 64 of a-z, 0-9, _ and -";

bool check_form(std::string_view id, const std::string& where, Findings& found) {
  if (is_well_formed_id(id)) return true;
  const std::string shown_id =
      id.size() <= 80 ? "\"" + std::string(id) + "\"" : "this text of " + std::to_string(id.size()) + " bytes";
  found.errors.push_back({where, shown_id + " is not an id", std::string(kFormMend)});
  return false;
}

/// Ids that share one set of names; the second user of one is refused.
class Names {
 public:
  explicit Names(Findings& found) : found_(found) {}
  void add(std::string_view id, const std::string& owner, std::string_view where) {
    if (!check_form(id, owner + "/id", found_)) return;
    const auto [first, is_new] = first_.emplace(id, owner);
    if (!is_new)
      found_.errors.push_back({owner + "/id", "the id " + quoted(id) + " is taken by " + first->second,
                               "give each " + std::string(where) + " an id of its own"});
  }
  void add_unreserved(std::string_view id, const std::string& owner) {
    if (is_reserved_id(id))
      found_.errors.push_back(
          {owner + "/id", quoted(id) + " is a word that addresses use themselves", "give another id"});
    add(id, owner, "track, bus, VCA and mute group");
  }

 private:
  Findings& found_;
  std::unordered_map<std::string_view, std::string> first_;
};

void check_master(const Index& index, Findings& found) {
  const auto is_true_master = [](const Strip* s) { return s->kind == StripKind::master && s->id == kMasterId; };
  bool has_master = std::ranges::any_of(index.strips(), is_true_master);
  for (std::size_t s = 0; s < index.strips().size(); ++s) {
    const Strip& strip = *index.strips()[s];
    const std::string where = index.where(static_cast<int>(s));
    if (strip.kind != StripKind::master && strip.id == kMasterId)
      found.errors.push_back({where + "/id", "only the bus of kind master has the id 'master'", "give another id"});
    if (strip.kind != StripKind::master || strip.id == kMasterId) continue;
    if (has_master)
      found.errors.push_back({where + "/kind", "there is another master", "make this a group, or take it away"});
    else
      found.errors.push_back({where + "/id", "the master's id is " + quoted(strip.id), "give it the id \"master\""});
    has_master = true;
  }
  if (!has_master)
    found.errors.push_back({"/buses", "there is no master", "add { \"id\": \"master\", \"kind\": \"master\" }"});
}

}  // namespace

void check_ids(const Index& index, Findings& found) {
  const Mixer& mixer = index.mixer();
  Names names(found);
  for (std::size_t s = 0; s < index.strips().size(); ++s)
    names.add_unreserved(index.strips()[s]->id, index.where(static_cast<int>(s)));
  for (std::size_t i = 0; i < mixer.vcas.size(); ++i) names.add_unreserved(mixer.vcas[i].id, item("vcas", i));
  for (std::size_t i = 0; i < mixer.mute_groups.size(); ++i)
    names.add_unreserved(mixer.mute_groups[i].id, item("mute_groups", i));
  Names scenes(found);
  for (std::size_t i = 0; i < mixer.scenes.size(); ++i) scenes.add(mixer.scenes[i].id, item("scenes", i), "scene");
  for (std::size_t s = 0; s < index.strips().size(); ++s) {
    Names inserts(found);
    const Strip& strip = *index.strips()[s];
    for (std::size_t i = 0; i < strip.inserts.size(); ++i)
      inserts.add(strip.inserts[i].id, index.where(static_cast<int>(s)) + item("inserts", i), "insert of a strip");
  }
  check_master(index, found);
}

}  // namespace busbar::rules
