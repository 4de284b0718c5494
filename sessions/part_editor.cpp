#include "sessions/part_editor.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "sessions/json_text.hpp"

namespace busbar::parts {

namespace {

using nlohmann::json;

constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

std::optional<std::size_t> number_of(std::string_view text) {
  std::size_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = read.ec == std::errc{} && read.ptr == text.data() + text.size();
  return is_whole ? std::optional(number) : std::nullopt;
}

/// Follows an address through the JSON of a part. Addresses name sends by their target and inserts by their id where
/// JSON counts them, and leave out that parameters stand in an object of their own.
class Walk {
 public:
  Walk(json& part, PartShape shape, const Edit& edit) : at_(&part), shape_(shape), edit_(edit) {}

  std::optional<Error> follow(std::span<const std::string_view> words) {
    for (const std::string_view word : words.first(words.size() - 1))
      if (auto error = step_into(word)) return error;
    return finish(words.back());
  }
  std::optional<Error> set(json value) {
    if (at_->is_array()) return set_entry(std::move(value));
    if (value.is_null())
      at_->erase(key_);
    else
      (*at_)[key_] = std::move(value);
    return std::nullopt;
  }
  const std::string& pointer() const noexcept { return pointer_; }

 private:
  enum class In { root, list, send, insert, params, other };

  Error nothing(std::string_view word) const {
    if (list_ == "sends") return refused(edit_, "there is no send to " + in_quotes(word), "add it first");
    if (list_ == "inserts") return refused(edit_, "there is no insert " + in_quotes(word), "add it first");
    if (at_->is_array())
      return refused(edit_, "there is no entry " + in_quotes(word) + " in the list of " + std::to_string(at_->size()),
                     "count from 0");
    return refused(edit_, "there is no " + in_quotes(word) + " here", "write addresses as docs/editing.md lists them");
  }

  std::size_t find_entry(std::string_view word) const {
    const std::string_view name = list_ == "sends" ? "to" : list_ == "inserts" ? "id" : "";
    if (name.empty()) {
      const auto number = number_of(word);
      return number && *number < at_->size() ? *number : kNowhere;
    }
    const auto found = std::ranges::find_if(*at_, [&](const json& entry) { return entry.at(name) == word; });
    return found == at_->end() ? kNowhere : static_cast<std::size_t>(found - at_->begin());
  }

  std::optional<Error> step_into(std::string_view word) {
    if (at_->is_array()) {
      const std::size_t entry = find_entry(word);
      if (entry == kNowhere) return nothing(word);
      at_ = &(*at_)[entry];
      pointer_ += "/" + std::to_string(entry);
      in_ = list_ == "sends" ? In::send : list_ == "inserts" ? In::insert : In::other;
      list_.clear();
      return std::nullopt;
    }
    if (!at_->is_object()) return nothing(word);
    const bool is_chain = shape_ == PartShape::strip && in_ == In::root && (word == "sends" || word == "inserts");
    if (is_chain) list_ = word;
    if (!at_->contains(word)) {
      const bool may_begin = is_chain || (shape_ == PartShape::section && (word == "outputs" || word == "inputs"));
      if (!may_begin) return nothing(word);
      (*at_)[std::string(word)] = is_chain ? json::array() : json::object();
    }
    at_ = &(*at_)[std::string(word)];
    pointer_ += "/" + pointer_segment(word);
    in_ = is_chain ? In::list : In::other;
    return std::nullopt;
  }

  std::optional<Error> finish(std::string_view word) {
    if (at_->is_array()) {
      entry_ = find_entry(word);
      if (entry_ == kNowhere) return nothing(word);
      pointer_ += "/" + std::to_string(entry_);
      return std::nullopt;
    }
    if (!at_->is_object()) return nothing(word);
    const bool has_id = in_ == In::insert || (in_ == In::root && shape_ != PartShape::section);
    if ((has_id && word == "id") || (in_ == In::send && word == "to"))
      return refused(edit_, "this is what the address names it by, which cannot be changed",
                     "remove it and add another");
    if (in_ == In::root && shape_ == PartShape::strip && word == "kind")
      return refused(edit_, "a strip's kind cannot be changed", "remove the strip and add another");
    constexpr auto kInsertKeys =
        std::to_array<std::string_view>({"type", "bypass", "match_level", "mix", "key", "params"});
    if (in_ == In::insert && std::ranges::find(kInsertKeys, word) == kInsertKeys.end()) {
      if (!at_->contains("params")) (*at_)["params"] = json::object();
      at_ = &(*at_)["params"];
      pointer_ += "/params";
    }
    if (word.size() > 64) return nothing(word.substr(0, 64));  // no key is that long
    key_ = word;
    pointer_ += "/" + pointer_segment(word);
    return std::nullopt;
  }

