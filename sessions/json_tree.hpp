#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/control/model/insert_slot.hpp"
#include "engine/core/units.hpp"

namespace busbar {

/// JSON on its way out: members stay in the order in which they were added.
class JsonTree {
 public:
  static JsonTree object() { return JsonTree(Kind::object, {}); }
  static JsonTree list() { return JsonTree(Kind::list, {}); }
  static JsonTree text(std::string_view utf8);
  static JsonTree number(double value);
  static JsonTree level(Decibels level);  ///< a number, or "-inf"
  static JsonTree flag(bool value) { return JsonTree(Kind::scalar, value ? "true" : "false"); }
  static JsonTree null() { return JsonTree(Kind::scalar, "null"); }
  static JsonTree parsed(const nlohmann::json& value);
  static JsonTree param(const ParamValue& value);
  template <typename Items, typename Make>
  static JsonTree list_of(const Items& items, Make make) {
    JsonTree tree = list();
    for (const auto& item : items) tree.append(make(item));
    return tree;
  }

  JsonTree& add(std::string_view key, JsonTree value);
  JsonTree& append(JsonTree value);
  /// Adds the members of an object's text that are not there yet; objects that are on both sides are joined.
  JsonTree& add_extras(const Extras& extras);
  /// Written one member a line, however short it is.
  JsonTree& broken();

  /// Indented by two; what fits in a line of 120 stands in one.
  std::string written() const;

 private:
  enum class Kind { scalar, list, object };
  JsonTree(Kind kind, std::string scalar) : kind_(kind), scalar_(std::move(scalar)) {}
  /// Appends the value in one line, and tells whether it stayed within `most` characters.
  bool write_flat(std::string& out, std::size_t most) const;
  void write(std::string& out, std::size_t indent, std::size_t used) const;
  bool has_broken() const;

  Kind kind_;
  bool is_broken_ = false;
  std::string scalar_;
  std::vector<std::pair<std::string, JsonTree>> members_;  // keys are empty in a list
};

}  // namespace busbar
