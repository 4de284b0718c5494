// The law of the audio thread, held over the callback of a live device: under the interposer of these tests, under
// clang's realtime sanitizer when built with it, and under a filter of the kernel's.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>

#include "engine/live_play.hpp"
#include "tests/engine/session_fixture.hpp"
#include "tests/support/jack_bench.hpp"

namespace busbar::test {
namespace {

#ifdef BUSBAR_RTGUARD
std::atomic<int> trapped_calls{0};
std::atomic<long> first_trapped{-1};

void on_trap(int, siginfo_t* info, void*) {
  if (trapped_calls.fetch_add(1) == 0) first_trapped = info->si_syscall;
}

/// From now on the kernel traps every system call of this thread but those that the audio system's own loop needs: the
/// futex, the clock where the vdso has none, and what a thread ends with.
bool filter_this_thread() {
  struct sigaction action {};
  action.sa_sigaction = on_trap;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSYS, &action, nullptr);
  const auto allow = [](std::uint32_t number) {
    return std::array<sock_filter, 2>{sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
                                      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  };
  std::vector<sock_filter> program{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const std::uint32_t number : {SYS_futex, SYS_clock_gettime, SYS_rt_sigreturn, SYS_exit, SYS_exit_group,
                                     SYS_sched_yield, SYS_rt_sigprocmask, SYS_madvise, SYS_munmap, SYS_set_robust_list})
    for (const sock_filter& step : allow(number)) program.push_back(step);
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP));
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0;
}

/// Hands callbacks on, from its first one on under the filter; `breaks_it` opens a file in each.
class Filtered final : public AudioCallback {
 public:
  explicit Filtered(bool breaks_it) : breaks_it_(breaks_it) {}
  void render(const DeviceBlock& block) noexcept override {
    if (!ready_ || breaks_it_) {
      busbar_realtime_exit();  // the interposer looks away: this is not what it is to judge
      if (!ready_) ready_ = filter_this_thread();
      if (breaks_it_ && ::open("/dev/null", O_RDONLY) >= 0) ++calls;
      busbar_realtime_enter();
    }
    inner->render(block);
    ++calls;
  }
  AudioCallback* inner = nullptr;
  std::atomic<int> calls{0};
  bool ready() const { return ready_; }

 private:
  const bool breaks_it_;
  std::atomic<bool> ready_{false};
};

/// A device with the filter between it and the engine.
class FilteredDevice final : public AudioDevice {
 public:
  FilteredDevice(std::unique_ptr<AudioDevice> device, Filtered& filter) : device_(std::move(device)), filter_(filter) {}
  const DeviceFormat& format() const noexcept override { return device_->format(); }
  Result<void> start(AudioCallback& callback) override {
    filter_.inner = &callback;
    return device_->start(filter_);
  }
  void stop() override { device_->abandon(); }  // a thread that may do nothing cannot be closed
  void abandon() noexcept override { device_->abandon(); }
  bool alive() const noexcept override { return device_->alive(); }
  CallbackCounts counts() const noexcept override { return device_->counts(); }
  CallbackThread thread() const noexcept override { return device_->thread(); }

 private:
  std::unique_ptr<AudioDevice> device_;
  Filtered& filter_;
};

#endif

class RealtimeLaw : public SessionTest {
 protected:
  PlayJob job(double seconds) {
    MixerBuilder builder;
    builder.bus("band", StripKind::group).bus("cue", StripKind::cue, "");
    for (const char* id : {"a", "b", "c"}) {
      write_noise(std::string(id) + ".wav", 6.0, static_cast<unsigned>(*id));
      add_track(builder, id, std::string(id) + ".wav");
      builder.edit(id, [](Strip& s) { s.output = ToBus{"band"}; });
      builder.insert(id, slot("cut", "low_cut")).insert(id, slot("wide", "utility"));
      builder.send(id, "cue", Tap::pre);
    }
    for (const auto& [id, first] : {std::pair("master", 1), std::pair("cue", 3)})
      builder.edit(id, [&](Strip& s) {
        ToHardware to;
        to.channels = {first, first + 1};
        s.output = to;
      });
    PlayJob made;
    made.mixer = builder.mixer;
    made.session = folder / "session.json";
    made.for_s = seconds;
    made.script = {at(0.3, 1, "/transport/locate_s", 4.0),        at(0.5, 2, "/band/fader_db", -12.0),
                   at(0.6, 3, "/transport/play", false),          at(0.8, 4, "/transport/play", true),
                   at(0.9, 5, "/a/inserts/cut/corner_hz", 300.0), at(1.0, 6, "/transport/loop", JsonText{"[4.5,4.65]"}),
                   at(1.6, 7, "/b/inserts/wide/bypass", true),    at(1.8, 8, "/transport/looping", false)};
    return made;
  }
};

TEST_F(RealtimeLaw, HoldsInTheCallbackOfALiveDevice) {
  JackServer server;
  ASSERT_TRUE(server.running()) << server.why_not();
  Findings findings;
  auto play = LivePlay::open(job(2.5), findings);
  ASSERT_NE(play, nullptr);
  ASSERT_TRUE(play->start());
  ASSERT_TRUE(play->wait(60.0));
  EXPECT_EQ(play->status().end, PlayEnd::time_is_up);  // the traps end the program when they catch something
  EXPECT_EQ(play->report().landed.size(), 8u);
  EXPECT_GT(play->status().callbacks.callbacks, 100u);
}

#ifdef BUSBAR_RTGUARD
/// In a child, since the filter cannot be taken away again. Its exit status: 0 nothing was trapped, 1 something was,
/// 2 it did not get so far.
int play_under_the_filter(PlayJob job, bool breaks_it) {
  const pid_t child = fork();
  if (child == 0) {
    static Filtered filter(breaks_it);
    job.open_device = [](const DeviceRequest& request) -> Result<std::unique_ptr<AudioDevice>> {
      auto device = open_audio_device(request);
      if (!device) return device.error();
      return std::unique_ptr<AudioDevice>(std::make_unique<FilteredDevice>(std::move(*device), filter));
    };
    Findings findings;
    auto play = LivePlay::open(std::move(job), findings);
    if (play == nullptr || !play->start() || !play->wait(60.0)) _exit(2);
    if (!filter.ready() || filter.calls < 100) _exit(2);
    if (trapped_calls > 0) {
      std::fprintf(stderr, "%d system calls, the first: %ld\n", trapped_calls.load(), first_trapped.load());
      _exit(1);
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST_F(RealtimeLaw, HoldsUnderAFilterOfTheKernel) {
  JackServer server;
  ASSERT_TRUE(server.running()) << server.why_not();
  EXPECT_EQ(play_under_the_filter(job(2.5), false), 0);
}

TEST_F(RealtimeLaw, TheFilterFindsACallbackThatBreaksIt) {
  JackServer server;
  ASSERT_TRUE(server.running()) << server.why_not();
  EXPECT_EQ(play_under_the_filter(job(1.0), true), 1);
}
#endif

}  // namespace
}  // namespace busbar::test
