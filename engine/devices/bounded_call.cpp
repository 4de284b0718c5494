#include "engine/devices/bounded_call.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace busbar {

namespace {

/// What the caller and its worker share; the later of them lets it go.
struct Meeting {
  std::function<void(const std::atomic<bool>&)> work;
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  std::atomic<bool> late{false};
};

void do_work(const std::shared_ptr<Meeting>& meeting) {
  meeting->work(meeting->late);
  meeting->work = nullptr;  // what it holds goes before the caller goes on
  const std::lock_guard lock(meeting->mutex);
  meeting->done = true;
  meeting->changed.notify_one();
}

}  // namespace

bool run_bounded(std::chrono::duration<double> limit, std::function<void(const std::atomic<bool>& late)> work) {
  const auto meeting = std::make_shared<Meeting>();
  meeting->work = std::move(work);
  std::thread worker;
  try {
    worker = std::thread(do_work, meeting);
  } catch (const std::system_error&) {  // no thread is left: better without a bound than not at all
    do_work(meeting);
    return true;
  }
  std::unique_lock lock(meeting->mutex);
  const bool done = meeting->changed.wait_for(lock, limit, [&] { return meeting->done; });
  if (!done) meeting->late = true;
  lock.unlock();
  done ? worker.join() : worker.detach();
  return done;
}

}  // namespace busbar
