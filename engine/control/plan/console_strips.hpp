#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/control/model/mixer.hpp"

namespace busbar {

/// How much `dim` takes from the monitor, in dB.
inline constexpr double kMonitorDim = -20.0;
inline constexpr std::string_view kMonitorId = "monitor";
inline constexpr std::string_view kTalkbackId = "talkback";

/// What the monitor hears of a strip.
struct Listen {
  std::string from;  ///< strip
  Send send;
};

/// The strips that a console has beside those of the session: `monitor`, a bus with what is listened to, and
/// `talkback`, a track with sends to cues. Their ids are reserved, so they are nobody else's.
struct ConsoleStrips {
  std::vector<std::shared_ptr<const Strip>> strips;
  std::vector<Listen> listens;
  std::map<std::string, InsertSlot, std::less<>> summings;  ///< of buses with console summing, by id
};
ConsoleStrips console_strips(const Mixer& mixer);

/// The talkback's source, as a track's; none without talkback.
std::shared_ptr<const Strip> talkback_strip(const Mixer& mixer);

}  // namespace busbar
