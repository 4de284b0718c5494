#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <map>
#include <string>

#include "sessions/edit_parts.hpp"
#include "sessions/session_file.hpp"
#include "tests/support/random_edits.hpp"

namespace busbar::test {
namespace {

const ConsoleSetup kDesk{.inputs = 2, .outputs = 8};

int asked_for(const char* name, int usual) {
  const char* asked = std::getenv(name);
  return asked == nullptr ? usual : std::max(1, std::atoi(asked));
}
/// How many edits a storm has, and the first of three seeds; a long one, or another, is asked for by the environment.
int storm_length() { return asked_for("BUSBAR_STORM", 800); }
unsigned first_seed() { return static_cast<unsigned>(asked_for("BUSBAR_STORM_SEED", 1)); }

std::vector<std::string> all_ids() {
  std::vector<std::string> ids{"mem", "monitor"};
  for (int n = 0; n < 12; ++n) ids.push_back("t" + std::to_string(n));
  for (int n = 0; n < 10; ++n) ids.push_back("b" + std::to_string(n));
  return ids;
}

/// What was heard of each strip and output as one number for each 1024 frames, and whether all of it was finite. It
/// is compared as files and meters keep it, in 32 bits: while ways of a strip to several buses fade into one another,
/// the last of the 64 bits of what it hands on in all is by the order in which those buses are summed.
struct Listener {
  struct Heard {
    std::uint64_t mark = 0xcbf29ce484222325U;
    int count = 0;
    std::vector<std::uint64_t> marks;
    friend bool operator==(const Heard&, const Heard&) = default;
  };
  std::map<std::string, Heard> strips;
  bool finite = true;
  double highest = 0.0;

  void hear(const std::string& id, const double* left, const double* right, int frames) {
    Heard& heard = strips[id];
    for (int i = 0; i < frames; ++i) {
      for (const double x : {left[i], right[i]}) {
        heard.mark = (heard.mark ^ std::bit_cast<std::uint32_t>(static_cast<float>(x))) * 0x100000001b3U;
        finite = finite && std::isfinite(x);
        highest = std::max(highest, std::fabs(x));
      }
      if (++heard.count % 1024 == 0) heard.marks.push_back(heard.mark);
    }
  }
};

/// The frame, to 1024, from which on two are not the same.
Frames parting(const Listener::Heard& a, const Listener::Heard& b) {
  return 1024 * (std::ranges::mismatch(a.marks, b.marks).in1 - a.marks.begin());
}

/// A console in a storm: edits by chance at their frames, rendered in blocks of the sizes given, in turn.
class Storm {
 public:
  Storm(const MixerBuilder& builder, unsigned seed, std::vector<int> blocks)
      : edits_(seed), blocks_(std::move(blocks)), console_(builder, edit_parts, all_ids(), setup()) {}

  void run(int count) {
    for (int n = 0; n < count; ++n) {
      at_ += edits_.pause();
      const Edit edit = edits_.next(control().mixer());
      play_until(at_);
      // What fades out is over at a frame, and an edit behind it must be told so.
      if (control().in_passage() && now() < at_) console_.run_block(static_cast<int>(at_ - now()));
      const std::string before = n % 64 == 0 ? write_session_text(control().mixer()) : "";
      const bool taken = bool(control().edit(edit));
      ++(taken ? taken_ : refused_);
      if (!taken && !before.empty()) {
        EXPECT_EQ(write_session_text(control().mixer()), before);
      }
      if (taken) send();
    }
  }

  /// Renders up to the frame, but not on to the next block, so that what lands there can be sent.
  void play_until(Frames frame) {
    while (console_.renderer().now() + next_block() <= frame) play_block(next_block());
  }
  /// Renders that many frames, with a last block as short as need be.
  void play(Frames frames) {
    const Frames end = console_.renderer().now() + frames;
    play_until(end);
    if (console_.renderer().now() < end) console_.run_block(static_cast<int>(end - console_.renderer().now()));
    at_ = end;
  }
  /// Where there is no room audio goes on to the frame itself, or by one.
  void send() {
    while (!control().send(at_)) {
      at_ = std::max(at_, now() + 1);
      console_.run_block(static_cast<int>(at_ - now()));
    }
  }
  /// Plays until nothing that was removed sounds any more, and what is there has forgotten what was before.
  void settle(Frames tail) {
    play(tail);
    for (int n = 0; n < 100 && control().in_passage(); ++n) play(48000);
    EXPECT_FALSE(control().in_passage());
    play(4096);
  }

  ControlLoop& control() { return console_.control(); }
  const RenderPlan& plan() { return *control().handover().mailbox.current(); }
  Frames now() { return console_.renderer().now(); }
  Frames last_edit() const { return at_; }
  const Listener& heard() const { return heard_; }
  int taken() const { return taken_; }
  int refused() const { return refused_; }
  Listener take_heard() { return std::exchange(heard_, {}); }
  std::map<std::string, std::array<std::vector<double>, 2>>* keep = nullptr;

 private:
  ConsoleSetup setup() {
    ConsoleSetup setup = kDesk;
    setup.undo_bytes = std::size_t{8} << 30;
    setup.listen = [this](const std::string& id, const double* left, const double* right, int frames) {
      heard_.hear(id, left, right, frames);
      if (keep == nullptr) return;
      auto& kept = (*keep)[id];
      kept[0].insert(kept[0].end(), left, left + frames);
      kept[1].insert(kept[1].end(), right, right + frames);
    };
    return setup;
  }
  int next_block() const { return blocks_[turn_ % blocks_.size()]; }
  void play_block(int frames) {
    console_.run_block(frames);
    ++turn_;
  }

