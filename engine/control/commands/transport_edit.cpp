#include "engine/control/commands/transport_edit.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace busbar {

namespace {

constexpr std::string_view kRoot = "/transport/";
constexpr double kLastFrame = 9e15;  // that a number holds exactly

Error wrong(const Edit& edit, std::string what, std::string mend) {
  return {edit.address, std::move(what), std::move(mend)};
}

/// The number behind a key of a JSON object.
std::optional<double> member_of(const std::string& text, std::string_view key) {
  const std::size_t at = text.find("\"" + std::string(key) + "\"");
  const std::size_t colon = at == std::string::npos ? at : text.find(':', at);
  if (colon == std::string::npos) return std::nullopt;
  char* end = nullptr;
  const double number = std::strtod(text.c_str() + colon + 1, &end);
  return end == text.c_str() + colon + 1 ? std::nullopt : std::optional(number);
}

/// `[1.5, 8]`, or `{"from_s": 1.5, "to_s": 8}`, as a session may have it too.
std::optional<std::pair<double, double>> range_of(const std::string& text) {
  if (text.starts_with('{')) {
    const auto from = member_of(text, "from_s"), to = member_of(text, "to_s");
    return from && to ? std::optional(std::pair(*from, *to)) : std::nullopt;
  }
  std::array<double, 2> ends{};
  const char* at = text.c_str();
  for (std::size_t n = 0; n < 2; ++n) {
    while (*at == ' ' || *at == (n == 0 ? '[' : ',')) ++at;
    char* end = nullptr;
    ends[n] = std::strtod(at, &end);
    if (end == at) return std::nullopt;
    at = end;
  }
  while (*at == ' ') ++at;
  if (std::string_view(at) != "]") return std::nullopt;
  return std::pair(ends[0], ends[1]);
}

Result<TransportEdit> read_switch(const Edit& edit, TransportEdit::Kind on, TransportEdit::Kind off) {
  const bool* value = std::get_if<bool>(&edit.value);
  if (value == nullptr) return wrong(edit, "this is a switch", "give true or false");
  TransportEdit read;
  read.kind = *value ? on : off;
  return read;
}

Result<TransportEdit> read_locate(const Edit& edit) {
  const double* value = std::get_if<double>(&edit.value);
  if (value == nullptr || !(*value >= 0.0 && *value <= kLatest))
    return wrong(edit, "this is a place in the session, in seconds", "give a number from 0 to 1e7");
  TransportEdit read;
  read.kind = TransportEdit::Kind::locate;
  read.seconds = *value;
  return read;
}

Result<TransportEdit> read_loop(const Edit& edit) {
  TransportEdit read;
  if (std::holds_alternative<std::monostate>(edit.value)) {
    read.kind = TransportEdit::Kind::looping_off;
    return read;
  }
  const auto* json = std::get_if<JsonText>(&edit.value);
  const auto range = json == nullptr ? std::nullopt : range_of(json->text);
  if (!range || !(range->first >= 0.0 && range->second <= kLatest))
    return wrong(edit, "this is a range of the session, in seconds", "give two numbers like [8, 16], or null");
  if (!(range->second - range->first >= kShortestLoop))
    return wrong(edit, "a loop is at least 0.1 s long and ends behind its start", "give two numbers like [8, 16]");
  read.kind = TransportEdit::Kind::loop;
  read.range = *range;
  return read;
}

Result<TransportEdit> read_transport(const Edit& edit) {
  if (edit.op != EditOp::set) return wrong(edit, "the transport only takes 'set'", "write it as a 'set'");
  const std::string_view key = std::string_view(edit.address).substr(kRoot.size());
  if (key == "play") return read_switch(edit, TransportEdit::Kind::play, TransportEdit::Kind::stop);
  if (key == "looping") return read_switch(edit, TransportEdit::Kind::looping_on, TransportEdit::Kind::looping_off);
  if (key == "locate_s") return read_locate(edit);
  if (key == "loop") return read_loop(edit);
  return wrong(edit, "the transport has no '" + std::string(key) + "'",
               "it has play, locate_s, looping, loop and markers");
}

/// Markers are only written down: they are a part of the mixer like any other.
bool is_marker(std::string_view address) {
  return address == "/transport/markers" || address.starts_with("/transport/markers/");
}

constexpr std::string_view kStall = "/source/stall";

bool is_stall(std::string_view address) { return address.ends_with(kStall) && address.size() > kStall.size() + 1; }

Result<TransportEdit> read_stall(const Edit& edit) {
  TransportEdit read;
  read.kind = TransportEdit::Kind::stall;
  read.track = edit.address.substr(1, edit.address.size() - kStall.size() - 1);
  if (edit.op == EditOp::set && std::holds_alternative<std::monostate>(edit.value)) return read;
  const double* value = std::get_if<double>(&edit.value);
  if (edit.op != EditOp::set || value == nullptr || !(*value >= 0.0 && *value <= 1e6))
    return wrong(edit, "this takes a track away as if its file were late",
                 "give the frames it fades out over, or null");
  read.frames = static_cast<Frames>(*value);
  return read;
}

constexpr std::string_view kPanic = "/session/panic";

Result<TransportEdit> read_panic(const Edit& edit) {
  const bool* value = std::get_if<bool>(&edit.value);
  if (edit.op != EditOp::set || value == nullptr || !*value)
    return wrong(edit, "this does something when it is set to true", "give true");
  TransportEdit read;
  read.kind = TransportEdit::Kind::panic;
  return read;
}

constexpr std::string_view kSettled = "/session/settled";

Result<TransportEdit> read_settled(const Edit& edit) {
  TransportEdit read;
  read.kind = TransportEdit::Kind::settled;
  if (edit.op == EditOp::set && std::holds_alternative<std::monostate>(edit.value)) return read;
  const double* value = std::get_if<double>(&edit.value);
  if (edit.op != EditOp::set || value == nullptr || !(*value >= 0.0 && *value <= kLastFrame))
    return wrong(edit, "a record says here by which frame what had faded out was gone", "give a frame, or null");
  read.frames = static_cast<Frames>(*value);
  return read;
}

Result<TransportEdit> read(const Edit& edit) {
  if (edit.address == kSettled) return read_settled(edit);
  if (edit.address == kPanic) return read_panic(edit);
  return is_stall(edit.address) ? read_stall(edit) : read_transport(edit);
}

bool is_of_transport(const Edit& edit) {
  if (edit.op == EditOp::batch) return false;
  if (edit.address == kPanic || edit.address == kSettled) return true;
  return is_stall(edit.address) || (edit.address.starts_with(kRoot) && !is_marker(edit.address));
}

}  // namespace

