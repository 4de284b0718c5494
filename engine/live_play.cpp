#include "engine/live_play.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <iterator>
#include <limits>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "engine/device_watch.hpp"
#include "engine/devices/platform.hpp"
#include "engine/edit_gate.hpp"
#include "engine/engine.hpp"
#include "engine/hardware_watch.hpp"
#include "engine/input_recorder.hpp"
#include "engine/play_checks.hpp"
#include "engine/run_record.hpp"
#include "engine/script_player.hpp"

namespace busbar {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kTick = std::chrono::milliseconds(4);
constexpr unsigned kTicksALook = 4;  // 60 looks a second are more than eyes can use
constexpr double kReadAheadSeconds = 4.0;
constexpr double kStartPatience = 2.0;  // seconds that the start waits for files; what is late then fades in
constexpr double kQuietGain = 3.16e-5;  // -90 dBFS
constexpr double kQuietSeconds = 0.2;
constexpr double kLongestTail = 30.0;  // seconds
constexpr double kTailOfInputs = 2.0;  // where microphones are open it never gets quiet
constexpr Frames kNever = std::numeric_limits<Frames>::max();

class LivePlayer final : public LivePlay {
 public:
  LivePlayer(PlayJob job, std::unique_ptr<AudioDevice> device, std::unique_ptr<Engine> engine,
             std::unique_ptr<InputRecorder> inputs, bool locked)
      : job_(std::move(job)),
        mixer_(engine->control().mixer()),
        format_(device->format()),
        memory_locked_(locked),
        has_no_end_(has_no_end(mixer_)),
        engine_(std::move(engine)),
        inputs_(std::move(inputs)),
        device_(std::move(device)),
        script_(*engine_, job_.script, job_.script_file),
        watch_(shown_device(format_)),
        gear_(engine_->control(), format_),
        gate_(*engine_, {.may_go = [this](const TimedEdit&, bool is_apart) { return !is_apart || send_news(); },
                         .edited = [](const TimedEdit&) {},
                         .refuse = [this](const TimedEdit&, const Error& error) { tell(error); }}) {
    if (job_.record) kept_.emplace(*engine_);
  }

  ~LivePlayer() override {
    quit();
    if (control_.joinable()) control_.join();
    if (!device_stopped_) device_->stop();
  }

  Result<void> start() override {
    control_ = std::thread([this] { run(); });
    return {};
  }

  EditQueue::Answer post(Edit edit) override { return inbox_.post(std::move(edit)); }
  PlayStatus status() override {
    const std::lock_guard lock(mutex_);
    return status_;
  }
  std::vector<Error> take_news() override {
    const std::lock_guard lock(mutex_);
    return std::exchange(news_, {});
  }
  std::vector<std::string> take_found() override {
    const std::lock_guard lock(mutex_);
    return std::exchange(found_, {});
  }
  void quit() override {
    const std::lock_guard lock(mutex_);
    quit_ = true;
    wake_.notify_all();
  }
  bool wait(double seconds) override {
    std::unique_lock lock(mutex_);
    return ended_.wait_for(lock, std::chrono::duration<double>(seconds),
                           [this] { return status_.end != PlayEnd::not_yet; });
  }
  const DeviceFormat& device() const override { return format_; }
  const Mixer& session() const override { return mixer_; }
  bool memory_locked() const override { return memory_locked_; }
  PlayReport report() override {
    const std::lock_guard lock(mutex_);
    return report_;
  }
  std::vector<TimedEdit> take_record() override {
    const std::lock_guard lock(mutex_);
    return std::exchange(record_, {});
  }
  std::vector<Error> finish_inputs() override {
    if (control_.joinable()) control_.join();
    if (inputs_ == nullptr) return {};
    inputs_->close();
    return inputs_->take_problems();
  }

 private:
  // ---- The control thread ----

  void run() {
    begin();
    while (ending_ == PlayEnd::not_yet || !faded_out()) {
      const TransportBoard::Reading where = engine_->where();
      listen(where.now);
      script_.tend(where.now, lead());
      take_inbox();
      engine_->transport().tend(where.now);
      watch_device();
      if (ending_ == PlayEnd::device_lost) break;
      watch_end(where.now);
      if (watch_.silent() != told_silent_ || ++ticks_ % kTicksALook == 0) publish();
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, kTick, [this, seen = seen_quit_] { return quit_ && !seen; });
      seen_quit_ = quit_;
    }
    close();
  }

