#pragma once
#include "engine/control/model/mixer.hpp"

namespace busbar::demo {

inline constexpr const char* kSongName = "Harbour Lights";

/// The console as an engineer would leave it after a first balance: groups, sends, cue mixes for two musicians,
/// VCAs, mute groups and scenes over `audio/ID.wav` of every recording. Markers cover `seconds` of song.
Mixer demo_session(double seconds);

}  // namespace busbar::demo
