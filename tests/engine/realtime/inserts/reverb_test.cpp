// How the reverb behaves in the hand: delays, level, width, moves, and how it begins and ends.
#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <string>
#include <vector>

#include "tests/engine/realtime/inserts/reverb_analysis.hpp"
#include "tests/support/measured.hpp"

namespace busbar::test {

namespace {

const InsertType& reverb_type() { return *find_insert_type("reverb"); }
ParamIndex index_of(std::string_view key) { return find_param(reverb_type(), key)->index; }

int first_sound(const std::vector<float>& channel) {
  return static_cast<int>(std::ranges::find_if(channel, [](float x) { return x != 0.0f; }) - channel.begin());
}

TEST(Reverb, AnswersAtOnceOrAfterItsPreDelay) {
  for (const double rate : kReverbRates)
    for (const float ms : {0.0f, 20.0f, 250.0f}) {
      ReverbSetting setting = kRoom;
      setting.predelay_ms = ms;
      const auto expected = static_cast<int>(std::lround(0.001 * static_cast<double>(ms) * rate));
      EXPECT_EQ(first_sound(setting.impulse_response(0.5, 2, rate)[0]), expected) << rate;
    }
}

/// Noise with the same power in each octave. Source: P. Kellet's sum of first-order sections, within 0.05 dB.
std::vector<float> pink_noise(int frames, unsigned seed) {
  double b0 = 0.0, b1 = 0.0, b2 = 0.0, b3 = 0.0, b4 = 0.0, b5 = 0.0, b6 = 0.0;
  std::vector<float> pink;
  for (const double white : white_noise(static_cast<std::size_t>(frames), seed)) {
    b0 = 0.99886 * b0 + white * 0.0555179, b1 = 0.99332 * b1 + white * 0.0750759;
    b2 = 0.96900 * b2 + white * 0.1538520, b3 = 0.86650 * b3 + white * 0.3104856;
    b4 = 0.55000 * b4 + white * 0.5329522, b5 = -0.7616 * b5 - white * 0.0168980;
    pink.push_back(static_cast<float>(0.1 * (b0 + b1 + b2 + b3 + b4 + b5 + b6 + white * 0.5362)));
    b6 = white * 0.115926;
  }
  return pink;
}

TEST(Reverb, IsAsLoudAsWhatGoesInWhateverItsDecay) {
  for (const ReverbSetting& space : kSpaces)
    for (const float decay : {0.3f, 1.8f, 6.0f}) {
      ReverbSetting setting = space;
      setting.decay_s = decay;
      setting.damping_hz = 8000.0f;
      setting.low_cut_hz = 40.0f;
      const int frames = 48000 * 3;
      const Signal in{pink_noise(frames, 1), pink_noise(frames, 2)};
      const Signal out = setting.answer(in);
      for (std::size_t c = 0; c < 2; ++c) {
        const auto late = [&](const Signal& signal) { return std::span(signal[c]).last(48000); };
        EXPECT_TRUE(
            measured({.group = "Reverb", .item = "Level of pink noise, wet beside dry", .unit = "dB", .target = 3.0},
                     std::fabs(rms_db(late(out)) - rms_db(late(in)))))
            << "type " << setting.type << ", " << decay << " s";
      }
    }
}

TEST(Reverb, HearsMonoAsBothSidesThreeDecibelsLower) {
  Signal mono = noise(1, 20000, 3);
  Signal both = {mono[0], mono[0]};
  for (auto& channel : both)
    for (float& x : channel) x *= 0.70710678f;
  const Signal of_mono = kHall.answer(mono), of_both = kHall.answer(both);
  ASSERT_EQ(of_mono.size(), 2u);
  for (std::size_t c = 0; c < 2; ++c) EXPECT_LT(null_db(of_mono[c], of_both[c]), -120.0);
}

TEST(Reverb, IsMonoAtWidthNoneAndTwiceAsWideAtItsWidest) {
  const auto side_of = [](const Signal& s) { return difference(s[0], s[1]); };
  ReverbSetting setting = kPlate;
  const Signal in = noise(2, 20000, 4);
  const Signal whole = setting.answer(in);
  setting.width = 0.0f;
  const Signal mono = setting.answer(in);
  EXPECT_EQ(mono[0], mono[1]);
  setting.width = 200.0f;
  EXPECT_NEAR(rms_db(side_of(setting.answer(in))) - rms_db(side_of(whole)), 6.0206, 0.001);
}

/// The level of a response at one frequency.
double level_db(const std::vector<float>& response, double hz) {
  const auto step = std::polar(1.0, -2.0 * std::numbers::pi * hz / 48000.0);
  std::complex<double> sum = 0.0;
  for (auto x = response.rbegin(); x != response.rend(); ++x) sum = sum * step + static_cast<double>(*x);
  return db_of(std::abs(sum));
}

TEST(Reverb, CutsTheLowsByTwelveDecibelsPerOctave) {
  ReverbSetting low = kRoom;
  low.modulation = 0.0f;
  ReverbSetting high = low;
  high.low_cut_hz = 500.0f;
  const auto whole = low.impulse_response(3.0)[0], cut = high.impulse_response(3.0)[0];
  const auto butterworth = [](double ratio) { return -10.0 * std::log10(1.0 + std::pow(ratio, -4.0)); };
  for (const double hz : {60.0, 125.0, 250.0, 500.0, 1000.0, 4000.0})
    EXPECT_NEAR(level_db(cut, hz) - level_db(whole, hz), butterworth(hz / 500.0) - butterworth(hz / 20.0), 0.05) << hz;
}

TEST(Reverb, SoundsTheSameAtEveryRate) {
  const auto third_octaves = third_octaves_db(kHall.impulse_response(1.8)[0], 48000.0);
  for (const double rate : {44100.0, 96000.0, 192000.0}) {
    const auto other = third_octaves_db(kHall.impulse_response(1.8, 2, rate)[0], rate);
    for (std::size_t band = 0; band < other.size(); ++band)
      EXPECT_NEAR(other[band], third_octaves[band], 2.5) << rate << ", band " << band;
  }
}

/// What is heard above 5 kHz of a tone of 200 Hz and full scale while one parameter jumps a thousand times a second.
double zipper_db(const ParamSpec& spec) {
  constexpr int kFrames = 65536, kBefore = 48000;
  std::mt19937 rng(spec.index);
  std::vector<Move> moves;
  for (Frames at = kBefore; at < kBefore + kFrames; at += 48)
    moves.push_back({spec.index, at, random_value(spec, rng), spec.travel == Travel::jump ? 0 : 960});
  const auto tone = to_float(sine_wave(200.0, 48000.0, kBefore + kFrames));
  ReverbSetting setting = kHall;
  InsertHost host(reverb_type(), {.params = setting.values()});
  const Signal out = host.run({tone, tone}, every(kSlice), moves);
  const auto spectrum = spectrum_of(std::span(out[0]).last(kFrames), 48000.0);
  return peak_db(std::span(spectrum.amplitudes).subspan(static_cast<std::size_t>(5000.0 / spectrum.bin_hz())));
}

TEST(Reverb, MakesNoZipperNoiseUnderAThousandMovesASecond) {
  for (const ParamSpec& spec : reverb_type().params)
    EXPECT_TRUE(measured({.group = "Reverb",
                          .item = "1,000 moves a second of any parameter: spurious above 5 kHz, tone 200 Hz at 0 dBFS",
                          .unit = "dBFS",
                          .target = -90.0},
                         zipper_db(spec)))
        << spec.key;
}

TEST(Reverb, StaysBoundedWhileSizeAndDecayMoveThroughALongTail) {
  std::vector<Move> moves;
  std::mt19937 rng(1);
  for (Frames at = 0; at < 480000; at += 100) {
    const ParamSpec& spec = reverb_type().params[rng() % 2 == 0 ? index_of("size") : index_of("space")];
    moves.push_back({spec.index, at, random_value(spec, rng), 0});
  }
  ReverbSetting setting = kHall;
  setting.decay_s = 20.0f;
  InsertHost host(reverb_type(), {.params = setting.values()});
  const Signal out = host.run(joined(noise(2, 48000, 1), silence(2, 432000)), every(kSlice), moves);
  EXPECT_LT(peak(out[0]), 2.0);
  EXPECT_LT(rms_db(std::span(out[0]).last(48000)), rms_db(std::span(out[0]).subspan(48000, 48000)));
}

TEST(Reverb, EndsInExactZerosAndBeginsAnewAsAtFirst) {
  int sounding = 0;
  for (const double rate : kReverbRates) {
    InsertHost host(reverb_type(), {.sample_rate = rate, .params = kRoom.values()});
    const Signal in = noise(2, 5000, 6);
    const Signal first = host.run(in, every(64));
    host.run(silence(2, static_cast<int>(host.tail())), every(64));
    for (const auto& channel : host.run(silence(2, 4800), every(64)))
      sounding += static_cast<int>(std::ranges::count_if(channel, [](float x) { return x != 0.0f; }));
    EXPECT_TRUE(same_bytes(first, host.run(in, every(64)))) << "what was long ago is heard at " << rate;
  }
  EXPECT_TRUE(
      measured({.group = "Reverb", .item = "Samples other than 0 after the declared tail", .unit = "", .target = 0.0},
               sounding));
}

TEST(Reverb, FadesOutWhereNothingIsHeardAnyMore) {
  InsertHost host(reverb_type(), {.params = kRoom.values()});
  host.run(noise(2, 24000, 7), every(kSlice));
  const Signal tail = host.run(silence(2, static_cast<int>(host.tail())), every(kSlice));
  EXPECT_LT(peak_db(std::span(tail[0]).last(2000)), -180.0);
  EXPECT_GT(peak_db(std::span(tail[0]).last(4000)), -240.0) << "it ends earlier than it says";
}

TEST(Reverb, GoesOnWhereAnotherInstanceIs) {
  for (const bool fading : {false, true}) {
    auto params = kHall.values();
    InsertMemory one(reverb_type(), 48000.0, 2, params), other(reverb_type(), 48000.0, 2, params);
    Signal in = noise(2, 12800, 8);
    const auto run = [&](const InsertMemory& memory, Signal& signal, int from, int to) {
      for (int at = from; at < to; at += 128) {
        const AudioBlock io(signal[0].data() + at, signal[1].data() + at, 2, 128);
        reverb_type().process(memory.state(), {.io = io, .key = io, .params = params, .curves = {}});
      }
    };
    run(one, in, 0, 6400 - 256);
    if (fading) params[index_of("size")] = 0.7f;
    run(one, in, 6400 - 256, 6400);
    Signal again = noise(2, 12800, 9);
    run(other, again, 0, 1280);
    again = in;
    reverb_type().take_over(other.state(), one.state());
    run(one, in, 6400, 12800);
    run(other, again, 6400, 12800);
    EXPECT_TRUE(same_bytes(in, again)) << "fading " << fading;
  }
}

}  // namespace

}  // namespace busbar::test
