#include "sessions/json_tree.hpp"

#include <algorithm>
#include <cmath>

#include "sessions/json_text.hpp"

namespace busbar {

namespace {

using nlohmann::json;

constexpr std::size_t kLine = 120;

std::string json_string(std::string_view utf8) {
  return json(utf8).dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

// Recursion is no deeper than kMaxJsonDepth: what the model carries has come through the reader.
JsonTree JsonTree::parsed(const nlohmann::json& value) {
  if (!value.is_structured()) return JsonTree(Kind::scalar, value.dump());
  JsonTree tree(value.is_array() ? Kind::list : Kind::object, {});
  for (const auto& [key, member] : value.items()) tree.add(value.is_array() ? "" : key, parsed(member));
  return tree;
}

JsonTree JsonTree::text(std::string_view utf8) { return JsonTree(Kind::scalar, json_string(utf8)); }

JsonTree JsonTree::number(double value) {
  return JsonTree(Kind::scalar, std::isfinite(value) ? number_text(value) : "null");
}

JsonTree JsonTree::level(Decibels level) { return level == kMinusInfinity ? text("-inf") : number(level.value); }

JsonTree JsonTree::param(const ParamValue& value) {
  if (const double* plain = std::get_if<double>(&value)) return number(*plain);
  if (const bool* on = std::get_if<bool>(&value)) return flag(*on);
  return text(std::get<std::string>(value));
}

JsonTree& JsonTree::add(std::string_view key, JsonTree value) {
  members_.emplace_back(key, std::move(value));
  return *this;
}

JsonTree& JsonTree::append(JsonTree value) { return add("", std::move(value)); }

JsonTree& JsonTree::broken() {
  is_broken_ = true;
  return *this;
}

JsonTree& JsonTree::add_extras(const Extras& extras) {
  if (extras.empty()) return *this;
  const json unknown = json::parse(extras, nullptr, false);
  if (!unknown.is_object()) return *this;
  const std::size_t own = members_.size();
  for (const auto& [key, value] : unknown.items()) {
    const auto end = members_.begin() + static_cast<std::ptrdiff_t>(own);
    const auto known = std::find_if(members_.begin(), end, [&](const auto& member) { return member.first == key; });
    if (known == end)
      add(key, parsed(value));
    else if (known->second.kind_ == Kind::object && value.is_object())
      known->second.add_extras(value.dump());
  }
  return *this;
}

bool JsonTree::has_broken() const {
  return is_broken_ || std::ranges::any_of(members_, [](const auto& member) { return member.second.has_broken(); });
}

bool JsonTree::write_flat(std::string& out, std::size_t most) const {
  if (kind_ == Kind::scalar) {
    out += scalar_;
    return out.size() <= most;
  }
  const bool is_list = kind_ == Kind::list;
  if (members_.empty()) out += is_list ? "[]" : "{}";
  for (std::size_t i = 0; i < members_.size(); ++i) {
    out += i > 0 ? ", " : is_list ? "[" : "{ ";
    if (!is_list) out += json_string(members_[i].first) + ": ";
    if (!members_[i].second.write_flat(out, most)) return false;
  }
  if (!members_.empty()) out += is_list ? "]" : " }";
  return out.size() <= most;
}

void JsonTree::write(std::string& out, std::size_t indent, std::size_t used) const {
  if (!has_broken()) {
    std::string flat;
    if (write_flat(flat, kLine - std::min(kLine, used)) || kind_ == Kind::scalar || members_.empty()) {
      out += flat;
      return;
    }
  }
  const bool is_list = kind_ == Kind::list;
  const std::string margin(indent + 2, ' ');
  out += is_list ? "[" : "{";
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const std::string start = margin + (is_list ? "" : json_string(members_[i].first) + ": ");
    out += (i > 0 ? ",\n" : "\n") + start;
    members_[i].second.write(out, indent + 2, start.size() + 1);
  }
  out += "\n" + std::string(indent, ' ') + (is_list ? "]" : "}");
}

std::string JsonTree::written() const {
  std::string out;
  write(out, 0, 0);
  return out;
}

}  // namespace busbar
