#include "tests/support/random_edits.hpp"

#include <algorithm>
#include <cstdio>

namespace busbar::test {

namespace {

/// A value as edit scripts say it.
EditValue value_of(const std::string& json) {
  if (json.empty() || json == "null") return std::monostate{};
  if (json == "true" || json == "false") return json == "true";
  if (json.front() == '"') return json.substr(1, json.size() - 2);
  if (json.front() == '{' || json.front() == '[') return JsonText{json};
  return std::stod(json);
}

Edit edit_of(EditOp op, std::string address, const std::string& json = "", std::optional<int> index = {}) {
  Edit edit;
  edit.op = op;
  edit.address = std::move(address);
  edit.value = value_of(json);
  edit.index = index;
  return edit;
}

std::string numbered(const char* word, int number) { return word + std::to_string(number); }

Samples stereo_noise(std::mt19937& random, std::size_t frames) {
  Samples samples(2, std::vector<float>(frames));
  for (auto& side : samples)
    for (float& x : side) x = static_cast<float>(static_cast<double>(random()) / 8589934592.0 - 0.25);
  return samples;
}

}  // namespace

MixerBuilder random_session(unsigned seed, const SessionShape& shape) {
  std::mt19937 random(seed);
  const auto below = [&](int end) { return static_cast<int>(random() % static_cast<unsigned>(end)); };
  MixerBuilder builder;
  builder.edit("master", [](Strip& s) { s.output = ToHardware{.channels = {1, 2}, .ceiling = {}, .extras = {}}; });
  std::vector<std::string> buses{"master"};
  constexpr std::array kKinds{StripKind::group, StripKind::aux, StripKind::cue};
  for (int b = 0; b < shape.buses; ++b) {
    const StripKind kind = b == 0 ? StripKind::cue : kKinds[static_cast<std::size_t>(below(3))];
    const std::string id = numbered("b", b);
    builder.bus(id, kind,
                kind == StripKind::cue ? "" : buses[static_cast<std::size_t>(below(static_cast<int>(buses.size())))]);
    if (kind == StripKind::cue)
      builder.edit(id, [&](Strip& s) { s.output = ToHardware{.channels = {3, 4}, .ceiling = {}, .extras = {}}; });
    if (kind != StripKind::cue) buses.push_back(id);
    if (below(3) == 0) builder.insert(id, slot("i0", "utility", {{"latency_samples", 1.0 * below(80)}}));
  }
  constexpr std::array kWaves{Wave::sine, Wave::white, Wave::pink};
  for (int t = 0; t < shape.tracks; ++t) {
    const std::string id = numbered("t", t);
    const ToneSource tone{.wave = kWaves[static_cast<std::size_t>(below(3))],
                          .hz = 100.0 + 50.0 * below(20),
                          .level = {-20.0 - below(10)},
                          .extras = {}};
    builder.tone(id, tone, buses[static_cast<std::size_t>(below(static_cast<int>(buses.size())))]);
    builder.edit(id, [&](Strip& s) {
      s.pan = 0.1 * below(21) - 1.0;
      s.fader = {-1.0 * below(12)};
      if (t == 1) s.source = InputSource{.channels = {1, 2}, .extras = {}};
    });
    if (below(2) == 0) builder.insert(id, slot("i0", "low_cut"));
    if (below(2) == 0)
      builder.insert(id, slot("i1", "utility", {{"latency_samples", 1.0 * below(100)}, {"gain_db", -3.0}}));
    for (int b = 0; b < shape.buses; ++b)
      if (below(4) == 0) builder.send(id, numbered("b", b), static_cast<Tap>(below(3)), -6.0 - below(20));
  }
  builder.track("mem", stereo_noise(random, 48000));
  builder.mixer.vcas.push_back({"v0", "", {"t0", "b1"}, {-2.0}, false, {}});
  builder.mixer.mute_groups.push_back({"m0", "", {"t2", "v0"}, false, {}});
  builder.mixer.scenes.push_back(
      {"s0", "", 0.02, {}, SharedText(R"({"t0":{"fader_db":-9,"mute":true},"t3":{"pan":0.5}})"), {}});
  if (!shape.has_monitor) return builder;
  builder.mixer.monitor.emplace();
  builder.mixer.monitor->output = ToHardware{.channels = {7, 8}, .ceiling = {}, .extras = {}};
  builder.mixer.talkback.emplace();
  builder.mixer.talkback->channel = 2;
  builder.mixer.talkback->to = {"b0"};
  return builder;
}

std::string RandomEdits::number(double least, double most) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", least + (most - least) * static_cast<double>(below(4096)) / 4095.0);
  return text;
}

