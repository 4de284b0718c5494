#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/control/commands/command.hpp"
#include "engine/control/control_loop.hpp"
#include "engine/control/model/mixer.hpp"

namespace busbar::test {

/// One or two channels of samples.
using Samples = std::vector<std::vector<float>>;

/// A console for a test, built in the words of one: tracks that play given samples, buses, sends, inserts.
///     auto mix = MixerBuilder{}.track("vox", {noise}).aux("plate").send("vox", "plate", Tap::pre);
class MixerBuilder {
 public:
  MixerBuilder();
  MixerBuilder& rate(double sample_rate);
  MixerBuilder& track(const std::string& id, Samples samples, const std::string& output = "master");
  MixerBuilder& tone(const std::string& id, ToneSource tone, const std::string& output = "master");
  MixerBuilder& bus(const std::string& id, StripKind kind, const std::string& output = "master");
  MixerBuilder& send(const std::string& from, const std::string& to, Tap tap, double level_db = 0.0);
  MixerBuilder& insert(const std::string& strip, InsertSlot slot);
  /// Any change to a strip: `.edit("kick", [](Strip& s) { s.pan = -1; })`.
  template <typename Change>
  MixerBuilder& edit(const std::string& id, Change change) {
    Strip strip = *mixer.find(id);
    change(strip);
    mixer.replace(std::move(strip));
    return *this;
  }

  Mixer mixer;
  std::map<std::string, Samples> samples;
};

/// An insert slot in one line.
InsertSlot slot(const std::string& id, const std::string& type, std::map<std::string, ParamValue> params = {});

/// What every strip handed to its output, two channels, in 64 bit, engine frames (latency not taken off).
struct Rendered {
  std::map<std::string, std::array<std::vector<double>, 2>> strips;
  std::vector<Event> events;
  std::map<std::string, MeterReading> meters;
  const std::vector<double>& left(const std::string& id) const { return strips.at(id)[0]; }
  const std::vector<double>& right(const std::string& id) const { return strips.at(id)[1]; }
};

/// What a console is to have beside its mixer.
struct ConsoleSetup {
  Frames session_start = 0;     ///< session time of engine frame 0
  int inputs = 0, outputs = 0;  ///< hardware channels
  /// What comes in, by channel, counted from 1, and frame of the session; without it noise.
  std::function<float(int channel, Frames frame)> input = {};
  std::size_t undo_bytes = std::size_t{256} << 20;
  /// Told of each block in place of keeping it: what a strip handed on, or `out1` … of the hardware (left only).
  std::function<void(const std::string& id, const double* left, const double* right, int frames)> listen = {};
};

/// Runs a console that a test drives block by block.
class Console {
 public:
  /// `edit_parts`: what edits of parts are done with. `joining`: strips that an edit may add, to be listened to as
  /// well; tracks that join play the builder's samples of their id.
  explicit Console(const MixerBuilder& builder, EditParts edit_parts = nullptr,
                   const std::vector<std::string>& joining = {}, ConsoleSetup setup = {});
  /// An edit that lands at engine frame `at`. Throws if it is refused.
  void edit(const Edit& edit, Frames at);
  /// Renders blocks of the sizes given, in turn, until `frames` more are done.
  void run(Frames frames, const std::vector<int>& blocks);
  /// Renders one block, and tends.
  void run_block(int frames);
  ControlLoop& control() { return *control_; }
  BlockRenderer& renderer() { return *renderer_; }
  Rendered rendered;

 private:
  void hand_over(int frames);

  ConsoleSetup setup_;
  std::vector<std::vector<float>> inputs_, outputs_;
  Captures captures_;
  std::unique_ptr<ControlLoop> control_;
  std::unique_ptr<BlockRenderer> renderer_;
  std::map<std::string, Samples> samples_;
};

/// Renders `frames` in blocks of `block`, with edits at their frames.
Rendered render(const MixerBuilder& builder, Frames frames, int block = 64, const std::vector<TimedEdit>& edits = {});

/// An edit in its parts; `json` is the text of a value that is a structure.
Edit set(const std::string& address, EditValue value);
Edit add(const std::string& address, const std::string& json, std::optional<int> index = std::nullopt);
Edit remove(const std::string& address);
Edit move(const std::string& address, int index);

/// `{"op": "set", …}` at a frame.
TimedEdit set_at(Frames at, const std::string& address, EditValue value);

}  // namespace busbar::test
