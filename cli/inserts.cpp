#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/chain_page.hpp"
#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "engine/realtime/insert.hpp"
#include "sessions/presets.hpp"

namespace busbar::cli {
namespace {

struct Options {
  std::string type;
  bool json = false;
};

using Presets = std::vector<Preset>;

/// The presets of a type; of an empty one, the chains.
Presets presets_of(const Presets& all, std::string_view type) {
  Presets some;
  for (const Preset& preset : all)
    if (preset.type == type) some.push_back(preset);
  return some;
}

std::string_view kind_text(ParamKind kind) {
  switch (kind) {
    case ParamKind::number:
      return "number";
    case ParamKind::choice:
      return "choice";
    case ParamKind::flag:
      return "switch";
  }
  return "";
}

bool is_choice_index(const ParamSpec& p, float value) {
  return p.kind == ParamKind::choice && value >= 0.0f && static_cast<std::size_t>(value) < p.choices.size();
}

std::string default_text(const ParamSpec& p) {
  if (p.kind == ParamKind::flag) return p.start != 0.0f ? "on" : "off";
  if (is_choice_index(p, p.start)) return std::string(p.choices[static_cast<std::size_t>(p.start)]);
  return number_text(p.start);
}

std::string joined(const ParamSpec& p) {
  std::string text;
  for (const float step : p.steps) text += (text.empty() ? "" : ", ") + number_text(step);
  for (const std::string_view choice : p.choices) text += (text.empty() ? "" : ", ") + std::string(choice);
  return text;
}

// What a session may say: a range, steps, names, or a range and names.
std::string allowed_text(const ParamSpec& p) {
  if (p.kind == ParamKind::flag) return "true, false";
  if (p.kind == ParamKind::choice) return joined(p);
  if (!p.steps.empty()) return joined(p);
  std::string text = number_text(p.min) + " … " + number_text(p.max);
  if (p.whole) text += ", whole";
  return p.choices.empty() ? text : text + ", " + joined(p);
}

// The table holds floats; 0.707f is meant as 0.707, not as 0.70700001717.
double as_written(float number) { return std::stod(number_text(number)); }

Json steps_json(const ParamSpec& p) {
  Json::Array steps;
  for (const float step : p.steps) steps.push_back(as_written(step));
  return steps;
}

Json param_json(const ParamSpec& p) {
  Json::Object members{{"key", p.key}, {"label", p.label}, {"kind", kind_text(p.kind)}, {"unit", symbol(p.unit)}};
  if (p.kind == ParamKind::number) {
    members.emplace_back("min", as_written(p.min));
    members.emplace_back("max", as_written(p.max));
    members.emplace_back("default", as_written(p.start));
    members.emplace_back("taper", p.taper == Taper::log ? "log" : "linear");
    members.emplace_back("whole", p.whole);
  } else if (p.kind == ParamKind::flag) {
    members.emplace_back("default", p.start != 0.0f);
  } else {
    members.emplace_back("default", default_text(p));
  }
  if (!p.steps.empty()) members.emplace_back("steps", steps_json(p));
  if (!p.choices.empty()) members.emplace_back("choices", Json::Array(p.choices.begin(), p.choices.end()));
  return members;
}

Json presets_json(const Presets& presets) {
  Json::Array list;
  for (const Preset& p : presets)
    list.push_back(Json::Object{{"key", p.key}, {"name", p.name}, {"about", p.about}, {"user", p.is_users}});
  return list;
}

Json type_json(const InsertType& type, const Presets& presets) {
  Json::Array params;
  for (const ParamSpec& p : type.params)
    if (!p.is_tempo) params.push_back(param_json(p));
  return Json::Object{{"type", type.key},
                      {"label", type.label},
                      {"params", params},
                      {"presets", presets_json(presets_of(presets, type.key))}};
}

// One line each, what makes the user's stand out behind it.
void print_presets(const char* heading, const Presets& presets) {
  if (presets.empty()) return;
  std::printf("\n");
  Table table({{heading}, {"name"}, {"about"}});
  for (const Preset& p : presets) table.add({p.key, p.name, p.is_users ? p.about + " (yours)" : p.about});
  table.print();
}

void print_type(const InsertType& type, const Presets& presets) {
  std::printf("%s: %s\n\n", std::string(type.key).c_str(), std::string(type.label).c_str());
  Table table({{"parameter"}, {"label"}, {"unit"}, {"default", Align::right}, {"allowed"}});
  for (const ParamSpec& p : type.params) {
    if (p.is_tempo) continue;
    table.add(
        {std::string(p.key), std::string(p.label), std::string(symbol(p.unit)), default_text(p), allowed_text(p)});
  }
  table.print();
  print_presets("preset", presets_of(presets, type.key));
}

/// As many keys of parameters as a line has room for.
std::string shortened_keys(const InsertType& type) {
  constexpr std::size_t kRoom = 56;
  std::string keys;
  for (const ParamSpec& p : type.params) {
    if (p.is_tempo) continue;
    if (keys.size() + p.key.size() > kRoom) return keys + " …";
    keys += (keys.empty() ? "" : " ") + std::string(p.key);
  }
  return keys;
}

void print_types(const Presets& presets) {
  Table table({{"type"}, {"label"}, {"presets"}, {"parameters"}});
  for (const InsertType& type : insert_types()) {
    std::string names;
    for (const Preset& p : presets_of(presets, type.key)) names += (names.empty() ? "" : " ") + p.key;
    table.add({std::string(type.key), std::string(type.label), names, shortened_keys(type)});
  }
  table.print();
  print_presets("chain", presets_of(presets, ""));
  std::printf("\n  busbar inserts TYPE   shows the parameters with unit, default and range, and the presets\n");
  std::printf("  busbar inserts CHAIN  shows the inserts of a chain with their values, and how to use it\n");
}

Error unknown_type(const std::string& name, const Presets& chains) {
  std::string known, chained;
  for (const InsertType& type : insert_types()) known += (known.empty() ? "" : ", ") + std::string(type.key);
  for (const Preset& chain : chains) chained += (chained.empty() ? "" : ", ") + chain.key;
  return {"TYPE", "there is no insert of type '" + name + "', and no chain of that name",
          "the types are " + known + "; the chains are " + chained};
}

void list_types(bool json, const Presets& presets) {
  if (!json) return print_types(presets);
  Json::Array types;
  for (const InsertType& type : insert_types()) types.push_back(type_json(type, presets));
  print_json(Json::Object{{"inserts", types}, {"chains", presets_json(presets_of(presets, ""))}});
}

ExitCode run(const Options& options) {
  const Presets presets = all_presets();
  for (const Error& warning : preset_warnings()) print_warning(warning);
  if (options.type.empty()) {
    list_types(options.json, presets);
    return ExitCode::done;
  }
  if (const InsertType* type = find_insert_type(options.type)) {
    options.json ? print_json(type_json(*type, presets)) : print_type(*type, presets);
    return ExitCode::done;
  }
  const Presets chains = presets_of(presets, "");
  const auto chain = std::ranges::find(chains, options.type, &Preset::key);
  if (chain == chains.end()) {
    print_error(unknown_type(options.type, chains));
    return ExitCode::wrong_usage;
  }
  print_chain(*chain, options.json);
  return ExitCode::done;
}

}  // namespace

void add_inserts(CLI::App& app, ExitCode& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("inserts", "List the processors that a strip can hold, and their parameters");
  command->add_option("TYPE", options->type,
                      "Only this one, with its parameters: unit, default, range; or a chain, with its inserts");
  command->add_flag("--json", options->json, "Print one JSON object");
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace busbar::cli
