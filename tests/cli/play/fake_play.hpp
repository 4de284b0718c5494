#pragma once
#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "cli/play/terminal.hpp"
#include "engine/live_play.hpp"

namespace busbar::test {

inline StripLevel level(const std::string& id, StripKind kind, double peak_db, double fader_db = 0.0) {
  return {.id = id,
          .name = id,
          .kind = kind,
          .peak_db = {peak_db, peak_db},
          .highest_db = {peak_db, peak_db},
          .fader_db = fader_db};
}

/// An engine that says what a test wants and writes down what it is asked for.
class FakePlay final : public LivePlay {
 public:
  Result<void> start() override { return {}; }
  EditQueue::Answer post(Edit edit) override {
    posted.push_back(std::move(edit));
    return EditQueue::Answer::taken;
  }
  std::vector<TimedEdit> take_record() override { return {}; }
  std::vector<Error> finish_inputs() override { return {}; }
  PlayStatus status() override {
    ++looks;
    if (on_look) on_look(*this);
    return now;
  }
  std::vector<Error> take_news() override { return std::exchange(news, {}); }
  std::vector<std::string> take_found() override { return std::exchange(found, {}); }
  void quit() override {
    ++quits;
    if (now.end == PlayEnd::not_yet && obeys) now.end = PlayEnd::asked;
  }
  bool wait(double) override { return now.end != PlayEnd::not_yet; }
  const DeviceFormat& device() const override { return format; }
  const Mixer& session() const override { return mixer; }
  bool memory_locked() const override { return true; }
  PlayReport report() override { return at_the_end; }

  PlayStatus now;
  DeviceFormat format{"JACK", "system", 2, 8, 48000.0, 128};
  Mixer mixer;
  std::vector<Error> news;
  std::vector<std::string> found;
  PlayReport at_the_end;
  std::function<void(FakePlay&)> on_look;
  bool obeys = true;
  std::vector<Edit> posted;
  int looks = 0;
  int quits = 0;
};

/// A terminal whose time passes by waiting, with keys typed in advance: one portion for each wait.
class FakeTerminal final : public cli::Terminal {
 public:
  bool has_screen() const override { return screen && !closed; }
  bool has_keys() const override { return !closed; }
  bool screen_has_errors() const override { return has_screen(); }
  cli::Look look() const override { return {}; }
  cli::ScreenSize size() const override { return shown; }
  double now_s() const override { return now; }
  std::string wait(double seconds) override {
    now += seconds;
    if (typed.empty()) return "";
    std::string portion = typed.front();
    typed.pop_front();
    return portion;
  }
  bool quit_asked() const override { return signalled || now > 100.0; }  // no test waits for ever
  bool draw(std::string_view codes) override {
    if (takes_nothing) return false;
    drawn += codes;
    return true;
  }
  bool take_spoilt() override { return false; }
  void close() override { closed = true; }

  bool screen = false, closed = false, signalled = false, takes_nothing = false;
  cli::ScreenSize shown{80, 24};
  double now = 1.0;
  std::deque<std::string> typed;
  std::string drawn;
};

}  // namespace busbar::test
