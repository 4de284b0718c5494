#include "cli/demo/vocals.hpp"

#include <span>

#include "cli/demo/singer.hpp"

namespace busbar::demo {
namespace {

/// A syllable of the song: the bar of the form and the sixteenth it begins on, how many sixteenths it lasts.
struct Sung {
  int bar;
  int step;
  int length;
  int note;
  Vowel vowel;
  Onset onset = Onset::soft;
  bool after_breath = false;
};

using enum Vowel;
using enum Onset;

constexpr auto kLead = std::to_array<Sung>({
    // verse: two phrases, a rest behind each
    {2, 0, 3, 59, a, soft, true},
    {2, 3, 3, 59, o, stop},
    {2, 6, 2, 62, a, hiss},
    {2, 8, 6, 64, i},
    {3, 2, 2, 64, o, soft},
    {3, 4, 2, 62, e, stop},
    {3, 6, 6, 60, a, soft},
    {4, 0, 3, 59, i, soft, true},
    {4, 3, 3, 59, a, hiss},
    {4, 6, 2, 62, o, soft},
    {4, 8, 6, 67, a, stop},
    {5, 2, 2, 66, i, soft},
    {5, 4, 4, 64, e, hiss},
    {5, 8, 6, 62, o, soft},
    // rise: one long line
    {6, 4, 4, 60, u, soft, true},
    {6, 8, 4, 64, a, stop},
    {6, 12, 4, 65 - 1, o, soft},
    {7, 0, 6, 66, i, soft},
    {7, 6, 8, 69, a, hiss},
    // chorus: the hook, twice
    {8, 0, 4, 71, a, stop, true},
    {8, 4, 2, 69, o, soft},
    {8, 6, 8, 67, i, hiss},
    {9, 0, 4, 69, a, soft},
    {9, 4, 2, 67, e, soft},
    {9, 6, 7, 66, a, stop},
    {10, 0, 4, 71, a, stop, true},
    {10, 4, 2, 69, o, soft},
    {10, 6, 8, 67, i, hiss},
    {11, 0, 3, 64, e, soft},
    {11, 3, 3, 67, a, stop},
    {11, 6, 9, 72, o, soft},
    // turn: an afterthought
    {12, 4, 4, 69, u, soft, true},
    {12, 8, 7, 64, o, soft},
});

constexpr auto kHigh = std::to_array<Sung>({
    {8, 0, 6, 74, a, soft, true},
    {8, 6, 8, 71, i, soft},
    {9, 0, 6, 74, a, soft},
    {9, 6, 7, 69, a, soft},
    {10, 0, 6, 74, a, soft, true},
    {10, 6, 8, 71, i, soft},
    {11, 0, 6, 72, a, soft},
    {11, 6, 9, 76, o, soft},
    {12, 8, 8, 69, u, soft, true},
});

constexpr auto kLow = std::to_array<Sung>({
    {7, 6, 8, 62, a, soft, true},
    {8, 0, 6, 67, a, soft, true},
    {8, 6, 8, 62, i, soft},
    {9, 0, 6, 66, a, soft},
    {9, 6, 7, 62, a, soft},
    {10, 0, 6, 67, a, soft, true},
    {10, 6, 8, 64, i, soft},
    {11, 0, 6, 60, a, soft},
    {11, 6, 9, 67, o, soft},
    {12, 8, 8, 60, u, soft, true},
});

double strength_of(Part part) {
  switch (part) {
    case Part::intro:
      return 0.0;
    case Part::verse:
      return 0.72;
    case Part::rise:
      return 0.72;
    case Part::chorus:
      return 1.0;
    case Part::turn:
      return 0.5;
  }
  return 0.0;
}

/// A singer with a sheet of music.
struct Chair {
  Singer singer;
  std::span<const Sung> sheet;
  double level;
  int late;  // frames: nobody is exactly with the lead

  void play(const Bar& bar, Line out) {
    constexpr int kBreath = 15000;  // frames from the breath to the note
    for (int n = 0; n < bar.frames; ++n) {
      for (const Sung& s : sheet) {
        if (s.after_breath && is_now(s, bar, n + kBreath)) singer.breathe();
        if (s.bar == bar.in_form && n == bar.step(s.step) + late) singer.sing(syllable(s, bar));
      }
      out[static_cast<std::size_t>(n)] += level * singer.next();
    }
  }
  // Whether a note begins `at` frames into this bar, which may be in the next.
  bool is_now(const Sung& s, const Bar& bar, int at) const {
    if (s.bar == bar.in_form) return at == bar.step(s.step) + late;
    return s.bar == (bar.in_form + 1) % kBarsPerForm && at == bar.step(kStepsPerBar + s.step) + late;
  }
  static Syllable syllable(const Sung& s, const Bar& bar) {
    const int frames = bar.step(s.step + s.length) - bar.step(s.step) - 2400;
    return {static_cast<double>(s.note), s.vowel, s.onset, frames, strength_of(bar.part)};
  }
};

}  // namespace

struct Vocals::Choir {
  Chair lead{Singer({1.05, 5.4, 0.04, 61}), kLead, 0.75, 0};
  Chair high{Singer({1.14, 5.9, 0.05, 67}), kHigh, 0.42, 620};
  Chair low{Singer({0.96, 4.9, 0.05, 71}), kLow, 0.42, 900};
};

Vocals::Vocals() : choir_(std::make_unique<Choir>()) {}
Vocals::~Vocals() = default;

void Vocals::play(const Bar& bar, Line lead, Line high, Line low) {
  choir_->lead.play(bar, lead);
  choir_->high.play(bar, high);
  choir_->low.play(bar, low);
}

}  // namespace busbar::demo
