#include "sessions/journal.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>

#include "engine/control/commands/transport_edit.hpp"
#include "sessions/edit_between.hpp"
#include "sessions/edit_line.hpp"
#include "sessions/session_file.hpp"

namespace busbar {

namespace {

using Clock = std::chrono::steady_clock;

struct Rebase {};
struct Lost {
  std::size_t edits = 0;
};

/// An undo or redo: what it led from, if that is known, and to.
struct Step {
  std::shared_ptr<const Mixer> before, after;
};

/// What the writer is handed.
struct Item {
  std::int64_t at_ms = 0;
  std::variant<Edit, Step, JournalBase, Rebase, Lost> what;  // a base: of a save to come
};

/// About how much memory an edit holds on to.
std::size_t footprint(const Edit& edit) {
  std::size_t bytes = sizeof(Item) + edit.address.size() + edit.gesture.size();
  if (const auto* text = std::get_if<std::string>(&edit.value)) bytes += text->size();
  if (const auto* json = std::get_if<JsonText>(&edit.value)) bytes += json->text.size();
  for (const Edit& part : edit.edits) bytes += footprint(part);
  return bytes;
}

/// A mixer shares its strips with the one that plays, but may come to be the only one that has them.
std::size_t footprint(const Mixer& mixer) {
  std::size_t bytes = sizeof(Item) + 1024 * (mixer.tracks.size() + mixer.buses.size());
  for (const Scene& scene : mixer.scenes) bytes += sizeof scene;
  return bytes;
}

/// As the edits that do the same: who recovers may have another history, since an edit was lost or no longer applies.
void write_step(JournalDisk& disk, std::int64_t at_ms, const Step& step) {
  if (const auto edit = step.before ? edit_between(*step.before, *step.after) : std::nullopt)
    return disk.add(at_ms, JournalKind::edit, write_edit_line({0, 0, *edit}));
  std::string text = write_session_text(*step.after);
  std::ranges::replace(text, '\n', ' ');  // they stand between values only
  disk.add(at_ms, JournalKind::state, text);
}

void write_item(JournalDisk& disk, const Item& item) {
  if (const auto* edit = std::get_if<Edit>(&item.what)) {
    disk.add(item.at_ms, JournalKind::edit, write_edit_line({0, 0, *edit}));
  } else if (const auto* step = std::get_if<Step>(&item.what)) {
    write_step(disk, item.at_ms, *step);
  } else if (const auto* base = std::get_if<JournalBase>(&item.what)) {
    disk.add_base(item.at_ms, *base);
  } else if (const auto* lost = std::get_if<Lost>(&item.what)) {
    disk.add(item.at_ms, JournalKind::lost, std::to_string(lost->edits));
  } else {
    disk.start_anew(item.at_ms);
  }
}

}  // namespace

/// What the thread that edits and the thread that writes share.
class Journal::Writer {
 public:
  Writer(JournalDisk disk, JournalOptions options)
      : disk_(std::move(disk)), path_(disk_.path()), options_(std::move(options)) {}

  // The thread that edits.
  void hand_over(Item item, std::size_t bytes);
  std::vector<Error> take_problems();
  void wait_until_written();
  void close(bool keep);
  // The thread of the journal.
  void run();

 private:
  std::vector<Item> wait_for_items();
  /// Until all is on the disk, or the run has ended and the disk has had its chance.
  void flush();
  void tell(int fault);
  bool wait_unless_ended(Clock::duration time);

  JournalDisk disk_;  // of the thread of the journal
  const std::filesystem::path path_;
  const JournalOptions options_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Item> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::uint64_t handed_ = 0, taken_ = 0, written_ = 0;  // how many items ever
  std::size_t lost_ = 0;                                // edits for which there was no room behind those that wait
  std::vector<Error> problems_;
  std::optional<Clock::time_point> at_disk_since_;
  bool is_failing_ = false, is_hung_ = false;  // and it has been told
  bool is_ended_ = false, is_kept_ = true, is_done_ = false;
};

void Journal::Writer::hand_over(Item item, std::size_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    if (lost_ > 0 && std::holds_alternative<Rebase>(item.what)) {  // all before it is in the session file
      waiting_.clear();
      waiting_bytes_ = lost_ = 0;
    }
    if (lost_ > 0 || waiting_bytes_ + bytes > options_.most_waiting) {
      if (std::holds_alternative<JournalBase>(item.what)) return;
      if (lost_++ == 0)
        problems_.push_back({path_.string(), "the disk has not taken edits for so long that memory for them has ended",
                             "save the session; edits from here on would be lost in a crash"});
      return;
    }
    ++handed_;
    waiting_bytes_ += bytes;
    waiting_.push_back(std::move(item));
  }
  changed_.notify_all();
}

