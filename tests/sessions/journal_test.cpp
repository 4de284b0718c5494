#include "sessions/journal.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

#include "tests/sessions/journal_fixture.hpp"

namespace busbar::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class JournalTest : public SessionFolder {};

TEST_F(JournalTest, ARunThatIsInterruptedIsRecoveredWithItsUndos) {
  const Hand hand = interrupted_run(some_edits());
  const auto journal = found();
  ASSERT_TRUE(journal);
  EXPECT_TRUE(journal->fits);
  EXPECT_EQ(journal->edits, some_edits().size());
  EXPECT_FALSE(journal->damage);
  const RecoveredSession recovered = recover_session(saved(), *journal);
  EXPECT_EQ(recovered.applied, some_edits().size());
  EXPECT_TRUE(recovered.skipped.empty());
  EXPECT_EQ(write_session_text(recovered.mixer), hand.text());
  EXPECT_NE(hand.text(), write_session_text(saved()));
}

TEST_F(JournalTest, EditsOfPartsAreRecoveredToo) {
  Edit send = set_to("/kick/sends/room", JsonText{R"({"level_db": -9.5})"});
  send.op = EditOp::add;
  Edit room = set_to("/room", JsonText{R"({"kind": "aux", "name": "Room"})"});
  room.op = EditOp::add;
  Edit gone = set_to("/bass", std::monostate{});
  gone.op = EditOp::remove;
  Edit compensated = set_to("/kick/trim_db", 3.0);
  compensated.compensate = true;
  const Hand hand =
      interrupted_run({room, send, gone, compensated, of_op(EditOp::undo), set_to("/kick/sends/room/level_db", -3.0)});
  const RecoveredSession recovered = recover_session(saved(), *found());
  EXPECT_TRUE(recovered.skipped.empty()) << to_line(recovered.skipped.front());
  EXPECT_EQ(write_session_text(recovered.mixer), hand.text());
}

TEST_F(JournalTest, ACleanEndLeavesNothing) {
  const auto journal = open();
  EXPECT_TRUE(fs::exists(journal_file()));
  journal->append(some_edits().front(), saved());
  journal->close();
  journal->close();
  journal->append(some_edits().front(), saved());
  EXPECT_EQ(count_files(), 1u);
  EXPECT_FALSE(found());
  EXPECT_FALSE(warn_of_journal(session_));
}

TEST_F(JournalTest, ARunWithoutEditsLeavesNothingToTell) {
  open()->close(true);
  EXPECT_TRUE(fs::exists(journal_file()));
  EXPECT_FALSE(found());
  EXPECT_FALSE(warn_of_journal(session_));
  open()->close(true);
  EXPECT_EQ(count_files(), 2u) << "and is not put aside";
}

TEST_F(JournalTest, TheTransportIsLeftOut) {
  Edit batch = of_op(EditOp::batch);
  batch.edits = {set_to("/transport/locate_s", 3.0), set_to("/kick/pan", 0.5)};
  const auto journal = open();
  journal->append(set_to("/transport/play", true), saved());
  journal->append(batch, saved());
  journal->close(true);
  const auto there = found();
  ASSERT_TRUE(there);
  ASSERT_EQ(there->edits, 1u);
  EXPECT_EQ(there->entries[0].json.find("transport"), std::string::npos);
  EXPECT_EQ(recover_session(saved(), *there).mixer.find("kick")->pan, 0.5);
}

TEST_F(JournalTest, ASecondRunIsToldAndTheFirstGoesOn) {
  const auto first = open();
  first->append(set_to("/kick/pan", 0.5), saved());
  const auto second = Journal::open(session_);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().what.find("another program"), std::string::npos) << second.error().what;
  const auto in_use = find_journal(session_);
  ASSERT_FALSE(in_use);
  EXPECT_NE(in_use.error().what.find("another program"), std::string::npos);
  EXPECT_FALSE(warn_of_journal(session_)) << "a run that goes on was not interrupted";
  first->append(set_to("/kick/pan", 0.6), saved());
  first->close(true);
  EXPECT_EQ(found()->edits, 2u);
}

