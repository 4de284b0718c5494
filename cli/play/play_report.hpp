#pragma once
#include <string>
#include <vector>

#include "cli/json.hpp"
#include "cli/play/play_loop.hpp"
#include "cli/play/screen.hpp"

namespace busbar::cli {

/// What a report needs beside the run.
struct PlayFacts {
  PlayScene scene;
  double session_rate = 0.0;  ///< as the session file says
  bool memory_locked = false;
};

/// Where there is no screen: what plays on what, in one line on stdout.
void print_start(const PlayScene& scene);
/// `moves.txt:3 landed at 1.000 s (frame 48000)`
std::string landed_text(const LandedEdit& landed, const std::string& script, double sample_rate);
/// The closing summary: how long, how well, and the peaks of the buses.
std::string summary_text(const PlayRun& run, const PlayFacts& facts);
/// The same for programs.
Json play_json(const PlayRun& run, const PlayFacts& facts);

}  // namespace busbar::cli
