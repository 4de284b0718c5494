#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/control/model/shared_text.hpp"
#include "engine/control/model/strip.hpp"

namespace busbar {

/// Scales the faders of its members. A VCA may be a member of a VCA.
struct Vca {
  std::string id;
  std::string name;
  std::vector<std::string> members;  ///< strips and VCAs
  Decibels fader;
  bool mute = false;
  Extras extras;
  friend bool operator==(const Vca&, const Vca&) = default;
};

struct MuteGroup {
  std::string id;
  std::string name;
  std::vector<std::string> members;  ///< strips and VCAs
  bool mute = false;
  Extras extras;
  friend bool operator==(const MuteGroup&, const MuteGroup&) = default;
};

/// A stored snapshot. `values` is kept as JSON text: what it may say is the concern of the edit language
/// (`sessions/scenes.hpp`).
struct Scene {
  std::string id;
  std::string name;
  double fade_s = 0.0;             ///< 0 … 60
  std::vector<std::string> scope;  ///< kinds of values; empty: the usual ones
  SharedText values;               ///< JSON object: id of a strip, VCA or mute group → keys; or empty
  Extras extras;
  friend bool operator==(const Scene&, const Scene&) = default;
};

struct Monitor {
  std::string source = "master";
  Decibels level;
  bool dim = false;
  bool mono = false;
  bool cut = false;
  bool polarity = false;
  std::optional<ToHardware> output;  ///< none: the monitor section is off
  Extras extras;
  friend bool operator==(const Monitor&, const Monitor&) = default;
};

struct Talkback {
  std::optional<int> channel;
  std::vector<std::string> to;
  Decibels dim;
  bool on = false;
  Extras extras;
  friend bool operator==(const Talkback&, const Talkback&) = default;
};

/// What is written on the sockets, by channel number.
struct Io {
  std::map<int, std::string> outputs;
  std::map<int, std::string> inputs;
  Extras extras;
  friend bool operator==(const Io&, const Io&) = default;
};

struct Marker {
  double at_s = 0.0;
  std::string name;
  Extras extras;
  friend bool operator==(const Marker&, const Marker&) = default;
};

struct Transport {
  std::optional<std::pair<double, double>> loop_s;  ///< from, to
  std::vector<Marker> markers;
  Extras extras;
  friend bool operator==(const Transport&, const Transport&) = default;
};

enum class SoloMode : std::uint8_t { in_place, pfl, afl };

/// The whole console as a value: all that a session file saves. Strips are shared and immutable, so a copy is
/// cheap, an edit replaces one strip, and an undo step keeps two pointers.
struct Mixer {
  std::string name;
  double sample_rate = 48000.0;
  double tempo_bpm = 120.0;
  double pan_law_db = -3.0;  ///< -3, -4.5, -6 or 0
  SoloMode solo_mode = SoloMode::in_place;
  bool solo_exclusive = false;                       ///< to solo a strip takes the other solos away
  std::vector<std::shared_ptr<const Strip>> tracks;  ///< in the order of the file
  std::vector<std::shared_ptr<const Strip>> buses;
  std::vector<Vca> vcas;
  std::vector<MuteGroup> mute_groups;
  std::vector<Scene> scenes;
  std::optional<Monitor> monitor;
  std::optional<Talkback> talkback;
  std::optional<Io> io;
  std::optional<Transport> transport;
  Extras extras;

  /// The strip with that id, or null.
  const Strip* find(std::string_view id) const noexcept;
  /// All strips: tracks, then buses, as in the file.
  std::vector<const Strip*> strips() const;
  /// Replaces the strip with the same id; it must exist.
  void replace(Strip strip);
};

/// Hardware channels as a person knows them, with what is written on the sockets: `3 Drummer L, 4 Drummer R`.
std::string shown_outputs(const Mixer& mixer, const std::vector<int>& channels);
std::string shown_inputs(const Mixer& mixer, const std::vector<int>& channels);

}  // namespace busbar
