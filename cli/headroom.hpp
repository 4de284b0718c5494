#pragma once
#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/control/model/mixer.hpp"
#include "engine/control/plan/routing.hpp"
#include "engine/core/result.hpp"

namespace busbar::cli {

/// Largest absolute sample of each channel, linear.
using Peaks = std::array<double, 2>;

/// The peaks of every track's source, before trim. Files are read whole up to a minute, longer ones in twenty
/// stretches of a second spread over the clip. A file that cannot be read counts as silence, as a hardware input does.
/// `progress` is told the share that is done.
std::map<std::string, Peaks> measure_sources(const Mixer& mixer, const std::filesystem::path& folder,
                                             const std::function<void(double)>& progress);

/// How loud a bus is expected to get at its output.
struct ExpectedLevel {
  std::string id;
  double peak_dbfs;     ///< of unrelated signals
  double at_most_dbfs;  ///< if all that feeds it peaks at once, with the same sign
};

/// Carries the peaks through trims, faders, VCAs, mutes, pans and sends. Where signals meet, their peaks are added as
/// powers: they seldom fall together, so this is what a mix of unrelated tracks comes to, give or take 3 dB. Of the
/// inserts only the gain of `utility` and the ceiling of `limiter` are counted, and neither where it is level-matched.
/// Buses, in the order of the session.
std::vector<ExpectedLevel> expect_levels(const Mixer& mixer, const Routing& routing,
                                         const std::map<std::string, Peaks>& sources);

/// A warning for each bus that is expected to pass 0 dBFS, or close below it and over it if its feeders peak together
/// (two microphones on one drum do), and for each limiter whose ceiling does not hold since it is level-matched.
std::vector<Error> headroom_warnings(const Mixer& mixer, const std::vector<ExpectedLevel>& levels);

}  // namespace busbar::cli
