#include "engine/opening_thread.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <mutex>
#include <set>
#include <system_error>

namespace busbar {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::milliseconds(100);  // with a thread that ought to end
constexpr auto kSlow = std::chrono::seconds(1);

}  // namespace

struct OpeningThread::Work {
  const std::shared_ptr<SourceOpener> opener;  // the thread's, once it runs

  std::mutex mutex;  // guards all below
  std::condition_variable changed;
  std::deque<Strip> asked;
  std::vector<Opened> opened;
  std::filesystem::path file;  // that the thread is at; empty: none
  Clock::time_point since{};   // when it came to it
  bool converts = false;
  std::set<std::filesystem::path> told;
  bool closing = false, ended = false;

  explicit Work(std::shared_ptr<SourceOpener> with) : opener(std::move(with)) {}
  void run();
  void begin(const std::filesystem::path& next);
};

void OpeningThread::Work::run() {
  opener->on_file = [this](const auto& next) { begin(next); };
  opener->on_progress = [this](double) {
    const std::lock_guard lock(mutex);
    converts = true;
  };
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [this] { return closing || !asked.empty(); });
    if (closing) break;
    const Strip track = asked.front();  // it stays there while it is opened
    lock.unlock();
    ReadySource source = opener->open(track);
    lock.lock();
    file.clear();
    asked.pop_front();
    opened.push_back({track, std::move(source)});
  }
  ended = true;
  changed.notify_all();
}

void OpeningThread::Work::begin(const std::filesystem::path& next) {
  const std::lock_guard lock(mutex);
  file = next;
  since = Clock::now();
  converts = false;
}

OpeningThread::OpeningThread(std::shared_ptr<SourceOpener> opener) : work_(std::make_shared<Work>(std::move(opener))) {}

OpeningThread::~OpeningThread() {
  if (!thread_.joinable()) return;
  std::unique_lock lock(work_->mutex);
  work_->closing = true;
  work_->changed.notify_all();
  const bool ended = work_->changed.wait_for(lock, kPatience, [this] { return work_->ended; });
  lock.unlock();
  ended ? thread_.join() : thread_.detach();
}

Result<void> OpeningThread::ask(const Strip& track) {
  if (!thread_.joinable()) {
    try {
      thread_ = std::thread([work = work_] { work->run(); });
    } catch (const std::system_error& refusal) {
      return Error{track.id, std::string("no thread can be started that opens its files: ") + refusal.what(),
                   "end other programs, or allow more threads and locked memory"};
    }
  }
  const std::lock_guard lock(work_->mutex);
  work_->asked.push_back(track);
  work_->changed.notify_all();
  return {};
}

bool OpeningThread::is_busy() const {
  const std::lock_guard lock(work_->mutex);
  return !work_->asked.empty();
}

std::vector<OpeningThread::Opened> OpeningThread::take() {
  const std::lock_guard lock(work_->mutex);
  return std::exchange(work_->opened, {});
}

std::optional<std::filesystem::path> OpeningThread::at() const {
  const std::lock_guard lock(work_->mutex);
  return work_->file.empty() ? std::nullopt : std::optional(work_->file);
}

std::optional<Error> OpeningThread::take_problem() {
  const std::lock_guard lock(work_->mutex);
  const Clock::duration time = Clock::now() - work_->since;
  if (work_->file.empty() || time < kSlow || !work_->told.insert(work_->file).second) return std::nullopt;
  const char* mend = "the edit that needs it waits for it, with what leans on that; all else goes on";
  if (work_->converts) return Error{work_->file.string(), "is being converted to the sample rate of the run", mend};
  char what[64];
  std::snprintf(what, sizeof what, "the disk has not answered for %.1f s", std::chrono::duration<double>(time).count());
  return Error{work_->file.string(), what, mend};
}

}  // namespace busbar
