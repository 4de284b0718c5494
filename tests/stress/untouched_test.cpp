#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <map>
#include <set>

#include "engine/control/plan/flow.hpp"
#include "sessions/edit_parts.hpp"
#include "tests/support/random_edits.hpp"

namespace busbar::test {
namespace {

using Marks = std::map<std::string, std::uint64_t>;

constexpr std::uint64_t kSeed = 0xcbf29ce484222325U;
std::uint64_t mixed(std::uint64_t mark, std::uint64_t word) { return (mark ^ word) * 0x100000001b3U; }
std::uint64_t mixed(std::uint64_t mark, const std::string& text) {
  for (const char c : text) mark = mixed(mark, static_cast<std::uint64_t>(static_cast<unsigned char>(c)));
  return mixed(mark, text.size());
}

/// One number for each strip of a mixer, of all that reaches what it hands on: sources, values, order, latencies and
/// delays upstream. Where it stays the same the sound may not change by a bit.
class Upstream {
 public:
  Upstream(const Mixer& mixer, const Routing& routing) : routing_(routing) {
    for (const Change& target : all_targets(mixer, routing, slots_)) {
      std::uint64_t& mark = values_.try_emplace(target.slot, kSeed).first->second;
      mark = mixed(mark, (static_cast<std::uint64_t>(target.kind) << 32U) + target.index);
      for (const double x : target.value) mark = mixed(mark, std::bit_cast<std::uint64_t>(x));
    }
    for (std::size_t s = 0; s < routing.strips.size(); ++s) {
      const std::string& id = routing.strips[s].strip->id;
      marks[id] = mixed(chain(static_cast<int>(s)), value(id + "/output"));
    }
  }
  Marks marks;

 private:
  std::uint64_t value(const std::string& id) const {
    const auto found = values_.find(slots_.find(id));
    return found == values_.end() ? 0 : found->second;
  }
  const RoutedStrip& strip(int s) const { return routing_.strips[static_cast<std::size_t>(s)]; }

  static std::uint64_t source_mark(const Strip& strip) {
    if (const auto* tone = std::get_if<ToneSource>(&*strip.source)) {
      const std::uint64_t mark = mixed(static_cast<std::uint64_t>(tone->wave), std::bit_cast<std::uint64_t>(tone->hz));
      return mixed(mark, std::bit_cast<std::uint64_t>(tone->level.value));
    }
    std::uint64_t mark = 7;
    if (const auto* input = std::get_if<InputSource>(&*strip.source))
      for (const int channel : input->channels) mark = mixed(mark, static_cast<std::uint64_t>(channel));
    return mark;
  }

  std::uint64_t input(int s) {
    std::uint64_t mark = mixed(mixed(kSeed, strip(s).strip->id), value(trim_id(strip(s).strip->id)));
    if (strip(s).strip->is_track()) return mixed(mark, source_mark(*strip(s).strip));
    for (const Route& route : routing_.routes) {
      if (route.to != s) continue;
      const std::string& from = strip(route.from).strip->id;
      mark = mixed(mark, route.tap == Tap::input ? input(route.from) : chain(route.from));
      mark = mixed(mark, static_cast<std::uint64_t>(route.delay));
      mark = mixed(mark, value(route.send == nullptr ? from + "/output" : from + "/sends/" + route.send->to));
    }
    return mark;
  }

  std::uint64_t chain(int s) {
    if (const auto known = chains_.find(s); known != chains_.end()) return known->second;
    std::uint64_t mark = input(s);
    for (const RoutedInsert& insert : strip(s).inserts) {
      if (insert.type == nullptr) continue;
      const std::string id = insert_id(*strip(s).strip, insert);
      mark = mixed(mixed(mark, id), value(id));
      mark = mixed(mark, static_cast<std::uint64_t>(insert.wait * 1000003 + insert.key_delay));
      if (insert.key_strip >= 0) mark = mixed(mark, chain(insert.key_strip));
    }
    return chains_[s] = mark;
  }

