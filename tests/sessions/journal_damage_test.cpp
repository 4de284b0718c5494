#include <algorithm>

#include "tests/sessions/journal_fixture.hpp"

namespace busbar::test {
namespace {

/// What a journal is worth that was cut or changed somewhere, against the states the run went through.
class DamagedJournal : public SessionFolder {
 protected:
  void SetUp() override {
    SessionFolder::SetUp();
    Hand hand(saved());
    states_.push_back(hand.text());
    for (const Edit& edit : some_edits()) {
      hand.make(edit);
      states_.push_back(hand.text());
    }
    interrupted_run(some_edits());
    whole_ = bytes_of(journal_file());
    for (std::size_t at = 0; at < whole_.size(); ++at)
      if (whole_[at] == '\n') ends_.push_back(at);
    ASSERT_EQ(ends_.size(), states_.size());
  }
  /// Lines that stand whole before a byte.
  std::size_t lines_before(std::size_t byte) const {
    return static_cast<std::size_t>(std::ranges::count_if(ends_, [&](std::size_t end) { return end < byte; }));
  }
  /// Writes the journal, and expects the first `edits` of it to be recovered.
  void expect_prefix(const std::string& bytes, std::size_t edits, bool is_damaged, const std::string& about) {
    write_bytes(journal_file(), bytes);
    const auto journal = found();
    ASSERT_EQ(journal.has_value(), edits > 0 || is_damaged) << about;
    if (!journal) return;
    EXPECT_EQ(journal->damage.has_value(), is_damaged) << about;
    ASSERT_EQ(journal->edits, edits) << about;
    const RecoveredSession recovered = recover_session(saved(), *journal);
    EXPECT_TRUE(recovered.skipped.empty()) << about;
    EXPECT_EQ(write_session_text(recovered.mixer), states_[edits]) << about;
  }

  std::vector<std::string> states_;  // after so many edits
  std::string whole_;
  std::vector<std::size_t> ends_;  // of lines
};

TEST_F(DamagedJournal, CutAtAnyByteItGivesTheWholeLinesBeforeAndNoAlarm) {
  for (std::size_t size = 0; size <= whole_.size(); ++size) {
    // A line that lacks only its line break is whole.
    const std::size_t lines = lines_before(size) + (std::ranges::count(ends_, size) > 0 ? 1 : 0);
    expect_prefix(whole_.substr(0, size), lines == 0 ? 0 : lines - 1, false, "cut at " + std::to_string(size));
  }
}

TEST_F(DamagedJournal, AByteThatIsWrongEndsWhatCountsAndIsTold) {
  for (std::size_t at = 0; at < whole_.size(); ++at)
    for (const char mask : {'\x20', '\x01'}) {
      std::string bytes = whole_;
      bytes[at] = static_cast<char>(bytes[at] ^ mask);
      const std::size_t lines = lines_before(at);
      // Without its line break the last line is as good as cut short.
      const bool is_cut = at + 1 == whole_.size();
      expect_prefix(bytes, lines == 0 ? 0 : lines - 1, !is_cut, "byte " + std::to_string(at));
    }
}

TEST_F(DamagedJournal, LinesThatAreMissingDoubledOrExchangedAreSeen) {
  const auto line = [&](std::size_t n) {
    const std::size_t begin = n == 0 ? 0 : ends_[n - 1] + 1;
    return whole_.substr(begin, ends_[n] + 1 - begin);
  };
  const std::string head = line(0) + line(1) + line(2);
  expect_prefix(head + line(4) + line(5), 2, true, "one is missing");
  expect_prefix(head + line(2) + line(3), 2, true, "one is doubled");
  expect_prefix(head + line(4) + line(3), 2, true, "two are exchanged");
  write_bytes(journal_file(), line(1) + line(2));
  EXPECT_EQ(found()->edits, 0u);
  EXPECT_TRUE(found()->damage) << "the first is missing";
}

TEST_F(DamagedJournal, TheDamageIsToldWithItsLine) {
  std::string bytes = whole_;
  bytes[ends_[3] + 1] = '!';
  write_bytes(journal_file(), bytes);
  const auto journal = found();
  ASSERT_TRUE(journal && journal->damage);
  EXPECT_EQ(journal->damage->where, journal_file().string() + ":5");
  EXPECT_EQ(journal->damage->what, "the journal is damaged from here on, 5 more lines with it");
  EXPECT_EQ(journal->damage->mend, "the 3 edits before it can be recovered");
}

TEST_F(DamagedJournal, ADamagedJournalIsPutAsideNotOverwritten) {
  write_bytes(journal_file(), "something else entirely\n");
  open()->close();
  EXPECT_EQ(bytes_of(journal_file().string() + ".1"), "something else entirely\n");
}

TEST_F(DamagedJournal, AnEmptyFileAndZerosAtTheEndAreNoAlarm) {
  expect_prefix("", 0, false, "empty");
  expect_prefix(whole_ + std::string(4096, '\0'), some_edits().size(), false, "zeros that a crash of the disk left");
}

TEST_F(DamagedJournal, AJournalOfALaterVersionIsLeftToThat) {
  std::uint64_t chain = 0;
  write_bytes(journal_file(), seal_line(chain, 5, JournalKind::base, R"({"version": 2})"));
  const auto journal = found();
  ASSERT_TRUE(journal && journal->damage);
  EXPECT_NE(journal->damage->what.find("later version"), std::string::npos);
}

}  // namespace
}  // namespace busbar::test
