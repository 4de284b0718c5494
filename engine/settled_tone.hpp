#pragma once
#include "engine/control/model/insert_slot.hpp"

namespace busbar {

/// What an insert makes of a steady sine of 1 kHz, on both channels alike, once it has settled.
struct SettledTone {
  double wet_db = 0.0;         ///< behind the processor: the peaks of a sine that is as strong
  double output_db = 0.0;      ///< the same behind dry and wet
  double loudness_gain = 0.0;  ///< in LU: by how much louder it comes out than it went in
};

/// By the processor itself, an instance of which hears the tone as it would in a mix: a detector of peaks lets the gain
/// recover between the crests, which no static curve knows of. Its type must be known; bypass does not count.
/// Units   level of the tone's peaks in dB re full scale, tempo in BPM
SettledTone settled_tone(const InsertSlot& slot, double tempo_bpm, double input_db, double sample_rate = 48000.0);

}  // namespace busbar
