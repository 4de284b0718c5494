#include "cli/demo/band.hpp"

#include <algorithm>
#include <array>

#include "cli/demo/bass.hpp"
#include "cli/demo/drum_mics.hpp"
#include "cli/demo/guitars.hpp"
#include "cli/demo/keys_pad.hpp"
#include "cli/demo/vocals.hpp"

namespace busbar::demo {
namespace {

/// A recording and the gain of its microphone preamplifier, set for peaks between -18 and -6 dBFS.
struct Input {
  Recording recording;
  double gain_db;
};

enum Place : std::size_t {
  kKickIn,
  kKickOut,
  kSnareTop,
  kSnareBottom,
  kHatsClose,
  kTomClose,
  kFloorClose,
  kOverheads,
  kRoom,
  kTambourine,
  kBassDi,
  kBassAmp,
  kGuitarOne,
  kGuitarTwo,
  kGuitarLead,
  kKeys,
  kPad,
  kVoxLead,
  kVoxHigh,
  kVoxLow,
  kPlaces
};

constexpr std::array<Input, kPlaces> kInputs{{
    {{"kick-in", 1}, -3},      {{"kick-out", 1}, -1.5},   {{"snare-top", 1}, -4.5},    {{"snare-bottom", 1}, -6},
    {{"hats", 1}, -2},         {{"tom", 1}, -1.5},        {{"floor-tom", 1}, -1.5},    {{"overheads", 2}, 0},
    {{"room-mics", 2}, 0},     {{"tambourine", 1}, -5},   {{"bass-di", 1}, 0},         {{"bass-amp", 1}, -3},
    {{"guitar-left", 1}, -14}, {{"guitar-right", 1}, -9}, {{"guitar-lead", 1}, -14.5}, {{"keys", 2}, -7.5},
    {{"pad", 2}, 0},           {{"lead-vocal", 1}, 6.5},  {{"backing-high", 1}, 6},    {{"backing-low", 1}, 7.5},
}};

const std::array<Recording, kPlaces> kRecordings = [] {
  std::array<Recording, kPlaces> list{};
  for (std::size_t i = 0; i < kPlaces; ++i) list[i] = kInputs[i].recording;
  return list;
}();

}  // namespace

std::span<const Recording> recordings() { return kRecordings; }

struct Band::Stage {
  Drummer drummer;
  DrumMics mics;
  Tambourine tambourine;
  Bass bass;
  Guitars guitars;
  Keys keys;
  Pad pad;
  Vocals vocals;
  Frames length = 0;
  std::array<std::array<std::vector<double>, 2>, kPlaces> sound;

  Line left(Place place) { return sound[place][0]; }
  Line right(Place place) { return sound[place][1]; }

  void clear(const Bar& bar) {
    for (std::size_t r = 0; r < kPlaces; ++r)
      for (std::size_t c = 0; c < static_cast<std::size_t>(kInputs[r].recording.channels); ++c)
        sound[r][c].assign(static_cast<std::size_t>(bar.frames), 0.0);
  }
  void play_drums(const Bar& bar) {
    drummer.play(bar, mics.sources(bar.frames));
    mics.record({left(kKickIn), left(kKickOut), left(kSnareTop), left(kSnareBottom), left(kHatsClose), left(kTomClose),
                 left(kFloorClose), left(kOverheads), right(kOverheads), left(kRoom), right(kRoom)});
  }
  void set_gains(const Bar& bar) {
    for (std::size_t r = 0; r < kPlaces; ++r) {
      const double gain = to_gain({kInputs[r].gain_db}).value;
      for (auto& channel : sound[r])
        for (std::size_t n = 0; n < channel.size(); ++n) channel[n] *= gain * fade(bar.from + static_cast<Frames>(n));
    }
  }
  double fade(Frames frame) const {
    constexpr double kFadeFrames = 0.02 * kSampleRate;
    return std::clamp(static_cast<double>(length - frame) / kFadeFrames, 0.0, 1.0);
  }
};

Band::Band(Frames length) : stage_(std::make_unique<Stage>()) { stage_->length = length; }
Band::~Band() = default;

void Band::play(const Bar& bar) {
  Stage& s = *stage_;
  s.clear(bar);
  s.play_drums(bar);
  s.tambourine.play(bar, s.left(kTambourine));
  s.bass.play(bar, s.left(kBassDi), s.left(kBassAmp));
  s.guitars.play(bar, s.left(kGuitarOne), s.left(kGuitarTwo), s.left(kGuitarLead));
  s.keys.play(bar, s.left(kKeys), s.right(kKeys));
  s.pad.play(bar, s.left(kPad), s.right(kPad));
  s.vocals.play(bar, s.left(kVoxLead), s.left(kVoxHigh), s.left(kVoxLow));
  s.set_gains(bar);
}

const std::vector<double>& Band::channel(std::size_t r, int c) const {
  return stage_->sound[r][static_cast<std::size_t>(c)];
}

}  // namespace busbar::demo
