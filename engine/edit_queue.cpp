#include "engine/edit_queue.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "engine/realtime/insert.hpp"

namespace busbar {

namespace {

using Words = std::array<std::string_view, 4>;

/// The words of `/kick/sends/room/level_db`; the count is 0 if it has none or more than fit.
std::size_t split(std::string_view address, Words& words) {
  std::size_t count = 0;
  while (!address.empty() && address.front() == '/') {
    if (count == words.size()) return 0;
    const std::size_t next = std::min(address.find('/', 1), address.size());
    words[count++] = address.substr(1, next - 1);
    address.remove_prefix(next);
  }
  return address.empty() ? count : 0;
}

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& list) {
  return std::ranges::find(list, word) != list.end();
}

constexpr auto kStripKeys = std::to_array<std::string_view>(
    {"trim_db", "polarity", "fader_db", "pan", "width", "mute", "solo_safe", "name", "color"});
constexpr auto kSendKeys = std::to_array<std::string_view>({"level_db", "pan", "on"});
constexpr auto kInsertKeys = std::to_array<std::string_view>({"bypass", "match_level", "mix"});
constexpr auto kMonitorKeys = std::to_array<std::string_view>({"level_db", "dim", "mono", "cut", "polarity"});
constexpr auto kTalkbackKeys = std::to_array<std::string_view>({"on", "dim_db"});
constexpr auto kSessionKeys = std::to_array<std::string_view>({"tempo_bpm", "name"});

/// A parameter of some type. The ping is none: it does something by being set.
bool is_param(std::string_view key) {
  static const std::unordered_set<std::string_view> known = [] {
    std::unordered_set<std::string_view> keys;
    for (const InsertType& type : insert_types())
      for (const ParamSpec& spec : type.params)
        if (!spec.is_tempo) keys.insert(spec.key);
    keys.erase("ping");
    return keys;
  }();
  return known.contains(key);
}

bool is_plain_address(std::string_view address) {
  Words words;
  const std::size_t count = split(address, words);
  const auto& [first, second, third, fourth] = words;
  if (first == "scene" || first == "transport" || count < 2) return false;
  if (first == "session") return count == 2 && is_one_of(second, kSessionKeys);
  if (first == "monitor") return count == 2 && is_one_of(second, kMonitorKeys);
  if (first == "talkback") return count == 2 && is_one_of(second, kTalkbackKeys);
  if (first == "vca") return count == 3 && (third == "fader_db" || third == "mute");
  if (first == "mute_group") return count == 3 && third == "mute";
  if (count == 2) return is_one_of(second, kStripKeys);
  if (count != 4) return false;
  if (second == "sends") return is_one_of(fourth, kSendKeys);
  return second == "inserts" && (is_one_of(fourth, kInsertKeys) || is_param(fourth));
}

bool is_plain(const EditValue& value) {
  if (const double* number = std::get_if<double>(&value)) return std::isfinite(*number);
  return std::holds_alternative<bool>(value) || std::holds_alternative<std::string>(value);
}

}  // namespace

bool is_plain_value(const Edit& edit) {
  return edit.op == EditOp::set && !edit.compensate && is_plain(edit.value) && is_plain_address(edit.address);
}

Edit* EditQueue::waiting_for(const Edit& edit) {
  const auto found = places_.find(edit.address);
  if (found == places_.end() || found->second < merge_from_) return nullptr;
  Edit& older = waiting_[found->second];
  // A number and a word are not the same kind of value: one may be refused where the other would not be.
  return older.gesture == edit.gesture && older.value.index() == edit.value.index() ? &older : nullptr;
}

EditQueue::Answer EditQueue::post(Edit edit) {
  const bool is_value = is_plain_value(edit);
  const std::lock_guard lock(mutex_);
  if (is_value) {
    if (Edit* older = waiting_for(edit)) {
      std::swap(older->value, edit.value);  // what was there is freed with the argument, behind the lock
      return Answer::taken;
    }
  }
  if (waiting_.size() >= capacity_) return Answer::busy;
  if (is_value)
    places_[edit.address] = waiting_.size();
  else
    merge_from_ = waiting_.size() + 1;
  waiting_.push_back(std::move(edit));
  return Answer::taken;
}

std::vector<Edit> EditQueue::take() {
  std::vector<Edit> taken;
  std::unordered_map<std::string, std::size_t> old_places;  // freed behind the lock
  const std::lock_guard lock(mutex_);
  taken.swap(waiting_);
  old_places.swap(places_);
  merge_from_ = 0;
  return taken;
}

std::size_t EditQueue::size() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

}  // namespace busbar