std::string RandomEdits::strip(const Mixer& mixer, int buses_only) {
  if (one_in(40)) return "nobody";
  const auto& list = buses_only > 0 || (buses_only == 0 && one_in(2)) ? mixer.buses : mixer.tracks;
  return list.empty() ? "master" : list[static_cast<std::size_t>(below(static_cast<int>(list.size())))]->id;
}

std::string RandomEdits::insert_of(const Mixer& mixer, const std::string& id) {
  const Strip* found = mixer.find(id);
  if (found == nullptr || found->inserts.empty() || one_in(20)) return numbered("i", below(6));
  return found->inserts[static_cast<std::size_t>(below(static_cast<int>(found->inserts.size())))].id;
}

std::string RandomEdits::send_of(const Mixer& mixer, const std::string& id) {
  const Strip* found = mixer.find(id);
  if (found == nullptr || found->sends.empty() || one_in(20)) return strip(mixer, 1);
  return found->sends[static_cast<std::size_t>(below(static_cast<int>(found->sends.size())))].to;
}

std::string RandomEdits::target(const Mixer& mixer) {
  switch (below(8)) {
    case 0:
      return "\"none\"";
    case 1:
      return "{\"hardware\":[" + pick<std::string>({"1,2", "3,4", "5", "5,6", "6"}) + "]}";
    default:
      return "\"" + strip(mixer, 1) + "\"";
  }
}

std::string RandomEdits::insert_json() {
  if (one_in(3))
    return "{\"type\":\"low_cut\",\"bypass\":" + flag() + ",\"params\":{\"corner_hz\":" + number(30, 300) + "}}";
  if (one_in(15)) return R"({"type":"from_elsewhere"})";
  const int latency = one_in(2) ? 0 : below(one_in(8) ? 4000 : 200);
  const int delay = one_in(2) ? 0 : below(one_in(10) ? 30000 : 1500);
  return "{\"type\":\"utility\",\"params\":{\"gain_db\":" + number(-12, 0) +
         ",\"latency_samples\":" + std::to_string(latency) + ",\"delay_samples\":" + std::to_string(delay) + "}}";
}

std::string RandomEdits::source_json() {
  if (one_in(4))
    return "{\"type\":\"input\",\"channels\":" + pick<std::string>({"[1]", "[2,1]", "[1,2]", "[1,1]"}) + "}";
  return "{\"type\":\"tone\",\"wave\":\"" + pick<std::string>({"sine", "white", "pink"}) +
         "\",\"hz\":" + std::to_string(50 + below(2000)) + ",\"level_db\":" + number(-40, -20) + "}";
}

std::string RandomEdits::strip_json(const Mixer& mixer, bool track) {
  std::string json =
      track ? "{\"source\":" + source_json() : "{\"kind\":\"" + pick<std::string>({"group", "aux", "cue"}) + "\"";
  if (one_in(2)) json += ",\"output\":" + target(mixer);
  if (one_in(3)) json += ",\"inserts\":[{\"id\":\"i0\"," + insert_json().substr(1) + "]";
  if (one_in(2)) json += ",\"sends\":[{\"to\":\"" + strip(mixer, 1) + "\",\"level_db\":" + number(-30, -3) + "}]";
  return json + ",\"fader_db\":" + number(-20, 0) + "}";
}

Edit RandomEdits::of_strip_value(const Mixer& mixer) {
  const std::string at = "/" + strip(mixer) + "/";
  switch (below(9)) {
    case 0:
      return edit_of(EditOp::set, at + "pan", number(-1.05, 1.05));
    case 1:
      return edit_of(EditOp::set, at + "width", number(0, 2.05));
    case 2:
      return edit_of(EditOp::set, at + "mute", flag());
    case 3:
      return edit_of(EditOp::set, at + "polarity", flag());
    case 4: {
      Edit edit = edit_of(EditOp::set, at + "trim_db", number(-10, 3));
      edit.compensate = one_in(3);
      return edit;
    }
    case 5:
      return edit_of(EditOp::set, at + pick<std::string>({"solo", "solo_safe"}), flag());
    default:
      return edit_of(EditOp::set, at + "fader_db", level());
  }
}

