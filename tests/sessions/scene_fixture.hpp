#pragma once
#include <gtest/gtest.h>

#include <string>

#include "sessions/scenes.hpp"
#include "sessions/session_file.hpp"

namespace busbar::test {

/// Two tracks with an insert, sends to an aux and two cues, of which `ears` is protected, and groups of both kinds.
inline constexpr const char* kSceneSession = R"({
  "format": "busbar-session", "version": 1, "sample_rate": 48000,
  "tracks": [
    { "id": "kick", "source": { "type": "tone" }, "fader_db": -2, "output": "drums",
      "inserts": [ { "id": "cut", "type": "low_cut", "params": { "corner_hz": 60 } } ],
      "sends": [ { "to": "room", "level_db": -14 }, { "to": "wedge", "level_db": -6 }, { "to": "ears", "level_db": -3 } ] },
    { "id": "vox", "source": { "type": "tone" },
      "inserts": [ { "id": "gain", "type": "utility" } ],
      "sends": [ { "to": "room", "level_db": -9 }, { "to": "ears" } ] }
  ],
  "buses": [
    { "id": "drums", "kind": "group", "inserts": [ { "id": "odd", "type": "from_elsewhere", "params": { "x": 1 } } ] },
    { "id": "room", "kind": "aux" },
    { "id": "wedge", "kind": "cue", "output": { "hardware": [3, 4] } },
    { "id": "ears", "kind": "cue", "protected": true, "output": { "hardware": [5, 6] } },
    { "id": "master", "kind": "master", "output": { "hardware": [1, 2] } }
  ],
  "vcas": [ { "id": "band", "members": ["drums", "vox"], "fader_db": -1 } ],
  "mute_groups": [ { "id": "off", "members": ["vox"] } ]
})";

inline Mixer scene_mixer() {
  LoadedSession session = read_session_text(kSceneSession, {});
  EXPECT_TRUE(session.findings.errors.empty());
  return session.mixer;
}

inline Edit scene_edit(EditOp op, const std::string& address, EditValue value = {}, std::optional<int> index = {}) {
  Edit edit;
  edit.op = op;
  edit.address = address;
  edit.value = std::move(value);
  edit.index = index;
  return edit;
}

/// The mixer after an edit that must be taken.
inline Mixer done(const Mixer& mixer, const Edit& edit) {
  Result<Mixer> result = edit_scene(mixer, edit);
  EXPECT_TRUE(result) << (result ? "" : to_line(result.error()));
  return result ? *result : mixer;
}

/// The line of an edit that must be refused.
inline std::string refusal(const Mixer& mixer, const Edit& edit) {
  const Result<Mixer> result = edit_scene(mixer, edit);
  EXPECT_FALSE(result) << edit.address;
  return result ? "" : to_line(result.error());
}

inline Mixer store(const Mixer& mixer, const std::string& id, const std::string& json = "{}") {
  return done(mixer, scene_edit(EditOp::add, "/scene/" + id, JsonText{json}));
}
inline Mixer recall(const Mixer& mixer, const std::string& id) {
  return done(mixer, scene_edit(EditOp::set, "/scene/" + id + "/recall", true));
}

/// The mixer with a strip changed.
template <typename Change>
Mixer changed(Mixer mixer, const std::string& id, Change change) {
  Strip strip = *mixer.find(id);
  change(strip);
  mixer.replace(std::move(strip));
  return mixer;
}

}  // namespace busbar::test
