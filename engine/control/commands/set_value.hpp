#pragma once
#include <string>

#include "engine/control/commands/address.hpp"
#include "engine/control/commands/edit_value.hpp"
#include "engine/control/model/mixer.hpp"

namespace busbar {

/// Sets one plain value (a number, a switch, a word) in place: faders, pans, mutes, send levels, parameters of
/// inserts, groups, monitor, talkback, session. False: the address is not that of a plain value, and nothing was done.
/// What cannot be set is refused in `value`; the mixer may then be half changed, so the caller throws it away.
bool set_value(EditedValue& value, Mixer& mixer, const AddressWords& words);

/// The parts of `set_value`, with the same answer; used in this folder only.
bool set_strip_value(EditedValue& value, Mixer& mixer, const AddressWords& words);
bool set_group_value(EditedValue& value, Mixer& mixer, const AddressWords& words);
bool set_section_value(EditedValue& value, Mixer& mixer, const AddressWords& words);

/// Takes the solo from every strip but one.
void clear_solos(Mixer& mixer, std::string_view but = {});

}  // namespace busbar
