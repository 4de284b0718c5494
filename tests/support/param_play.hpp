#pragma once
#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "engine/realtime/insert.hpp"

namespace busbar::test {

inline std::vector<float> start_values(const InsertType& type) {
  std::vector<float> values;
  for (const ParamSpec& spec : type.params) values.push_back(spec.start);
  return values;
}

/// The value at `t` of the way, 0 … 1, from a parameter's least to its greatest, as its taper has it.
inline float value_at(const ParamSpec& spec, double t) {
  const auto min = static_cast<double>(spec.min), max = static_cast<double>(spec.max);
  if (!spec.steps.empty()) return spec.steps[static_cast<std::size_t>(t * static_cast<double>(spec.steps.size() - 1))];
  const double value = spec.taper == Taper::log ? min * std::pow(max / min, t) : min + t * (max - min);
  const bool whole = spec.whole || spec.kind != ParamKind::number;
  return std::clamp(static_cast<float>(whole ? std::round(value) : value), spec.min, spec.max);
}

/// A value that a session may hold: a name that joins a number at times, else evenly over the parameter's taper.
inline float random_value(const ParamSpec& spec, std::mt19937& rng) {
  if (spec.kind == ParamKind::number && !spec.choices.empty() && rng() % 4 == 0)
    return static_cast<float>(rng() % spec.choices.size());
  return value_at(spec, static_cast<double>(rng() % 1001) / 1000.0);
}

inline std::vector<float> random_values(const InsertType& type, std::mt19937& rng) {
  std::vector<float> values;
  for (const ParamSpec& spec : type.params) values.push_back(random_value(spec, rng));
  return values;
}

/// The settings worth trying on every type: its start, each parameter alone at either end and near the
/// lower one, and some at random.
inline std::vector<std::vector<float>> settings_of(const InsertType& type, int at_random, unsigned seed) {
  std::vector<std::vector<float>> settings{start_values(type)};
  for (const ParamSpec& spec : type.params)
    for (const double t : {0.0, 0.1, 1.0}) {
      settings.push_back(start_values(type));
      settings.back()[spec.index] = value_at(spec, t);
    }
  for (const ParamSpec& spec : type.params)
    for (std::size_t name = 0; name < spec.choices.size(); ++name) {
      settings.push_back(start_values(type));
      settings.back()[spec.index] = static_cast<float>(name);
    }
  std::mt19937 rng(seed);
  for (int i = 0; i < at_random; ++i) settings.push_back(random_values(type, rng));
  return settings;
}

/// A parameter on its way to `target`, from frame `at` on, for `length` frames; `Travel::jump` arrives at once.
struct Move {
  ParamIndex param;
  Frames at;
  float target;
  Frames length;
};

/// Moves of every parameter that may move live, at random times, `spacing` frames apart on average. Every other one
/// goes close to the lower end of its range: a delay that is longer than the test shows nothing.
inline std::vector<Move> random_moves(const InsertType& type, int frames, int spacing, unsigned seed) {
  std::mt19937 rng(seed);
  std::vector<const ParamSpec*> live;
  for (const ParamSpec& spec : type.params)
    if (spec.travel != Travel::plan) live.push_back(&spec);
  std::vector<Move> moves;
  if (live.empty()) return moves;
  for (Frames at = 0; at < frames; at += 1 + static_cast<Frames>(rng() % static_cast<unsigned>(2 * spacing))) {
    const ParamSpec& spec = *live[rng() % live.size()];
    const Frames length = 1 + static_cast<Frames>(rng() % 1000);
    const double share = rng() % 2 == 0 ? 1.0 : 0.01;
    const bool by_name = spec.kind == ParamKind::number && !spec.choices.empty() && rng() % 4 == 0;
    const float target = by_name ? static_cast<float>(rng() % spec.choices.size())
                                 : value_at(spec, share * static_cast<double>(rng() % 1001) / 1000.0);
    moves.push_back({spec.index, at, target, spec.travel == Travel::jump ? 0 : length});
  }
  return moves;
}

}  // namespace busbar::test
