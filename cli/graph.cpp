#include <CLI/CLI.hpp>
#include <cmath>
#include <iostream>
#include <memory>
#include <string>

#include "cli/commands.hpp"
#include "cli/kind_word.hpp"
#include "cli/print.hpp"
#include "engine/control/plan/compile_plan.hpp"
#include "engine/control/plan/routing.hpp"
#include "engine/session_sources.hpp"
#include "sessions/session_file.hpp"

namespace busbar::cli {

namespace {

struct Options {
  std::string session, format = "text";
  bool allow_outside = false;
};

std::string_view tap_word(Tap tap) { return tap == Tap::input ? "input" : tap == Tap::pre ? "pre" : "post"; }

const RoutedStrip& strip_at(const Routing& routing, int index) {
  return routing.strips[static_cast<std::size_t>(index)];
}

/// `drums`, `hardware 3-4`, `none`.
std::string target_of(const Routing& routing, const Route& r) {
  if (r.to >= 0) return strip_at(routing, r.to).strip->id;
  if (r.kind == Route::Kind::nowhere) return "none";
  std::string text = "hardware ";
  for (std::size_t c = 0; c < r.hardware.size(); ++c) text += (c > 0 ? "-" : "") + std::to_string(r.hardware[c]);
  return text;
}

std::string way_of(const Route& r) {
  if (r.kind != Route::Kind::send) return "output";
  return "send " + std::string(tap_word(r.tap)) + (r.send->on ? "" : ", off");
}

std::string channels_word(const RoutedStrip& s) {
  if (s.in_channels == s.out_channels) return s.in_channels == 1 ? "mono" : "stereo";
  return "mono to stereo";
}

std::string chain_of(const RoutedStrip& s) {
  std::string chain;
  for (const RoutedInsert& insert : s.inserts) {
    chain += (chain.empty() ? "" : " → ") + insert.slot->id;
    if (insert.type == nullptr) chain += " (unknown, passed over)";
    if (insert.bypass) chain += " (bypassed)";
    if (insert.latency > 0) chain += " (" + std::to_string(insert.latency) + ")";
  }
  return chain;
}

void print_text(const Mixer& mixer, const Routing& routing, int buffers) {
  if (!mixer.name.empty()) std::cout << mixer.name << ", ";
  std::cout << number_text(mixer.sample_rate) << " Hz: " << count_text(mixer.tracks.size(), "track") << ", "
            << mixer.buses.size() << " buses, " << buffers << " buffers. Latencies and delays are in samples.\n\n";
  Table order({{"order", Align::right},
               {"strip"},
               {"kind"},
               {"channels"},
               {"latency in", Align::right},
               {"out", Align::right},
               {"inserts"}});
  int place = 0;
  for (const int index : routing.order) {
    const RoutedStrip& s = strip_at(routing, index);
    order.add({std::to_string(++place), s.strip->id, std::string(kind_word(s.strip->kind)), channels_word(s),
               std::to_string(s.latency_in), std::to_string(s.latency_out), chain_of(s)});
  }
  order.print();

  std::cout << '\n';
  Table ways({{"from"}, {"way"}, {"to"}, {"latency", Align::right}, {"delay put in", Align::right}});
  for (const Route& r : routing.routes)
    ways.add({strip_at(routing, r.from).strip->id, way_of(r), target_of(routing, r), std::to_string(r.latency),
              std::to_string(r.delay)});
  ways.print();

  Table keys({{"insert"}, {"key"}, {"key held back", Align::right}, {"insert held back", Align::right}});
  bool any = false;
  for (const RoutedStrip& s : routing.strips)
    for (const RoutedInsert& insert : s.inserts)
      if (insert.key_strip >= 0) {
        any = true;
        keys.add({s.strip->id + "/" + insert.slot->id, strip_at(routing, insert.key_strip).strip->id,
                  std::to_string(insert.key_delay), std::to_string(insert.wait)});
      }
  if (!any) return;
  std::cout << '\n';
  keys.print();
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

void print_dot(const Mixer& mixer, const Routing& routing) {
  std::cout << "digraph " << quoted(mixer.name) << " {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n";
  for (const RoutedStrip& s : routing.strips)
    std::cout << "  " << quoted(s.strip->id) << " [label=" << quoted(s.strip->shown_name()) << "];\n";
  for (const Route& r : routing.routes) {
    if (r.kind == Route::Kind::nowhere) continue;
    const std::string label = (r.kind == Route::Kind::send ? std::string(tap_word(r.tap)) : std::string()) +
                              (r.delay > 0 ? " +" + std::to_string(r.delay) : "");
    std::cout << "  " << quoted(strip_at(routing, r.from).strip->id) << " -> " << quoted(target_of(routing, r))
              << " [label=" << quoted(label) << (r.kind == Route::Kind::send ? ", style=dashed" : "") << "];\n";
  }
  for (const RoutedStrip& s : routing.strips)
    for (const RoutedInsert& insert : s.inserts)
      if (insert.key_strip >= 0)
        std::cout << "  " << quoted(strip_at(routing, insert.key_strip).strip->id) << " -> " << quoted(s.strip->id)
                  << " [label=\"key\", style=dotted];\n";
  std::cout << "}\n";
}

Json insert_json(const Routing& routing, const RoutedInsert& insert) {
  Json::Object object{{"id", insert.slot->id},
                      {"type", insert.slot->type},
                      {"known", insert.type != nullptr},
                      {"bypass", insert.bypass},
                      {"latency", insert.latency}};
  if (insert.key_strip >= 0) {
    object.emplace_back("key", strip_at(routing, insert.key_strip).strip->id);
    object.emplace_back("key_delay", insert.key_delay);
    object.emplace_back("wait", insert.wait);
  }
  return object;
}

void print_graph_json(const Mixer& mixer, const Routing& routing, int buffers) {
  Json::Array order, strips, routes;
  for (const int index : routing.order) {
    const RoutedStrip& s = strip_at(routing, index);
    order.push_back(s.strip->id);
    Json::Array inserts;
    for (const RoutedInsert& insert : s.inserts) inserts.push_back(insert_json(routing, insert));
    strips.push_back(Json::Object{{"id", s.strip->id},
                                  {"kind", kind_word(s.strip->kind)},
                                  {"channels_in", s.in_channels},
                                  {"channels_out", s.out_channels},
                                  {"latency_in", s.latency_in},
                                  {"latency_out", s.latency_out},
                                  {"inserts", std::move(inserts)}});
  }
  for (const Route& r : routing.routes) {
    Json::Object object{{"from", strip_at(routing, r.from).strip->id},
                        {"kind", r.kind == Route::Kind::send ? "send" : "output"},
                        {"to", target_of(routing, r)},
                        {"latency", r.latency},
                        {"delay", r.delay}};
    if (r.kind == Route::Kind::send) {
      object.emplace_back("tap", tap_word(r.tap));
      object.emplace_back("on", r.send->on);
    }
    routes.push_back(std::move(object));
  }
  print_json(Json::Object{{"name", mixer.name},
                          {"sample_rate", mixer.sample_rate},
                          {"buffers", buffers},
                          {"order", std::move(order)},
                          {"strips", std::move(strips)},
                          {"routes", std::move(routes)}});
}

ExitCode graph(const Options& options) {
  const LoadedSession loaded = read_session_file(options.session, {.allow_outside = options.allow_outside});
  if (!loaded.findings.errors.empty()) return print_findings({loaded.findings.errors, {}});
  const auto folder = std::filesystem::path(options.session).parent_path();
  const Result<Routing> routing = route(loaded.mixer, probe_channels(loaded.mixer, folder));
  if (!routing) {
    print_error(routing.error());
    return ExitCode::input_fault;
  }
  const int buffers = count_buffers(loaded.mixer, *routing);
  if (options.format == "dot")
    print_dot(loaded.mixer, *routing);
  else if (options.format == "json")
    print_graph_json(loaded.mixer, *routing, buffers);
  else
    print_text(loaded.mixer, *routing, buffers);
  return ExitCode::done;
}

}  // namespace

void add_graph(CLI::App& app, ExitCode& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("graph", "Show the routing and the compiled plan: order, latencies, delays");
  command->add_option("SESSION", options->session, "The session file")->required();
  command->add_option("--format", options->format, "How to print it")->check(CLI::IsMember({"text", "dot", "json"}));
  command->add_flag("--allow-outside", options->allow_outside, "Let clips lie outside the session's folder");
  command->callback([options, &exit] { exit = graph(*options); });
}

}  // namespace busbar::cli