std::vector<Error> Journal::Writer::take_problems() {
  const std::lock_guard lock(mutex_);
  if (at_disk_since_ && !is_hung_ && Clock::now() - *at_disk_since_ > options_.patience) {
    is_hung_ = true;
    problems_.push_back({path_.string(), "the disk does not answer, so edits are not safe from a crash",
                         "look at the disk; they are written once it answers"});
  }
  return std::exchange(problems_, {});
}

void Journal::Writer::wait_until_written() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, options_.patience, [this, wanted = handed_] { return written_ >= wanted; });
}

void Journal::Writer::close(bool keep) {
  std::unique_lock lock(mutex_);
  is_ended_ = true;
  is_kept_ = keep;
  changed_.notify_all();
  changed_.wait_for(lock, options_.patience, [this] { return is_done_; });
}

std::vector<Item> Journal::Writer::wait_for_items() {
  std::unique_lock lock(mutex_);
  at_disk_since_.reset();
  changed_.wait(lock, [this] { return is_ended_ || !waiting_.empty() || disk_.has_pending(); });
  std::vector<Item> items = std::exchange(waiting_, {});
  if (lost_ > 0) items.push_back({now_ms(), Lost{std::exchange(lost_, 0)}});
  waiting_bytes_ = 0;
  taken_ = handed_;
  at_disk_since_ = Clock::now();
  return items;
}

bool Journal::Writer::wait_unless_ended(Clock::duration time) {
  std::unique_lock lock(mutex_);
  at_disk_since_.reset();
  return changed_.wait_for(lock, time, [this] { return is_ended_; });
}

void Journal::Writer::tell(int fault) {
  const std::lock_guard lock(mutex_);
  is_hung_ = false;
  if (fault != 0 && !is_failing_)
    problems_.push_back(journal_error(path_, "edits are not safe from a crash, since they cannot be written", fault));
  is_failing_ = fault != 0;
  if (fault == 0) written_ = taken_;
  changed_.notify_all();
}

void Journal::Writer::flush() {
  for (bool is_last = false;; is_last = wait_unless_ended(options_.retry)) {
    {
      const std::lock_guard lock(mutex_);
      at_disk_since_ = Clock::now();
    }
    const int fault = disk_.flush();
    tell(fault);
    if (fault == 0 || is_last) return;
  }
}

void Journal::Writer::run() {
  for (bool is_last = false; !is_last;) {
    for (const Item& item : wait_for_items()) write_item(disk_, item);
    flush();
    is_last = wait_unless_ended(options_.gather);
    if (!is_last) continue;
    for (const Item& item : wait_for_items()) write_item(disk_, item);
    flush();
  }
  std::unique_lock lock(mutex_);
  const bool is_kept = is_kept_;
  lock.unlock();
  if (!is_kept) disk_.remove();
  disk_ = JournalDisk();  // another process may have it
  lock.lock();
  is_done_ = true;
  changed_.notify_all();
}

Journal::Journal(std::shared_ptr<Writer> writer) : writer_(std::move(writer)) {}

Result<std::unique_ptr<Journal>> Journal::open(const std::filesystem::path& session, JournalOptions options) {
  auto disk = JournalDisk::open(session, options.sync);
  if (!disk) return disk.error();
  auto writer = std::make_shared<Writer>(std::move(*disk), std::move(options));
  try {
    // It ends when it is told to, or with the process: a disk that hangs must not hold that up.
    std::thread([writer] { writer->run(); }).detach();
  } catch (const std::system_error& refused) {
    return Error{journal_path(session).string(), std::string("edits cannot be kept through a crash: ") + refused.what(),
                 "let the user have more threads"};
  }
  return std::unique_ptr<Journal>(new Journal(std::move(writer)));
}

Journal::~Journal() { close(true); }

void Journal::append(const Edit& edit, const Mixer& after) {
  if (is_closed_) return;
  const Step step{std::exchange(last_, std::make_shared<const Mixer>(after)), last_};
  if (edit.op == EditOp::undo || edit.op == EditOp::redo)
    return writer_->hand_over({now_ms(), step}, 2 * footprint(after));
  if (!concerns_transport(edit)) return writer_->hand_over({now_ms(), edit}, footprint(edit));
  Result<PartedEdit> parted = part_edit(edit);
  if (!parted || !parted->mixer) return;
  const std::size_t bytes = footprint(*parted->mixer);
  writer_->hand_over({now_ms(), std::move(*parted->mixer)}, bytes);
}

void Journal::announce_save(const Mixer& mixer) {
  if (is_closed_) return;
  const std::string text = write_session_text(mixer);
  writer_->hand_over({now_ms(), JournalBase{crc64(text), text.size()}}, 0);
  writer_->wait_until_written();
}

void Journal::rebase() {
  if (!is_closed_) writer_->hand_over({now_ms(), Rebase{}}, 0);
}

std::vector<Error> Journal::take_problems() { return writer_->take_problems(); }

void Journal::close(bool keep) {
  if (!std::exchange(is_closed_, true)) writer_->close(keep);
}

}  // namespace busbar
