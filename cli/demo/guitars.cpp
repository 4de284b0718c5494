#include "cli/demo/guitars.hpp"

#include <array>
#include <string_view>

#include "cli/demo/strings.hpp"

namespace busbar::demo {
namespace {

using Shape = std::array<int, 6>;  // MIDI notes from the lowest string; 0: not played

Shape shape_of(const Chord& chord) {
  switch (chord.root) {
    case 28:
      return {40, 47, 52, 55, 59, 64};  // Em
    case 31:
      return {43, 47, 50, 55, 59, 67};  // G
    case 33:
      return {0, 45, 52, 57, 60, 64};  // Am
    case 36:
      return {0, 48, 52, 55, 60, 64};  // C
    default:
      return {0, 0, 50, 57, 62, 66};  // D
  }
}

/// Valve stage, tone and a closed cabinet with a microphone before the cone.
class Amplifier {
 public:
  explicit Amplifier(double drive) : drive_(drive) {}
  double play(double x) noexcept {
    // A pickup hears how fast the string moves, and so the overtones more than the body.
    const double picked = tight_.high(x) + 2.6 * bite_.high(x);
    const double driven = std::tanh(drive_ * picked) / std::tanh(drive_);
    const double toned = driven + 0.9 * presence_.band(driven) - 0.35 * scoop_.band(driven);
    return cone_two_.low(cone_.low(box_.high(toned)));
  }

 private:
  double drive_;
  Svf tight_{130.0, 0.7}, bite_{1300.0, 0.7}, scoop_{520.0, 0.8}, presence_{2600.0, 1.2};
  Svf box_{85.0, 0.9}, cone_{4600.0, 0.9}, cone_two_{5600.0, 0.6};
};

struct Guitar {
  Random random;
  Amplifier amplifier;
  std::array<PluckedString, 6> strings;

  double next() noexcept {
    double sum = 0.0;
    for (PluckedString& s : strings) sum += s.next();
    return amplifier.play(sum);
  }
  void damp(double seconds) noexcept {
    for (PluckedString& s : strings) s.damp(seconds);
  }
};

// A bar of strumming in sixteenths: 'D' full stroke, 'd' lighter, 'm' damped with the palm, '-' stop.
std::string_view strum_of(const Bar& bar) {
  switch (bar.part) {
    case Part::intro:
      return "................";
    case Part::verse:
      return "m.m.m.m.m.m.m.d.";
    case Part::rise:
      return bar.opens() ? "D..........-...." : "D.......D...d.d.";
    case Part::chorus:
      return "D...d.d...d.D.d.";
    case Part::turn:
      return bar.closes() ? "D.......D...-..." : "D...............";
  }
  return "";
}

// Which string is picked on each eighth, '.' none.
std::string_view picking_of(const Bar& bar) {
  switch (bar.part) {
    case Part::intro:
      return "24354345";
    case Part::verse:
      return bar.number % 2 == 0 ? "2435.435" : "2.354.35";
    case Part::rise:
      return bar.opens() ? "2...4.5." : "2435243.";
    case Part::chorus:
      return "25453545";
    case Part::turn:
      return bar.closes() ? "2453...." : "2453.5.4";
  }
  return "";
}

// The lead's tune: MIDI notes on a bar's eighths, 0 for none.
using Tune = std::array<int, 8>;
const Tune& tune_of(const Bar& bar) {
  static constexpr Tune kSilent{};
  static constexpr Tune kIntro{71, 0, 74, 76, 0, 74, 71, 0}, kIntroTwo{67, 0, 0, 69, 71, 0, 0, 0};
  static constexpr Tune kTurn{76, 0, 79, 0, 76, 74, 72, 0}, kTurnTwo{74, 0, 0, 69, 66, 0, 0, 0};
  if (bar.part == Part::intro) return bar.opens() ? kIntro : kIntroTwo;
  if (bar.part == Part::turn) return bar.opens() ? kTurn : kTurnTwo;
  return kSilent;
}

}  // namespace

struct Guitars::Stage {
  Guitar strummed{Random(41), Amplifier(5.0), {}};
  Guitar picked{Random(43), Amplifier(1.1), {}};
  Guitar lead{Random(47), Amplifier(7.0), {}};
  std::array<int, 6> due{};  // frames until each string of the stroke that is under way; -1: none
  std::array<Pluck, 6> strokes{};

  Stage() { due.fill(-1); }

  void strum(const Bar& bar, char sign) {
    if (sign == '.') return;
    if (sign == '-') return strummed.damp(0.1);
    const Shape shape = shape_of(bar.chord);
    const double force = (sign == 'D' ? 0.30 : 0.22) * (0.9 + 0.1 * strummed.random.share());
    int delay = 0;
    for (std::size_t s = 0; s < shape.size(); ++s) {
      const bool struck = shape[s] != 0 && (sign != 'm' || s < 4);
      if (!struck) continue;
      const double hz = pitch_hz(shape[s]) * (1.0 + 0.0007 * strummed.random.bipolar());
      strokes[s] = sign == 'm' ? Pluck{hz, force, 0.10, 0.4, 0.5} : Pluck{hz, force, 0.11, 3.2, 0.22};
      due[s] = delay;
      delay += 170 + static_cast<int>(90.0 * strummed.random.share());  // 4 to 5 ms from string to string
    }
  }
  void pick(const Bar& bar, char sign) {
    if (sign == '.') return;
    const auto s = static_cast<std::size_t>(sign - '0');
    const Shape shape = shape_of(bar.chord);
    const int note = shape[s] != 0 ? shape[s] : shape[5];
    const double force = (bar.part == Part::chorus ? 0.5 : 0.38) * (0.8 + 0.2 * picked.random.share());
    picked.strings[s].pluck({pitch_hz(note), force, 0.14, 2.4, 0.2}, picked.random);
  }
  void sing(int note) {
    if (note == 0) return;
    lead.damp(0.05);
    lead.strings[static_cast<std::size_t>(note % 3)].pluck({pitch_hz(note), 0.3, 0.13, 4.0, 0.35}, lead.random);
  }
  double next_strummed() {
    for (std::size_t s = 0; s < due.size(); ++s)
      if (due[s] >= 0 && due[s]-- == 0) strummed.strings[s].pluck(strokes[s], strummed.random);
    return strummed.next();
  }
};

Guitars::Guitars() : stage_(std::make_unique<Stage>()) {}
Guitars::~Guitars() = default;

void Guitars::play(const Bar& bar, Line strummed, Line picked, Line lead) {
  Stage& stage = *stage_;
  const std::string_view strokes = strum_of(bar);
  const std::string_view picking = picking_of(bar);
  const Tune& tune = tune_of(bar);
  int step = 0;
  int next_step = 0;
  for (int n = 0; n < bar.frames; ++n) {
    if (n == next_step && step < kStepsPerBar) {
      const auto eighth = static_cast<std::size_t>(step / 2);
      stage.strum(bar, strokes[static_cast<std::size_t>(step)]);
      if (step % 2 == 0) stage.pick(bar, picking[eighth]);
      if (step % 2 == 0) stage.sing(tune[eighth]);
      if (bar.part == Part::rise && bar.opens() && step == 0) stage.lead.damp(0.2);
      next_step = bar.step(++step);
    }
    const auto i = static_cast<std::size_t>(n);
    strummed[i] += stage.next_strummed();
    picked[i] += stage.picked.next();
    lead[i] += stage.lead.next();
  }
}

}  // namespace busbar::demo
