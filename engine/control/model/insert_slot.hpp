#pragma once
#include <map>
#include <optional>
#include <string>
#include <variant>

namespace busbar {

/// JSON members that this version does not know: the text of an object (`{"k":1}`) or empty.
/// The model carries them as opaque text, so that saving loses nothing.
using Extras = std::string;

/// A parameter as a session holds it: a number, a switch, or the name of a choice.
using ParamValue = std::variant<double, bool, std::string>;

/// One place in a strip's insert chain: which processor, and how it is set.
struct InsertSlot {
  std::string id;
  std::string type;
  bool bypass = false;
  double mix = 1.0;                          ///< 0 dry … 1 wet
  bool match_level = false;                  ///< what it puts out is brought to the loudness of what it gets
  std::optional<std::string> key;            ///< strip heard by the side chain, at its `pre` tap
  std::map<std::string, ParamValue> params;  ///< only what was set; defaults are the type's
  Extras extras;
  friend bool operator==(const InsertSlot&, const InsertSlot&) = default;
};

}  // namespace busbar