  /// Starts the device once files are at hand, or when patience ends.
  void begin() {
    const auto enough = static_cast<int>(mixer_frames(kReadAheadSeconds / 8.0));
    const auto deadline = Clock::now() + std::chrono::duration<double>(kStartPatience);
    while (engine_->transport().read_ahead() < enough && Clock::now() < deadline && !asked_to_quit())
      std::this_thread::sleep_for(kTick);
    if (asked_to_quit()) {
      ending_ = PlayEnd::asked;
      give_up_ = Clock::now();
      return;
    }
    if (job_.loop) engine_->transport().request({.kind = TransportEdit::Kind::looping_on}, 0);
    engine_->transport().tend(0);
    AudioCallback& callback = inputs_ != nullptr ? static_cast<AudioCallback&>(*inputs_) : *engine_;
    if (auto started = device_->start(callback); !started) {
      tell(started.error());
      ending_ = PlayEnd::device_lost;
    }
  }

  /// How long before its frame an edit is sent, so that it lands there: two callbacks and a tick that comes late.
  Frames lead() const {
    return std::max<Frames>(to_frames(0.1, mixer_.sample_rate),
                            Frames{2} * watch_.longest_block() + mixer_frames(0.02));
  }
  Frames mixer_frames(double seconds) const { return to_frames(seconds, mixer_.sample_rate); }

  /// `now`: where audio was before; all that happened until then is told by now.
  void listen(Frames now) {
    const std::vector<Event> events = engine_->take_events();
    for (const Event& event : events) {
      if (event.kind == Event::Kind::batch_landed && event.number == silence_batch_)
        silent_from_ = event.frame + mixer_frames(kMoveSeconds);
      if (event.kind == Event::Kind::starved) ++stalls_;
      if (event.kind == Event::Kind::ceiling) last_cut_[static_cast<int>(event.number) + 1] = event.frame;
      script_.take(event);
    }
    const auto moves = engine_->transport().take_landed(now);
    for (const auto& landed : moves)
      if (landed.line > 0) script_.landed(landed.line, landed.frame);
    if (kept_) {
      kept_->keep(events, moves, now);
      const std::lock_guard lock(mutex_);
      std::ranges::move(kept_->take(), std::back_inserter(record_));
    }
    for (Error& problem : engine_->take_problems(events)) tell(std::move(problem));
    HardwareWatch::Answer pings = gear_.take(events);
    for (Error& news : pings.news) tell(std::move(news));
    if (!pings.found.empty()) {
      const std::lock_guard lock(mutex_);
      std::ranges::move(pings.found, std::back_inserter(found_));
    }
    take_over(std::move(pings.edits));
    for (Error& refused : script_.take_refused()) tell(std::move(refused));
    if (job_.edit_news)
      for (Error& problem : job_.edit_news()) tell(std::move(problem));
    if (inputs_ != nullptr)
      for (Error& problem : inputs_->take_problems()) tell(std::move(problem));
  }

  /// Some edits take long, and whoever floods the console with them must not keep it from its other duties: what is not
  /// done within a tick waits, and the queue behind it says that it is busy.
  void take_inbox() {
    const auto enough = Clock::now() + kTick;
    gate_.tend(enough);
    if (taken_.empty() && gate_.has_room()) take_over(inbox_.take());
    while (!taken_.empty() && gate_.has_room() && Clock::now() < enough && gate_.take(taken_.front()))
      taken_.pop_front();
    send_news();
  }
  void take_over(std::vector<Edit> edits) {
    for (Edit& edit : edits) taken_.push_back({.edit = std::move(edit)});
  }

  /// Sends what is new, and what found no room before. False if it finds none now.
  bool send_news() { return !script_.holds_back() && engine_->control().send(kAtOnce); }

  void watch_device() {
    std::vector<Error> words = watch_.look(*device_);
    if (watch_.lost()) {
      ending_ = PlayEnd::device_lost;
      char where[32];
      std::snprintf(where, sizeof where, " with --from %.1f",
                    static_cast<double>(engine_->transport().place(engine_->now())) / mixer_.sample_rate);
      words.back().mend += where;
    }
    for (Error& word : words) tell(std::move(word));
  }