  const Routing& routing_;
  Numbers slots_;
  std::map<std::uint32_t, std::uint64_t> values_;
  std::map<int, std::uint64_t> chains_;
};

constexpr Frames kLength = 65536;

/// Renders a console with edits by chance, or without any, and marks what each strip handed on.
class Played {
 public:
  Played(const MixerBuilder& builder, int edits, RandomEdits random) : random_(std::move(random)) {
    std::vector<std::string> joining;
    for (int n = 0; n < 12; ++n) joining.push_back("t" + std::to_string(n));
    for (int n = 0; n < 10; ++n) joining.push_back("b" + std::to_string(n));
    Console console(builder, edit_parts, joining,
                    {.inputs = 2, .outputs = 10, .listen = [this](auto&&... args) { hear(args...); }});
    upstream = Upstream(console.control().mixer(), console.control().routing()).marks;
    const Frames step = edits == 0 ? kLength : std::max<Frames>(1, kLength / 2 / edits);
    for (int n = 0; n < edits; ++n) {
      Edit edit = random_.next(console.control().mixer());
      for (int tries = 0; tries < 20 && !console.control().edit(edit); ++tries)
        edit = random_.next(console.control().mixer());
      while (!console.control().send(console.renderer().now())) console.run_block(64);
      ++done;
      look(console.control());
      console.run(step, {64});
    }
    console.run(kLength - console.renderer().now(), {64});
  }

  Marks heard, upstream;  // `upstream`: of what no edit concerned
  int done = 0;

 private:
  void look(const ControlLoop& control) {
    const Marks now = Upstream(control.mixer(), control.routing()).marks;
    std::erase_if(upstream, [&](const auto& was) {
      const auto found = now.find(was.first);
      return found == now.end() || found->second != was.second;
    });
  }
  void hear(const std::string& id, const double* left, const double* right, int frames) {
    std::uint64_t& mark = heard.try_emplace(id, kSeed).first->second;
    for (int i = 0; i < frames; ++i) {
      mark = mixed(mark, std::bit_cast<std::uint64_t>(left[i]));
      mark = mixed(mark, std::bit_cast<std::uint64_t>(right[i]));
    }
  }
  RandomEdits random_;
};

TEST(Untouched, WhateverNoEditReachesIsTheSameToTheBit) {
  int compared = 0, touched = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    const MixerBuilder builder = random_session(seed, {.tracks = 6, .buses = 5});
    const Played still(builder, 0, RandomEdits(0));
    const Played edited(builder, 4, RandomEdits(seed + 1000));
    for (const auto& [id, mark] : edited.upstream) {
      if (id == "talkback") continue;  // nobody listens to it directly
      EXPECT_EQ(edited.heard.at(id), still.heard.at(id)) << "seed " << seed << ": " << id;
      ++compared;
    }
    for (const auto& [id, mark] : still.heard) touched += edited.heard.at(id) != mark ? 1 : 0;
  }
  EXPECT_GT(compared, 150);
  EXPECT_GT(touched, 100);  // the storm was none in a glass of water
}

std::vector<std::string> words_of(const std::string& address) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < address.size();) {
    const std::size_t next = std::min(address.find('/', at + 1), address.size());
    words.push_back(address.substr(at + 1, next - at - 1));
    at = next;
  }
  return words;
}

/// True if the value of an edit names a strip.
bool names(const Edit& edit, const std::string& id) {
  const auto* word = std::get_if<std::string>(&edit.value);
  const auto* text = std::get_if<JsonText>(&edit.value);
  return (word != nullptr && *word == id) ||
         (text != nullptr && text->text.find("\"" + id + "\"") != std::string::npos);
}

/// Half of a console that nothing else feeds: two tracks, a group, an aux, a cue.
MixerBuilder with_own_half(unsigned seed) {
  MixerBuilder builder = random_session(seed, {.tracks = 6, .buses = 5});
  builder.bus("ug", StripKind::group, "").bus("ua", StripKind::aux, "").bus("uc", StripKind::cue, "");
  builder.tone("u0", {.wave = Wave::white, .hz = 0.0, .level = {-20.0}, .extras = {}}, "ug");
  builder.tone("u1", {.hz = 700.0, .level = {-20.0}, .extras = {}}, "ug");
  builder.insert("u0", slot("late", "utility", {{"latency_samples", 70.0}})).insert("ug", slot("cut", "low_cut"));
  builder.send("u0", "ua", Tap::post).send("u1", "ua", Tap::pre).send("u0", "uc", Tap::pre).send("ug", "uc", Tap::post);
  builder.edit("uc", [](Strip& s) { s.output = ToHardware{.channels = {9, 10}, .ceiling = {}, .extras = {}}; });
  for (const char* id : {"u0", "u1"}) builder.edit(id, [](Strip& s) { s.solo_safe = true; });
  return builder;
}

