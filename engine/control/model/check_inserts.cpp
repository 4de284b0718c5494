#include <algorithm>

#include "engine/control/model/param_value.hpp"
#include "engine/control/model/rules.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar::rules {

namespace {

/// A key as a segment of a JSON pointer.
std::string segment(std::string_view key) {
  std::string text = "/";
  for (const char c : key) text += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return text;
}

void check_params(const InsertType& type, const InsertSlot& slot, const std::string& where, Findings& found) {
  for (const auto& [key, value] : slot.params) {
    const std::string at = where + "/params" + segment(key);
    const ParamSpec* spec = find_param(type, key);
    if (spec == nullptr) {
      found.warnings.push_back({at, quoted(type.key) + " has no parameter of that name, so it does nothing; it is kept",
                                "see 'busbar inserts " + std::string(type.key) + "'"});
    } else if (auto wrong = check_param(*spec, value)) {
      found.errors.push_back({at, std::move(wrong->what), std::move(wrong->mend)});
    }
  }
}

/// In a whole session: each has memory of its own.
constexpr std::size_t kMaxInserts = 4096;

}  // namespace

void check_inserts(const Index& index, FindInsert find_insert, Findings& found) {
  std::size_t count = 0;
  for (const Strip* strip : index.strips()) count += strip->inserts.size();
  if (count > kMaxInserts)
    found.errors.push_back(
        {"/tracks", "the session has " + std::to_string(count) + " inserts, more than " + std::to_string(kMaxInserts),
         "take some away"});
  for (std::size_t s = 0; s < index.strips().size(); ++s) {
    const Strip& strip = *index.strips()[s];
    for (std::size_t i = 0; i < strip.inserts.size(); ++i) {
      const InsertSlot& slot = strip.inserts[i];
      const std::string where = index.where(static_cast<int>(s)) + item("inserts", i);
      if (const InsertType* type = find_insert != nullptr ? find_insert(slot.type) : nullptr)
        check_params(*type, slot, where, found);
      else
        found.warnings.push_back({where + "/type",
                                  "the insert type " + quoted(slot.type) +
                                      " is not known here, so the insert is passed over; its settings are kept",
                                  "see 'busbar inserts' for the types there are"});
    }
  }
}

}  // namespace busbar::rules
