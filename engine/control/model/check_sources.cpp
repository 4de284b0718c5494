#include <algorithm>
#include <map>

#include "engine/control/model/rules.hpp"
#include "engine/core/strip_params.hpp"

namespace busbar::rules {

namespace {

/// One or two channels, each from 1 on, none twice.
bool check_channels(const std::vector<int>& channels, const std::string& where, Findings& found) {
  std::string wrong;
  if (channels.empty() || channels.size() > 2)
    wrong = "there are " + std::to_string(channels.size()) + " channels";
  else if (std::ranges::any_of(channels, [](int c) { return c < 1; }))
    wrong = "a channel is below 1";
  else if (channels.size() == 2 && channels[0] == channels[1])
    wrong = "channel " + std::to_string(channels[0]) + " stands there twice";
  if (wrong.empty()) return true;
  found.errors.push_back({where, wrong, "give one channel or two different ones, counted from 1"});
  return false;
}

void check_clips(const WavSource& wav, const std::string& where, Findings& found) {
  const Clip* first = nullptr;
  for (std::size_t i = 0; i < wav.clips.size(); ++i) {
    const Clip& clip = wav.clips[i];
    const std::string at = where + item("clips", i) + "/channels";
    if (clip.channels.empty() || !check_channels(clip.channels, at, found)) continue;
    if (first == nullptr) first = &clip;
    if (clip.channels.size() != first->channels.size())
      found.errors.push_back({at,
                              "this clip has " + std::to_string(clip.channels.size()) +
                                  " channels and one before it has " + std::to_string(first->channels.size()),
                              "all clips of a track have the same number: put this one on a track of its own"});
  }
}

/// Who uses which hardware output, and how loud each lets it become.
class HardwareUse {
 public:
  explicit HardwareUse(Findings& found) : found_(found) {}

  void add(const ToHardware& output, const std::string& user, double usual_ceiling, const std::string& where) {
    if (!check_channels(output.channels, where + "/hardware", found_)) return;
    const double ceiling = output.ceiling ? output.ceiling->value : usual_ceiling;
    if (ceiling > 0.0)
      found_.warnings.push_back(
          {where + "/ceiling_dbfs", "nothing limits the level of this output", "give a ceiling such as -0.3"});
    for (const int channel : output.channels) share(channel, {user, ceiling}, where);
  }

 private:
  struct User {
    std::string name;
    double ceiling;
  };
  static std::string text_of(double ceiling) { return ceiling > 0.0 ? "off" : shown(ceiling) + " dBFS"; }

  void share(int channel, const User& user, const std::string& where) {
    const auto [first, is_new] = users_.emplace(channel, user);
    if (is_new) return;
    const std::string both = quoted(first->second.name) + " and " + quoted(user.name);
    found_.warnings.push_back(
        {where + "/hardware",
         "hardware output " + std::to_string(channel) + " is used by " + both + ", which add up there",
         "give one of them another channel"});
    if (user.ceiling == first->second.ceiling) return;
    const double lowest = std::min(user.ceiling, first->second.ceiling);
    found_.warnings.push_back({where,
                               "hardware output " + std::to_string(channel) + " has the ceilings " +
                                   text_of(first->second.ceiling) + " and " + text_of(user.ceiling) + " by " + both +
                                   "; the lowest, " + text_of(lowest) + ", holds",
                               "give both the same"});
    first->second.ceiling = lowest;
  }

  Findings& found_;
  std::map<int, User> users_;
};

}  // namespace

void check_sources(const Index& index, Findings& found) {
  for (std::size_t s = 0; s < index.mixer().tracks.size(); ++s) {
    const Strip& track = *index.mixer().tracks[s];
    const std::string where = item("tracks", s) + "/source";
    if (!track.source) {
      found.errors.push_back({where, "the track " + quoted(track.id) + " has no source", "give it one"});
    } else if (const auto* wav = std::get_if<WavSource>(&*track.source)) {
      check_clips(*wav, where, found);
    } else if (const auto* input = std::get_if<InputSource>(&*track.source)) {
      check_channels(input->channels, where + "/channels", found);
    } else if (const auto& tone = std::get<ToneSource>(*track.source);
               tone.wave == Wave::sine && tone.hz >= index.mixer().sample_rate / 2) {
      found.errors.push_back({where + "/hz", shown(tone.hz) + " Hz is not below half the sample rate",
                              "give less than " + shown(index.mixer().sample_rate / 2)});
    }
  }
}

void check_hardware(const Index& index, Findings& found) {
  HardwareUse use(found);
  for (std::size_t s = 0; s < index.strips().size(); ++s) {
    const Strip& strip = *index.strips()[s];
    if (const auto* hardware = std::get_if<ToHardware>(&strip.output))
      use.add(*hardware, strip.id, strip.kind == StripKind::cue ? kCueCeiling : kUsualCeiling,
              index.where(static_cast<int>(s)) + "/output");
  }
  const auto& monitor = index.mixer().monitor;
  if (monitor && monitor->output) use.add(*monitor->output, "monitor", kUsualCeiling, "/monitor/output");
  const auto& talkback = index.mixer().talkback;
  if (talkback && talkback->channel && *talkback->channel < 1)
    found.errors.push_back({"/talkback/channel", "the channel is below 1", "count channels from 1"});
}

}  // namespace busbar::rules