Edit edit_of(const TransportEdit& command) {
  using Kind = TransportEdit::Kind;
  Edit edit;
  switch (command.kind) {
    case Kind::play:
    case Kind::stop:
      edit.address = "/transport/play";
      edit.value = command.kind == Kind::play;
      break;
    case Kind::locate:
      edit.address = "/transport/locate_s";
      edit.value = command.seconds;
      break;
    case Kind::looping_on:
    case Kind::looping_off:
      edit.address = "/transport/looping";
      edit.value = command.kind == Kind::looping_on;
      break;
    case Kind::loop: {
      std::array<char, 80> text{};
      std::snprintf(text.data(), text.size(), "[%.17g, %.17g]", command.range.first, command.range.second);
      edit.address = "/transport/loop";
      edit.value = JsonText{text.data()};
      break;
    }
    case Kind::panic:
      edit.address = std::string(kPanic);
      edit.value = true;
      break;
    case Kind::stall:
      edit.address = "/" + command.track + std::string(kStall);
      if (command.frames) edit.value = static_cast<double>(*command.frames);
      break;
    case Kind::settled:
      edit.address = kSettled;
      if (command.frames) edit.value = static_cast<double>(*command.frames);
      break;
  }
  return edit;
}

bool concerns_transport(const Edit& edit) {
  return is_of_transport(edit) || (edit.op == EditOp::batch && std::ranges::any_of(edit.edits, is_of_transport));
}

Result<PartedEdit> part_edit(const Edit& edit, const std::function<bool(const std::string& id)>& has_track) {
  PartedEdit parted;
  if (!concerns_transport(edit)) {
    parted.mixer = edit;
    return parted;
  }
  Edit rest = edit;
  rest.edits.clear();
  const std::vector<Edit> single{edit};
  for (const Edit& part : edit.op == EditOp::batch ? edit.edits : single) {
    if (!is_of_transport(part)) {
      rest.edits.push_back(part);
      continue;
    }
    auto command = read(part);
    if (!command) return command.error();
    if (command->kind == TransportEdit::Kind::stall && has_track && !has_track(command->track))
      return wrong(part, "there is no track '" + command->track + "'", "use the id of a track");
    parted.transport.push_back(*command);
  }
  if (!rest.edits.empty()) parted.mixer = std::move(rest);
  return parted;
}

}  // namespace busbar
