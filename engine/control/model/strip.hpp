#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/control/model/insert_slot.hpp"
#include "engine/control/model/send.hpp"
#include "engine/core/units.hpp"

namespace busbar {

/// A stretch of an audio file on the time line. Seconds, as the session says them.
struct Clip {
  std::string file;           ///< relative to the session file, '/' as separator
  std::vector<int> channels;  ///< counted from 1; empty: all of a mono or stereo file
  double start_s = 0.0;
  double offset_s = 0.0;           ///< into the file
  std::optional<double> length_s;  ///< none: to the end of the file
  Decibels gain;
  Extras extras;
  friend bool operator==(const Clip&, const Clip&) = default;
};

struct WavSource {
  std::vector<Clip> clips;
  Extras extras;
  friend bool operator==(const WavSource&, const WavSource&) = default;
};

/// Hardware inputs, counted from 1.
struct InputSource {
  std::vector<int> channels;
  Extras extras;
  friend bool operator==(const InputSource&, const InputSource&) = default;
};

enum class Wave : std::uint8_t { sine, pink, white };

/// A test signal without end. `level` is the peak of a sine and the RMS of a noise, in dBFS.
struct ToneSource {
  Wave wave = Wave::sine;
  Hertz hz = 1000.0;
  Decibels level;
  Extras extras;
  friend bool operator==(const ToneSource&, const ToneSource&) = default;
};

using Source = std::variant<WavSource, InputSource, ToneSource>;

/// A bus, by id.
struct ToBus {
  std::string id;
  friend bool operator==(const ToBus&, const ToBus&) = default;
};

/// One or two hardware outputs, counted from 1.
struct ToHardware {
  std::vector<int> channels;
  std::optional<Decibels> ceiling;  ///< none: the default; +inf: "off"
  Extras extras;
  friend bool operator==(const ToHardware&, const ToHardware&) = default;
};

struct ToNowhere {
  friend bool operator==(const ToNowhere&, const ToNowhere&) = default;
};

using Output = std::variant<ToNowhere, ToBus, ToHardware>;

/// How a bus adds up: exactly, or with the harmonics that a console's summing amplifier adds (`console_summing`).
enum class Summing : std::uint8_t { clean, console };

enum class StripKind : std::uint8_t { track, group, aux, cue, master };

/// One channel of the console: a track (it has a source) or a bus (it sums).
struct Strip {
  std::string id;
  std::string name;   ///< empty: the id is shown
  std::string color;  ///< `#rrggbb` or empty
  StripKind kind = StripKind::track;
  std::optional<Source> source;  ///< tracks only
  Decibels trim;
  bool polarity = false;
  Summing summing = Summing::clean;  ///< buses; before the inserts
  double summing_drive_db = 0.0;     ///< 0 … 24, of `Summing::console`
  std::vector<InsertSlot> inserts;
  bool bypass_inserts = false;  ///< all of them, whatever their own switches say
  bool match_inserts = false;   ///< all of them are level-matched, see `InsertSlot::match_level`
  Decibels fader;
  double pan = 0.0;
  double width = 1.0;
  bool mute = false;
  bool solo = false;
  bool solo_safe = false;
  std::vector<std::string> recall_safe;  ///< keys that a scene leaves alone
  std::vector<Send> sends;
  Output output;
  bool lowest_latency = false;  ///< cue: `"latency": "lowest"`
  bool follow_mute = false;     ///< cue: mutes silence `pre` and `input` sends too
  bool is_protected = false;    ///< cue: `"protected": true`
  Extras extras;

  /// Nothing is aligned at the sum of a cue that asks for it; on other strips the word does nothing.
  bool takes_lowest_latency() const noexcept { return kind == StripKind::cue && lowest_latency; }
  bool is_track() const noexcept { return kind == StripKind::track; }
  const std::string& shown_name() const noexcept { return name.empty() ? id : name; }
  friend bool operator==(const Strip&, const Strip&) = default;
};

}  // namespace busbar
