#include "engine/play_checks.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <set>

#include "engine/control/model/hardware_use.hpp"
#include "engine/hardware_watch.hpp"
#include "engine/input_recorder.hpp"

namespace busbar {

namespace {

/// The highest hardware channel that a mixer's outputs need, counted from 1; 0: none.
int outputs_needed(const Mixer& mixer) {
  int most = 0;
  for (const Strip* strip : mixer.strips())
    if (const auto* to = std::get_if<ToHardware>(&strip->output))
      for (const int channel : to->channels) most = std::max(most, channel);
  if (mixer.monitor && mixer.monitor->output)
    for (const int channel : mixer.monitor->output->channels) most = std::max(most, channel);
  return most;
}

/// A strip without its output is not heard, and that is an error; gear that is not there is passed by.
int outputs_wished(const Mixer& mixer) {
  int most = 0;
  for (const HardwareUse& use : hardware_uses(mixer)) most = std::max({most, use.send[0], use.send[1]});
  return most;
}

std::vector<OutputUse> output_uses(const Mixer& mixer) {
  std::vector<OutputUse> uses;
  for (const Strip* strip : mixer.strips())
    if (const auto* to = std::get_if<ToHardware>(&strip->output))
      uses.push_back({"'" + strip->id + "'", to->channels, shown_outputs(mixer, to->channels)});
  if (mixer.monitor && mixer.monitor->output) {
    const std::vector<int>& channels = mixer.monitor->output->channels;
    uses.push_back({"the monitor", channels, shown_outputs(mixer, channels)});
  }
  return uses;
}

}  // namespace

DeviceRequest device_request(const PlayJob& job) {
  const std::vector<int> inputs = inputs_used(job.mixer);
  return {.name = job.device,
          .sample_rate = job.mixer.sample_rate,
          .block = job.block,
          .outputs = outputs_needed(job.mixer),
          .inputs = inputs.empty() ? 0 : inputs.back(),
          .wished_outputs = outputs_wished(job.mixer),
          .uses = output_uses(job.mixer)};
}

std::vector<int> inputs_used(const Mixer& mixer) {
  std::set<int> used;
  for (const auto& track : mixer.tracks)
    if (const auto* input = std::get_if<InputSource>(&*track->source))
      used.insert(input->channels.begin(), input->channels.end());
  if (mixer.talkback && mixer.talkback->channel) used.insert(*mixer.talkback->channel);
  for (const HardwareUse& use : hardware_uses(mixer))
    for (const int channel : use.back)
      if (channel > 0) used.insert(channel);
  return {used.begin(), used.end()};
}

bool has_no_end(const Mixer& mixer) {
  return mixer.tracks.empty() || std::ranges::any_of(mixer.tracks, [](const auto& track) {
           const auto* wav = std::get_if<WavSource>(&*track->source);
           return wav == nullptr || wav->clips.empty();
         });
}

std::string shown_device(const DeviceFormat& format) { return format.host + ":" + format.name; }

void warn_of_inputs(const Mixer& mixer, const DeviceFormat& format, Findings& findings) {
  const auto look = [&](const std::string& who, const char* what, int channel) {
    if (channel <= format.inputs) return;
    const std::string has = format.inputs == 0 ? "none" : "inputs 1 to " + std::to_string(format.inputs);
    findings.warnings.push_back(
        {who,
         "hardware input " + shown_inputs(mixer, {channel}) + " is not there: " + shown_device(format) + " has " + has,
         what});
  };
  for (const auto& track : mixer.tracks)
    if (const auto* input = std::get_if<InputSource>(&*track->source))
      for (const int channel : input->channels) look("track '" + track->id + "'", "the track is silent there", channel);
  if (mixer.talkback && mixer.talkback->channel) look("talkback", "nobody will hear it", *mixer.talkback->channel);
  std::ranges::move(missing_channels(mixer, format), std::back_inserter(findings.warnings));
}

void check_input_record(const PlayJob& job, Findings& findings) {
  const std::vector<int> inputs = inputs_used(job.mixer);
  if (job.record && !inputs.empty() && job.record_inputs.empty())
    findings.warnings.push_back({"--record-edits", "what comes in through the inputs is not recorded",
                                 "a render of the record is silent there; add --record-inputs DIR"});
  if (!job.record_inputs.empty() && inputs.empty())
    findings.warnings.push_back(
        {"--record-inputs", "the session has no hardware inputs", "there is nothing to record"});
  const auto is_played = [&](const std::filesystem::path& file) {
    return std::ranges::any_of(job.mixer.tracks, [&](const auto& track) {
      const auto* wav = std::get_if<WavSource>(&*track->source);
      return wav != nullptr && std::ranges::any_of(wav->clips, [&](const Clip& clip) {
               std::error_code ignored;
               return std::filesystem::equivalent(file, job.session.parent_path() / clip.file, ignored);
             });
    });
  };
  for (const int channel : inputs)
    if (const auto file = job.record_inputs / input_file_name(channel); !job.record_inputs.empty() && is_played(file))
      findings.errors.push_back(
          {file.string(), "this file is an input of the run", "give --record-inputs another folder"});
}

void take_rate(PlayJob& job, const DeviceFormat& format, Findings& findings) {
  const double wanted = job.mixer.sample_rate;
  if (format.sample_rate == wanted) return;
  const auto text = [](double rate) { return std::to_string(static_cast<int>(rate)) + " Hz"; };
  findings.warnings.push_back({shown_device(format),
                               "runs at " + text(format.sample_rate) + " and the session is at " + text(wanted),
                               "everything plays at the device's rate, and files are converted to it"});
  for (TimedEdit& edit : job.script)
    edit.at = static_cast<Frames>(std::llround(static_cast<double>(edit.at) * format.sample_rate / wanted));
  job.mixer.sample_rate = format.sample_rate;
}

std::optional<Error> check_start(const PlayJob& job, const Engine& engine) {
  const double rate = job.mixer.sample_rate;
  const Frames from = to_frames(job.from_s, rate);
  const auto text = [](double seconds) {
    char number[32];
    std::snprintf(number, sizeof number, "%.3f s", seconds);
    return std::string(number);
  };
  const auto loop = job.mixer.transport ? job.mixer.transport->loop_s : std::nullopt;
  if (job.loop && loop && from > to_frames(loop->second, rate))
    return Error{"--from", text(job.from_s) + " is behind the loop, which ends at " + text(loop->second),
                 "begin in the loop or before it, or leave out --loop"};
  if (engine.has_clips() && from > 0 && from >= engine.end())
    return Error{
        "--from",
        text(job.from_s) + " is behind the end of the session at " + text(static_cast<double>(engine.end()) / rate),
        "begin earlier"};
  return std::nullopt;
}

}  // namespace busbar
