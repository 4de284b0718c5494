#pragma once
#include <span>
#include <string>
#include <vector>

#include "engine/control/model/mixer.hpp"
#include "engine/core/result.hpp"

namespace busbar {

struct InsertType;

/// The types of insert that exist; null if there is none of that name.
using FindInsert = const InsertType* (*)(std::string_view type);

/// Everything that must hold between the parts of a mixer: unique ids, one master, known targets, at most one send
/// per strip and bus, protected cues, no loops in the routing, insert parameters in range.
/// `where` is the JSON pointer of the offender in the session file (tracks and buses are in file order).
/// Warnings are what the mixer can live with: unknown insert types and parameters, orphans, two ways to the master,
/// hardware outputs used twice, a ceiling that is off, a cue that depends on a bus.
Findings check_mixer(const Mixer& mixer, FindInsert find_insert);

/// The ids around a loop of outputs, sends and side-chain keys, first repeated at the end; empty if there is none.
std::vector<std::string> find_loop(const Mixer& mixer);

/// `drums → glue → drums`.
std::string join_loop(std::span<const std::string> ids);

}  // namespace busbar