TEST_F(JournalTest, TheJournalOfAnInterruptedRunIsPutAsideByTheNext) {
  interrupted_run({set_to("/kick/pan", 0.1)});
  interrupted_run({set_to("/kick/pan", 0.2), set_to("/kick/pan", 0.3)});
  open()->close();
  auto newest = found();
  ASSERT_TRUE(newest);
  EXPECT_EQ(newest->file, session_.string() + ".journal.1");
  EXPECT_EQ(newest->edits, 2u);
  EXPECT_EQ(newest->older, 1u);
  ASSERT_TRUE(put_away(session_, *newest));
  newest.reset();
  EXPECT_EQ(found()->file, session_.string() + ".journal.2");
  for (int run = 0; run < 12; ++run) interrupted_run({set_to("/kick/pan", 0.4)});
  EXPECT_EQ(count_files(), 1u + 1u + 1u + 8u) << "session, recovered, the last, and eight before it";
}

TEST_F(JournalTest, AfterASaveOnlyWhatWasDoneSinceCounts) {
  Hand hand(saved());
  const auto journal = open();
  const auto make = [&](const Edit& edit) {
    hand.make(edit);
    journal->append(edit, hand.mixer);
  };
  make(set_to("/kick/pan", 0.1));
  make(set_to("/kick/pan", 0.2));
  ASSERT_TRUE(save_session(hand.mixer, session_));
  journal->rebase();
  make(set_to("/snare/pan", 0.3));
  make(of_op(EditOp::undo));
  make(of_op(EditOp::undo));  // goes back behind the save
  make(set_to("/bass/pan", 0.4));
  EXPECT_TRUE(journal->take_problems().empty());
  journal->close(true);
  const auto there = found();
  ASSERT_TRUE(there);
  EXPECT_TRUE(there->fits);
  EXPECT_EQ(there->edits, 4u);
  EXPECT_EQ(read_journal_text(bytes_of(journal_file())).parts.size(), 1u) << "the journal has started anew";
  const RecoveredSession recovered = recover_session(saved(), *there);
  EXPECT_TRUE(recovered.skipped.empty());
  EXPECT_EQ(write_session_text(recovered.mixer), hand.text());
  EXPECT_EQ(recovered.mixer.find("kick")->pan, 0.1);
}

TEST_F(JournalTest, WhereNoNewFileCanBeMadeASaveIsMarkedInTheOldOne) {
  fs::create_directory(journal_file().string() + ".new");
  write_bytes(journal_file().string() + ".new/inside", "so that it cannot be taken away");
  Hand hand(saved());
  const auto journal = open();
  hand.make(set_to("/kick/pan", 0.1));
  journal->append(set_to("/kick/pan", 0.1), hand.mixer);
  ASSERT_TRUE(save_session(hand.mixer, session_));
  journal->rebase();
  hand.make(set_to("/bass/pan", 0.4));
  journal->append(set_to("/bass/pan", 0.4), hand.mixer);
  journal->close(true);
  auto there = found();
  ASSERT_TRUE(there);
  EXPECT_TRUE(there->fits);
  EXPECT_EQ(there->edits, 1u);
  EXPECT_EQ(write_session_text(recover_session(saved(), *there).mixer), hand.text());
  there.reset();
  // Who goes back to the version before the save finds all that was done on it.
  fs::rename(session_.string() + ".1", session_);
  EXPECT_EQ(found()->edits, 2u);
}

TEST_F(JournalTest, ACrashAroundASaveFindsWhatBelongsToWhichFile) {
  Hand hand(saved());
  const auto journal = open();
  const auto make = [&](const Edit& edit) {
    hand.make(edit);
    journal->append(edit, hand.mixer);
  };
  make(set_to("/kick/pan", 0.1));
  make(set_to("/bass/pan", 0.2));
  journal->announce_save(hand.mixer);
  const auto lines = read_journal_text(bytes_of(journal_file()));
  EXPECT_EQ(lines.parts.size(), 2u) << "it is written before the save begins";
  make(of_op(EditOp::undo));
  const Mixer to_save = [&] {
    Mixer mixer = hand.mixer;
    Strip bass = *mixer.find("bass");
    bass.pan = 0.2;
    mixer.replace(std::move(bass));
    return mixer;
  }();
  journal->close(true);  // no rebase
  EXPECT_EQ(found()->edits, 3u) << "before the save all edits are to be made on the old file";
  EXPECT_EQ(write_session_text(recover_session(saved(), *found()).mixer), hand.text());
  ASSERT_TRUE(save_session(to_save, session_));
  EXPECT_EQ(found()->edits, 1u) << "behind it, what came then on the new one";
  EXPECT_TRUE(found()->fits);
  EXPECT_EQ(write_session_text(recover_session(saved(), *found()).mixer), hand.text());
}

