#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "tests/support/insert_host.hpp"
#include "tests/support/measure.hpp"
#include "tests/support/measured.hpp"

namespace busbar::test {

namespace {

constexpr double kRates[] = {44100.0, 48000.0, 96000.0, 192000.0};
constexpr float kOff = 10.0f;

Signal widened(const Signal& in, float width, float mono_below_hz, double rate = 48000.0) {
  const HostSetup setup{.sample_rate = rate, .channels = static_cast<int>(in.size()), .params = {width, mono_below_hz}};
  return InsertHost(*find_insert_type("width"), setup).run(in, every(kSlice));
}

std::vector<double> side_of(const Signal& signal) { return difference(signal[0], signal[1]); }
std::vector<double> sum_of(const Signal& signal) {
  std::vector<double> sum(signal[0].begin(), signal[0].end());
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<double>(signal[1][i]);
  return sum;
}

TEST(Width, PassesEveryBitAtItsStart) {
  Signal in = joined(hostile(2, 3000, 1), noise(2, 3000, 2));
  EXPECT_TRUE(same_bytes(widened(in, 1.0f, kOff), in));
  EXPECT_TRUE(measured({.group = "Mid/side, width", .item = "Width 100 %, null", .unit = "dBFS", .target = -144.0},
                       std::max(-300.0, null_db(widened(noise(2, 3000, 2), 1.0f, kOff)[0], noise(2, 3000, 2)[0]))));
}

TEST(Width, IsMonoAtNoneToTheBit) {
  const Signal out = widened(noise(2, 5000, 3), 0.0f, kOff);
  EXPECT_EQ(out[0], out[1]);
  EXPECT_TRUE(
      measured({.group = "Mid/side, width", .item = "Width 0 %, left less right", .unit = "dBFS", .target = -300.0},
               std::max(-300.0, null_db(out[0], out[1]))));
}

TEST(Width, RaisesTheSideBySixDecibelsAtItsWidest) {
  const Signal in = noise(2, 5000, 4);
  const double rise = rms_db(side_of(widened(in, 2.0f, kOff))) - rms_db(side_of(in));
  EXPECT_TRUE(
      measured({.group = "Mid/side, width", .item = "Width 200 %, side +6.0206 dB", .unit = "dB", .target = 0.01},
               std::fabs(rise - 20.0 * std::log10(2.0))));
}

TEST(Width, LeavesTheMonoSumAlone) {
  const Signal in = noise(2, 20000, 5, 0.5f);
  for (const float width : {0.0f, 0.5f, 1.5f, 2.0f})
    for (const float hz : {kOff, 120.0f, 500.0f})
      EXPECT_TRUE(measured({.group = "Mid/side, width", .item = "Mono sum unchanged", .unit = "dBFS", .target = -140.0},
                           null_db(sum_of(widened(in, width, hz)), sum_of(in))))
          << width << ", " << hz;
}

TEST(Width, ComesBackWhenItIsUndone) {
  const Signal in = noise(2, 20000, 6, 0.5f);
  const Signal back = widened(widened(in, 2.0f, kOff), 0.5f, kOff);
  for (std::size_t c = 0; c < 2; ++c)
    EXPECT_TRUE(
        measured({.group = "Mid/side, width", .item = "Encode and decode, null", .unit = "dBFS", .target = -144.0},
                 null_db(back[c], in[c])));
}

/// The level of the side at `hz`, of what one sample on the left leaves.
double side_response_db(float mono_below_hz, double hz, double rate) {
  Signal in = silence(2, static_cast<int>(rate));
  in[0][0] = 1.0f;
  std::complex<double> sum = 0.0;
  const auto side = side_of(widened(in, 1.0f, mono_below_hz, rate));
  const auto step = std::polar(1.0, -2.0 * std::numbers::pi * hz / rate);
  for (auto x = side.rbegin(); x != side.rend(); ++x) sum = sum * step + *x;
  return db_of(std::abs(sum));
}

TEST(Width, CutsTheSideAsButterworthDoes) {
  for (const double rate : kRates)
    for (const float corner : {60.0f, 120.0f, 500.0f})
      for (const double ratio : {0.25, 0.5, 0.8, 1.0, 1.5, 3.0, 10.0}) {
        const double expected = -10.0 * std::log10(1.0 + std::pow(ratio, -8.0));
        const double found = side_response_db(corner, ratio * static_cast<double>(corner), rate);
        EXPECT_TRUE(measured(
            {.group = "Mid/side, width", .item = "Mono below, beside Butterworth", .unit = "dB", .target = 0.05},
            std::fabs(found - expected)))
            << corner << " Hz × " << ratio << " at " << rate << ": " << found;
      }
}

TEST(Width, DoesNothingToAMonoStrip) {
  const Signal in = noise(1, 5000, 7);
  EXPECT_TRUE(same_bytes(widened(in, 0.3f, 200.0f), in));
}

/// The highest level above 4 kHz while a parameter moves a thousand times a second, of a tone on the left.
double zipper_db(ParamIndex param, float least, float most) {
  constexpr int kFrames = 65536;
  std::mt19937 rng(1);
  std::vector<Move> moves;
  for (Frames at = 0; at < kFrames; at += 48) {
    const float t = static_cast<float>(rng() % 1000) / 1000.0f;
    moves.push_back({param, at, least + t * (most - least), 960});
  }
  Signal in = silence(2, kFrames);
  in[0] = to_float(sine_wave(300.0, 48000.0, kFrames));
  InsertHost host(*find_insert_type("width"), {.params = {1.0f, 100.0f}});
  const auto spectrum = spectrum_of(host.run(in, every(kSlice), moves)[1], 48000.0);
  return peak_db(std::span(spectrum.amplitudes).subspan(static_cast<std::size_t>(4000.0 / spectrum.bin_hz())));
}

TEST(Width, MakesNoZipperNoiseUnderAThousandMovesASecond) {
  const Row row{.group = "Mid/side, width",
                .item = "1,000 moves a second: spurious above 4 kHz, tone 300 Hz at 0 dBFS",
                .unit = "dBFS",
                .target = -90.0};
  EXPECT_TRUE(measured(row, zipper_db(0, 0.0f, 2.0f)));
  EXPECT_TRUE(measured(row, zipper_db(1, 20.0f, 500.0f)));
  EXPECT_TRUE(measured(row, zipper_db(1, kOff, kOff + 2.0f)));
}

TEST(Width, SwitchesItsCutWithoutAClick) {
  constexpr int kFrames = 65536;
  Signal in = silence(2, kFrames);
  in[0] = to_float(sine_wave(60.0, 48000.0, kFrames));
  std::vector<Move> moves{{1, 20000, 100.0f, 960}, {1, 40000, kOff, 960}};
  InsertHost host(*find_insert_type("width"));
  const Signal out = host.run(in, every(kSlice), moves);
  EXPECT_TRUE(same_bytes(part(out, 50000, 10000), part(in, 50000, 10000))) << "off is off";
  const auto spectrum = spectrum_of(out[1], 48000.0);
  EXPECT_LT(peak_db(std::span(spectrum.amplitudes).subspan(static_cast<std::size_t>(2000.0 / spectrum.bin_hz()))),
            -90.0);
}

}  // namespace

}  // namespace busbar::test
