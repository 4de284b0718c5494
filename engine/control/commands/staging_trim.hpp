#pragma once
#include <string_view>

#include "engine/control/model/mixer.hpp"
#include "engine/control/model/routing_rules.hpp"
#include "engine/core/result.hpp"
#include "engine/core/units.hpp"

namespace busbar {

/// The mixer with the trim of a strip at `trim`, and all that follows it moved so that every bus stays as loud as it
/// is. With x the dB by which the trim rises:
///   fader, `input` sends, `pre` sends   −x  (`post` sends follow the fader)
///   thresholds of its inserts           +x  (`threshold_db`, `…_threshold_db`), unless a key of another strip is heard
///   drives into a fixed threshold       −x  (`input_db`), and +x behind it (`output_db`, `makeup_db`), unless likewise
///   drives that leave the level alone   −x  (`InsertType::drive_follows_level`, `summing_drive_db`)
///   thresholds and drives of inserts of other strips that this strip is the key of, the same
/// What stands at −inf stays there. A bypassed insert is moved with the others where that can be done, and else left.
/// Errors: a range ends (the error names the value and how far the trim can go), the trim is at −inf or goes there, or
/// a processor finds its own level, lingers, lags, or is not linear and has no threshold or drive that is known here.
/// `where` is left empty.
Result<Mixer> stage_trim(const Mixer& mixer, std::string_view strip, Decibels trim, FindInsert find_insert);

}  // namespace busbar
