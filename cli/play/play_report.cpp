#include "cli/play/play_report.hpp"
#include "cli/kind_word.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "cli/print.hpp"

namespace busbar::cli {
namespace {

template <typename... Values>
std::string formatted(const char* format, Values... values) {
  std::array<char, 256> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

std::string device_name(const DeviceFormat& device) { return device.host + ":" + device.name; }

double highest(const StripLevel& level) { return std::max(level.highest_db[0], level.highest_db[1]); }

std::string_view word_of(PlayStop stop) {
  switch (stop) {
    case PlayStop::end:
      return "end";
    case PlayStop::time_is_up:
      return "for";
    case PlayStop::key:
      return "quit";
    case PlayStop::signal:
      return "signal";
    case PlayStop::device_lost:
      return "device lost";
  }
  return "";
}

std::string_view why_of(PlayStop stop) {
  switch (stop) {
    case PlayStop::end:
      return "to the end";
    case PlayStop::time_is_up:
      return "as long as asked for";
    case PlayStop::key:
    case PlayStop::signal:
      return "until it was stopped";
    case PlayStop::device_lost:
      return "until the device was lost";
  }
  return "";
}

std::string health_text(const PlayRun& run, const PlayFacts& facts) {
  const CallbackCounts& counts = run.status.callbacks;
  std::string text = count_text(counts.flagged, "xrun");
  if (counts.flagged > 0)
    text += we_were_late(facts.scene.device, counts) ? " (Busbar was late)" : " (the system was late, not Busbar)";
  text += ", " + count_text(run.status.stalls, "stall");
  return text + formatted("\nload %.0f %% (at most %.0f %%), longest callback %.2f of %.2f ms\n", 100.0 * run.load,
                          100.0 * run.highest_load, 1000.0 * counts.longest_s,
                          1000.0 * block_seconds(facts.scene.device, counts));
}

Json device_json(const DeviceFormat& device, const CallbackCounts& counts) {
  return Json::Object{{"host", device.host},
                      {"name", device.name},
                      {"inputs", device.inputs},
                      {"outputs", device.outputs},
                      {"sample_rate", device.sample_rate},
                      {"block", block_frames(device, counts)}};
}

Json::Array levels_json(const std::vector<StripLevel>& levels) {
  Json::Array list;
  for (const StripLevel& level : levels)
    list.push_back(
        Json::Object{{"strip", level.id}, {"kind", std::string(kind_word(level.kind))}, {"peak_dbfs", highest(level)}});
  return list;
}

Json::Array edits_json(const std::vector<LandedEdit>& landed, double sample_rate) {
  Json::Array list;
  for (const LandedEdit& edit : landed)
    list.push_back(Json::Object{
        {"line", edit.line}, {"frame", edit.frame}, {"at_s", static_cast<double>(edit.frame) / sample_rate}});
  return list;
}

Json::Object callbacks_json(const CallbackCounts& counts) {
  const auto us = [&](double share) { return 1e6 * counts.percentile_s(share); };
  return {{"callbacks", counts.callbacks},
          {"longest_block", counts.longest_block},
          {"xruns", counts.flagged},
          {"longest_callback_us", 1e6 * counts.longest_s},
          {"callback_us", Json::Object{{"p50", us(0.5)}, {"p99", us(0.99)}, {"p999", us(0.999)}}},
          {"late_callback_us", 1e6 * counts.last_before_flag_s}};
}

Json plugs_json(const std::vector<Plug>& plugs, bool inputs) {
  Json::Array list;
  for (const Plug& plug : plugs) {
    if (plug.is_input != inputs) continue;
    Json::Object object{{"strip", plug.strip}, {"shown", plug.shown}};
    object.emplace_back("channels", Json::Array(plug.channels.begin(), plug.channels.end()));
    list.emplace_back(std::move(object));
  }
  return list;
}

void append(Json::Object& object, Json::Object more) {
  for (auto& member : more) object.push_back(std::move(member));
}

}  // namespace

void print_start(const PlayScene& scene) {
  std::string line = "Playing " + scene.session + " on " + device_name(scene.device) + " (" +
                     count_text(static_cast<std::size_t>(scene.device.inputs), "input") + ", " +
                     count_text(static_cast<std::size_t>(scene.device.outputs), "output") + "), " +
                     number_text(scene.device.sample_rate) + " Hz";
  if (scene.device.block > 0) line += ", blocks of " + std::to_string(scene.device.block) + " frames";
  if (scene.end_s > 0.0) line += ", " + time_text(scene.end_s);
  std::printf("%s\n", fitted(line, columns_of(line)).c_str());
  for (const Plug& plug : scene.plugs) {
    const std::string text = "  " + plug_text(plug);
    std::printf("%s\n", fitted(text, columns_of(text)).c_str());
  }
  std::fflush(stdout);
}

std::string landed_text(const LandedEdit& landed, const std::string& script, double sample_rate) {
  return script + formatted(":%d landed at %.3f s (frame %lld)", landed.line,
                            static_cast<double>(landed.frame) / sample_rate, static_cast<long long>(landed.frame));
}

std::string summary_text(const PlayRun& run, const PlayFacts& facts) {
  std::string text = formatted("Played %.3f s on ", run.status.played_s) + device_name(facts.scene.device) + ", " +
                     std::string(why_of(run.stop)) + "\n" + health_text(run, facts);
  Table table({{"bus"}, {"kind"}, {"peak dBFS", Align::right}});
  std::vector<const StripLevel*> buses;
  for (const StripLevel& level : run.status.levels)
    if (level.kind != StripKind::track) buses.push_back(&level);
  std::ranges::stable_partition(buses, [](const StripLevel* bus) { return bus->kind == StripKind::master; });
  for (const StripLevel* bus : buses)
    table.add({bus->name.empty() ? bus->id : bus->name, std::string(kind_word(bus->kind)), level_text(highest(*bus))});
  return text + table.text();
}

Json play_json(const PlayRun& run, const PlayFacts& facts) {
  const PlayStatus& status = run.status;
  const DeviceFormat& device = facts.scene.device;
  Json::Object object{{"ended", std::string(word_of(run.stop))},
                      {"device", device_json(device, status.callbacks)},
                      {"session_rate", facts.session_rate},
                      {"sample_rate", device.sample_rate},
                      {"frames", to_frames(status.played_s, device.sample_rate)},
                      {"played_s", status.played_s},
                      {"position_s", status.position_s}};
  append(object, {{"outputs", plugs_json(facts.scene.plugs, false)}, {"inputs", plugs_json(facts.scene.plugs, true)}});
  append(object, callbacks_json(status.callbacks));
  append(object, {{"cpu_s", status.thread.cpu_s},
                  {"load", run.load},
                  {"highest_load", run.highest_load},
                  {"stalls", status.stalls},
                  {"read_ahead_s", status.read_ahead_s},
                  {"realtime", Json::Object{{"scheduling", status.thread.realtime},
                                            {"priority", status.thread.priority},
                                            {"memory_locked", facts.memory_locked}}},
                  {"levels", levels_json(status.levels)},
                  {"edits", edits_json(run.report.landed, device.sample_rate)},
                  {"refused_edits", to_json(run.report.refused)},
                  {"found", Json::Array(run.found.begin(), run.found.end())},
                  {"warnings", to_json(run.warnings)},
                  {"errors", to_json(run.errors)}});
  return object;
}

}  // namespace busbar::cli
