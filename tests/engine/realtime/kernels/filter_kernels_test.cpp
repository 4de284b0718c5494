// Filters, rows and taps: every target does the same, however time is cut into calls.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <random>
#include <vector>

#include "engine/realtime/kernels/band_rows.hpp"
#include "engine/realtime/kernels/gain_rows.hpp"
#include "engine/realtime/kernels/lone_section.hpp"
#include "engine/realtime/kernels/sections.hpp"
#include "engine/realtime/kernels/sibilance_shelf.hpp"
#include "engine/realtime/kernels/sinc_read.hpp"
#include "engine/realtime/kernels/split_tree.hpp"
#include "engine/realtime/kernels/widen.hpp"
#include "tests/support/kernel_targets.hpp"

namespace busbar::test {
namespace {

constexpr int kFrames = 1000;
constexpr std::size_t kLength = kFrames;
/// 64-bit recurrences that round once or twice less, at full scale.
constexpr double kRounding = 1e-12;

float noise(std::mt19937& random) { return static_cast<float>(random()) / 2147483648.0f - 1.0f; }

std::vector<Pair> noise_pairs() {
  std::mt19937 random(1);
  std::vector<Pair> pairs(kLength);
  for (Pair& pair : pairs)
    for (double& x : pair.lane) x = static_cast<double>(noise(random));
  return pairs;
}

std::vector<float> noise_row(unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> row(kLength + 64);
  for (float& x : row) x = noise(random);
  return row;
}

void append(std::vector<double>& out, const Pair& pair) { out.insert(out.end(), pair.lane.begin(), pair.lane.end()); }

template <typename Pairs>
std::vector<double> flat(const Pairs& pairs) {
  std::vector<double> out;
  for (const Pair& pair : pairs) append(out, pair);
  return out;
}

/// run(first, count) for calls of `frames`, up to the end.
template <typename Run>
void in_calls(int frames, Run run) {
  for (int first = 0; first < kFrames; first += frames) run(first, std::min(frames, kFrames - first));
}

SectionTuning bell(std::size_t k) {
  return SectionTuning::second_order(0.004 * static_cast<double>((k + 1) * (k + 1)), 0.5, 1.0, 0.9, 1.0);
}

TEST(SectionKernel, IsTheSameOnEveryTargetForAnyNumberOfSections) {
  for (const std::size_t count : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u, 9u, 12u}) {
    SCOPED_TRACE(count);
    expect_alike(kRounding, [count](int frames) {
      std::vector<SectionTuning> tunings;
      std::vector<SectionState> states(count);
      std::vector<SectionRef> sections;
      for (std::size_t k = 0; k < count; ++k) tunings.push_back(bell(k));
      for (std::size_t k = 0; k < count; ++k) sections.push_back({&tunings[k], &states[k]});
      std::vector<Pair> io = noise_pairs();
      in_calls(frames, [&](int first, int n) { run_sections(sections, io.data() + first, n); });
      for (const SectionState& state : states) io.insert(io.end(), {state.s1, state.s2});
      return flat(io);
    });
  }
}

TEST(SectionKernel, GroupsMakeNoDifferenceToAnyBit) {
  on_every_target([] {
    std::array<SectionTuning, 7> tunings;
    for (std::size_t k = 0; k < tunings.size(); ++k) tunings[k] = bell(k);
    std::array<SectionState, 7> together, apart;
    std::vector<Pair> one = noise_pairs(), other = one;
    std::vector<SectionRef> all;
    for (std::size_t k = 0; k < tunings.size(); ++k) all.push_back({&tunings[k], &together[k]});
    run_sections(all, one.data(), kFrames);
    for (std::size_t k = 0; k < tunings.size(); ++k)
      run_sections(std::array<SectionRef, 1>{{{&tunings[k], &apart[k]}}}, other.data(), kFrames);
    EXPECT_EQ(flat(one), flat(other));
  });
}

TEST(LoneSectionKernel, IsTheSameOnEveryTarget) {
  for (const double g : {0.0004, 0.005, 0.3, 5.0})
    expect_alike(kRounding, [g](int frames) {
      const SectionTuning tuning = SectionTuning::second_order(g, 0.25, 1.0, 0.9, 0.5);
      SectionState state;
      SectionPast past;
      std::vector<Pair> io = noise_pairs();
      in_calls(frames, [&](int first, int n) { run_lone_section(tuning, state, past, io.data() + first, n); });
      io.insert(io.end(), {state.s1, state.s2});
      return flat(io);
    });
}

TEST(LoneSectionKernel, DoesTheSameOnChannelsAsOnPairs) {
  on_every_target([] {
    const SectionTuning tuning = SectionTuning::second_order(0.3, 0.25, 1.0, 0.9, 0.5);
    for (const int channels : {1, 2}) {
      SectionState of_pairs, of_rows;
      SectionPast past_of_pairs, past_of_rows;
      std::vector<Pair> pairs = noise_pairs();
      std::vector<float> rows[2];
      for (Pair& pair : pairs)
        for (std::size_t c = 0; c < 2; ++c) {
          const float x = c == 1 && channels == 1 ? 0.0f : static_cast<float>(pair.lane[c]);
          pair.lane[c] = static_cast<double>(x);
          rows[c].push_back(x);
        }
      in_calls(7, [&](int first, int n) {
        run_lone_section(tuning, of_pairs, past_of_pairs, pairs.data() + first, n);
        const AudioBlock io(rows[0].data() + first, rows[1].data() + first, channels, n);
        run_lone_section(tuning, of_rows, past_of_rows, io);
      });
      for (std::size_t i = 0; i < pairs.size(); ++i)
        for (std::size_t c = 0; c < 2; ++c) ASSERT_EQ(rows[c][i], static_cast<float>(pairs[i].lane[c])) << i;
    }
  });
}

TEST(LoneSectionKernel, HoldsDirectCurrentToTheBitOfASample) {
  on_every_target([] {
    const SectionTuning low_pass = SectionTuning::second_order(0.1, 1.4, 0.0, 0.0, 1.0);
    SectionState state;
    SectionPast past;
    Pair last{};
    for (int i = 0; i < 200; ++i) {
      std::array<Pair, 64> io;
      io.fill(Pair{{static_cast<double>(0.7f), static_cast<double>(-0.3f)}});
      run_lone_section(low_pass, state, past, io.data(), 64);
      last = io.back();
    }
    EXPECT_EQ(static_cast<float>(last.lane[0]), 0.7f);
    EXPECT_EQ(static_cast<float>(last.lane[1]), -0.3f);
  });
}

TEST(SplitTreeKernel, IsTheSameOnEveryTarget) {
  expect_alike(kRounding, [](int frames) {
    const SplitTree::Tunings tunings{SplitTuning::at(120.0, 48000.0), SplitTuning::at(1000.0, 48000.0),
                                     SplitTuning::at(6000.0, 48000.0)};
    SplitTree tree;
    const std::vector<Pair> in = noise_pairs();
    std::array<std::vector<Pair>, SplitTree::kBands> bands;
    for (auto& band : bands) band.resize(kLength);
    in_calls(frames, [&](int first, int n) {
      run_split_tree(
          tunings, tree, in.data() + first, n,
          {bands[0].data() + first, bands[1].data() + first, bands[2].data() + first, bands[3].data() + first});
    });
    std::vector<double> out;
    for (const auto& band : bands)
      for (const Pair& pair : band) append(out, pair);
    return out;
  });
}

TEST(SibilanceShelfKernel, IsTheSameOnEveryTarget) {
  expect_alike(kRounding, [](int frames) {
    SibilanceShelf::Tunings tunings;
    for (std::size_t k = 0; k < tunings.size(); ++k)
      tunings[k] = SvfTuning::at(4500.0, 1.0 / SibilanceShelf::kDamping[k], 48000.0);
    std::vector<float> roots = noise_row(3);
    for (float& root : roots) root = 0.75f + 0.25f * root;
    SibilanceShelf shelf;
    std::vector<Pair> io = noise_pairs();
    in_calls(frames, [&](int first, int n) {
      run_sibilance_shelf(tunings, shelf, roots.data() + first, io.data() + first, n);
    });
    return flat(io);
  });
}

TEST(RowKernels, AreTheSameToTheBitOnEveryTarget) {
  expect_alike(0.0, [](int frames) {
    std::vector<float> levels = noise_row(5), sibilance = levels, left = noise_row(6), right = noise_row(7);
    std::vector<float> gains(levels.size()), shares(levels.size());
    for (std::vector<float>* row : {&levels, &sibilance})
      for (float& x : *row) x = x < 0.0f ? -x : x;
    std::vector<double> out;
    in_calls(frames, [&](int first, int n) {
      bend_levels(GainCurve<float>::of(-20.0f, 0.75f, 6.0f), levels.data() + first, n);
      clamp_levels(-20.0f, 2.0f, 6.0f, sibilance.data() + first, n);
      gains_of(left.data() + first, levels.data() + first, gains.data() + first, n);
      gains_of_share(-0.125f, levels.data() + first, shares.data() + first, n);
      widen(AudioBlock(left.data() + first, right.data() + first, 2, n), 1.5f, {});
      widen(AudioBlock(left.data() + first, right.data() + first, 2, n), 1.0f, {gains.data() + first, std::size_t(n)});
    });
    for (const auto* row : {&levels, &sibilance, &gains, &shares, &left, &right})
      out.insert(out.end(), row->begin(), row->begin() + kFrames);
    out.push_back(static_cast<double>(largest_of(left.data(), kFrames)));
    return out;
  });
}

TEST(BandKernels, AreTheSameOnEveryTarget) {
  expect_alike(1e-6, [](int frames) {
    BandEnvelopes envelopes;
    envelopes.attack = {0.1, 0.01, 0.001, 0.5};
    envelopes.release = {0.01, 0.1, 0.0001, 0.5};
    const std::vector<Pair> in = noise_pairs();
    std::vector<double> out;
    in_calls(frames, [&](int first, int n) {
      BandPairs bands{};
      BandRows rows{};
      for (std::size_t b = 0; b < kRowBands; ++b) {
        for (int i = 0; i < n; ++i)
          bands[b][static_cast<std::size_t>(i)] = in[(static_cast<std::size_t>(first + i) + 100 * b) % kLength];
        louder_of(bands[b], n, rows[b]);
      }
      follow_bands(envelopes, n, rows);
      for (BandRow& row : rows) weigh_band({3.0f, 0.5f, 0.9f}, n, row);
      PairBuffer sum;
      sum_bands(bands, rows, n, sum);
      for (int i = 0; i < n; ++i) append(out, sum[static_cast<std::size_t>(i)]);
    });
    out.insert(out.end(), envelopes.reduction_db.begin(), envelopes.reduction_db.end());
    return out;
  });
}

TEST(SincReadKernel, IsTheSameOnEveryTarget) {
  expect_alike(1e-6, [](int frames) {
    const std::vector<float> weights = noise_row(8);
    std::vector<float> x = noise_row(9);
    x.resize(kLength + 128);
    std::vector<double> out;
    in_calls(frames, [&](int first, int n) {
      std::array<float, 64> y{};
      read_between(x.data() + first, weights.data(), n, y.data());
      out.insert(out.end(), y.begin(), y.begin() + n);
    });
    return out;
  });
}

TEST(PairKernels, PassEverySample) {
  for (const int frames : {1, 3, 4, 7, 64})
    on_every_target([frames] {
      std::vector<float> left = noise_row(10), right = noise_row(11);
      const std::vector<float> left_before = left, right_before = right;
      PairBuffer pairs;
      const AudioBlock io(left.data(), right.data(), 2, frames);
      load_pairs(io, pairs);
      for (std::size_t i = 0; i < static_cast<std::size_t>(frames); ++i) left[i] = right[i] = 0.0f;
      store_pairs(pairs, io);
      EXPECT_EQ(left, left_before);
      EXPECT_EQ(right, right_before);
    });
}

}  // namespace
}  // namespace busbar::test
