// Runs that are killed at any moment. BUSBAR_KILLS says how many; 40 unless it is set.
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <random>
#include <thread>

#include "tests/sessions/journal_fixture.hpp"

namespace busbar::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kMostEdits = 20'000;
constexpr std::int64_t kMayMiss = 1'000'000'000;  // nanoseconds of edits

std::int64_t now_ns() { return Clock::now().time_since_epoch().count(); }

/// The inode of a file and its size, in one number: a kill may come between two.
std::uint64_t packed(const struct stat& status, std::uint64_t bytes) {
  return (static_cast<std::uint64_t>(status.st_ino) << 32) | (bytes & 0xFFFFFFFFu);
}

/// What the run that is to be killed tells; it outlives that run.
struct Told {
  std::atomic<int> made{0};
  std::array<std::atomic<std::int64_t>, kMostEdits + 1> at{};      // when edit n was made, n from 1
  std::array<std::atomic<std::uint64_t>, kMostEdits + 1> state{};  // checksum of the session after n edits
  std::atomic<std::uint64_t> synced{0};                            // of the journal: what a power cut would leave
};

Edit random_edit(std::mt19937& random) {
  const auto below = [&](unsigned most) { return static_cast<int>(random() % most); };
  const std::string strip = std::array{"/kick", "/snare", "/bass"}[random() % 3];
  switch (below(10)) {
    case 0:
      return of_op(EditOp::undo);
    case 1:
      return of_op(EditOp::redo);
    case 2: {
      Edit batch = of_op(EditOp::batch);
      batch.edits = {set_to("/kick/mute", below(2) == 0), set_to(strip + "/pan", below(1000) * 1e-3)};
      return batch;
    }
    case 3:
      return set_to(strip + "/fader_db", below(1000) * -0.1, "drag " + strip);
    default:
      return set_to(strip + "/pan", below(1000) * 1e-3);
  }
}

/// Edits, and saves at times, until it is killed. Never returns.
[[noreturn]] void play(const std::filesystem::path& session, Told& told, unsigned seed) {
  std::mt19937 random(seed);
  JournalOptions options;
  options.sync = [&told](int descriptor) {
    // How quick the disk is, is not the question here.
    struct stat status {};
    ::fstat(descriptor, &status);
    told.synced = packed(status, static_cast<std::uint64_t>(status.st_size));
    return 0;
  };
  Hand hand(read_session_file(session, {}).mixer);
  auto journal = Journal::open(session, options);
  if (!journal) std::_Exit(1);
  for (int n = 1; n <= kMostEdits; ++n) {
    const Edit edit = random_edit(random);
    hand.make(edit);
    told.state[static_cast<std::size_t>(n)] = crc64(hand.text());
    told.at[static_cast<std::size_t>(n)] = now_ns();
    told.made = n;
    (*journal)->append(edit, hand.mixer);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 3000));
    if (random() % 200 == 0) {
      (*journal)->announce_save(hand.mixer);
      if (!save_session(hand.mixer, session)) std::_Exit(1);
      (*journal)->rebase();
    }
  }
  for (;;) ::pause();
}

class KilledRun : public SessionFolder {
 protected:
  void SetUp() override {
    SessionFolder::SetUp();
    void* memory = ::mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    told_ = new (memory) Told;
  }
  void TearDown() override {
    if (told_ != nullptr) ::munmap(told_, sizeof(Told));
    SessionFolder::TearDown();
  }

  /// Kills a run after that time, and returns when it was.
  std::int64_t kill_after(Clock::duration time, unsigned seed) {
    new (told_) Told;
    told_->state[0] = crc64(write_session_text(saved()));  // here: the kill may come before the run has begun
    const pid_t run = ::fork();
    if (run == 0) play(session_, *told_, seed);
    std::this_thread::sleep_for(time);
    const std::int64_t killed = now_ns();
    ::kill(run, SIGKILL);
    int status = 0;
    ::waitpid(run, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the run ended by itself";
    return killed;
  }
  /// Expects the session and its journal to give a state the run went through, behind which at most the edits of the
  /// last second are missing.
  void expect_recovered(std::int64_t killed, const std::string& about) const {
    const LoadedSession loaded = read_session_file(session_, {});
    ASSERT_TRUE(loaded.findings.errors.empty()) << about << to_line(loaded.findings.errors.front());
    Mixer mixer = loaded.mixer;
    if (const auto journal = found()) {
      EXPECT_TRUE(journal->fits && !journal->damage) << about;
      RecoveredSession recovered = recover_session(loaded.mixer, *journal);
      mixer = std::move(recovered.mixer);
    }
    const std::uint64_t state = crc64(write_session_text(mixer));
    int n = told_->made;
    while (n >= 0 && told_->state[static_cast<std::size_t>(n)] != state) --n;
    ASSERT_GE(n, 0) << about << "the run never was in this state, after " << told_->made << " edits";
    const std::int64_t missing_since = n < told_->made ? told_->at[static_cast<std::size_t>(n + 1)].load() : killed;
    EXPECT_GT(missing_since, killed - kMayMiss)
        << about << told_->made - n << " edits of " << told_->made << " are missing";
  }
  void forget_journals() const {
    for (const auto& entry : std::filesystem::directory_iterator(folder_))
      if (entry.path().filename().string().starts_with("session.json.journal")) std::filesystem::remove(entry.path());
  }
  /// Takes from the journal what had not been synced.
  void cut_the_power() const {
    const std::string file = session_.string() + ".journal";
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return;
    const std::uint64_t bytes = told_->synced & 0xFFFFFFFFu;
    if (told_->synced != packed(status, bytes)) return;  // another file by now, of which nothing is known
    ASSERT_GE(static_cast<std::uint64_t>(status.st_size), bytes);
    std::filesystem::resize_file(file, bytes);
  }

  Told* told_ = nullptr;
};

TEST_F(KilledRun, LosesAtMostASecondOfEdits) {
  const char* wanted = std::getenv("BUSBAR_KILLS");
  const int kills = wanted != nullptr ? std::atoi(wanted) : 40;
  std::mt19937 random(20);
  int edits = 0;
  for (int n = 0; n < kills; ++n) {
    // Most are short, so that the run's beginning and its first saves are met; some are longer than what may be
    // missing.
    const auto time =
        n % 8 == 7 ? 1500ms + std::chrono::milliseconds(random() % 500) : std::chrono::milliseconds(random() % 250);
    const std::int64_t killed = kill_after(time, static_cast<unsigned>(random()));
    const std::string about = "kill " + std::to_string(n) + ": ";
    expect_recovered(killed, about);
    cut_the_power();
    expect_recovered(killed, about + "power cut: ");
    forget_journals();
    edits += told_->made;
    if (HasFailure()) break;
  }
  EXPECT_GT(edits, kills);
}

}  // namespace
}  // namespace busbar::test