Edit RandomEdits::of_send(const Mixer& mixer) {
  const std::string from = strip(mixer);
  const std::string at = "/" + from + "/sends/" + send_of(mixer, from);
  switch (below(8)) {
    case 0:
    case 1:
      return edit_of(EditOp::add, "/" + from + "/sends/" + strip(mixer, 1),
                     "{\"level_db\":" + level() + ",\"tap\":\"" + pick<std::string>({"input", "pre", "post"}) + "\"}",
                     place());
    case 2:
      return edit_of(EditOp::remove, at);
    case 3:
      return edit_of(EditOp::move, at, "", below(3));
    case 4:
      return edit_of(EditOp::set, at + "/tap", pick<std::string>({"\"input\"", "\"pre\"", "\"post\""}));
    case 5:
      return edit_of(EditOp::set, at + "/on", flag());
    case 6:
      return edit_of(EditOp::set, at + "/pan", one_in(2) ? "\"strip\"" : number(-1, 1));
    default:
      return edit_of(EditOp::set, at + "/level_db", level());
  }
}

Edit RandomEdits::of_insert(const Mixer& mixer) {
  const std::string on = strip(mixer);
  const Strip* found = mixer.find(on);
  const bool full = found != nullptr && found->inserts.size() >= 4;
  const std::string at = "/" + on + "/inserts/" + insert_of(mixer, on);
  switch (below(full ? 8 : 12)) {
    case 0:
      return edit_of(EditOp::remove, at);
    case 1:
      return edit_of(EditOp::move, at, "", below(4));
    case 2:
      return edit_of(EditOp::set, at + "/bypass", flag());
    case 3:
      return edit_of(EditOp::set, at + "/mix", number(0, 1.05));
    case 4:
      return edit_of(EditOp::set, at + "/key", one_in(3) ? "null" : "\"" + strip(mixer) + "\"");
    case 5:
      return edit_of(EditOp::set, at + pick<std::string>({"/gain_db", "/corner_hz"}), number(-12, 100));
    case 6:
      return edit_of(EditOp::set, at + "/latency_samples", std::to_string(below(300)));
    case 7:
      return one_in(2) ? edit_of(EditOp::set, at + "/delay_samples", std::to_string(below(2000)))
                       : edit_of(EditOp::set, at + pick<std::string>({"/swap", "/mono", "/polarity"}), flag());
    default:
      return edit_of(EditOp::add, "/" + on + "/inserts/" + numbered("i", below(6)), insert_json(), place());
  }
}

Edit RandomEdits::of_route(const Mixer& mixer) {
  return edit_of(EditOp::set, "/" + strip(mixer, one_in(3) ? 1 : -1) + "/output", target(mixer));
}

Edit RandomEdits::of_strips(const Mixer& mixer) {
  const bool track = one_in(2);
  const std::string fresh = track ? numbered("t", below(12)) : numbered("b", below(10));
  const auto count = track ? mixer.tracks.size() : mixer.buses.size();
  const std::string known = strip(mixer, track ? -1 : 1);
  switch (below(7)) {
    case 0:
    case 1:
      if (count > 3) return edit_of(EditOp::remove, "/" + known);
      [[fallthrough]];
    case 2:
    case 3:
    case 4:
      return edit_of(EditOp::add, "/" + fresh, strip_json(mixer, track), place());
    case 5:
      return edit_of(EditOp::move, "/" + known, "", below(6));
    default:
      if (!track) return edit_of(EditOp::set, "/" + known + "/latency", one_in(2) ? "null" : "\"lowest\"");
      return edit_of(EditOp::set, "/" + known + "/source", source_json());
  }
}

Edit RandomEdits::of_groups(const Mixer& mixer) {
  const bool vca = one_in(2);
  const std::string at = vca ? "/vca/" + numbered("v", below(4)) : "/mute_group/" + numbered("m", below(3));
  const std::string members =
      "[\"" + strip(mixer) + "\",\"" + (one_in(3) ? numbered("v", below(4)) : strip(mixer)) + "\"]";
  switch (below(6)) {
    case 0:
      return edit_of(EditOp::add, at, "{\"members\":" + members + "}", place());
    case 1:
      return edit_of(EditOp::remove, at);
    case 2:
      return edit_of(EditOp::set, at + "/members", members);
    case 3:
      return edit_of(EditOp::set, at + "/mute", flag());
    default:
      return edit_of(EditOp::set, at + "/fader_db", number(-20, 1));
  }
}

