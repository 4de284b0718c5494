#pragma once
#include <string>
#include <vector>

#include "cli/play/line.hpp"
#include "cli/play/meters.hpp"
#include "engine/live_play.hpp"

namespace busbar::cli {

struct ScreenSize {
  int columns = 80;
  int rows = 24;
};

/// What stays the same while it plays.
/// A strip's plug on the device.
struct Plug {
  std::string strip;  ///< id
  std::string name;
  bool is_input = false;
  std::vector<int> channels;  ///< counted from 1
  std::string shown;          ///< with what is written on the sockets: `3 Drummer L, 4 Drummer R`
};

/// `Drummer to outputs 3 Drummer L, 4 Drummer R`
std::string plug_text(const Plug& plug);

struct PlayScene {
  std::string session;  ///< its name
  DeviceFormat device;
  double end_s = 0.0;           ///< where the last clip ends; 0: without end
  std::vector<Marker> markers;  ///< in order of time; the n-th has key n
  bool has_keys = true;
  std::vector<Plug> plugs{};
};

/// What a message line says, and how loudly.
struct Message {
  std::string text;
  bool is_alarm = false;
  bool is_passing = false;  ///< of interest for a moment only: gives way to whatever comes
};

/// What the screen shows now.
struct PlayView {
  const PlayScene& scene;
  const PlayStatus& status;
  std::vector<const MeterRow*> rows;  ///< `meter_room` of them or fewer
  std::string chosen;                 ///< id
  Message message;
  bool help = false;
};

/// Lines of the screen that are left for meters.
std::size_t meter_room(ScreenSize size);

/// The screen: `size.rows` lines (one at least) of exactly `size.columns` columns (one at least).
std::vector<Line> screen_lines(const PlayView& view, ScreenSize size);

/// `1:02.345`
std::string time_text(double seconds);

/// Frames of one callback: as the device says, else of the longest so far.
int block_frames(const DeviceFormat& device, const CallbackCounts& counts);

/// Time that one callback has, in seconds; 0 while not known.
double block_seconds(const DeviceFormat& device, const CallbackCounts& counts);

/// True if our callback before the latest xrun took so long that it was us who were late.
bool we_were_late(const DeviceFormat& device, const CallbackCounts& counts);

/// Brings a terminal from what it shows to new lines, by its control codes: only lines that differ are written.
class Painter {
 public:
  explicit Painter(Look look) : look_(look) {}
  std::string paint(const std::vector<Line>& lines, ScreenSize size);
  /// The terminal may show anything: the next paint writes it all.
  void forget() { shown_.clear(); }

 private:
  Look look_;
  ScreenSize size_;
  std::vector<std::string> shown_;
};

}  // namespace busbar::cli