  /// An entry as a whole keeps the name by which it was found.
  std::optional<Error> set_entry(json value) {
    if (value.is_null()) return refused(edit_, "an entry of a list cannot be reset", "remove it");
    json& entry = (*at_)[entry_];
    const std::string name = list_ == "sends" ? "to" : list_ == "inserts" ? "id" : "";
    if (!name.empty() && value.is_object()) {
      if (!value.contains(name)) value[name] = entry.at(name);
      if (value[name] != entry.at(name))
        return refused(edit_, "\"" + name + "\" is not the one that the address names", "leave it out");
    }
    entry = std::move(value);
    return std::nullopt;
  }

  json* at_;
  PartShape shape_;
  const Edit& edit_;
  In in_ = In::root;
  std::string list_;  // the chain of a strip that `at_` is, or empty
  std::string pointer_;
  std::string key_;
  std::size_t entry_ = kNowhere;
};

}  // namespace

bool is_utf8(std::string_view text) {
  try {
    static_cast<void>(json(text).dump());
    return true;
  } catch (const json::exception&) {
    return false;
  }
}

Result<json> json_of(const Edit& edit) {
  if (const bool* flag = std::get_if<bool>(&edit.value)) return json(*flag);
  if (const double* number = std::get_if<double>(&edit.value)) return json(*number);
  if (const auto* text = std::get_if<std::string>(&edit.value)) {
    if (!is_utf8(*text)) return refused(edit, "this text is not UTF-8", "give it as UTF-8");
    return json(*text);
  }
  const auto* structure = std::get_if<JsonText>(&edit.value);
  if (structure == nullptr) return json(nullptr);
  ParsedJson parsed = parse_json(structure->text);
  if (parsed.errors.empty()) return std::move(parsed.value);
  const Error& error = parsed.errors.front();
  return refused(edit, error.where.empty() ? error.what : error.where + ": " + error.what, error.mend);
}

Error error_of(const Edit& edit, std::string_view at, const Error& found) {
  const bool is_inside = found.where.size() > at.size() && found.where.starts_with(at) && found.where[at.size()] == '/';
  return {edit.address + (is_inside ? found.where.substr(at.size()) : ""), found.what, found.mend};
}

Result<Changed> set_in(json part, PartShape shape, std::span<const std::string_view> words, const Edit& edit) {
  Result<json> value = json_of(edit);
  if (!value) return value.error();
  Changed changed{std::move(part), {}, value->is_null()};
  Walk walk(changed.part, shape, edit);
  if (auto error = walk.follow(words)) return std::move(*error);
  if (auto error = walk.set(std::move(*value))) return std::move(*error);
  changed.at = walk.pointer();
  return changed;
}

std::optional<Error> refuse_unknown(const Edit& edit, const Changed& changed, Findings found) {
  if (changed.at.empty()) return std::nullopt;
  const auto unknown = std::ranges::find(found.warnings, changed.at, &Error::where);
  if (unknown == found.warnings.end()) return std::nullopt;
  const std::string_view key = std::string_view(edit.address).substr(edit.address.rfind('/') + 1);
  return refused(edit, "there is no " + in_quotes(key) + " here",
                 unknown->mend.empty() ? "write addresses as docs/editing.md lists them" : unknown->mend);
}

json probe_of(const Changed& changed) {
  json probe = changed.part;
  probe[json::json_pointer(changed.at)] = nullptr;
  return probe;
}

Result<std::optional<std::size_t>> place_in(const Edit& edit, std::string_view number) {
  std::optional<std::size_t> place;
  if (edit.index && *edit.index < 0) return refused(edit, "the index is below 0", "count from 0");
  if (edit.index) place = static_cast<std::size_t>(*edit.index);
  if (number.empty()) return place;
  const auto named = number_of(number);
  if (!named) return refused(edit, in_quotes(number) + " is not a place in the list", "count from 0, or leave it out");
  if (place && *place != *named)
    return refused(edit, "the address and the index name different places", "leave the index out");
  return named;
}

Result<std::size_t> entry_of(const Edit& edit, std::string_view number, std::size_t size, std::string_view what) {
  const auto named = number_of(number);
  if (named && *named < size) return *named;
  return refused(edit,
                 "there is no " + std::string(what) + " " + in_quotes(number) + ": there are " + std::to_string(size),
                 "count from 0");
}

}  // namespace busbar::parts
