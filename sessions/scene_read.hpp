#pragma once
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/control/model/mixer.hpp"
#include "engine/core/param_spec.hpp"
#include "sessions/object_reader.hpp"

namespace busbar {

/// Values of a scene for what a strip does not have: sends, inserts, parameters, a bus as its output.
struct SceneGaps {
  std::size_t count = 0;
  std::string first;  ///< pointer of the first
  void add(const std::string& where) {
    if (count++ == 0) first = where;
  }
};

/// The mixer with all values of a scene, whatever its scope is and what is recall-safe. Strips and groups that are not
/// there are passed over, and so are the gaps; what may not be (out of range, of the wrong type) is an error in the
/// report, and a key that is not known a warning. `where` is the pointer of the values.
Mixer with_scene_values(const Mixer& mixer, const nlohmann::json& values, const std::string& where, Report& report,
                        SceneGaps& gaps);

/// The value of a parameter: what was set, else its default.
ParamValue value_of(const InsertSlot& slot, const ParamSpec& spec);

}  // namespace busbar
