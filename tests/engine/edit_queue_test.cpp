#include "engine/edit_queue.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <limits>
#include <map>
#include <thread>

namespace busbar::test {
namespace {

using Answer = EditQueue::Answer;

Edit set(std::string address, EditValue value, std::string gesture = {}) {
  Edit edit;
  edit.address = std::move(address);
  edit.value = std::move(value);
  edit.gesture = std::move(gesture);
  return edit;
}

Edit add(std::string address, EditValue value = JsonText{"{}"}) {
  Edit edit = set(std::move(address), std::move(value));
  edit.op = EditOp::add;
  return edit;
}

Edit of_kind(EditOp op) {
  Edit edit;
  edit.op = op;
  return edit;
}

std::vector<Edit> through_queue(const std::vector<Edit>& edits) {
  EditQueue queue;
  for (const Edit& edit : edits) EXPECT_EQ(queue.post(edit), Answer::taken);
  return queue.take();
}

TEST(EditQueue, GivesBackWhatWaitsInOrderAndOnce) {
  EditQueue queue;
  const std::vector<Edit> edits{add("/kick/sends/room"), set("/kick/pan", 0.5), of_kind(EditOp::undo),
                                set("/kick/output", std::string("drums"))};
  for (const Edit& edit : edits) queue.post(edit);
  EXPECT_EQ(queue.size(), 4u);
  EXPECT_EQ(queue.take(), edits);
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_TRUE(queue.take().empty());
}

TEST(EditQueue, TheNewestValueOfAnAddressTakesThePlaceOfTheOneThatWaits) {
  const auto taken = through_queue({set("/kick/fader_db", -1.0), set("/kick/pan", 0.1), set("/kick/fader_db", -2.0),
                                    set("/kick/pan", 0.2), set("/kick/fader_db", -3.0)});
  EXPECT_EQ(taken, (std::vector<Edit>{set("/kick/fader_db", -3.0), set("/kick/pan", 0.2)}));
}

TEST(EditQueue, ValuesOfDifferentGesturesAreKeptApartAndInOrder) {
  const std::vector<Edit> edits{set("/kick/pan", 0.1, "left hand"), set("/kick/pan", 0.2, "right hand"),
                                set("/kick/pan", 0.3, "left hand"), set("/kick/pan", 0.4)};
  EXPECT_EQ(through_queue(edits), edits);
  EXPECT_EQ(through_queue({set("/kick/pan", 0.1, "a"), set("/kick/pan", 0.2, "a")}),
            (std::vector<Edit>{set("/kick/pan", 0.2, "a")}));
}

TEST(EditQueue, NoValueGoesPastAnEditOfAnotherKind) {
  Edit batch = of_kind(EditOp::batch);
  batch.edits = {set("/kick/pan", 0.0)};
  Edit compensated = set("/kick/trim_db", 3.0);
  compensated.compensate = true;
  const std::vector<Edit> between{add("/kick/sends/room"),
                                  of_kind(EditOp::undo),
                                  of_kind(EditOp::redo),
                                  batch,
                                  compensated,
                                  set("/scene/verse/recall", true),
                                  set("/session/panic", true),
                                  set("/session/solo_clear", true),
                                  set("/session/solo_mode", std::string("pfl")),
                                  set("/transport/play", true),
                                  set("/transport/locate_s", 1.0),
                                  set("/kick/output", std::string("drums")),
                                  set("/kick/solo", true),
                                  set("/kick/sends/room/tap", std::string("pre")),
                                  set("/drums/inserts/glue/key", std::string("kick")),
                                  set("/drums/inserts/glue/type", std::string("gate")),
                                  set("/drums/inserts/glue/preset", std::string("drums")),
                                  set("/drums/inserts/glue/params", true),
                                  set("/drums/inserts/glue/ping", true),
                                  set("/drums/inserts/glue/a_key_to_come", 1.0),
                                  set("/drums/inserts/glue", true),
                                  set("/kick", true),
                                  set("/kick/bypass_inserts", true),
                                  set("/monitor/source", std::string("cue1")),
                                  set("/kick/fader_db", JsonText{"[]"}),
                                  set("/kick/fader_db", std::monostate{}),
                                  set("kick/fader_db", 1.0),
                                  set("/kick/source/clips/0/gain_db", 1.0)};
  for (const Edit& other : between) {
    EXPECT_FALSE(is_plain_value(other)) << other.address;
    const std::vector<Edit> edits{set("/drums/inserts/glue/threshold_db", -10.0), other, other,
                                  set("/drums/inserts/glue/threshold_db", -33.0)};
    EXPECT_EQ(through_queue(edits), edits) << other.address;
  }
}

TEST(EditQueue, KnowsThePlainValues) {
  for (const char* address : {"/kick/fader_db", "/kick/trim_db", "/kick/mute", "/kick/sends/cue1/level_db",
                              "/drums/inserts/glue/threshold_db", "/drums/inserts/glue/bypass", "/vca/band/fader_db",
                              "/mute_group/all-vox/mute", "/monitor/dim", "/talkback/on", "/session/tempo_bpm"})
    EXPECT_TRUE(is_plain_value(set(address, 1.0))) << address;
  EXPECT_FALSE(is_plain_value(set("/kick/fader_db", std::numeric_limits<double>::quiet_NaN())));
  EXPECT_FALSE(is_plain_value(add("/kick/fader_db", 1.0)));
}

TEST(EditQueue, AWordDoesNotTakeThePlaceOfANumber) {
  const std::vector<Edit> edits{set("/kick/fader_db", -3.0), set("/kick/fader_db", std::string("-inf"))};
  EXPECT_EQ(through_queue(edits), edits);
}

TEST(EditQueue, AFullQueueSaysSoAndTakesNothingButNewerValues) {
  EditQueue queue(3);
  EXPECT_EQ(queue.post(add("/a")), Answer::taken);
  EXPECT_EQ(queue.post(set("/kick/pan", 0.1)), Answer::taken);
  EXPECT_EQ(queue.post(set("/kick/width", 0.1)), Answer::taken);
  EXPECT_EQ(queue.post(add("/b")), Answer::busy);
  EXPECT_EQ(queue.post(set("/snare/pan", 0.1)), Answer::busy);
  EXPECT_EQ(queue.post(set("/kick/pan", 0.2)), Answer::taken);
  EXPECT_EQ(queue.take(), (std::vector<Edit>{add("/a"), set("/kick/pan", 0.2), set("/kick/width", 0.1)}));
  EXPECT_EQ(queue.post(set("/kick/pan", 0.3)), Answer::taken);
  EXPECT_EQ(queue.take(), (std::vector<Edit>{set("/kick/pan", 0.3)})) << "places of edits that are gone do not count";
}

constexpr int kThreads = 4, kPosts = 100'000, kEvery = 50;

/// Posts values of three addresses, one of them shared with the other threads, and every so often a structural edit,
/// which is sent again until it is taken. `value` of all is the number of the post.
void post_many(EditQueue& queue, int thread) {
  const std::string strip = "/t" + std::to_string(thread);
  const std::array<std::string, 3> addresses{strip + "/fader_db", strip + "/pan", "/shared/pan"};
  for (int n = 1; n <= kPosts; ++n) {
    const Edit edit = n % kEvery == 0 ? add(strip, static_cast<double>(n))
                                      : set(addresses[static_cast<std::size_t>(n % 3)], static_cast<double>(n));
    while (queue.post(edit) == Answer::busy) std::this_thread::yield();
  }
}

/// What the control thread has seen of one sender.
struct Seen {
  std::map<std::string, double> values;
  double structural = 0.0;
};

/// The number of the newest post before `n` that set the address which a post's remainder by three names.
double newest_before(int n, int remainder) {
  int newest = n - 1;
  while (newest > 0 && (newest % 3 != remainder || newest % kEvery == 0)) --newest;
  return newest;
}

TEST(EditQueue, LosesNothingOfFourThreads) {
  EditQueue queue(64);
  std::atomic<int> running{kThreads};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      post_many(queue, t);
      --running;
    });
  std::map<std::string, Seen> seen;  // by strip
  std::size_t structural = 0, most = 0, wrong = 0;
  for (bool is_last = false;;) {
    const std::vector<Edit> taken = queue.take();
    most = std::max(most, taken.size());
    for (const Edit& edit : taken) {
      const std::string strip = edit.address.substr(0, edit.address.find('/', 1));
      Seen& s = seen[strip];
      const double number = std::get<double>(edit.value);
      if (edit.op == EditOp::add) {
        ++structural;
        if (number != s.structural + kEvery) ++wrong;
        s.structural = number;
        // The values posted before it have all come, to the newest, and none posted behind it.
        for (const auto& [address, value] : s.values)
          if (value != newest_before(static_cast<int>(number), address.ends_with("fader_db") ? 0 : 1)) ++wrong;
      } else {
        double& value = s.values[edit.address];
        if (strip != "/shared" && number <= value) ++wrong;
        value = number;
      }
    }
    if (is_last) break;
    is_last = running == 0;  // all that was posted before waits now
    std::this_thread::yield();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(structural, static_cast<std::size_t>(kThreads * kPosts / kEvery));
  EXPECT_LE(most, 64u);
  for (int t = 0; t < kThreads; ++t) {
    const Seen& s = seen.at("/t" + std::to_string(t));
    EXPECT_EQ(s.values.at("/t" + std::to_string(t) + "/fader_db"), newest_before(kPosts + 1, 0));
    EXPECT_EQ(s.values.at("/t" + std::to_string(t) + "/pan"), newest_before(kPosts + 1, 1));
  }
  EXPECT_EQ(seen.at("/shared").values.at("/shared/pan"), newest_before(kPosts + 1, 2));
}

}  // namespace
}  // namespace busbar::test
