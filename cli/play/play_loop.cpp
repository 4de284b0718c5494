#include "cli/play/play_loop.hpp"

#include <algorithm>
#include <cstdio>

#include "cli/play/play_report.hpp"
#include "cli/print.hpp"
#include "sessions/edit_line.hpp"

namespace busbar::cli {
namespace {

constexpr double kLookSeconds = 0.05;
constexpr double kDrawSeconds = 0.07;
constexpr double kMessageSeconds = 10.0, kHurriedMessageSeconds = 4.0;  // the latter while others wait
// A person who quits waits no longer than a second, the leaving itself included.
constexpr double kSecondsToEnd = 0.7;
constexpr double kSecondsToReport = 0.3;  // of a device that is lost

PlayStop stop_of(PlayEnd end) {
  switch (end) {
    case PlayEnd::device_lost:
      return PlayStop::device_lost;
    case PlayEnd::time_is_up:
      return PlayStop::time_is_up;
    case PlayEnd::end_of_session:
    case PlayEnd::asked:
    case PlayEnd::not_yet:
      break;
  }
  return PlayStop::end;
}

}  // namespace

PlayLoop::PlayLoop(LivePlay& play, Terminal& terminal, PlayScene scene, std::string script, bool quiet,
                   std::ostream* recorder)
    : play_(play),
      terminal_(terminal),
      scene_(std::move(scene)),
      script_(std::move(script)),
      quiet_(quiet),
      recorder_(recorder),
      actions_(play, meters_, scene_),
      painter_(terminal.look()) {
  scene_.has_keys = terminal.has_keys();
}

PlayRun PlayLoop::run(std::vector<Error> warnings) {
  for (const Error& warning : warnings) tell(warning, false);
  run_.warnings = std::move(warnings);
  if (!quiet_ && !terminal_.has_screen()) print_start(scene_);
  while (true) {
    look();
    tell_news();
    if (run_.status.end != PlayEnd::not_yet || terminal_.quit_asked() || actions_.quit_asked()) break;
    tell_realtime();
    record();
    tell_found();
    tell_landed();
    draw();
    obey_keys(terminal_.wait(kLookSeconds));
  }
  finish();
  return std::move(run_);
}

void PlayLoop::look() {
  PlayStatus status = play_.status();
  meters_.update(status.levels, terminal_.now_s());
  // A device that is closed may have nothing to tell any more.
  if (status.callbacks.callbacks < run_.status.callbacks.callbacks) {
    status.callbacks = run_.status.callbacks;
    status.thread = run_.status.thread;
  }
  run_.status = std::move(status);
  if (!run_.status.rolling || run_.status.end != PlayEnd::not_yet) return;
  run_.load = run_.status.thread.cpu_s / std::max(run_.status.played_s, 0.001);
  run_.highest_load = std::max(run_.highest_load, run_.status.load);
}

void PlayLoop::tell_news() {
  const bool is_end = run_.status.end == PlayEnd::device_lost;
  for (const Error& news : play_.take_news()) {
    const bool is_script = !script_.empty() && news.where.starts_with(script_ + ":");
    if (is_script) {
      tell(news, true);
      run_.report.refused.push_back(news);
    } else {
      tell(news, is_end);
      (is_end ? run_.errors : run_.warnings).push_back(news);
    }
  }
}

/// Line by line, so that a crash leaves all but the last fraction of a second.
void PlayLoop::record() {
  const std::vector<TimedEdit> edits = play_.take_record();
  if (recorder_ == nullptr || edits.empty()) return;
  const bool was_good = recorder_->good();
  for (const TimedEdit& edit : edits) *recorder_ << write_edit_line(edit) << '\n';
  recorder_->flush();
  if (was_good && !recorder_->good())
    tell({"--record-edits", "the file cannot be written any more", "make room on the disk and play again"}, true);
}

void PlayLoop::tell_realtime() {
  if (realtime_told_ || !run_.status.thread.known || run_.status.played_s < 1.0) return;
  realtime_told_ = true;
  if (!play_.memory_locked()) {
    const Error warning{"memory", "could not be kept from being swapped out, which can interrupt the sound",
                        "give your user the limit memlock unlimited, as docs/playing.md shows"};
    tell(warning, false);
    run_.warnings.push_back(warning);
  }
  if (run_.status.thread.realtime) return;
  const Error warning{"audio thread", "runs without realtime priority, so other programs can interrupt the sound",
                      "give your user the limits rtprio 95 and memlock unlimited, as docs/playing.md shows"};
  tell(warning, false);
  run_.warnings.push_back(warning);
}

void PlayLoop::tell_found() {
  for (std::string& found : play_.take_found()) {
    tell_in_passing(found);
    run_.found.push_back(std::move(found));
  }
}

void PlayLoop::tell_landed() {
  std::vector<LandedEdit> landed = play_.report().landed;
  for (std::size_t n = landed_told_; n < landed.size(); ++n)
    tell_in_passing(landed_text(landed[n], script_, scene_.device.sample_rate));
  landed_told_ = std::max(landed_told_, landed.size());
  run_.report.landed = std::move(landed);
}

// What is no fault is a line of stdout. A screen shows it in passing; it is printed when the screen has gone.
void PlayLoop::tell_in_passing(const std::string& text) {
  if (quiet_) return;
  if (!terminal_.has_screen()) {
    std::printf("%s\n", text.c_str());
    std::fflush(stdout);
    return;
  }
  std::erase_if(messages_, [](const Message& message) { return message.is_passing; });
  if (messages_.empty()) message_since_s_ = terminal_.now_s();
  messages_.push_back({text, false, true});
  passing_kept_back_ += text + "\n";
}

// On the screen at once where stderr would tear it, and on stderr in any case.
void PlayLoop::tell(const Error& error, bool is_error) {
  if (messages_.empty()) message_since_s_ = terminal_.now_s();
  if (terminal_.has_screen()) {
    // What landed can wait, and soon is no news.
    std::erase_if(messages_, [](const Message& message) { return message.is_passing; });
    messages_.push_back({to_line(error), is_error});
  }
  if (terminal_.screen_has_errors())
    kept_back_.emplace_back(error, is_error);
  else
    is_error ? print_error(error) : print_warning(error);
}

void PlayLoop::obey_keys(std::string_view bytes) {
  const double now_s = terminal_.now_s();
  keys_.feed(bytes, now_s);
  while (const auto press = keys_.next()) {
    actions_.press(*press, run_.status, now_s);
    drawn_s_ = -1.0;  // answers are drawn at once
  }
}

void PlayLoop::next_message(double now_s) {
  const double seconds = messages_.size() > 1 ? kHurriedMessageSeconds : kMessageSeconds;
  if (messages_.empty() || now_s - message_since_s_ < seconds) return;
  messages_.pop_front();
  message_since_s_ = now_s;
}

void PlayLoop::draw() {
  const double now_s = terminal_.now_s();
  if (!terminal_.has_screen() || now_s - drawn_s_ < kDrawSeconds) return;
  drawn_s_ = now_s;
  next_message(now_s);
  if (terminal_.take_spoilt()) painter_.forget();
  scene_.has_keys = terminal_.has_keys();
  const ScreenSize size = terminal_.size();
  const PlayView view{.scene = scene_,
                      .status = run_.status,
                      .rows = meters_.shown(meter_room(size), now_s),
                      .chosen = meters_.chosen() == nullptr ? "" : meters_.chosen()->id,
                      .message = messages_.empty() ? Message{} : messages_.front(),
                      .help = actions_.help()};
  if (!terminal_.draw(painter_.paint(screen_lines(view, size), size))) painter_.forget();
}

void PlayLoop::finish() {
  run_.stop = stop_of(run_.status.end);
  if (run_.status.end == PlayEnd::not_yet || run_.status.end == PlayEnd::asked)
    run_.stop = actions_.quit_asked() ? PlayStop::key : PlayStop::signal;
  play_.quit();
  const bool lost = run_.stop == PlayStop::device_lost;
  run_.ended_in_time = play_.wait(lost ? kSecondsToReport : kSecondsToEnd);
  look();
  tell_news();
  record();
  if (lost && run_.errors.empty()) {
    run_.errors.push_back(
        {scene_.device.host + ":" + scene_.device.name, "the device is lost", "connect it again and play again"});
    tell(run_.errors.back(), true);
  }
  terminal_.close();
  std::fputs(passing_kept_back_.c_str(), stdout);
  for (const auto& [error, is_error] : kept_back_) is_error ? print_error(error) : print_warning(error);
  kept_back_.clear();
  if (!run_.ended_in_time) return;
  tell_found();
  tell_landed();
  for (const Error& refused : play_.report().refused) {
    if (std::ranges::count(run_.report.refused, refused) > 0) continue;
    print_error(refused);
    run_.report.refused.push_back(refused);
  }
}

}  // namespace busbar::cli
