#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <string>

#include "tests/support/insert_host.hpp"

namespace busbar::test {

namespace {

constexpr double kRates[] = {44100.0, 48000.0, 96000.0, 192000.0};

const InsertType& low_cut_type() { return *find_insert_type("low_cut"); }

double decibels(double gain) { return to_decibels({gain}).value; }

/// What the processor answers to one sample of 1, until it is silent.
std::vector<float> impulse_response(float corner, float q, double rate) {
  InsertHost host(low_cut_type(), {.sample_rate = rate, .channels = 1, .params = {corner, q, 12.0f}});
  return host.run(impulse(1, static_cast<int>(host.tail()), 0, 1.0f), every(kSlice))[0];
}

/// Its level in dB at `hz`: one bin of a Fourier transform in 64 bit.
double response_db(const std::vector<float>& response, double hz, double rate) {
  const std::complex<double> step = std::polar(1.0, -2.0 * std::numbers::pi * hz / rate);
  std::complex<double> sum = 0.0;
  for (auto h = response.rbegin(); h != response.rend(); ++h) sum = sum * step + static_cast<double>(*h);
  return decibels(std::abs(sum));
}

/// The analogue prototype s²/(s² + s/q + 1) at `ratio` times its corner.
double prototype_db(double ratio, double q) {
  const std::complex<double> s(0.0, ratio);
  return decibels(std::abs(s * s / (s * s + s / q + 1.0)));
}

/// Where the bilinear transform puts the frequency, as a multiple of the corner.
double warped(double hz, double corner, double rate) {
  return std::tan(std::numbers::pi * hz / rate) / std::tan(std::numbers::pi * corner / rate);
}

TEST(LowCut, Is3DbDownAtItsCornerAtEveryRate) {
  for (const double rate : kRates)
    for (const float corner : {20.0f, 80.0f, 400.0f})
      EXPECT_NEAR(response_db(impulse_response(corner, 0.707f, rate), double{corner}, rate), -3.01, 0.05)
          << corner << " Hz at " << rate;
}

TEST(LowCut, FollowsThePrewarpedPrototypeToAThousandthOfADb) {
  for (const double rate : {8000.0, 44100.0, 48000.0, 96000.0, 192000.0})
    for (const float corner : {80.0f, 400.0f})
      for (const float q : {0.5f, 0.707f, 4.0f}) {
        const auto response = impulse_response(corner, q, rate);
        for (double hz = 0.05 * double{corner}; hz < 0.49 * rate; hz *= 1.3)
          EXPECT_NEAR(response_db(response, hz, rate), prototype_db(warped(hz, double{corner}, rate), double{q}), 0.001)
              << hz << " Hz at " << rate << ", corner " << corner << ", q " << q;
      }
}

TEST(LowCut, IsTheAnalogueFilterToAHundredthOfADbInTheAudibleRange) {
  for (const double rate : kRates)
    for (const float corner : {20.0f, 80.0f, 400.0f}) {
      const auto response = impulse_response(corner, 0.707f, rate);
      for (double hz = 20.0; hz <= 20000.0; hz *= 1.25)
        EXPECT_NEAR(response_db(response, hz, rate), prototype_db(hz / double{corner}, double{0.707f}), 0.01)
            << corner << " Hz at " << rate << ": " << hz;
    }
}

TEST(LowCut, FallsBy12DbPerOctave) {
  for (const double rate : kRates) {
    const auto response = impulse_response(400.0f, 0.707f, rate);
    EXPECT_NEAR(response_db(response, 50.0, rate) - response_db(response, 25.0, rate), 12.04, 0.05) << rate;
  }
}

TEST(LowCut, LeavesTheBandAboveAlone) {
  for (const double rate : kRates) {
    const auto response = impulse_response(80.0f, 0.707f, rate);
    for (double hz = 800.0; hz < 0.499 * rate; hz *= 1.2) EXPECT_NEAR(response_db(response, hz, rate), 0.0, 0.01) << hz;
  }
}

TEST(LowCut, RisesToQAtItsCorner) {
  const auto response = impulse_response(100.0f, 4.0f, 48000.0);
  EXPECT_NEAR(response_db(response, 100.0, 48000.0), decibels(4.0), 0.001);
}

TEST(LowCut, RemovesDirectCurrentWholly) {
  InsertHost host(low_cut_type(), {.sample_rate = 192000.0, .channels = 1, .params = {20.0f, 0.707f, 12.0f}});
  const Signal direct{std::vector<float>(4000000, 0.7f)};
  const Signal out = host.run(direct, every(kSlice));
  EXPECT_LT(std::fabs(out[0].back()), 1e-15f);
}

TEST(LowCut, KeepsItsChannelsApart) {
  Signal in = noise(2, 5000, 1);
  std::ranges::fill(in[1], 0.0f);
  InsertHost stereo(low_cut_type()), mono(low_cut_type(), {.channels = 1});
  const Signal out = stereo.run(in, every(kSlice));
  EXPECT_TRUE(std::ranges::all_of(out[1], [](float x) { return x == 0.0f; }));
  EXPECT_TRUE(same_bytes({out[0]}, mono.run({in[0]}, every(kSlice))));
}

/// What is left of a sine when its best fit is taken away, in dB below it.
double distortion_db(const std::vector<float>& signal, double cycles_per_frame, std::size_t from) {
  double ss = 0.0, cc = 0.0, sc = 0.0, xs = 0.0, xc = 0.0, xx = 0.0;
  for (std::size_t i = from; i < signal.size(); ++i) {
    const double phase = 2.0 * std::numbers::pi * cycles_per_frame * static_cast<double>(i);
    const double s = std::sin(phase), c = std::cos(phase), x = static_cast<double>(signal[i]);
    ss += s * s, cc += c * c, sc += s * c, xs += x * s, xc += x * c, xx += x * x;
  }
  const double det = ss * cc - sc * sc;
  const double a = (xs * cc - xc * sc) / det, b = (xc * ss - xs * sc) / det;
  double rest = 0.0;
  for (std::size_t i = from; i < signal.size(); ++i) {
    const double phase = 2.0 * std::numbers::pi * cycles_per_frame * static_cast<double>(i);
    rest += std::pow(static_cast<double>(signal[i]) - a * std::sin(phase) - b * std::cos(phase), 2);
  }
  return 10.0 * std::log10(rest / xx);
}

TEST(LowCut, AddsNothingAbove140DbBelowATone) {
  for (const double rate : kRates) {
    InsertHost host(low_cut_type(), {.sample_rate = rate, .channels = 1, .params = {30.0f, 4.0f, 12.0f}});
    std::vector<float> tone(static_cast<std::size_t>(3.0 * rate));
    for (std::size_t i = 0; i < tone.size(); ++i)
      tone[i] = static_cast<float>(std::sin(2.0 * std::numbers::pi * 997.0 / rate * static_cast<double>(i)));
    const auto out = host.run({tone}, every(kSlice))[0];
    EXPECT_LT(distortion_db(out, 997.0 / rate, static_cast<std::size_t>(2.0 * rate)), -140.0) << rate;
  }
}

TEST(LowCut, DeclaresNoLatencyAndATailThatShortensWithTheCorner) {
  const std::vector<float> low{20.0f, 0.707f, 12.0f}, high{400.0f, 0.707f, 12.0f};
  EXPECT_EQ(low_cut_type().latency(low, 48000.0), 0);
  EXPECT_GT(low_cut_type().tail(low, 48000.0), 10 * low_cut_type().tail(high, 48000.0));
  EXPECT_LT(low_cut_type().tail(low, 48000.0), 2 * 48000);
}

}  // namespace

}  // namespace busbar::test