  RandomEdits edits_;
  std::vector<int> blocks_;
  std::size_t turn_ = 0;
  Frames at_ = 0;
  int taken_ = 0, refused_ = 0;
  Listener heard_;
  Console console_;
};

/// Frames after which nothing is left of what went in, to -140 dB: all delays in a row, and filters as they ring.
Frames longest_tail(const Routing& routing) {
  Frames tail = 0;
  for (const RoutedStrip& strip : routing.strips)
    for (const RoutedInsert& insert : strip.inserts) {
      tail += insert.wait;
      if (insert.type != nullptr) tail += insert.latency + insert.type->tail(insert.params, 48000.0);
    }
  for (const Route& route : routing.routes) tail = std::max(tail, tail + route.delay);
  return tail + 48000;
}

class EditStorm : public ::testing::TestWithParam<unsigned> {};

TEST_P(EditStorm, EndsAsAFreshConsoleAndGoesBackToTheFirst) {
  const unsigned seed = GetParam();
  const MixerBuilder builder = random_session(seed, {});
  const std::string first = write_session_text(builder.mixer);
  Storm storm(builder, seed, {32, 64, 128, 64});
  const int count = storm_length();
  storm.run(count / 2);
  const std::size_t slots = storm.plan().slots.size();
  storm.run(count - count / 2);
  EXPECT_GT(storm.taken(), count / 3);
  EXPECT_GT(storm.refused(), count / 20);
  EXPECT_LE(storm.plan().slots.size(), slots + slots / 2 + 64);

  if (storm.control().mixer().find("mem") != nullptr) {  // it has played its samples
    ASSERT_TRUE(storm.control().edit(remove("/mem")));
    storm.send();
  }
  const Frames tail = longest_tail(storm.control().routing());
  storm.settle(tail);
  EXPECT_TRUE(storm.heard().finite);
  ASSERT_GT(storm.heard().highest, 0.001);

  // The same console from its saved state, at the same time of the session.
  MixerBuilder saved;
  LoadedSession loaded = read_session_text(write_session_text(storm.control().mixer()), {});
  ASSERT_TRUE(loaded.findings.errors.empty()) << to_line(loaded.findings.errors.front());
  saved.mixer = std::move(loaded.mixer);
  ConsoleSetup setup = kDesk;
  setup.session_start = storm.now();
  Rendered fresh_sound, sound;
  bool keeps = false;
  setup.listen = [&](const std::string& id, const double* left, const double* right, int frames) {
    auto& kept = fresh_sound.strips[id];
    for (int i = 0; i < frames && keeps; ++i) {
      kept[0].push_back(left[i]);
      kept[1].push_back(right[i]);
    }
  };
  Console fresh(saved, edit_parts, all_ids(), setup);
  fresh.run(tail, {4096});
  keeps = true;
  fresh.run(9600, {480});
  storm.play(tail);
  storm.keep = &sound.strips;
  storm.play(9600);
  for (auto& [id, sides] : sound.strips)
    for (int c = 0; c < 2; ++c) {
      const auto& x = sides[static_cast<std::size_t>(c)];
      const auto& y = fresh_sound.strips.at(id)[static_cast<std::size_t>(c)];
      double worst = 0.0, most = 1.0;
      ASSERT_EQ(x.size(), y.size());
      for (std::size_t i = 0; i < x.size(); ++i) {
        worst = std::max(worst, std::fabs(x[i] - y[i]));
        most = std::max(most, std::fabs(x[i]));
      }
      EXPECT_LE(worst, 1e-7 * most) << id << " " << c;
    }
  EXPECT_EQ(storm.plan().steps.size(), fresh.control().handover().mailbox.current()->steps.size());
  EXPECT_EQ(storm.plan().paths.size(), fresh.control().handover().mailbox.current()->paths.size());
  EXPECT_EQ(storm.plan().inserts.size(), fresh.control().handover().mailbox.current()->inserts.size());
  for (const PathStep& path : storm.plan().paths) {
    EXPECT_FALSE(path.gains->presence.moving());
    EXPECT_EQ(path.gains->presence.target()[0], 1.0);
  }

  Edit undo;
  undo.op = EditOp::undo;
  while (storm.control().edit(undo)) {
  }
  EXPECT_EQ(write_session_text(storm.control().mixer()), first);
  storm.send();
  storm.settle(longest_tail(storm.control().routing()));
  EXPECT_TRUE(storm.heard().finite);
}

TEST_P(EditStorm, SoundsTheSameInBlocksOfAnySize) {
  const unsigned seed = GetParam();
  const MixerBuilder builder = random_session(seed, {});
  Listener first;
  for (const auto& blocks : std::vector<std::vector<int>>{{32}, {128, 64, 32, 1, 77}, {1024}}) {
    Storm storm(builder, seed + 100, blocks);
    storm.run(storm_length() / 4);
    storm.play(storm.last_edit() + 100000 - storm.now());
    if (first.strips.empty()) first = storm.heard();
    for (const auto& [id, heard] : storm.heard().strips)
      EXPECT_TRUE(heard == first.strips.at(id))
          << id << " in blocks of " << blocks.front() << " from frame " << parting(heard, first.strips.at(id));
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, EditStorm, ::testing::Range(first_seed(), first_seed() + 3));

}  // namespace
}  // namespace busbar::test