Edit RandomEdits::of_scenes(const Mixer&) {
  const std::string at = "/scene/" + numbered("s", below(4));
  const std::string fade = pick<std::string>({"0", "0", "0.01", "0.05", "0.2", "99"});
  switch (below(8)) {
    case 0:
      return edit_of(EditOp::add, at,
                     "{\"fade_s\":" + fade + ",\"scope\":" +
                         pick<std::string>({"[]", R"(["fader_db","mute"])", R"(["sends","output","inserts"])",
                                            R"(["solo","cue_sends","vcas","mute_groups"])"}) +
                         "}",
                     place());
    case 1:
      return edit_of(EditOp::remove, at);
    case 2:
      return edit_of(EditOp::set, at + "/update", "true");
    case 3:
      return edit_of(EditOp::set, at + "/fade_s", fade);
    case 4:
      return edit_of(EditOp::move, at, "", below(3));
    default:
      return edit_of(EditOp::set, at + "/recall", "true");
  }
}

Edit RandomEdits::of_sections(const Mixer& mixer) {
  switch (below(11)) {
    case 0:
      return edit_of(EditOp::set, "/monitor/source", "\"" + strip(mixer) + "\"");
    case 1:
      return edit_of(EditOp::set, "/monitor/" + pick<std::string>({"dim", "mono", "cut", "polarity"}), flag());
    case 2:
      return edit_of(EditOp::set, "/monitor/level_db", level());
    case 3:
      return edit_of(EditOp::set, "/monitor/output", one_in(2) ? "null" : "{\"hardware\":[7,8]}");
    case 4:
      return edit_of(EditOp::set, "/talkback/on", flag());
    case 5:
      return edit_of(EditOp::set, "/talkback/to", "[\"" + strip(mixer, 1) + "\"]");
    case 6:
      return edit_of(EditOp::set, "/talkback/dim_db", number(-30, 0));
    case 7:
      return edit_of(EditOp::set, "/talkback/channel", pick<std::string>({"1", "2", "null"}));
    case 8:
      return edit_of(EditOp::set, "/session/solo_mode",
                     pick<std::string>({"\"in_place\"", "\"pfl\"", "\"afl\"", "\"loud\""}));
    case 9:
      return edit_of(EditOp::set, "/session/solo_clear", "true");
    default:
      return one_in(2) ? edit_of(EditOp::set, "/session/pan_law_db", pick<std::string>({"-3", "-4.5", "-6", "0"}))
                       : edit_of(EditOp::set, "/session/solo_exclusive", flag());
  }
}

Edit RandomEdits::of_nonsense(const Mixer& mixer) {
  const std::string at = "/" + strip(mixer);
  switch (below(6)) {
    case 0:
      return edit_of(EditOp::set, at + "/fadr_db", "1");
    case 1:
      return edit_of(EditOp::set, at + "/fader_db", "true");
    case 2:
      return edit_of(EditOp::remove, "/master");
    case 3:
      return edit_of(EditOp::add, at, R"({"kind":"group"})");
    case 4:
      return edit_of(EditOp::set, at + "/output", "{\"hardware\":[0]}");
    default:
      return edit_of(EditOp::add, at + "/inserts/x y", "{\"type\":\"utility\"");
  }
}

Edit RandomEdits::one(const Mixer& mixer) {
  for (;;) {
    const int kind = below(100);
    Edit edit = kind < 28   ? of_strip_value(mixer)
                : kind < 42 ? of_send(mixer)
                : kind < 58 ? of_insert(mixer)
                : kind < 66 ? of_route(mixer)
                : kind < 76 ? of_strips(mixer)
                : kind < 83 ? of_groups(mixer)
                : kind < 89 ? of_scenes(mixer)
                : kind < 96 ? of_sections(mixer)
                            : of_nonsense(mixer);
    if (!allows || allows(edit)) return edit;
  }
}

Edit RandomEdits::next(const Mixer& mixer) {
  Edit edit;
  const int kind = below(20);
  if (kind == 0 || kind == 1) {
    edit.op = kind == 0 || one_in(3) ? EditOp::undo : EditOp::redo;
    return edit;
  }
  if (kind == 2) {
    edit.op = EditOp::batch;
    for (int n = 1 + below(4); n > 0; --n) edit.edits.push_back(one(mixer));
  } else {
    edit = one(mixer);
  }
  if (one_in(6)) edit.gesture = numbered("hand ", below(3));
  return edit;
}

Frames RandomEdits::pause() {
  if (one_in(4)) return 0;
  return one_in(20) ? below(6000) : below(300);
}

}  // namespace busbar::test
