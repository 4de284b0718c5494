#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/realtime/insert.hpp"
#include "tests/support/every_insert.hpp"
#include "tests/support/mixer_builder.hpp"

namespace busbar::test {
namespace {

constexpr Frames kLength = 33600;
constexpr Frames kAt = 6007;
constexpr Frames kWindow = 480;

/// Lows, middle and highs, so that every band and every detector has something to do.
Samples chord() {
  Samples samples(1, std::vector<float>(kLength));
  for (std::size_t i = 0; i < samples[0].size(); ++i)
    for (const double hz : {220.0, 997.0, 6997.0})
      samples[0][i] +=
          static_cast<float>(0.12 * std::sin(2.0 * std::numbers::pi * hz * static_cast<double>(i) / 48000.0));
  return samples;
}

MixerBuilder console(const std::vector<InsertSlot>& inserts) {
  MixerBuilder builder;
  builder.bus("drums", StripKind::group).track("kick", chord(), "drums");
  return builder.edit("kick", [&](Strip& s) { s.fader = {-3.0}, s.trim = {-2.0}, s.inserts = inserts; });
}

std::string shown(const InsertSlot& insert) {
  std::string text = insert.type;
  for (const auto& [key, value] : insert.params) {
    text += ' ' + key + '=';
    if (const auto* number = std::get_if<double>(&value)) text += std::to_string(*number);
    if (const auto* flag = std::get_if<bool>(&value)) text += *flag ? "true" : "false";
    if (const auto* name = std::get_if<std::string>(&value)) text += *name;
  }
  return text;
}

Edit staged(double trim_db) {
  Edit edit = set("/kick/trim_db", trim_db);
  edit.compensate = true;
  return edit;
}

using Edits = std::vector<std::pair<Frames, Edit>>;

std::vector<double> run(const MixerBuilder& builder, const Edits& edits) {
  Console it(builder);
  for (const auto& [at, edit] : edits) it.edit(edit, at);
  it.run(kLength, {256});
  return it.rendered.left("drums");
}

/// The largest difference of level, in dB, over windows of 10 ms.
double deviation(const std::vector<double>& y, const std::vector<double>& plain) {
  double worst = 0.0;
  for (std::size_t i = kAt - kWindow; i + kWindow <= y.size(); i += kWindow / 2) {
    double sum = 1e-20, wanted = 1e-20;
    for (std::size_t k = i; k < i + kWindow; ++k) sum += y[k] * y[k], wanted += plain[k] * plain[k];
    worst = std::max(worst, std::fabs(10.0 * std::log10(sum / wanted)));
  }
  return worst;
}

Edits drag() {
  Edits edits;
  for (int n = 1; n <= 20; ++n) edits.emplace_back(kAt + 480 * n, staged(-2.0 - 0.3 * n));
  return edits;
}

/// The type at work: its thresholds below the chord, its bands in use.
InsertSlot at_work(const InsertType& type) {
  InsertSlot insert = slot("x", std::string(type.key));
  for (const ParamSpec& spec : type.params) {
    const std::string key(spec.key);
    if (key.ends_with("threshold_db")) insert.params[key] = std::max(-20.0, static_cast<double>(spec.min) + 8.0);
    if (key.ends_with("_on")) insert.params[key] = true;
    if (key == "drive_db") insert.params[key] = 8.0;
    if (key == "input_db") insert.params[key] = 12.0;
  }
  return insert;
}

/// A cut in the midst of the chord turns its phase by more than a trim can wait for: see docs/editing.md.
bool is_cut(std::string_view name) { return name.ends_with("_pass"); }

/// The same, and with each switch, choice or name at each of its values.
std::vector<InsertSlot> settings_of(const InsertType& type) {
  std::vector<InsertSlot> all{at_work(type)};
  const auto also = [&](const ParamSpec& spec, ParamValue value) {
    all.push_back(at_work(type));
    all.back().params[std::string(spec.key)] = std::move(value);
  };
  for (const ParamSpec& spec : type.params) {
    if (spec.kind == ParamKind::flag) also(spec, spec.start == 0.0f);
    for (const std::string_view name : spec.choices)
      if (!is_cut(name)) also(spec, std::string(name));
  }
  return all;
}

class StagedProcessor : public EveryInsert {};

TEST_P(StagedProcessor, IsRefusedWithTheReasonOrKeepsTheBusWithinAHundredthOfADecibel) {
  for (const InsertSlot& insert : settings_of(type())) {
    const MixerBuilder builder = console({insert});
    const auto staged_once = apply_edit(builder.mixer, staged(-8.0));
    if (!staged_once) {
      EXPECT_FALSE(staged_once.error().what.empty() || staged_once.error().mend.empty());
      continue;
    }
    SCOPED_TRACE(shown(insert));
    const auto plain = run(builder, {});
    EXPECT_LE(deviation(run(builder, {{kAt, staged(-8.0)}}), plain), 0.01);
    EXPECT_LE(deviation(run(builder, drag()), plain), 0.01) << "in a drag";
  }
}

BUSBAR_FOR_EVERY_INSERT(StagedProcessor);

TEST(StagedProcessors, AreNotRefusedWhereTheyCanBeCompensated) {
  for (const char* type : {"equaliser", "low_cut", "high_cut", "compressor", "bus_compressor", "fet_compressor", "gate",
                           "de_esser", "width", "console_summing", "utility"})
    EXPECT_TRUE(apply_edit(console({at_work(*find_insert_type(type))}).mixer, staged(-8.0))) << type;
}

TEST(StagedProcessors, FollowWhatReachesThemLate) {
  const InsertSlot compressor = at_work(*find_insert_type("compressor"));
  const MixerBuilder builder = console({slot("late", "utility", {{"latency_samples", 333.0}}), compressor});
  const auto plain = run(builder, {});
  EXPECT_LE(deviation(run(builder, {{kAt, staged(-8.0)}}), plain), 0.01);
  EXPECT_LE(deviation(run(builder, drag()), plain), 0.01) << "in a drag";
}

TEST(StagedProcessors, HearAKeyThatIsStagedAsBefore) {
  MixerBuilder builder = console({slot("late", "utility", {{"latency_samples", 333.0}})});
  builder.track("bass", chord(), "drums").insert("bass", at_work(*find_insert_type("compressor")));
  builder.edit("bass", [](Strip& s) { s.inserts[0].key = "kick"; });
  const auto plain = run(builder, {});
  EXPECT_LE(deviation(run(builder, {{kAt, staged(-8.0)}}), plain), 0.01);
  EXPECT_LE(deviation(run(builder, drag()), plain), 0.01) << "in a drag";
}

TEST(StagedProcessors, AConsoleSumKeepsItsColour) {
  MixerBuilder builder = console({});
  builder.edit("drums", [](Strip& s) { s.summing = Summing::console, s.summing_drive_db = 12.0; });
  Edit edit = staged(-6.0);
  edit.address = "/drums/trim_db";
  EXPECT_LE(deviation(run(builder, {{kAt, edit}}), run(builder, {})), 0.01);
}

TEST(StagedProcessors, AValueThatAnotherHandMovesMeanwhileStaysInStep) {
  const MixerBuilder builder = console({at_work(*find_insert_type("compressor"))});
  const Edits other{{kAt + 2000, set("/kick/inserts/x/threshold_db", -30.0)}};
  Edits both{{kAt, staged(-8.0)}, {kAt + 2000, set("/kick/inserts/x/threshold_db", -36.0)}};
  EXPECT_LE(deviation(run(builder, both), run(builder, other)), 0.01);
}

}  // namespace
}  // namespace busbar::test
