#include <cmath>
#include <numbers>

#include "engine/realtime/dsp/note.hpp"
#include "tests/engine/realtime/inserts/colour_signals.hpp"

namespace busbar::test {

namespace {

constexpr std::string_view kGroup = "Colour, space, time";

std::vector<float> free_time(double ms, double feedback = 0.0, bool ping_pong = false) {
  return params_of("delay", {{"time_ms", ms},
                             {"feedback", feedback},
                             {"ping_pong", ping_pong ? 1.0 : 0.0},
                             {"low_cut_hz", 20.0},
                             {"high_cut_hz", 20000.0}});
}

std::vector<float> in_time(std::size_t note, double tempo) {
  auto params = params_of("delay", {{"sync", 1.0}, {"note", static_cast<double>(note)}, {"feedback", 0.0}});
  params.back() = static_cast<float>(tempo);
  return params;
}

/// What 200 samples from `first` on do to a tone, as amplitude and phase.
std::complex<double> response(const std::vector<float>& click, std::size_t first, double hz, double rate) {
  std::complex<double> sum = 0.0;
  for (std::size_t i = 0; i < 200; ++i)
    sum += static_cast<double>(click[first + i]) *
           std::polar(1.0, -2.0 * std::numbers::pi * hz / rate * static_cast<double>(first + i));
  return sum;
}

/// How late the first echo of a click is, in frames, by its phase at `hz`.
double time_of_echo(const std::vector<float>& params, double rate, double about, double hz) {
  std::vector<double> click(static_cast<std::size_t>(about) + 300, 0.0);
  click[0] = 1.0;
  const auto out = through("delay", rate, params, click);
  const auto first = static_cast<std::size_t>(std::max(0.0, about - 100.0));
  const double turns = about * hz / rate;  // of which the phase tells the fraction
  const double phase = -std::arg(response(out, first, hz, rate)) / (2.0 * std::numbers::pi);
  return (turns + std::remainder(phase - turns, 1.0)) * rate / hz;
}

TEST(Delay, IsInTimeToAFiftiethOfASample) {
  double worst = 0.0;
  for (const double rate : kColourRates)
    for (const double tempo : {63.0, 97.3, 120.0, 174.0})
      for (std::size_t note = 1; note < kNoteNames.size(); note += 2) {
        const double set = 60.0 / static_cast<double>(static_cast<float>(tempo)) * kNoteBeats[note] * rate;
        for (const double hz : {500.0, 8000.0})
          worst = std::max(worst, std::fabs(time_of_echo(in_time(note, tempo), rate, set, hz) - set));
      }
  EXPECT_TRUE(measured({.group = kGroup, .item = "Delay: 60000/BPM x note", .unit = "samples", .target = 0.02}, worst));
}

TEST(Delay, NamesItsNotesByTheirLengths) {
  EXPECT_EQ(kNoteBeats[kQuarterNote], 1.0);
  for (std::size_t note = 0; note < kNoteNames.size(); ++note) {
    const std::string name(kNoteNames[note]);
    const double whole = name.starts_with("whole")           ? 4.0
                         : name.starts_with("half")          ? 2.0
                         : name.starts_with("quarter")       ? 1.0
                         : name.starts_with("eighth")        ? 0.5
                         : name.starts_with("sixteenth")     ? 0.25
                         : name.starts_with("thirty_second") ? 0.125
                                                             : 0.0;
    const double share = name.ends_with("dotted") ? 1.5 : name.ends_with("triplet") ? 2.0 / 3.0 : 1.0;
    EXPECT_NEAR(kNoteBeats[note], whole * share, 1e-12) << name;
  }
}

TEST(Delay, IsFlatAtAnyFractionOfASample) {
  double worst = 0.0;
  for (const double rate : kColourRates)
    for (double frames = 60.0; frames < 61.0; frames += 0.0625) {
      std::vector<double> click(400, 0.0);
      click[0] = 1.0;
      const auto out = through("delay", rate, free_time(frames * 1000.0 / rate), click);
      for (double hz = 20.0; hz <= 15000.0; hz += 749.0)
        worst = std::max(worst, std::fabs(db_of(std::abs(response(out, 0, hz, rate)))));
    }
  EXPECT_TRUE(measured(
      {.group = kGroup, .item = "Delay: flat to 15 kHz at any fraction", .unit = "dB", .target = 0.1, .stretch = 0.001},
      worst));
}

TEST(Delay, StaysStableWhenItFeedsEverythingBack) {
  // 1 ms for a minute is as many repeats as 10 ms for ten.
  for (const double ms : {1.0, 1.37, 2.0}) {
    InsertHost host(type_of("delay"), {.sample_rate = 48000.0, .params = free_time(ms, 100.0)});
    host.run(noise(2, 48000, 1), every(kSlice));
    double before = 0.0, at_first = 0.0;
    for (int second = 0; second < 60; ++second) {
      const Signal out = host.run(silence(2, 48000), every(kSlice));
      const double level = rms_db(out[0]);
      EXPECT_TRUE(second == 0 || level <= before + 1e-4) << second;
      if (second == 0) at_first = level;
      before = level;
    }
    EXPECT_TRUE(measured({.group = kGroup,
                          .item = "Delay: 100 % feedback, growth over 30,000 and more repeats",
                          .unit = "dB",
                          .target = 0.0},
                         before - at_first));
    // Whole frames come back as they went; between two, a repeat costs up to 0.003 dB.
    const bool is_whole = ms != 1.37;
    EXPECT_GT(before - at_first, is_whole ? -12.0 : -200.0) << ms;
  }
}

TEST(Delay, IsFadedOutTenMinutesAfterTheLastInput) {
  const double rate = 8000.0;
  InsertHost host(type_of("delay"), {.sample_rate = rate, .channels = 1, .params = free_time(50.0, 100.0)});
  std::vector<double> tone = sine_wave(500.0, rate, 4000, 0.5);
  host.run({to_float(tone)}, every(kSlice));
  const auto tail = static_cast<int>(host.tail());
  EXPECT_NEAR(tail / rate, 600.0, 1.0);
  Signal out;
  for (int done = 0; done < tail; done += 80000)
    out = host.run(silence(1, std::min(80000, tail - done)), every(kSlice));
  EXPECT_GT(peak_db(out[0]), -40.0);
  EXPECT_EQ(peak(host.run(silence(1, 8000), every(kSlice))[0]), 0.0);
}

TEST(Delay, RepeatsThroughItsFiltersByItsFeedback) {
  const double rate = 48000.0;
  auto params =
      params_of("delay", {{"time_ms", 10.0}, {"feedback", 50.0}, {"low_cut_hz", 400.0}, {"high_cut_hz", 3000.0}});
  std::vector<double> click(2400, 0.0);
  click[0] = 1.0;
  const auto out = through("delay", rate, params, click);
  for (const double hz : {200.0, 400.0, 1000.0, 3000.0, 6000.0}) {
    const double first = std::abs(response(out, 400, hz, rate)), second = std::abs(response(out, 940, hz, rate));
    // The bilinear transform bends the axis of the analogue Butterworth filters.
    const auto bent = [&](double f) { return std::tan(std::numbers::pi * f / rate); };
    const double low = std::pow(bent(hz) / bent(400.0), 2), high = std::pow(bent(hz) / bent(3000.0), 2);
    const double filters = low / std::sqrt(1.0 + low * low) / std::sqrt(1.0 + high * high);
    EXPECT_NEAR(db_of(second / first), db_of(0.5 * filters), 0.3) << hz;
  }
}

TEST(Delay, GoesFromSideToSideInPingPong) {
  for (const int channels : {1, 2}) {
    InsertHost host(type_of("delay"), {.channels = channels, .params = free_time(10.0, 50.0, true)});
    EXPECT_EQ(host.out_channels(), 2);
    Signal in = silence(channels, 2400);
    in[0][0] = 1.0f;
    const Signal out = host.run(in, every(kSlice));
    const auto at = [&](int side, int echo) {
      const auto begin = out[static_cast<std::size_t>(side)].begin() + 480 * echo - 20;
      return peak(std::vector<float>(begin, begin + 200));
    };
    const double height = channels == 1 ? 1.0 : 0.5;
    EXPECT_NEAR(at(0, 1), height, 1e-6);
    EXPECT_NEAR(at(1, 2), 0.4 * height, 0.1 * height);  // a click loses its top to the high cut
    EXPECT_GT(at(0, 3), 0.1 * height);
    EXPECT_LT(at(1, 1), 1e-6);
    EXPECT_LT(at(0, 2), 0.02 * height);
  }
  EXPECT_EQ(InsertHost(type_of("delay"), {.channels = 1}).out_channels(), 1);
}

TEST(Delay, FadesFromOneTimeToAnother) {
  constexpr int kLong = 131072;
  for (const double hz : {150.0, 997.0}) {
    InsertHost host(type_of("delay"), {.channels = 1, .params = free_time(200.0)});
    std::vector<Move> moves;
    for (int at = 30000, k = 0; at < 100000; at += 48, ++k)
      moves.push_back({index_of("delay", "time_ms"), at, 20.0f + 37.0f * static_cast<float>(k % 5), 0});
    auto tone = sine_wave(hz, 48000.0, kLong, 1.0);
    for (std::size_t i = 0; i < 4800; ++i) tone[i] *= smoothstep(static_cast<double>(i) / 4800.0);
    const auto out = host.run({to_float(tone)}, every(kSlice), moves)[0];
    const auto spectrum = spectrum_of(out, 48000.0);
    double worst = 0.0;
    for (std::size_t k = 0; k < spectrum.amplitudes.size(); ++k)
      if (std::fabs(static_cast<double>(k) * spectrum.bin_hz() - hz) > 1000.0)
        worst = std::max(worst, spectrum.amplitudes[k]);
    EXPECT_TRUE(measured({.group = kGroup,
                          .item = "Delay: time changed 1000 times a second under a tone, more than 1 kHz away",
                          .unit = "dBFS",
                          .target = -60.0},
                         db_of(worst)))
        << hz;
  }
}

/// The loudest more than 1 kHz away from a tone through a delay whose switch `key` goes to and fro 1000 times a second.
double spurious_of_switching(std::string_view key, double hz) {
  constexpr int kLong = 131072;
  auto params = free_time(170.0, 60.0);
  params[index_of("delay", "note")] = 13.0f;
  InsertHost host(type_of("delay"), {.params = params});
  std::vector<Move> moves;
  for (int at = 30000, k = 0; at < 100000; at += 48, ++k)
    moves.push_back({index_of("delay", key), at, k % 3 == 0 ? 1.0f : 0.0f, 0});
  auto tone = sine_wave(hz, 48000.0, kLong, 0.4);
  for (std::size_t i = 0; i < 4800; ++i) tone[i] *= smoothstep(static_cast<double>(i) / 4800.0);
  const Signal out = host.run({to_float(tone), to_float(tone)}, every(kSlice), moves);
  double worst = 0.0;
  for (const auto& side : out) {
    const auto spectrum = spectrum_of(side, 48000.0);
    for (std::size_t k = 0; k < spectrum.amplitudes.size(); ++k)
      if (std::fabs(static_cast<double>(k) * spectrum.bin_hz() - hz) > 1000.0)
        worst = std::max(worst, spectrum.amplitudes[k]);
  }
  return db_of(worst);
}

TEST(Delay, FadesWhateverIsSwitched) {
  for (const std::string_view key : {"ping_pong", "sync", "note"})
    for (const double hz : {150.0, 997.0})
      EXPECT_TRUE(measured({.group = kGroup,
                            .item = "Delay: ping-pong, sync, note switched 1000 times a second, more than 1 kHz away",
                            .unit = "dBFS",
                            .target = -60.0},
                           spurious_of_switching(key, hz)))
          << key << ' ' << hz;
}

/// The peaks around the k-th echo of a click at frame 0, 480 frames apart.
std::array<double, 2> echo_peaks(const Signal& out, int k) {
  std::array<double, 2> peaks{};
  for (std::size_t c = 0; c < 2; ++c)
    peaks[c] = peak(std::vector<float>(out[c].begin() + 4800 * k - 100, out[c].begin() + 4800 * k + 1000));
  return peaks;
}

TEST(Delay, GoesOnWithItsEchoesWhenItIsSwitched) {
  InsertHost host(type_of("delay"), {.params = free_time(100.0, 100.0)});
  Signal in = silence(2, 48000);
  for (std::size_t i = 0; i < 480; ++i) in[0][i] = static_cast<float>(std::sin(0.1 * static_cast<double>(i)));
  const std::vector<Move> moves{{index_of("delay", "ping_pong"), 7000, 1.0f, 0},
                                {index_of("delay", "ping_pong"), 25000, 0.0f, 0},
                                {index_of("delay", "sync"), 36000, 1.0f, 0}};
  const Signal out = host.run(in, every(kSlice), moves);
  for (int k = 1; k <= 7; ++k) {
    const auto [left, right] = echo_peaks(out, k);
    const bool on_left = k < 3 || k % 2 == 0 || k > 5;
    EXPECT_NEAR(k > 5 ? std::max(left, right) : (on_left ? left : right), 1.0, 0.2) << k;
    EXPECT_LT(k > 5 ? 0.0 : (on_left ? right : left), 0.02) << k;
  }
  EXPECT_GT(peak(part(out, 40000, 8000)[0]) + peak(part(out, 40000, 8000)[1]), 0.9);
}

/// A mono delay that is made to go from side to side is another instance, which takes over; and back.
TEST(Delay, HandsItsEchoesOnBetweenOneLineAndTwo) {
  const auto straight = free_time(100.0, 100.0), crossing = free_time(100.0, 100.0, true);
  InsertMemory mono(type_of("delay"), 48000.0, 1, straight), wide(type_of("delay"), 48000.0, 1, crossing);
  InsertMemory again(type_of("delay"), 48000.0, 1, straight);
  const std::vector<std::span<const float>> no_curves(straight.size());
  const auto run = [&](InsertMemory& memory, const std::vector<float>& params, bool has_input) {
    Signal out(2, std::vector<float>(4800));
    for (std::size_t i = 0; i < 480 && has_input; ++i) out[0][2400 + i] = static_cast<float>(std::sin(0.1 * double(i)));
    for (int done = 0; done < 4800; done += 96) {
      const int channels = type_of("delay").out_channels(1, params);
      const AudioBlock io(out[0].data() + done, out[1].data() + done, channels, 96);
      type_of("delay").process(memory.state(), {.io = io, .key = io, .params = params, .curves = no_curves});
    }
    return std::array{peak(out[0]), peak(out[1])};
  };
  run(mono, straight, true);
  EXPECT_NEAR(run(mono, straight, false)[0], 1.0, 0.2);
  type_of("delay").take_over(wide.state(), mono.state());
  EXPECT_NEAR(run(wide, crossing, false)[0], 1.0, 0.2);
  EXPECT_NEAR(run(wide, crossing, false)[1], 1.0, 0.2);
  type_of("delay").take_over(again.state(), wide.state());
  EXPECT_NEAR(run(again, straight, false)[0], 1.0, 0.2);
  EXPECT_NEAR(run(again, straight, false)[0], 1.0, 0.2);
}

TEST(Delay, NarrowsToMono) {
  auto params = free_time(10.0);
  params[index_of("delay", "width")] = 0.0f;
  InsertHost host(type_of("delay"), {.params = params});
  const Signal in = noise(2, 4000, 3), out = host.run(in, every(kSlice));
  EXPECT_EQ(out[0], out[1]);
  for (std::size_t i = 600; i < 4000; ++i) EXPECT_NEAR(out[0][i], 0.5f * (in[0][i - 480] + in[1][i - 480]), 1e-6f);
}

}  // namespace

}  // namespace busbar::test
