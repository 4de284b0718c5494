#include "cli/demo/bass.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "cli/demo/strings.hpp"

namespace busbar::demo {
namespace {

constexpr int kMicDelay = 35;  // 25 cm of air

// A bar in sixteenths: 'r' root, 'f' fifth, 'o' octave, '-' hand on the string, '.' let it ring.
std::string_view line_of(const Bar& bar) {
  switch (bar.part) {
    case Part::intro:
      return bar.opens() ? "................" : "r.......-...r.f.";
    case Part::verse:
      return bar.number % 2 == 0 ? "r.....r-..r...f-" : "r.....r-..r.o.f.";
    case Part::rise:
      return bar.opens() ? "r...........-..." : "r.r.r.r.r.r.r.r.";
    case Part::chorus:
      return bar.number % 2 == 0 ? "r.r.r.r.f.r.r.o." : "r.r.r.r.o.r.f.r.";
    case Part::turn:
      return bar.closes() ? "r.......r...-..." : "r.........f...-.";
  }
  return "";
}

int interval_of(char sign) { return sign == 'f' ? 7 : sign == 'o' ? 12 : 0; }

}  // namespace

struct Bass::Rig {
  Random random{37};
  PluckedString string;
  OnePole pickup{3200.0}, coupling{18.0};
  Svf rumble{45.0, 0.7}, cone{95.0, 1.0}, horn{3000.0, 0.7};
  OnePole air{5000.0};
  std::array<double, kMicDelay> way{};
  std::size_t at = 0;

  double through_amp(double di) noexcept {
    const double driven = std::tanh(3.2 * di) / 2.2;
    const double shaped = horn.low(rumble.high(driven) + 0.55 * cone.band(driven));
    return std::exchange(way[at], air.low(shaped));
  }
  void advance() noexcept { at = at + 1 == way.size() ? 0 : at + 1; }
};

Bass::Bass() : rig_(std::make_unique<Rig>()) {}
Bass::~Bass() = default;

void Bass::play(const Bar& bar, Line di, Line amp) {
  Rig& r = *rig_;
  const std::string_view line = line_of(bar);
  const double strength = bar.part == Part::chorus ? 0.62 : 0.5;
  std::size_t step = 0;
  int next_step = 0;
  for (int n = 0; n < bar.frames; ++n) {
    if (n == next_step && step < line.size()) {
      const char sign = line[step];
      if (sign == '-') r.string.damp(0.12);
      if (sign != '-' && sign != '.') {
        const double hz = pitch_hz(bar.chord.root + interval_of(sign));
        r.string.pluck({hz, strength * (0.85 + 0.15 * r.random.share()), 0.22, 3.5, 0.55}, r.random);
      }
      next_step = bar.step(static_cast<double>(++step));
    }
    const double dry = r.pickup.low(r.coupling.high(r.string.next()));
    const auto i = static_cast<std::size_t>(n);
    di[i] += dry;
    amp[i] += r.through_amp(dry);
    r.advance();
  }
}

}  // namespace busbar::demo