TEST_F(JournalTest, ASessionChangedSinceIsToldAndGetsWhatApplies) {
  interrupted_run({set_to("/kick/pan", 0.1), set_to("/bass/pan", 0.2), set_to("/snare/pan", 0.3)});
  Mixer other = small_console();
  other.tracks.pop_back();  // the bass
  ASSERT_TRUE(save_session(other, session_));
  const auto there = found();
  ASSERT_TRUE(there);
  EXPECT_FALSE(there->fits);
  const RecoveredSession recovered = recover_session(saved(), *there);
  EXPECT_EQ(recovered.applied, 2u);
  ASSERT_EQ(recovered.skipped.size(), 1u);
  EXPECT_EQ(recovered.skipped[0].where, journal_file().string() + ":3");
  EXPECT_NE(recovered.skipped[0].what.find("/bass/pan"), std::string::npos);
  EXPECT_EQ(recovered.mixer.find("snare")->pan, 0.3);
}

TEST_F(JournalTest, AnUndoTakesBackNoOtherEditThanInTheRun) {
  const Hand hand = interrupted_run({set_to("/kick/fader_db", -6.5), set_to("/bass/fader_db", -9.0),
                                     of_op(EditOp::undo), set_to("/snare/pan", 0.3), of_op(EditOp::undo)});
  EXPECT_EQ(write_session_text(recover_session(saved(), *found()).mixer), hand.text());
  Mixer other = small_console();
  other.tracks.pop_back();  // the bass
  ASSERT_TRUE(save_session(other, session_));
  const RecoveredSession recovered = recover_session(saved(), *found());
  EXPECT_EQ(recovered.skipped.size(), 2u);
  EXPECT_EQ(recovered.mixer.find("kick")->fader.value, -6.5);
  EXPECT_EQ(recovered.mixer.find("snare")->pan, 0.0);
}

/// A journal as if each line had been written by hand.
FoundJournal journal_of(const std::vector<std::pair<JournalKind, std::string>>& lines) {
  FoundJournal journal;
  journal.fits = true;
  for (const auto& [kind, json] : lines)
    journal.entries.push_back({.line = static_cast<int>(journal.entries.size()) + 2, .kind = kind, .json = json});
  return journal;
}

constexpr const char* kFader = R"({"at_frame": 0, "op": "set", "address": "/kick/fader_db", "value": -6.5})";
constexpr const char* kGone = R"({"at_frame": 0, "op": "set", "address": "/gone/fader_db", "value": -9})";
constexpr const char* kPan = R"({"at_frame": 0, "op": "set", "address": "/kick/pan", "value": 0.5})";
constexpr const char* kUndo = R"({"at_frame": 0, "op": "undo"})";
constexpr const char* kRedo = R"({"at_frame": 0, "op": "redo"})";

TEST_F(JournalTest, AnUndoLineOfAnEditThatIsLeftOutTakesBackNoOther) {
  constexpr auto kEdit = JournalKind::edit;
  const auto recovered = recover_session(saved(), journal_of({{kEdit, kFader}, {kEdit, kGone}, {kEdit, kUndo}}));
  EXPECT_EQ(recovered.mixer.find("kick")->fader.value, -6.5);
  EXPECT_EQ(recovered.skipped.size(), 1u);
  const auto further = recover_session(saved(), journal_of({{kEdit, kFader},
                                                            {kEdit, kGone},
                                                            {kEdit, kPan},
                                                            {kEdit, kUndo},
                                                            {kEdit, kUndo},
                                                            {kEdit, kUndo},
                                                            {kEdit, kRedo}}));
  EXPECT_EQ(further.mixer.find("kick")->fader.value, -6.5);
  EXPECT_EQ(further.mixer.find("kick")->pan, 0.0);
}

