#include "tests/support/mixer_builder.hpp"

#include <algorithm>
#include <utility>

#include "engine/realtime/denormals.hpp"

namespace busbar::test {

namespace {

std::shared_ptr<SourceState> memory_source(const Samples& samples) {
  auto state = std::make_shared<SourceState>();
  state->kind = SourceState::Kind::file;
  state->channels = static_cast<int>(samples.size());
  const auto length = static_cast<Frames>(samples.front().size());
  constexpr int kSilence = 1 << 18;  // behind the samples, so that no test starves
  auto feed = std::make_shared<SourceFeed>(state->channels, static_cast<int>(length) + kSilence);
  const AudioBlock block = feed->back(feed->capacity());
  for (int c = 0; c < state->channels; ++c)
    std::ranges::copy(samples[static_cast<std::size_t>(c)], block.channel(c).begin());
  feed->publish(block.frames());
  state->file.lanes.push_back({.feeds = {feed}, .clips = {{0, length, 1.0}}});
  return state;
}

std::shared_ptr<SourceState> tone_source(const ToneSource& tone, double rate) {
  auto state = std::make_shared<SourceState>();
  state->kind = SourceState::Kind::tone;
  state->tone.wave = static_cast<ToneSourceState::Wave>(tone.wave);
  state->tone.cycles_per_frame = tone.hz / rate;
  state->tone.amplitude = to_gain(tone.level).value;
  state->tone.pink.front().tune(rate);
  state->tone.pink.fill(state->tone.pink.front());
  return state;
}

std::shared_ptr<SourceState> input_source(const InputSource& input) {
  auto state = std::make_shared<SourceState>();
  state->kind = SourceState::Kind::input;
  state->channels = static_cast<int>(input.channels.size());
  for (std::size_t c = 0; c < input.channels.size(); ++c) state->input.channels[c] = input.channels[c] - 1;
  return state;
}

std::shared_ptr<SourceState> source_of(const Strip& track, double rate) {
  if (const auto* input = std::get_if<InputSource>(&*track.source)) return input_source(*input);
  return tone_source(std::get<ToneSource>(*track.source), rate);
}

/// The same at each frame of the session, whoever asks.
float input_noise(int channel, Frames frame) {
  const std::uint32_t mixed =
      (static_cast<std::uint32_t>(frame) ^ (static_cast<std::uint32_t>(channel) << 27U)) * 2654435761U;
  return static_cast<float>(static_cast<std::int32_t>(mixed ^ (mixed >> 15U))) * 0x1p-34f;
}

}  // namespace

MixerBuilder::MixerBuilder() {
  Strip master;
  master.id = "master";
  master.kind = StripKind::master;
  mixer.buses.push_back(std::make_shared<const Strip>(std::move(master)));
}

MixerBuilder& MixerBuilder::rate(double sample_rate) {
  mixer.sample_rate = sample_rate;
  return *this;
}

MixerBuilder& MixerBuilder::track(const std::string& id, Samples sound, const std::string& output) {
  tone(id, {}, output);
  edit(id, [](Strip& s) { s.source = WavSource{}; });
  samples[id] = std::move(sound);
  return *this;
}

MixerBuilder& MixerBuilder::tone(const std::string& id, ToneSource tone_of_track, const std::string& output) {
  Strip strip;
  strip.id = id;
  strip.source = std::move(tone_of_track);
  if (!output.empty()) strip.output = ToBus{output};
  mixer.tracks.push_back(std::make_shared<const Strip>(std::move(strip)));
  return *this;
}

MixerBuilder& MixerBuilder::bus(const std::string& id, StripKind kind, const std::string& output) {
  Strip strip;
  strip.id = id;
  strip.kind = kind;
  if (!output.empty()) strip.output = ToBus{output};
  mixer.buses.push_back(std::make_shared<const Strip>(std::move(strip)));
  return *this;
}

MixerBuilder& MixerBuilder::send(const std::string& from, const std::string& to, Tap tap, double level_db) {
  return edit(from, [&](Strip& s) {
    s.sends.push_back({.to = to, .level = {level_db}, .tap = tap, .pan = default_send_pan(tap), .extras = {}});
  });
}

MixerBuilder& MixerBuilder::insert(const std::string& strip, InsertSlot inserted) {
  return edit(strip, [&](Strip& s) { s.inserts.push_back(std::move(inserted)); });
}

InsertSlot slot(const std::string& id, const std::string& type, std::map<std::string, ParamValue> params) {
  InsertSlot made;
  made.id = id;
  made.type = type;
  made.params = std::move(params);
  return made;
}

Console::Console(const MixerBuilder& builder, EditParts edit_parts, const std::vector<std::string>& joining,
                 ConsoleSetup setup)
    : setup_(std::move(setup)), samples_(builder.samples) {
  inputs_.resize(static_cast<std::size_t>(setup_.inputs), std::vector<float>(kMaxBlock));
  outputs_.resize(static_cast<std::size_t>(setup_.outputs), std::vector<float>(kMaxBlock));
  Sources sources;
  TrackChannels channels;
  const auto open = [this, rate = builder.mixer.sample_rate](const Strip& track) {
    const auto found = samples_.find(track.id);
    auto source = found != samples_.end() ? memory_source(found->second) : source_of(track, rate);
    const int count = source->channels;
    return Result<OpenedSource>(OpenedSource{std::move(source), count});
  };
  for (const auto& track : builder.mixer.tracks) {
    OpenedSource opened = *open(*track);
    channels[track->id] = opened.channels;
    sources[track->id] = std::move(opened.state);
  }
  std::vector<std::string> ids = joining;
  for (const Strip* strip : builder.mixer.strips()) ids.push_back(strip->id);
  if (builder.mixer.monitor) ids.emplace_back(kMonitorId);
  for (const std::string& id : ids) {
    auto capture = std::make_shared<CaptureState>();
    capture->left.resize(kMaxBlock);
    capture->right.resize(kMaxBlock);
    captures_.handed[id] = std::move(capture);
  }
  if (const auto talkback = talkback_strip(builder.mixer)) sources[talkback->id] = open(*talkback)->state;
  ControlOptions options;
  options.captures = captures_;
  options.edit_parts = edit_parts;
  options.open_source = open;
  options.undo_bytes = setup_.undo_bytes;
  auto control = ControlLoop::start(builder.mixer, channels, sources, std::move(options));
  if (!control) throw std::runtime_error(to_line(control.error()));
  control_ = std::move(*control);
  renderer_ = std::make_unique<BlockRenderer>(control_->handover(), setup_.session_start);
}

void Console::run(Frames frames, const std::vector<int>& blocks) {
  for (std::size_t b = 0; frames > 0; ++b) {
    const int block = static_cast<int>(std::min<Frames>(frames, blocks[b % blocks.size()]));
    run_block(block);
    frames -= block;
  }
  for (const RoutedStrip& routed : control_->routing().strips)
    rendered.meters[routed.strip->id] = control_->meter(routed.strip->id);
}

void Console::run_block(int frames) {
  std::vector<const float*> ins;
  std::vector<float*> outs;
  for (auto& input : inputs_) {
    const int channel = static_cast<int>(ins.size()) + 1;
    const Frames at = setup_.session_start + renderer_->now();
    for (int i = 0; i < frames; ++i)
      input[static_cast<std::size_t>(i)] = setup_.input ? setup_.input(channel, at + i) : input_noise(channel, at + i);
    ins.push_back(input.data());
  }
  for (auto& output : outputs_) outs.push_back(output.data());
  {
    const DenormalsOff denormals_off;
    renderer_->render({.inputs = ins, .outputs = outs, .frames = frames});
  }
  hand_over(frames);
  for (const Event& event : control_->tend())
    if (!setup_.listen) rendered.events.push_back(event);
}

void Console::hand_over(int frames) {
  for (const auto& [id, capture] : captures_.handed) {
    if (setup_.listen) {
      setup_.listen(id, capture->left.data(), capture->right.data(), frames);
      continue;
    }
    auto& kept = rendered.strips[id];
    kept[0].insert(kept[0].end(), capture->left.begin(), capture->left.begin() + frames);
    kept[1].insert(kept[1].end(), capture->right.begin(), capture->right.begin() + frames);
  }
  for (std::size_t c = 0; c < outputs_.size(); ++c) {
    const std::vector<double> wide(outputs_[c].begin(), outputs_[c].begin() + frames);
    const std::string id = "out" + std::to_string(c + 1);
    if (setup_.listen)
      setup_.listen(id, wide.data(), wide.data(), frames);
    else
      rendered.strips[id][0].insert(rendered.strips[id][0].end(), wide.begin(), wide.end());
  }
}

void Console::edit(const Edit& edit, Frames at) {
  if (const auto done = control_->edit(edit); !done) throw std::runtime_error(to_line(done.error()));
  if (!control_->send(at)) throw std::runtime_error("no room for an edit");
}

Rendered render(const MixerBuilder& builder, Frames frames, int block, const std::vector<TimedEdit>& edits) {
  Console console(builder);
  for (const TimedEdit& edit : edits) {
    if (const auto done = console.control().edit(edit.edit); !done) throw std::runtime_error(to_line(done.error()));
    if (!console.control().send(edit.at)) throw std::runtime_error("no room for an edit");
  }
  console.run(frames, {block});
  return std::move(console.rendered);
}

Edit set(const std::string& address, EditValue value) {
  Edit edit;
  edit.address = address;
  edit.value = std::move(value);
  return edit;
}

Edit add(const std::string& address, const std::string& json, std::optional<int> index) {
  Edit edit = set(address, JsonText{json});
  edit.op = EditOp::add;
  edit.index = index;
  return edit;
}

Edit remove(const std::string& address) {
  Edit edit = set(address, {});
  edit.op = EditOp::remove;
  return edit;
}

Edit move(const std::string& address, int index) {
  Edit edit = set(address, {});
  edit.op = EditOp::move;
  edit.index = index;
  return edit;
}

TimedEdit set_at(Frames at, const std::string& address, EditValue value) {
  return {.at = at, .line = 0, .edit = set(address, std::move(value))};
}

}  // namespace busbar::test
