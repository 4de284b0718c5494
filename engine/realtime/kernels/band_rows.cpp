#include "engine/realtime/kernels/band_rows.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/realtime/kernels/band_rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace busbar {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// The compiler makes it as wide as the target is.
void weigh(const BandWeight& by, int count, float* row) {
  const BandWeight weight = by;
  for (int i = 0; i < count; ++i) row[i] = weight.factor(row[i]);
}

#if HWY_MAX_BYTES < 32 || HWY_TARGET == HWY_SCALAR

void louder(const double* pairs, int count, float* row) {
  for (int i = 0; i < count; ++i) {
    const double left = std::fabs(pairs[2 * i]), right = std::fabs(pairs[2 * i + 1]);
    row[i] = static_cast<float>(left > right ? left : right);
  }
}

/// Where the release is the quicker of the two, `sense` makes the smaller candidate the larger one.
void follow(BandEnvelopes& of, int count, BandRows& rows) {
  double attack[kRowBands], keep_attack[kRowBands], release[kRowBands], keep_release[kRowBands], sense[kRowBands];
  double s[kRowBands];
  for (std::size_t b = 0; b < kRowBands; ++b) {
    attack[b] = of.attack[b], keep_attack[b] = 1.0 - attack[b];
    release[b] = of.release[b], keep_release[b] = 1.0 - release[b];
    sense[b] = attack[b] >= release[b] ? 1.0 : -1.0;
    s[b] = of.reduction_db[b];
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
    for (std::size_t b = 0; b < kRowBands; ++b) {
      const auto wanted = static_cast<double>(rows[b][i]);
      const double rising = sense[b] * (s[b] * keep_attack[b] + attack[b] * wanted);
      const double falling = sense[b] * (s[b] * keep_release[b] + release[b] * wanted);
      s[b] = sense[b] * (rising > falling ? rising : falling);
      rows[b][i] = static_cast<float>(s[b]);
    }
  std::copy_n(s, kRowBands, of.reduction_db.begin());
}

void sum(const BandPairs& bands, const BandRows& factors, int count, double* out) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
    for (std::size_t c = 0; c < 2; ++c) {
      const auto part = [&](std::size_t b) { return bands[b][i].lane[c] * static_cast<double>(factors[b][i]); };
      out[2 * i + c] = (part(0) + part(1)) + (part(2) + part(3));
    }
}

#else

using Floats = hn::CappedTag<float, 4>;
using Doubles = hn::CappedTag<double, 4>;
using F = hn::Vec<Floats>;
using D = hn::Vec<Doubles>;
static_assert(kRowBands == 4 && kSettleEvery % 4 == 0);

void louder(const double* pairs, int count, float* row) {
  const Doubles d;
  for (int i = 0; i < count; i += 4) {
    const D first = hn::Abs(hn::LoadU(d, pairs + 2 * i)), second = hn::Abs(hn::LoadU(d, pairs + 2 * i + 4));
    const D most = hn::Max(hn::ConcatEven(d, second, first), hn::ConcatOdd(d, second, first));
    hn::StoreU(hn::DemoteTo(Floats(), most), Floats(), row + i);
  }
}

/// Four rows of four, on their side: bands of frames, or frames of bands.
HWY_INLINE void turn(F* v) noexcept {
  const Floats f;
  const F a = hn::InterleaveLower(f, v[0], v[1]), b = hn::InterleaveLower(f, v[2], v[3]);
  const F c = hn::InterleaveUpper(f, v[0], v[1]), d = hn::InterleaveUpper(f, v[2], v[3]);
  v[0] = hn::ConcatLowerLower(f, b, a);
  v[1] = hn::ConcatUpperUpper(f, b, a);
  v[2] = hn::ConcatLowerLower(f, d, c);
  v[3] = hn::ConcatUpperUpper(f, d, c);
}

/// A band a lane.
void follow(BandEnvelopes& of, int count, BandRows& rows) {
  const Doubles d;
  const Floats f;
  const D attack = hn::LoadU(d, of.attack.data()), release = hn::LoadU(d, of.release.data());
  const D keep_attack = hn::Sub(hn::Set(d, 1.0), attack), keep_release = hn::Sub(hn::Set(d, 1.0), release);
  const auto takes_larger = hn::Ge(attack, release);
  D s = hn::LoadU(d, of.reduction_db.data());
  for (int i = 0; i < count; i += 4) {
    F v[4];
    for (std::size_t b = 0; b < 4; ++b) v[b] = hn::LoadU(f, rows[b].data() + i);
    turn(v);
    for (int k = 0; k < 4 && i + k < count; ++k) {
      const D wanted = hn::PromoteTo(d, v[k]);
      const D rising = hn::MulAdd(s, keep_attack, hn::Mul(attack, wanted));
      const D falling = hn::MulAdd(s, keep_release, hn::Mul(release, wanted));
      s = hn::IfThenElse(takes_larger, hn::Max(rising, falling), hn::Min(rising, falling));
      v[k] = hn::DemoteTo(f, s);
    }
    turn(v);
    for (std::size_t b = 0; b < 4; ++b) hn::StoreU(v[b], f, rows[b].data() + i);
  }
  hn::StoreU(s, d, of.reduction_db.data());
}

void sum(const BandPairs& bands, const BandRows& factors, int count, double* out) {
  const Doubles d;
  const Floats f;
  for (int i = 0; i < count; i += 4) {
    const auto part = [&](std::size_t b, int half) {
      const double* pairs = bands[b].front().lane.data() + 2 * i + 4 * half;
      const F by = hn::LoadU(f, factors[b].data() + i);
      const F twice = half == 0 ? hn::InterleaveLower(f, by, by) : hn::InterleaveUpper(f, by, by);
      return hn::Mul(hn::LoadU(d, pairs), hn::PromoteTo(d, twice));
    };
    for (int half = 0; half < 2; ++half)
      hn::StoreU(hn::Add(hn::Add(part(0, half), part(1, half)), hn::Add(part(2, half), part(3, half))), d,
                 out + 2 * i + 4 * half);
  }
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace busbar
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace busbar {

HWY_EXPORT(louder);
HWY_EXPORT(follow);
HWY_EXPORT(weigh);
HWY_EXPORT(sum);

void louder_of(const PairBuffer& pairs, int count, BandRow& row) noexcept {
  HWY_DYNAMIC_DISPATCH(louder)(pairs.front().lane.data(), count, row.data());
}

void follow_bands(BandEnvelopes& envelopes, int count, BandRows& rows) noexcept {
  HWY_DYNAMIC_DISPATCH(follow)(envelopes, count, rows);
}

void weigh_band(const BandWeight& weight, int count, BandRow& row) noexcept {
  HWY_DYNAMIC_DISPATCH(weigh)(weight, count, row.data());
}

void sum_bands(const BandPairs& bands, const BandRows& factors, int count, PairBuffer& out) noexcept {
  HWY_DYNAMIC_DISPATCH(sum)(bands, factors, count, out.front().lane.data());
}

}  // namespace busbar
#endif
