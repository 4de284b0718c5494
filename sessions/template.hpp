#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "engine/control/model/mixer.hpp"
#include "engine/core/result.hpp"

namespace busbar {

/// How tracks whose name has one of the words are set up. Words match whole words of a name ("room" does not match
/// "Mushroom"), in any case, with a plural s, and run together with other known words ("FloorTom", "leadvox").
struct TrackRule {
  std::vector<std::string> match;  ///< empty: matches every name
  std::string output;              ///< bus
  std::string color;
  Decibels fader;
  std::vector<double> pans;  ///< of the first, second … track of this rule, then round again; empty: 0
  std::vector<InsertSlot> inserts;
  std::vector<Send> sends;
};

/// A console without tracks, and the rules by which tracks find their places in it. The first rule that matches holds.
struct Template {
  std::string name;
  std::string about;  ///< one line for a list of templates
  Mixer mixer;
  std::vector<TrackRule> rules;
  std::vector<Send> every;  ///< sends of each track, after those of its rule
};

/// The names of the templates that are built in.
std::vector<std::string> template_names();

/// A built-in template; the error lists what there is.
Result<Template> find_template(std::string_view name);

/// Reads a template: a session without tracks, with the key `template` (docs/session_format.md).
Result<Template> read_template_text(std::string_view name, std::string_view json);

/// An audio file, or one channel of it, that becomes a track.
struct TrackFile {
  std::string path;  ///< relative to the session file, '/' as separator
  std::string name;  ///< what the track is called; empty: from the path
  int channel = 0;   ///< 0: all of a mono or stereo file; else this channel of a poly file, counted from 1
};

/// A session with a track per file: unique ids made from the names (`Kick In.wav` becomes `kick-in`), each with one
/// clip from 0 s on, set up by the template's rules. Name, sample rate and tempo are the template's.
Mixer make_session(const Template& plan, const std::vector<TrackFile>& files);

/// The id that a name asks for: lower case, what an id cannot hold replaced by `-`; `track` if nothing is left.
std::string id_from_name(std::string_view name);

}  // namespace busbar