TEST_F(JournalTest, AnUndoLineBehindALossIsToldAndNotGuessed) {
  constexpr auto kEdit = JournalKind::edit;
  const auto recovered =
      recover_session(saved(), journal_of({{kEdit, kFader}, {JournalKind::lost, "5"}, {kEdit, kUndo}}));
  EXPECT_EQ(recovered.mixer.find("kick")->fader.value, -6.5);
  ASSERT_EQ(recovered.skipped.size(), 1u);
  EXPECT_NE(recovered.skipped[0].what.find("is not known"), std::string::npos) << recovered.skipped[0].what;
  const auto after =
      recover_session(saved(), journal_of({{kEdit, kFader}, {JournalKind::lost, "5"}, {kEdit, kPan}, {kEdit, kUndo}}));
  EXPECT_EQ(after.mixer.find("kick")->pan, 0.0) << "what was done behind the loss is known";
  EXPECT_TRUE(after.skipped.empty());
}

TEST_F(JournalTest, WarnsWithTheEditsAndTheWayOut) {
  interrupted_run({set_to("/kick/pan", 0.1), set_to("/bass/pan", 0.2)});
  const auto warning = warn_of_journal(session_);
  ASSERT_TRUE(warning);
  EXPECT_EQ(warning->where, journal_file().string());
  EXPECT_TRUE(warning->what.starts_with("2 edits of a run")) << warning->what;
  EXPECT_NE(warning->mend.find("busbar recover " + session_.string()), std::string::npos);
  EXPECT_TRUE(warn_of_journal(session_)) << "looking takes nothing away";
}

TEST_F(JournalTest, WhatIsNoFileIsToldAndBlocksNoSession) {
  const auto refused = [&] {
    const auto opened = Journal::open(session_);
    const auto read = find_journal(session_);
    EXPECT_FALSE(opened);
    EXPECT_FALSE(read);
    EXPECT_TRUE(warn_of_journal(session_));
    EXPECT_TRUE(read_session_file(session_, {}).findings.errors.empty());
    return opened ? std::string() : to_line(opened.error());
  };
  fs::create_directory(journal_file());
  EXPECT_NE(refused().find("a folder has that name"), std::string::npos);
  fs::remove(journal_file());
  fs::create_symlink("/dev/full", journal_file());
  EXPECT_NE(refused().find("not a regular file"), std::string::npos);
  fs::remove(journal_file());
  ASSERT_EQ(::mkfifo(journal_file().c_str(), 0600), 0);
  EXPECT_NE(refused().find("not a regular file"), std::string::npos);
  fs::remove(journal_file());
  if (::geteuid() == 0) return;  // who may read everything
  write_bytes(journal_file(), "x");
  fs::permissions(journal_file(), fs::perms::none);
  EXPECT_NE(refused().find("Permission denied"), std::string::npos);
}

TEST_F(JournalTest, ALinkToASessionHasTheJournalOfTheSession) {
  fs::create_directory(folder_ / "links");
  fs::create_symlink(session_, folder_ / "links" / "tonight.json");
  EXPECT_EQ(journal_path(folder_ / "links" / "tonight.json"), fs::canonical(folder_) / "session.json.journal");
}

/// Waits for what comes soon, however slow the machine is.
template <typename Condition>
bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

/// A disk that a test can fill, and make hang.
struct OddDisk {
  std::mutex mutex;
  std::condition_variable changed;
  int fault = 0;
  bool hangs = false;
  int calls = 0;

  SyncFile sync() {
    return [this](int descriptor) {
      std::unique_lock lock(mutex);
      ++calls;
      changed.wait(lock, [this] { return !hangs; });
      return fault != 0 ? fault : sync_data(descriptor);
    };
  }
  void become(int new_fault, bool hanging) {
    const std::lock_guard lock(mutex);
    fault = new_fault;
    hangs = hanging;
    changed.notify_all();
  }
  int counted() {
    const std::lock_guard lock(mutex);
    return calls;
  }
};

JournalOptions quick(OddDisk& disk) {
  JournalOptions options;
  options.gather = options.retry = 1ms;
  options.patience = 20s;  // `close` is to come back behind the last use of the disk
  options.sync = disk.sync();
  return options;
}

