#pragma once
#include <functional>
#include <string>

#include "engine/core/result.hpp"
#include "engine/core/units.hpp"
#include "engine/files/sound_reader.hpp"

namespace busbar {

/// Names the recipe of a conversion: the same name on the same content gives the same samples.
std::string conversion_recipe();

/// Frames of a file of `frames` frames once it is at another rate: to the nearest.
Frames converted_length(Frames frames, double from_rate, double to_rate);

/// Converts a whole file, piece by piece, and writes it as a 32-bit float WAV.
/// Shape   all channels of `source`; converted_length() frames, frame 0 at the time of frame 0
/// Units   `to_rate` in Hz; `done` is told the part done, 0…1
/// Errors  of reading `source` and of writing to `descriptor`, whose file errors call `name`
/// Source  libsoxr at its "very high quality", linear phase, in 64 bit; rounded to float once, at the end
/// Returns the number of samples that were not finite and that became 0 before the conversion.
Result<Frames> convert_rate(SoundReader& source, double to_rate, int descriptor, const std::string& name,
                            const std::function<void(double)>& done = {});

}  // namespace busbar
