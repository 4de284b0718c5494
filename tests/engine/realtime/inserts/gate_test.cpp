// The gate: where and when it opens and closes, how far, and how quietly; and the expander.
#include "tests/engine/realtime/inserts/dynamics_signals.hpp"

namespace busbar::test {

namespace {

const InsertType& gate_type() { return *find_insert_type("gate"); }

/// A carrier whose level goes evenly from one to the other.
std::vector<float> slope_of_levels(std::size_t frames, double from_db, double to_db) {
  std::vector<float> signal(frames);
  for (std::size_t i = 0; i < frames; ++i) {
    const double level = from_db + (to_db - from_db) * static_cast<double>(i) / static_cast<double>(frames);
    signal[i] = static_cast<float>((i % 4 < 2 ? 1.0 : -1.0) * std::pow(10.0, level / 20.0));
  }
  return signal;
}

std::vector<double> gain_of(const std::vector<float>& params, const std::vector<float>& in, double rate = 48000.0) {
  return gain_course(in, rendered(gate_type(), rate, params, in));
}

TEST(Gate, OpensAtItsThresholdAndClosesBelowItByItsHysteresis) {
  double open_error = 0.0, close_error = 0.0;
  for (const double rate : kDynamicsRates)
    for (const float threshold : {-60.0f, -40.0f, -10.0f})
      for (const float hysteresis : {0.0f, 3.0f, 12.0f}) {
        const auto params = values_with(gate_type(), {{"threshold_db", threshold},
                                                      {"hysteresis_db", hysteresis},
                                                      {"attack_ms", 0.01f},
                                                      {"hold_ms", 0.0f},
                                                      {"release_ms", 5.0f}});
        const double t = double{threshold}, h = double{hysteresis};
        const auto up = slope_of_levels(20000, t - 10.0, t + 5.0), down = slope_of_levels(20000, t + 5.0, t - h - 10.0);
        std::vector<float> in = up;
        in.insert(in.end(), down.begin(), down.end());
        const auto gain = gain_of(params, in, rate);
        std::size_t opens = 0, closes = 20000;
        while (opens < 20000 && gain[opens] < -79.0) ++opens;
        while (closes < gain.size() && gain[closes] == 0.0) ++closes;
        open_error = std::max(open_error, std::fabs(db_of(static_cast<double>(in[opens])) - t));
        close_error = std::max(close_error, std::fabs(db_of(static_cast<double>(in[closes])) - (t - h)));
      }
  EXPECT_TRUE(
      measured({.group = "Dynamics", .item = "Gate, opens at its threshold", .unit = "dB", .target = 0.1}, open_error));
  EXPECT_TRUE(measured({.group = "Dynamics", .item = "Gate, closes its hysteresis below", .unit = "dB", .target = 0.1},
                       close_error));
}

TEST(Gate, DoesNotChatterOnALevelThatTrembles) {
  for (const double hz : {60.0, 1000.0}) {
    std::vector<double> tone = sine_wave(hz, 48000.0, 96000);
    for (std::size_t i = 0; i < tone.size(); ++i)
      tone[i] *= std::pow(
          10.0, (-40.0 + 0.5 * std::sin(2.0 * std::numbers::pi * 7.0 * static_cast<double>(i) / 48000.0)) / 20.0);
    const auto in = to_float(tone);
    const auto out = rendered(gate_type(), 48000.0, values_with(gate_type(), {{"threshold_db", -40.0f}}), in);
    int changes = 0;
    bool was_open = false;
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (in[i] == 0.0f) continue;
      const bool is_open = out[i] == in[i];
      changes += is_open != was_open ? 1 : 0;
      was_open = is_open;
    }
    EXPECT_TRUE(measured({.group = "Dynamics",
                          .item = "Gate, changes while 1 dB trembles under 3 dB hysteresis",
                          .unit = "times",
                          .target = 1.0},
                         changes))
        << hz;
  }
}

TEST(Gate, TurnsDownByItsRange) {
  double worst = 0.0;
  for (const double rate : kDynamicsRates)
    for (const float range : {-120.0f, -80.0f, -20.0f, -6.0f, 0.0f}) {
      const auto gain = gain_of(values_with(gate_type(), {{"range_db", range}}), square_carrier(2000, -60.0), rate);
      worst = std::max(worst, std::fabs(gain.back() - double{range}));
    }
  EXPECT_TRUE(measured({.group = "Dynamics", .item = "Gate, range", .unit = "dB", .target = 0.1}, worst));
}

TEST(Gate, HoldsForAsLongAsThePanelSays) {
  double worst = 0.0;
  for (const double rate : kDynamicsRates)
    for (const float hold : {0.0f, 5.0f, 50.0f, 400.0f}) {
      const auto params = values_with(gate_type(), {{"hold_ms", hold}, {"attack_ms", 0.1f}, {"release_ms", 5.0f}});
      const std::size_t down = 2000, end = down + static_cast<std::size_t>((0.001 * double{hold} + 0.1) * rate);
      const auto gain = gain_of(params, square_step(end, down, -20.0, -50.0), rate);
      std::size_t closes = down;
      while (closes < end && gain[closes] == 0.0) ++closes;
      worst = std::max(worst, std::fabs(1000.0 * static_cast<double>(closes - down) / rate - double{hold}));
    }
  EXPECT_TRUE(measured({.group = "Dynamics", .item = "Gate, hold", .unit = "ms", .target = 1.0}, worst));
}

TEST(Gate, OpensAndClosesInTheTimesThePanelSays) {
  double attack_error = 0.0, release_error = 0.0;
  for (const double rate : kDynamicsRates)
    for (const float range : {-80.0f, -20.0f, -6.0f})
      for (const auto& [attack, release] : {std::pair{0.1f, 5.0f}, {1.0f, 50.0f}, {20.0f, 300.0f}}) {
        const auto params = values_with(
            gate_type(), {{"attack_ms", attack}, {"release_ms", release}, {"range_db", range}, {"hold_ms", 0.0f}});
        const double a = 1e-3 * double{attack} * rate, r = 1e-3 * double{release} * rate;
        const std::size_t up = 500, down = up + 500 + static_cast<std::size_t>(8.0 * a),
                          end = down + 500 + static_cast<std::size_t>(4.0 * r);
        auto in = square_step(end, up, -50.0, -20.0);
        const auto low = square_carrier(end - down, -50.0);
        std::copy(low.begin(), low.end(), in.begin() + static_cast<std::ptrdiff_t>(down));
        const auto gain = gain_of(params, in, rate);
        attack_error = std::max(attack_error, time_error(t63_frames(gain, up, down), a));
        release_error = std::max(release_error, time_error(t63_frames(gain, down, end), r));
      }
  EXPECT_TRUE(
      measured({.group = "Dynamics", .item = "Gate, attack", .unit = "%", .target = 5.0}, 100.0 * attack_error));
  EXPECT_TRUE(
      measured({.group = "Dynamics", .item = "Gate, release", .unit = "%", .target = 5.0}, 100.0 * release_error));
}

/// The output of a gate that opens on a 60 Hz tone with an attack of 1 ms, at the tone's steepest or highest place.
std::vector<float> opening(double rate, float threshold, std::size_t frames) {
  std::vector<float> in = to_float(sine_wave(60.0, rate, frames));
  std::fill_n(in.begin(), frames / 2, 0.0f);
  return rendered(gate_type(), rate,
                  values_with(gate_type(), {{"threshold_db", threshold}, {"attack_ms", 1.0f}, {"hold_ms", 50.0f}}), in);
}

TEST(Gate, OpensWithoutAClick) {
  constexpr std::size_t kWindow = 65536;
  double worst = -300.0;
  for (const double rate : kDynamicsRates)
    for (const float threshold : {-40.0f, -12.0f, -0.1f}) {
      const auto out = opening(rate, threshold, kWindow);
      const Spectrum spectrum = spectrum_of(out, rate);
      worst = std::max(worst, highest_db_above(spectrum, 2000.0));
    }
  EXPECT_TRUE(measured(
      {.group = "Dynamics", .item = "Gate, click of 60 Hz above 2 kHz, loudest bin", .unit = "dBFS", .target = -60.0},
      worst))
      << worst;
}

TEST(Gate, ClicksHardlyEvenAgainstThePeakOfWhatIsAbove2Khz) {
  constexpr std::size_t kFrames = 65536;
  constexpr double kRate = 48000.0;
  double worst = -300.0;
  for (const float threshold : {-40.0f, -12.0f, -0.1f}) {
    const auto out = opening(kRate, threshold, kFrames);
    std::vector<std::complex<double>> bins(out.begin(), out.end());
    // Cut to whole waves behind the opening, or the end of the piece would click itself.
    for (std::size_t i = kFrames - 4000; i < kFrames; ++i)
      bins[i] *= smoothstep(static_cast<double>(kFrames - i) / 4000.0);
    fft(bins);
    const auto edge = static_cast<std::size_t>(2000.0 / kRate * kFrames);
    for (std::size_t k = 0; k < kFrames; ++k)
      if (k < edge || k > kFrames - edge) bins[k] = 0.0;
    std::ranges::transform(bins, bins.begin(), [](std::complex<double> x) { return std::conj(x); });
    fft(bins);
    for (const auto& x : bins) worst = std::max(worst, db_of(x.real() / static_cast<double>(kFrames)));
  }
  EXPECT_TRUE(measured(
      {.group = "Dynamics", .item = "Gate, click of 60 Hz above 2 kHz, peak", .unit = "dBFS", .target = -60.0}, worst))
      << worst;
}

TEST(Gate, PassesEveryBitWhileItIsOpen) {
  const auto params = values_with(gate_type(), {{"threshold_db", -60.0f}, {"attack_ms", 0.01f}});
  InsertHost host(gate_type(), {.params = params});
  const Signal in = noise(2, 20000, 1);
  const Signal out = host.run(in, every(kSlice));
  EXPECT_TRUE(same_bytes(part(in, 100, 19900), part(out, 100, 19900)));
}

TEST(Gate, OpensBothSidesByEitherOfTheKey) {
  const auto tone = square_carrier(5000, -20.0);
  const Signal mono{tone}, left{tone, std::vector<float>(5000)}, right{left[1], tone};
  const Signal in = noise(2, 5000, 2, 0.001f);
  const auto with_key = [&](const Signal& key) {
    InsertHost host(gate_type());
    return host.run(in, every(kSlice), {}, &key);
  };
  const Signal expected = with_key(mono);
  EXPECT_EQ(expected[0].back(), in[0].back());
  EXPECT_EQ(expected[1].back(), in[1].back());
  EXPECT_TRUE(same_bytes(expected, with_key(left)));
  EXPECT_TRUE(same_bytes(expected, with_key(right)));
}

TEST(Gate, HearsItsKeyThroughTheFilters) {
  const auto open_share = [](double hz, std::initializer_list<Setting> settings) {
    auto params = values_with(gate_type(), settings);
    const auto in = to_float(sine_wave(hz, 48000.0, 48000, 0.05));
    return rendered(gate_type(), 48000.0, params, in)[47000] == in[47000];
  };
  EXPECT_TRUE(open_share(50.0, {{"threshold_db", -30.0f}}));
  EXPECT_FALSE(open_share(50.0, {{"threshold_db", -30.0f}, {"key_hpf_hz", 100.0f}}));
  EXPECT_TRUE(open_share(50.0, {{"threshold_db", -39.0f}, {"key_hpf_hz", 100.0f}}));
  EXPECT_FALSE(open_share(5000.0, {{"threshold_db", -30.0f}, {"key_lpf_hz", 1000.0f}}));
}

TEST(Gate, IsOpenWhenThePeakArrivesIfItLooksAhead) {
  const auto params = values_with(gate_type(), {{"lookahead_ms", 5.0f}, {"attack_ms", 0.5f}});
  const auto in = square_step(8000, 4000, -60.0, -6.0);
  const auto out = rendered(gate_type(), 48000.0, params, in);
  EXPECT_EQ(gate_type().latency(params, 48000.0), 240);
  EXPECT_EQ(out[4240], in[4000]);
  EXPECT_LT(std::fabs(out[3990]), 1e-6f);
}

TEST(Gate, ExpandsAlongItsRatioDownToTheRange) {
  double worst = 0.0;
  for (const float ratio : {1.0f, 2.0f, 5.0f, 100.0f})
    for (const double level : levels(-70.0, -30.0, 4.0)) {
      const auto params = values_with(
          gate_type(),
          {{"mode", 1.0f}, {"ratio", ratio}, {"range_db", -40.0f}, {"attack_ms", 0.1f}, {"release_ms", 5.0f}});
      const double wanted = std::max(-40.0, std::min(0.0, (level + 40.0) * (double{ratio} - 1.0)));
      worst = std::max(worst, std::fabs(gain_of(params, square_carrier(20000, level)).back() - wanted));
      const auto sine = to_float(sine_wave(997.0, 48000.0, 48000, std::pow(10.0, level / 20.0)));
      const auto out = rendered(gate_type(), 48000.0, params, sine);
      EXPECT_NEAR(rms_db(std::vector<float>(out.end() - 4800, out.end())) - level + 3.01, wanted, 0.3)
          << ratio << level;
    }
  EXPECT_TRUE(measured({.group = "Dynamics", .item = "Gate, expander's curve", .unit = "dB", .target = 0.1}, worst));
}

TEST(Gate, ChangesItsSettingsWithoutZipperNoise) {
  constexpr std::size_t kWindow = 65536;
  const auto params = values_with(gate_type(), {{"attack_ms", 1.0f}});
  std::mt19937 rng(5);
  std::vector<Move> moves;
  const std::vector<std::string_view> keys{"range_db", "mode", "ratio", "threshold_db", "hysteresis_db"};
  for (Frames at = 0; at < 2 * static_cast<Frames>(kWindow); at += 48) {
    const ParamSpec& spec = *find_param(gate_type(), keys[rng() % keys.size()]);
    moves.push_back({spec.index, at, random_value(spec, rng), spec.travel == Travel::jump ? 0 : 960});
  }
  InsertHost host(gate_type(), {.channels = 1, .params = params});
  const Signal in{to_float(sine_wave(60.0, 48000.0, 2 * kWindow, 0.1))};
  const auto out = host.run(in, every(kSlice), moves)[0];
  const Spectrum spectrum =
      spectrum_of(std::vector<float>(out.end() - static_cast<std::ptrdiff_t>(kWindow), out.end()), 48000.0);
  double worst = -300.0;
  worst = std::max(worst, highest_db_above(spectrum, 2000.0));
  EXPECT_TRUE(measured(
      {.group = "Dynamics", .item = "Gate, storm of moves, 60 Hz, above 2 kHz", .unit = "dBFS", .target = -60.0},
      worst))
      << worst;
}

}  // namespace

}  // namespace busbar::test