TEST_F(JournalTest, ADiskThatFailsIsToldOnceAndLosesNothing) {
  OddDisk disk;
  const auto journal = open(quick(disk));
  Hand hand(saved());
  disk.become(ENOSPC, false);
  std::vector<Error> told;
  const auto gather = [&] {
    for (Error& problem : journal->take_problems()) told.push_back(std::move(problem));
  };
  for (const Edit& edit : some_edits()) {
    hand.make(edit);
    journal->append(edit, hand.mixer);
  }
  const int calls = disk.counted();
  ASSERT_TRUE(eventually([&] { return disk.counted() > calls + 10; })) << "it is tried again";
  gather();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].where, journal_file().string());
  EXPECT_EQ(told[0].mend, "make room on the disk");
  disk.become(0, false);
  ASSERT_TRUE(eventually([&] { return read_journal_text(bytes_of(journal_file())).parts[0].entries.size() == 9; }));
  journal->close(true);
  gather();
  EXPECT_EQ(told.size(), 1u);
  EXPECT_EQ(write_session_text(recover_session(saved(), *found()).mixer), hand.text());
}

TEST_F(JournalTest, ADiskThatHangsHoldsNothingUp) {
  auto disk = std::make_shared<OddDisk>();
  auto options = quick(*disk);
  options.sync = [disk, sync = disk->sync()](int descriptor) { return sync(descriptor); };
  options.patience = 50ms;
  options.most_waiting = 100'000;
  const auto journal = open(options);
  disk->become(0, true);
  const int calls = disk->counted();
  journal->append(set_to("/kick/pan", 0.0), saved());
  ASSERT_TRUE(eventually([&] { return disk->counted() > calls; }));
  for (int n = 0; n < 10'000; ++n) journal->append(set_to("/kick/pan", n * 1e-4), saved());
  std::vector<Error> told;
  ASSERT_TRUE(eventually([&] {
    for (Error& problem : journal->take_problems()) told.push_back(std::move(problem));
    return told.size() >= 2;
  }));
  EXPECT_NE(told[0].what.find("memory for them has ended"), std::string::npos);
  EXPECT_NE(told[1].what.find("does not answer"), std::string::npos);
  EXPECT_TRUE(journal->take_problems().empty());
  journal->close(true);  // comes back though the disk does not
  disk->become(0, false);
  // The thread ends once the disk answers, and lets the journal go.
  std::optional<FoundJournal> there;
  ASSERT_TRUE(eventually([&] {
    auto read = find_journal(session_);
    if (read && *read) there = std::move(**read);
    return there.has_value();
  }));
  EXPECT_EQ(there->edits + there->lost, 10'001u) << "what there was no room for is counted";
  EXPECT_GT(there->lost, 0u);
}

TEST_F(JournalTest, AFullDiskNeitherStopsTheRunNorHarmsWhatIsThere) {
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  const rlimit small{2000, old.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);  // a write beyond it fails as it does on a full disk
  OddDisk disk;
  const auto journal = open(quick(disk));
  for (int n = 0; n < 1000; ++n) journal->append(set_to("/kick/pan", n * 1e-3), saved());
  std::vector<Error> told;
  EXPECT_TRUE(eventually([&] {
    told = journal->take_problems();
    return !told.empty();
  }));
  journal->close(true);
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, before);
  ASSERT_EQ(told.size(), 1u);
  const auto there = found();
  ASSERT_TRUE(there);
  EXPECT_FALSE(there->damage) << "the last line is cut short, as in a crash";
  EXPECT_GT(there->edits, 5u);
  EXPECT_EQ(recover_session(saved(), *there).mixer.find("kick")->pan, static_cast<double>(there->edits - 1) * 1e-3);
}

TEST_F(JournalTest, ADiskThatIsFullAtTheStartIsWrittenOnceThereIsRoom) {
  OddDisk disk;
  disk.become(ENOSPC, false);
  const auto journal = open(quick(disk));
  journal->append(set_to("/kick/pan", 0.5), saved());
  ASSERT_TRUE(eventually([&] { return !journal->take_problems().empty(); }));
  disk.become(0, false);
  journal->append(set_to("/kick/pan", 0.6), saved());
  const int calls = disk.counted();
  ASSERT_TRUE(eventually([&] { return disk.counted() > calls; }));
  journal->close(true);
  EXPECT_EQ(found()->edits, 2u);
}

TEST(JournalChecksum, IsThatOfTheXzFormat) {
  EXPECT_EQ(crc64("123456789"), 0x995DC9BBDF1939FAu);
  EXPECT_EQ(crc64("6789", crc64("12345")), crc64("123456789"));
}

}  // namespace
}  // namespace busbar::test