TEST(Untouched, AStormElsewhereIsNotHeard) {
  const std::set<std::string> own{"u0", "u1", "ug", "ua", "uc"};
  for (unsigned seed = 1; seed <= 2; ++seed) {
    const MixerBuilder builder = with_own_half(seed);
    RandomEdits random(seed);
    random.allows = [&](const Edit& edit) {
      return edit.address != "/session/pan_law_db" &&
             std::ranges::none_of(words_of(edit.address), [&](const auto& word) { return own.contains(word); }) &&
             std::ranges::none_of(own, [&](const auto& id) { return names(edit, id); });
    };
    const Played still(builder, 0, RandomEdits(0));
    const Played edited(builder, 500, random);
    EXPECT_EQ(edited.done, 500);
    for (const auto& id : own) EXPECT_EQ(edited.heard.at(id), still.heard.at(id)) << "seed " << seed << ": " << id;
    for (const char* id : {"out9", "out10"}) EXPECT_EQ(edited.heard.at(id), still.heard.at(id)) << id;
    EXPECT_NE(edited.heard.at("master"), still.heard.at("master"));
  }
}

TEST(Untouched, AProtectedCueHearsNothingOfAThousandOperations) {
  for (unsigned seed = 1; seed <= 2; ++seed) {
    MixerBuilder builder = random_session(seed, {.tracks = 5, .buses = 5});
    builder.bus("ears", StripKind::cue, "").tone("fi", {.hz = 440.0, .level = {-20.0}, .extras = {}}, "b1");
    builder.tone("fp", {.wave = Wave::white, .hz = 0.0, .level = {-20.0}, .extras = {}});
    builder.insert("fp", slot("cut", "low_cut")).insert("fp", slot("late", "utility", {{"latency_samples", 70.0}}));
    builder.insert("fi", slot("tool", "utility")).insert("ears", slot("cut", "low_cut"));
    builder.send("fi", "ears", Tap::input, -3).send("fp", "ears", Tap::pre, -6).send("fp", "b1", Tap::post);
    builder.edit("ears", [](Strip& s) {
      s.is_protected = true;
      s.output = ToHardware{.channels = {9, 10}, .ceiling = {}, .extras = {}};
    });
    for (const char* id : {"fi", "fp"})
      builder.edit(id, [](Strip& s) { s.recall_safe = {"trim_db", "polarity", "inserts"}; });
    // All but source, clips, trim, polarity and, for tap pre, inserts of the tracks that feed it, those sends, and the
    // cue's own strip. The law of panning is a property of all sums.
    RandomEdits random(seed + 50);
    random.allows = [](const Edit& edit) {
      const auto words = words_of(edit.address);
      if (edit.address == "/session/pan_law_db" || names(edit, "ears")) return false;
      if (std::ranges::find(words, "ears") != words.end()) return false;
      if (words[0] != "fi" && words[0] != "fp") return true;
      if (words.size() == 1) return edit.op == EditOp::move;
      if (words[1] == "source" || words[1] == "trim_db" || words[1] == "polarity") return false;
      if (words[1] == "sends") return words[2] != "ears";
      return words[1] != "inserts" || words[0] != "fp";
    };
    const Played still(builder, 0, RandomEdits(0));
    const Played edited(builder, 1000, random);
    EXPECT_EQ(edited.done, 1000);
    for (const char* id : {"ears", "out9", "out10"})
      EXPECT_EQ(edited.heard.at(id), still.heard.at(id)) << "seed " << seed << ": " << id;
    EXPECT_NE(edited.heard.at("fp"), still.heard.at("fp"));
  }
}

}  // namespace
}  // namespace busbar::test
