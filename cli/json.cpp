#include "cli/json.hpp"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace busbar::cli {
namespace {

using Tree = nlohmann::ordered_json;

Tree to_tree(const Json& value);

struct ToTree {
  Tree operator()(std::nullptr_t) const { return nullptr; }
  Tree operator()(bool yes) const { return yes; }
  Tree operator()(std::int64_t number) const { return number; }
  Tree operator()(double number) const { return std::isfinite(number) ? Tree(number) : Tree(nullptr); }
  Tree operator()(const std::string& text) const { return text; }
  Tree operator()(const Json::Array& items) const {
    Tree tree = Tree::array();
    for (const Json& item : items) tree.push_back(to_tree(item));
    return tree;
  }
  Tree operator()(const Json::Object& members) const {
    Tree tree = Tree::object();
    for (const auto& [key, member] : members) tree[key] = to_tree(member);
    return tree;
  }
};

Tree to_tree(const Json& value) { return std::visit(ToTree{}, value.content()); }

Json from_tree(const nlohmann::json& tree) {
  if (tree.is_boolean()) return tree.get<bool>();
  if (tree.is_number_integer()) return tree.get<std::int64_t>();
  if (tree.is_number()) return tree.get<double>();
  if (tree.is_string()) return tree.get<std::string>();
  if (!tree.is_structured()) return nullptr;
  Json::Array items;
  Json::Object members;
  for (const auto& [key, value] : tree.items()) {
    if (tree.is_array())
      items.push_back(from_tree(value));
    else
      members.emplace_back(key, from_tree(value));
  }
  return tree.is_array() ? Json(std::move(items)) : Json(std::move(members));
}

}  // namespace

Json json_value(std::string_view text) { return from_tree(nlohmann::json::parse(text, nullptr, false)); }

std::string to_text(const Json& value) {
  return to_tree(value).dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

void print_json(const Json& value) {
  const std::string text = to_text(value);
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fputc('\n', stdout);
}

}  // namespace busbar::cli
