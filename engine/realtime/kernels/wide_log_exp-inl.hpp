// What dsp/log_exp.hpp works out, for every kernel: compiled once for each kind of processor.
#if defined(BUSBAR_WIDE_LOG_EXP_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef BUSBAR_WIDE_LOG_EXP_INL
#undef BUSBAR_WIDE_LOG_EXP_INL
#else
#define BUSBAR_WIDE_LOG_EXP_INL
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace busbar::HWY_NAMESPACE {

/// log₂ x of a normal x > 0; of 1 exactly 0. Error below 2·10⁻⁷. Without the quotient of fast_log2, for which a wide
/// register waits longest.
/// Source  x = 2ᵉ·(1 + z) with √½ <= 1 + z < √2, ln(1 + z) = z - z²/2 + z³·P(z), the coefficients of P those of logf in
///         S. L. Moshier's Cephes library
template <class D>
HWY_INLINE hwy::HWY_NAMESPACE::Vec<D> wide_log2(D d, hwy::HWY_NAMESPACE::Vec<D> x) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::RebindToSigned<D> whole;
  const auto root_half = hn::Set(whole, 0x3f3504f3);
  const auto bits = hn::Sub(hn::BitCast(whole, x), root_half);
  const auto exponent = hn::ConvertTo(d, hn::ShiftRight<23>(bits));
  const auto m = hn::BitCast(d, hn::Add(hn::And(bits, hn::Set(whole, 0x007fffff)), root_half));
  const auto z = hn::Sub(m, hn::Set(d, 1.0f)), z2 = hn::Mul(z, z), z4 = hn::Mul(z2, z2);
  const auto p0 = hn::MulAdd(z, hn::Set(d, -2.4999993993e-1f), hn::Set(d, 3.3333331174e-1f));
  const auto p2 = hn::MulAdd(z, hn::Set(d, -1.6668057665e-1f), hn::Set(d, 2.0000714765e-1f));
  const auto p4 = hn::MulAdd(z, hn::Set(d, -1.2420140846e-1f), hn::Set(d, 1.4249322787e-1f));
  const auto p6 = hn::MulAdd(z, hn::Set(d, -1.1514610310e-1f), hn::Set(d, 1.1676998740e-1f));
  const auto high = hn::MulAdd(z4, hn::Set(d, 7.0376836292e-2f), hn::MulAdd(z2, p6, p4));
  const auto p = hn::MulAdd(z4, high, hn::MulAdd(z2, p2, p0));
  const auto ln = hn::MulAdd(z2, hn::MulAdd(z, p, hn::Set(d, -0.5f)), z);
  return hn::MulAdd(hn::Set(d, 1.442695041f), ln, exponent);
}

/// 2ˣ for |x| < 2²⁰, by the series of fast_exp2; error below 4·10⁻⁷, relative. 2⁰ is exactly 1.
template <class D>
HWY_INLINE hwy::HWY_NAMESPACE::Vec<D> wide_exp2(D d, hwy::HWY_NAMESPACE::Vec<D> x) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::RebindToSigned<D> whole;
  const auto to_integer = hn::Set(d, 12582912.0f);  // as there: rounds to a whole number, held in the lowest bits
  const auto shifted = hn::Add(x, to_integer);
  const auto f = hn::Sub(x, hn::Sub(shifted, to_integer));
  auto n = hn::Sub(hn::BitCast(whole, shifted), hn::BitCast(whole, to_integer));
  n = hn::Min(hn::Max(n, hn::Set(whole, -126)), hn::Set(whole, 126));
  auto p = hn::MulAdd(f, hn::Set(d, 1.525273380e-5f), hn::Set(d, 1.540353039e-4f));
  p = hn::MulAdd(f, p, hn::Set(d, 1.333355815e-3f));
  p = hn::MulAdd(f, p, hn::Set(d, 9.618129107e-3f));
  p = hn::MulAdd(f, p, hn::Set(d, 5.550410866e-2f));
  p = hn::MulAdd(f, p, hn::Set(d, 0.2402265070f));
  p = hn::MulAdd(f, p, hn::Set(d, 0.6931471806f));
  p = hn::MulAdd(f, p, hn::Set(d, 1.0f));
  return hn::BitCast(d, hn::Add(hn::BitCast(whole, p), hn::ShiftLeft<23>(n)));
}

/// Level of a magnitude >= 0 in dB; of silence -200 dB.
template <class D>
HWY_INLINE hwy::HWY_NAMESPACE::Vec<D> wide_level_db(D d, hwy::HWY_NAMESPACE::Vec<D> magnitude) {
  namespace hn = hwy::HWY_NAMESPACE;
  return hn::Mul(hn::Set(d, 6.020599913f), wide_log2(d, hn::Add(magnitude, hn::Set(d, 1e-10f))));
}

/// The factor of a gain in dB; of 0 exactly 1.
template <class D>
HWY_INLINE hwy::HWY_NAMESPACE::Vec<D> wide_gain(D d, hwy::HWY_NAMESPACE::Vec<D> db) {
  namespace hn = hwy::HWY_NAMESPACE;
  return wide_exp2(d, hn::Mul(hn::Set(d, 0.1660964047f), db));
}

}  // namespace busbar::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // the guard of each target
