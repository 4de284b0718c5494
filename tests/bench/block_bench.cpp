// The cost of one block through the mixer, per strip and frame, beside a bare loop that does the same arithmetic on
// the same data in the same run: gain, pan, 64-bit sum, peak and RMS. The last lines give the ratios.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "engine/control/control_loop.hpp"
#include "engine/realtime/denormals.hpp"
#include "engine/realtime/path/90_meter_tap.hpp"

namespace busbar {
namespace {

constexpr int kRing = 16384;

std::shared_ptr<SourceFeed> noise_feed(unsigned seed) {
  auto feed = std::make_shared<SourceFeed>(1, kRing);
  std::mt19937 random(seed);
  for (float& x : feed->back(kRing).channel(0)) x = static_cast<float>(random()) / 4294967296.0f - 0.5f;
  feed->publish(kRing);
  return feed;
}

/// Mono tracks into eight groups into the master, all with a pan and a fader.
struct Console {
  std::vector<std::shared_ptr<SourceFeed>> feeds;
  std::unique_ptr<ControlLoop> control;
  std::unique_ptr<BlockRenderer> renderer;

  explicit Console(int tracks) {
    Mixer mixer;
    Sources sources;
    TrackChannels channels;
    const auto add_bus = [&](const std::string& id, StripKind kind, Output output) {
      Strip bus;
      bus.id = id;
      bus.kind = kind;
      bus.output = std::move(output);
      mixer.buses.push_back(std::make_shared<const Strip>(std::move(bus)));
    };
    add_bus("master", StripKind::master, ToNowhere{});
    for (int g = 0; g < 8; ++g) add_bus("group" + std::to_string(g), StripKind::group, ToBus{"master"});
    for (int t = 0; t < tracks; ++t) {
      Strip track;
      track.id = "track" + std::to_string(t);
      track.source = WavSource{};
      track.fader = {-6.0};
      track.pan = -0.9 + 1.8 * t / tracks;
      track.output = ToBus{"group" + std::to_string(t % 8)};
      auto source = std::make_shared<SourceState>();
      source->kind = SourceState::Kind::file;
      source->file.lanes.push_back(
          {.feeds = {noise_feed(static_cast<unsigned>(t))}, .clips = {{0, Frames{1} << 60, 1.0}}});
      feeds.push_back(source->file.lanes.front().feeds.front());
      channels[track.id] = 1;
      sources[track.id] = std::move(source);
      mixer.tracks.push_back(std::make_shared<const Strip>(std::move(track)));
    }
    control = ControlLoop::start(std::move(mixer), channels, sources, {}).value();
    renderer = std::make_unique<BlockRenderer>(control->handover(), 0);
  }

  void refill() {
    for (const auto& feed : feeds) feed->publish(feed->room());  // the ring still holds its noise
  }
};

void count(benchmark::State& state, std::int64_t strips, std::int64_t frames) {
  state.counters["ns_per_strip_frame"] =
      benchmark::Counter(static_cast<double>(state.iterations() * strips * frames) * 1e-9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void mixer(benchmark::State& state) {
  const DenormalsOff denormals_off;
  const int tracks = static_cast<int>(state.range(0)), frames = static_cast<int>(state.range(1));
  Console console(tracks);
  for (auto _ : state) {
    console.renderer->render({.inputs = {}, .outputs = {}, .frames = frames});
    console.refill();
  }
  count(state, tracks, frames);
}

void bare_loop(benchmark::State& state) {
  const DenormalsOff denormals_off;
  const int tracks = static_cast<int>(state.range(0)), frames = static_cast<int>(state.range(1));
  Console console(tracks);
  std::vector<LevelOfSlice> levels(static_cast<std::size_t>(tracks) * 2);
  std::vector<double> left(static_cast<std::size_t>(frames)), right(left), sum_left(left), sum_right(left);
  for (auto _ : state) {
    std::ranges::fill(sum_left, 0.0);
    std::ranges::fill(sum_right, 0.0);
    for (std::size_t t = 0; t < static_cast<std::size_t>(tracks); ++t) {
      const AudioBlock block = console.feeds[t]->front(frames);
      const float* in = block.channel(0).data();
      const double gain_left = 0.4, gain_right = 0.3;
      for (std::size_t i = 0; i < left.size(); ++i) {
        left[i] = gain_left * static_cast<double>(in[i]);
        right[i] = gain_right * static_cast<double>(in[i]);
        sum_left[i] += left[i];
        sum_right[i] += right[i];
      }
      levels[2 * t] = level_of(left.data(), frames);
      levels[2 * t + 1] = level_of(right.data(), frames);
      console.feeds[t]->consume(block.frames());
    }
    benchmark::DoNotOptimize(sum_left.data());
    benchmark::DoNotOptimize(sum_right.data());
    benchmark::DoNotOptimize(levels.data());
    console.refill();
  }
  count(state, tracks, frames);
}

void sizes(benchmark::internal::Benchmark* bench) {
  for (const int frames : {64, 256, 1024})
    for (const int strips : {8, 64, 256}) bench->Args({strips, frames});
  bench->Repetitions(5)->ReportAggregatesOnly(true);
}

BENCHMARK(mixer)->Apply(sizes);
BENCHMARK(bare_loop)->Apply(sizes);

/// Keeps the medians, to print the ratios.
class Reporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs)
      if (run.aggregate_name == "median")
        medians_[run.run_name.function_name][run.run_name.args] = run.counters.at("ns_per_strip_frame").value;
  }
  void print_ratios() {
    std::printf("\nstrips/frames   mixer ns   bare ns   ratio   (per strip and frame, medians of 5)\n");
    for (const auto& [args, ns] : medians_["mixer"])
      std::printf("%-14s %9.3f %9.3f %7.2f\n", args.c_str(), ns, medians_["bare_loop"][args],
                  ns / medians_["bare_loop"][args]);
  }

 private:
  std::map<std::string, std::map<std::string, double>> medians_;
};

}  // namespace
}  // namespace busbar

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  busbar::Reporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  reporter.print_ratios();
  return 0;
}
