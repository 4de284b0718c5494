#include "sessions/edit_line.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "sessions/json_text.hpp"

namespace busbar {

namespace {

using nlohmann::json;

std::string json_string(std::string_view utf8) {
  return json(utf8).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string_view word_of(EditOp op) {
  switch (op) {
    case EditOp::set:
      return "set";
    case EditOp::add:
      return "add";
    case EditOp::remove:
      return "remove";
    case EditOp::move:
      return "move";
    case EditOp::batch:
      return "batch";
    case EditOp::undo:
      return "undo";
    case EditOp::redo:
      return "redo";
  }
  return "";
}

/// Line breaks in JSON text stand between values only: in a string they are written `\n`.
std::string in_one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}

struct ValueText {
  std::string operator()(std::monostate) const { return "null"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(double value) const {
    if (std::isfinite(value)) return number_text(value);
    return value < 0.0 ? "\"-inf\"" : "null";
  }
  std::string operator()(const std::string& value) const { return json_string(value); }
  std::string operator()(const JsonText& value) const {
    return json::accept(value.text) ? in_one_line(value.text) : "null";
  }
};

void write_members(std::string& out, const Edit& edit, bool is_part) {
  const EditOp op = edit.op;
  out += "\"op\": \"" + std::string(word_of(op)) + "\"";
  if (op != EditOp::batch && op != EditOp::undo && op != EditOp::redo)
    out += ", \"address\": " + json_string(edit.address);
  if (op == EditOp::set || op == EditOp::add) out += ", \"value\": " + std::visit(ValueText{}, edit.value);
  if ((op == EditOp::add || op == EditOp::move) && edit.index) out += ", \"index\": " + std::to_string(*edit.index);
  if (op == EditOp::set && edit.compensate) out += ", \"compensate\": true";
  if (op == EditOp::batch) {
    out += ", \"edits\": [";
    for (const Edit& part : edit.edits) {
      out += &part == edit.edits.data() ? "{" : ", {";
      write_members(out, part, true);
      out += "}";
    }
    out += "]";
  }
  if (!is_part && !edit.gesture.empty()) out += ", \"gesture\": " + json_string(edit.gesture);
}

}  // namespace

std::string write_edit_line(const TimedEdit& edit) {
  std::string out = "{\"at_frame\": " + std::to_string(edit.at) + ", ";
  write_members(out, edit.edit, false);
  return out + "}";
}

}  // namespace busbar