  void watch_end(Frames now) {
    if (ending_ != PlayEnd::not_yet) return;
    if (asked_to_quit()) return begin_end(PlayEnd::asked, kAtOnce);
    if (job_.for_s && now + lead() >= mixer_frames(*job_.for_s))
      return begin_end(PlayEnd::time_is_up, mixer_frames(*job_.for_s));
    TransportControl& transport = engine_->transport();
    if ((!engine_->has_clips() && has_no_end_) || transport.busy()) return;
    if (transport.rolling()) {
      const auto loop = transport.loop();
      const bool will_jump = loop && transport.place(now) <= loop->second;  // a loop behind it does not catch it
      behind_end_ = transport.place(now) >= engine_->end() && !will_jump;
      if (behind_end_) transport.request({.kind = TransportEdit::Kind::stop}, 0);
      tail_began_ = now;
      return;
    }
    behind_end_ = behind_end_ && transport.place(now) >= engine_->end();  // who has gone back wants to play again
    const double longest = !inputs_used(mixer_).empty() ? kTailOfInputs : kLongestTail;
    if (behind_end_ && (is_quiet(now) || now - tail_began_ > mixer_frames(longest)))
      begin_end(PlayEnd::end_of_session, kAtOnce);
  }

  bool asked_to_quit() {
    const std::lock_guard lock(mutex_);
    return quit_;
  }

  /// True once nothing of -90 dBFS or more has gone to hardware for a while.
  bool is_quiet(Frames now) {
    for (const RoutedStrip& routed : engine_->control().routing().strips) {
      if (!std::holds_alternative<ToHardware>(routed.strip->output)) continue;
      const MeterReading reading = engine_->control().meter(routed.strip->id);
      if (std::max(reading.recent[0], reading.recent[1]) >= kQuietGain) last_loud_ = now;
    }
    return now - std::max(last_loud_, tail_began_) > mixer_frames(kQuietSeconds);
  }

  /// Everything ramps to silence at engine frame `at`; what it takes is waited for, but not for long.
  void begin_end(PlayEnd why, Frames at) {
    if (!engine_->control().silence_outputs(at)) return;  // no room now: the next tick tries again
    ending_ = why;
    silence_batch_ = engine_->control().last_batch();
    const Frames longest =
        std::max(at, engine_->now()) + Frames{2} * watch_.longest_block() + mixer_frames(kMoveSeconds);
    const double ahead = static_cast<double>(longest - engine_->now()) / mixer_.sample_rate;
    give_up_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(ahead + 0.3));
  }
  bool faded_out() const { return engine_->now() >= silent_from_ || Clock::now() > give_up_; }

  void close() {
    publish();                                               // the last figures, while the device can still be asked
    if (ending_ == PlayEnd::device_lost || watch_.silent())  // to close one that hangs would hang too
      device_->abandon();
    else
      device_->stop();
    device_stopped_ = true;
    listen(engine_->now());
    if (const auto rest = script_.not_reached()) tell(*rest);
    if (const TimedEdit* rest = gate_.first()) tell(still_waiting(*rest, "edit"));
    const std::lock_guard lock(mutex_);
    report_ = script_.report();
    status_.end = ending_;
    ended_.notify_all();
  }

  void tell(Error error) {
    const std::lock_guard lock(mutex_);
    news_.push_back(std::move(error));
  }

  /// An edit may bring an input that nobody keeps.
  void watch_inputs() {
    if (inputs_ == nullptr || told_of_input_) return;
    for (const int channel : inputs_used(engine_->control().mixer())) {
      if (std::ranges::count(inputs_->channels(), channel) > 0) continue;
      told_of_input_ = true;
      tell({"hardware input " + std::to_string(channel), "was not used at the start, so it is not recorded",
            "have a track with it in the session before the show"});
    }
  }

  void publish() {
    watch_inputs();
    for (Error& missing : gear_.look()) tell(std::move(missing));
    told_silent_ = watch_.silent();
    PlayStatus status;
    const double rate = mixer_.sample_rate;
    const TransportBoard::Reading where = engine_->where();
    const TransportControl& transport = engine_->transport();
    status.rolling = transport.rolling();
    status.looping = transport.looping();
    if (const auto loop = transport.loop())
      status.loop_s = {static_cast<double>(loop->first) / rate, static_cast<double>(loop->second) / rate};
    for (const auto& [output, frame] : last_cut_)
      if (where.now - frame < mixer_frames(2.0)) status.cut_outputs.push_back(output);
    status.played_s = static_cast<double>(where.now) / rate;
    status.position_s = static_cast<double>(transport.place(where.now)) / rate;
    status.device_silent = watch_.silent();
    status.callbacks = device_->counts();
    status.thread = device_->thread();
    status.load = load_.follow(status.thread.cpu_s);
    const int ahead = transport.read_ahead();
    status.read_ahead_s = ahead == std::numeric_limits<int>::max() ? 0.0 : ahead / rate;
    status.stalls = stalls_;
    fill_levels(status);
    const std::lock_guard lock(mutex_);
    status_ = std::move(status);
    if (script_.report().landed.size() != report_.landed.size() ||
        script_.report().refused.size() != report_.refused.size())
      report_ = script_.report();
  }

  void fill_levels(PlayStatus& status) const {
    const ControlLoop& control = engine_->control();
    for (const Strip* strip : control.mixer().strips()) {
      const MeterReading reading = control.meter(strip->id);
      StripLevel& level = status.levels.emplace_back();
      level.id = strip->id;
      level.name = strip->shown_name();
      level.kind = strip->kind;
      for (std::size_t c = 0; c < 2; ++c) {
        level.peak_db[c] = to_decibels({reading.recent[c]}).value;
        level.highest_db[c] = to_decibels({reading.highest[c]}).value;
      }
      level.fader_db = strip->fader.value;
      level.mute = strip->mute;
      level.solo = strip->solo;
    }
  }

  const PlayJob job_;
  const Mixer mixer_;  // as it was at the start
  const DeviceFormat format_;
  const bool memory_locked_;
  const bool has_no_end_;  // but what its clips say

  // The control thread's, once it runs.
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<InputRecorder> inputs_;  // or null
  std::unique_ptr<AudioDevice> device_;
  ScriptPlayer script_;
  DeviceWatch watch_;
  HardwareWatch gear_;
  EditGate gate_;  // for the queue's edits
  LoadMeter load_;
  PlayEnd ending_ = PlayEnd::not_yet;
  bool device_stopped_ = false;
  bool behind_end_ = false;
  bool told_silent_ = false;
  bool told_of_input_ = false;
  bool seen_quit_ = false;
  unsigned ticks_ = 0;
  Frames tail_began_ = 0, last_loud_ = 0;
  std::uint64_t silence_batch_ = 0;  // that which silences the outputs
  Frames silent_from_ = kNever;      // known once it has landed
  Clock::time_point give_up_;
  std::uint64_t stalls_ = 0;
  std::map<int, Frames> last_cut_;  // by hardware output, from 1
  std::deque<TimedEdit> taken_;     // from the queue, and not done yet
  std::optional<RunRecord> kept_;   // of what is done
  std::thread control_;

  EditQueue inbox_;
  std::mutex mutex_;  // guards all below
  std::condition_variable wake_, ended_;
  std::vector<TimedEdit> record_;
  PlayStatus status_;
  std::vector<Error> news_;
  std::vector<std::string> found_;
  PlayReport report_;
  bool quit_ = false;
};

}  // namespace

