#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/control/commands/command.hpp"
#include "engine/control/commands/edit_history.hpp"
#include "sessions/journal.hpp"
#include "sessions/recover_session.hpp"
#include "sessions/session_file.hpp"

namespace busbar::test {

inline Edit set_to(std::string address, EditValue value, std::string gesture = {}) {
  Edit edit;
  edit.address = std::move(address);
  edit.value = std::move(value);
  edit.gesture = std::move(gesture);
  return edit;
}

inline Edit of_op(EditOp op) {
  Edit edit;
  edit.op = op;
  return edit;
}

/// Three tracks and a master.
inline Mixer small_console() {
  Mixer mixer;
  mixer.name = "small";
  for (const char* id : {"kick", "snare", "bass"}) {
    Strip track;
    track.id = id;
    track.source = ToneSource{};
    track.output = ToBus{"master"};
    mixer.tracks.push_back(std::make_shared<const Strip>(track));
  }
  Strip master;
  master.id = "master";
  master.kind = StripKind::master;
  mixer.buses.push_back(std::make_shared<const Strip>(master));
  return mixer;
}

/// Someone at the console: makes edits, and undoes them.
class Hand {
 public:
  explicit Hand(Mixer start) : mixer(std::move(start)) {}
  void make(const Edit& edit) {
    if (edit.op == EditOp::undo || edit.op == EditOp::redo) {
      if (auto other = edit.op == EditOp::undo ? history_.undo(mixer) : history_.redo(mixer)) mixer = std::move(*other);
      return;
    }
    Result<Mixer> after = apply_any_edit(mixer, edit);
    ASSERT_TRUE(after) << to_line(after.error());
    history_.note(mixer, *after, edit);
    mixer = std::move(*after);
  }
  std::string text() const { return write_session_text(mixer); }

  Mixer mixer;

 private:
  EditHistory history_;
};

inline std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
  std::filesystem::remove(file);  // to write into one that was there may wait for the disk
  std::ofstream(file, std::ios::binary) << bytes;
}

/// Values, a gesture, a batch, undo and redo.
inline const std::vector<Edit>& some_edits() {
  static const std::vector<Edit> edits = [] {
    Edit batch = of_op(EditOp::batch);
    batch.edits = {set_to("/kick/mute", true), set_to("/snare/fader_db", std::string("-inf"))};
    return std::vector<Edit>{set_to("/kick/fader_db", -6.1, "drag"),
                             set_to("/kick/fader_db", -7.3, "drag"),
                             set_to("/bass/pan", 1.0 / 3.0),
                             of_op(EditOp::undo),
                             of_op(EditOp::undo),
                             of_op(EditOp::redo),
                             batch,
                             set_to("/session/name", std::string("a \"name\"\n\xC3\xA9")),
                             set_to("/snare/width", 0.5)};
  }();
  return edits;
}

/// A session in a folder of its own.
class SessionFolder : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "busbar-journal-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    session_ = folder_ / "session.json";
    ASSERT_TRUE(save_session(small_console(), session_));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path journal_file() const { return session_.string() + ".journal"; }
  std::size_t count_files() const {
    using Files = std::filesystem::directory_iterator;
    return static_cast<std::size_t>(std::distance(Files(folder_), Files{}));
  }
  Mixer saved() const { return read_session_file(session_, {}).mixer; }
  std::unique_ptr<Journal> open(JournalOptions options = {}) const {
    auto journal = Journal::open(session_, std::move(options));
    EXPECT_TRUE(journal) << to_line(journal.error());
    return journal ? std::move(*journal) : nullptr;
  }
  /// The journal there is; a test fails if it cannot be read.
  std::optional<FoundJournal> found() const {
    auto journal = find_journal(session_);
    EXPECT_TRUE(journal) << to_line(journal.error());
    return journal ? std::move(*journal) : std::nullopt;
  }
  /// Makes edits as a run that is interrupted at the end.
  Hand interrupted_run(const std::vector<Edit>& edits) const {
    Hand hand(saved());
    const auto journal = open();
    for (const Edit& edit : edits) {
      hand.make(edit);
      journal->append(edit, hand.mixer);
    }
    journal->close(true);
    return hand;
  }

  std::filesystem::path folder_, session_;
};

}  // namespace busbar::test
