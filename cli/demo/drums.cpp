#include "cli/demo/drums.hpp"

#include <string_view>

#include "cli/demo/drum_voices.hpp"

namespace busbar::demo {
namespace {

// A bar in sixteenths: '.' nothing, 'o' soft, 'x' plain, 'X' accent.
using Pattern = std::string_view;

struct Beat {
  Pattern kick, snare, hats, open_hat, tom, floor;
};

constexpr Pattern kRest = "................";

constexpr Beat kIntro{"X...............", kRest, "x.o.x.o.x.o.x.o.", kRest, kRest, kRest};
constexpr Beat kIntroFill{"X.........x.....", "............x.x.", "x.o.x.o.x.o.....", kRest,
                          "............x...", "..............xX"};
constexpr Beat kVerse{"X.....x...x.....", "....X.......X...", "x.o.x.o.x.o.x.o.", kRest, kRest, kRest};
constexpr Beat kVerseTwo{"X.....x...x..x..", "....X..o.o..X...", "x.o.x.o.x.o.x...", "..............x.", kRest, kRest};
constexpr Beat kRise{"X...............", kRest, "x...o...x...o...", kRest, "......o.......o.", "x.......x......."};
constexpr Beat kRiseFill{"X...x...X.x.X.x.", "........o.x.xxXX", "x...x...x...x...", kRest,
                         "........x.x.x.x.", "....x.......x.x."};
constexpr Beat kChorus{"X..x..x.X.x.....", "....X.......X...", kRest, "x.x.x.x.x.x.x.x.", kRest, kRest};
constexpr Beat kChorusTwo{"X..x..x.X.x...x.", "....X..o....X.o.", kRest, "x.x.x.x.x.x.x.x.", kRest, kRest};
constexpr Beat kTurn{"X.........x.....", "........X.......", "x...x...x...x...", kRest,
                     "....x...........", "......x.......x."};
constexpr Beat kTurnStop{"X.......x.......", "....X.......",    "x.o.x.o.........", kRest,
                         ".........x.x....", "..........x....."};

const Beat& beat_of(const Bar& bar) {
  const bool odd = bar.number % 2 != 0;
  switch (bar.part) {
    case Part::intro:
      return bar.closes() ? kIntroFill : kIntro;
    case Part::verse:
      return odd ? kVerseTwo : kVerse;
    case Part::rise:
      return bar.closes() ? kRiseFill : kRise;
    case Part::chorus:
      return odd ? kChorusTwo : kChorus;
    case Part::turn:
      return bar.closes() ? kTurnStop : kTurn;
  }
  return kIntro;
}

double strength_of(Part part) {
  switch (part) {
    case Part::intro:
      return 0.82;
    case Part::verse:
      return 0.78;
    case Part::rise:
      return 0.68;
    case Part::chorus:
      return 1.0;
    case Part::turn:
      return 0.8;
  }
  return 1.0;
}

double accent_of(char sign) {
  switch (sign) {
    case 'o':
      return 0.45;
    case 'x':
      return 0.78;
    case 'X':
      return 1.0;
    default:
      return 0.0;
  }
}

// A drummer is a few milliseconds late, never twice the same, and no two hits are equally hard.
template <typename OnHit>
void each_hit(const Bar& bar, Pattern pattern, double strength, Random& random, OnHit on_hit) {
  for (std::size_t step = 0; step < pattern.size(); ++step) {
    const double accent = accent_of(pattern[step]);
    if (accent == 0.0) continue;
    const int at = bar.step(static_cast<double>(step)) + static_cast<int>(random.share() * 0.004 * kSampleRate);
    on_hit(at, accent * strength * (0.92 + 0.08 * random.share()));
  }
}

}  // namespace

struct Drummer::Kit {
  Random random{11};
  Voices<KickVoice> kick;
  Voices<SnareHeadVoice> head;
  Voices<SnareWiresVoice> wires;
  Voices<HatVoice> hats;
  Voices<TomVoice> tom, floor;
  Voices<CymbalVoice> cymbals;

  void hit_snare(int at, double v) {
    head.start(at, SnareHeadVoice(v, random));
    wires.start(at + 30, SnareWiresVoice(v, random));
  }
  // Wires rattle along with every other drum.
  void rattle(int at, double v) { wires.start(at + 70, SnareWiresVoice(0.06 * v, random)); }
};

Drummer::Drummer() : kit_(std::make_unique<Kit>()) {}
Drummer::~Drummer() = default;

void Drummer::play(const Bar& bar, const std::array<Line, kDrumSources>& out) {
  Kit& k = *kit_;
  const Beat& beat = beat_of(bar);
  const double strength = strength_of(bar.part);
  each_hit(bar, beat.kick, strength, k.random, [&](int at, double v) {
    k.kick.start_alone(at, KickVoice(v, k.random));
    k.rattle(at, v);
  });
  each_hit(bar, beat.snare, strength, k.random, [&](int at, double v) { k.hit_snare(at, v); });
  each_hit(bar, beat.hats, strength, k.random,
           [&](int at, double v) { k.hats.start_alone(at, HatVoice(v, 0.09 + 0.05 * v, k.random)); });
  each_hit(bar, beat.open_hat, strength, k.random,
           [&](int at, double v) { k.hats.start_alone(at, HatVoice(0.8 * v, 0.45, k.random)); });
  each_hit(bar, beat.tom, strength, k.random, [&](int at, double v) {
    k.tom.start(at, TomVoice(128.0, v, k.random));
    k.rattle(at, v);
  });
  each_hit(bar, beat.floor, strength, k.random, [&](int at, double v) {
    k.floor.start(at, TomVoice(82.0, v, k.random));
    k.rattle(at, v);
  });
  if (bar.part == Part::chorus && (bar.opens() || bar.in_form == 10))
    k.cymbals.start(bar.step(0), CymbalVoice(strength, 3.2, k.random));
  if (bar.part == Part::turn && bar.opens()) k.cymbals.start(bar.step(0), CymbalVoice(0.7, 2.6, k.random));
  k.kick.add_to(out[kKick]);
  k.head.add_to(out[kSnareHead]);
  k.wires.add_to(out[kSnareWires]);
  k.hats.add_to(out[kHats]);
  k.tom.add_to(out[kTom]);
  k.floor.add_to(out[kFloorTom]);
  k.cymbals.add_to(out[kCymbals]);
}

struct Tambourine::Hand {
  Random random{23};
  Voices<HatVoice> jingles;
};

Tambourine::Tambourine() : hand_(std::make_unique<Hand>()) {}
Tambourine::~Tambourine() = default;

void Tambourine::play(const Bar& bar, Line out) {
  const Pattern pattern = bar.part == Part::chorus ? "x.o.X.o.x.o.X.o." : kRest;
  each_hit(bar, pattern, 0.9, hand_->random,
           [&](int at, double v) { hand_->jingles.start(at, HatVoice(v, 0.16, hand_->random)); });
  hand_->jingles.add_to(out);
}

}  // namespace busbar::demo
