#pragma once
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "engine/control/commands/apply_command.hpp"
#include "sessions/edit_parts.hpp"
#include "sessions/session_file.hpp"

namespace busbar::test {

/// A console with one of everything that an address can name.
inline constexpr const char* kEditSession = R"({
  "format": "busbar-session", "version": 1, "sample_rate": 48000, "note": "kept",
  "tracks": [
    { "id": "kick", "name": "Kick", "my_key": [1, 2], "output": "drums",
      "source": { "type": "wav", "clips": [ { "file": "a.wav" }, { "file": "b.wav", "start_s": 4, "gain_db": -3 } ] },
      "inserts": [ { "id": "cut", "type": "low_cut", "params": { "corner_hz": 60 } }, { "id": "tool", "type": "utility", "key": "snare" } ],
      "sends": [ { "to": "room", "level_db": -14 }, { "to": "cue1", "level_db": -6 } ] },
    { "id": "snare", "source": { "type": "wav", "clips": [] }, "output": "drums" },
    { "id": "osc", "source": { "type": "tone", "hz": 440 }, "output": "none" }
  ],
  "buses": [
    { "id": "drums", "name": "Drums", "kind": "group", "output": "mix",
      "inserts": [ { "id": "glue", "type": "utility" }, { "id": "odd", "type": "from_elsewhere", "params": { "x": 1 } } ] },
    { "id": "mix", "kind": "group", "sends": [ { "to": "room" } ] },
    { "id": "room", "name": "Room", "kind": "aux" },
    { "id": "cue1", "kind": "cue", "output": { "hardware": [3, 4] } },
    { "id": "ears", "kind": "cue", "protected": true, "output": { "hardware": [5, 6], "ceiling_dbfs": -9 } },
    { "id": "master", "kind": "master", "output": { "hardware": [1, 2] } }
  ],
  "vcas": [ { "id": "band", "name": "Band", "members": ["drums", "kick"] }, { "id": "all", "members": ["band"] } ],
  "mute_groups": [ { "id": "quiet", "members": ["kick", "band"] } ],
  "scenes": [ { "id": "verse", "name": "Verse", "values": { "kick": { "fader_db": -4 } } } ],
  "monitor": { "source": "drums" },
  "talkback": { "channel": 2, "to": ["cue1", "ears"], "dim_db": -12 },
  "io": { "outputs": { "3": "Drummer L" } },
  "transport": { "markers": [ { "at_s": 1, "name": "A" }, { "at_s": 2, "name": "B" } ] }
})";

inline Mixer edit_mixer() {
  LoadedSession session = read_session_text(kEditSession, {});
  EXPECT_TRUE(session.findings.errors.empty()) << to_line(session.findings.errors.front());
  return session.mixer;
}

/// A value as edit scripts say it.
inline EditValue value_of(const std::string& json) {
  if (json.empty() || json == "null") return std::monostate{};
  if (json == "true" || json == "false") return json == "true";
  if (json.front() == '"') return json.substr(1, json.size() - 2);
  if (json.front() == '{' || json.front() == '[') return JsonText{json};
  return std::stod(json);
}

inline Edit edit_of(EditOp op, std::string address, const std::string& json = "", std::optional<int> index = {}) {
  Edit edit;
  edit.op = op;
  edit.address = std::move(address);
  edit.value = value_of(json);
  edit.index = index;
  return edit;
}

/// The mixer after an edit that must be taken.
inline Mixer edited(const Mixer& mixer, const Edit& edit) {
  Result<Mixer> result = apply_edit(mixer, edit, edit_parts);
  EXPECT_TRUE(result) << (result ? "" : to_line(result.error()));
  return result ? *result : mixer;
}

/// The line of an edit that must be refused.
inline std::string refusal(const Mixer& mixer, const Edit& edit) {
  const Result<Mixer> result = apply_edit(mixer, edit, edit_parts);
  EXPECT_FALSE(result) << edit.address;
  return result ? "" : to_line(result.error());
}

}  // namespace busbar::test