std::unique_ptr<LivePlay> LivePlay::open(PlayJob job, Findings& findings) {
  auto device = job.open_device(device_request(job));
  if (!device) {
    findings.errors.push_back(device.error());
    return nullptr;
  }
  const DeviceFormat& format = (*device)->format();
  warn_of_inputs(job.mixer, format, findings);
  check_input_record(job, findings);
  if (!findings.errors.empty()) return nullptr;
  take_rate(job, format, findings);
  const bool locked = lock_memory();  // before the feeds are made, so that they are in memory from the start
  EngineOptions options;
  options.sources = {.folder = job.session.parent_path(),
                     .cache_folder = job.cache_folder,
                     .read_ahead = static_cast<int>(to_frames(kReadAheadSeconds, job.mixer.sample_rate)),
                     .allow_missing = true,
                     .allow_unreadable = true,
                     .allow_outside = job.allow_outside,
                     .progress = job.progress};
  options.start = to_frames(job.from_s, job.mixer.sample_rate);
  options.drive = TransportControl::Drive::live;
  options.edit_parts = job.edit_parts;
  options.keep_landed = job.record;
  options.on_edit = job.on_edit;
  auto engine = Engine::open(job.mixer, options, findings);
  if (engine == nullptr) return nullptr;
  if (const auto wrong = check_start(job, *engine)) {
    findings.errors.push_back(*wrong);
    return nullptr;
  }
  std::unique_ptr<InputRecorder> inputs;
  if (!job.record_inputs.empty() && !inputs_used(job.mixer).empty()) {
    auto opened = InputRecorder::open(job.record_inputs, inputs_used(job.mixer), job.mixer.sample_rate, *engine);
    if (!opened) {
      findings.errors.push_back(opened.error());
      return nullptr;
    }
    inputs = std::move(*opened);
  }
  return std::make_unique<LivePlayer>(std::move(job), std::move(*device), std::move(engine), std::move(inputs), locked);
}

}  // namespace busbar
