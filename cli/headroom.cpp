#include "cli/headroom.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "cli/print.hpp"
#include "engine/control/plan/mix_values.hpp"
#include "engine/files/sound_reader.hpp"

namespace busbar::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kWholeSeconds = 60.0;
constexpr double kClose = -3.0;  // dBFS: two related signals add 3 dB more than the estimate says
constexpr int kStretches = 20;
constexpr double kNoiseCrest = 4.0;  // a noise's peak over its RMS, about

/// Peaks of the channels of files, each stretch read once however many tracks pick channels of it.
class PeakReader {
 public:
  const std::vector<double>& peaks(const fs::path& path, double offset_s, double length_s) {
    const auto [entry, is_new] = known_.try_emplace({path, offset_s, length_s});
    if (is_new) entry->second = read(path, offset_s, length_s);
    return entry->second;
  }

 private:
  static std::vector<double> read(const fs::path& path, double offset_s, double length_s) {
    auto opened = SoundReader::open(path);
    if (!opened) return {};
    SoundReader& file = **opened;
    const double rate = file.info().sample_rate;
    const Frames all = file.info().frames;
    const auto first = static_cast<Frames>(std::clamp(offset_s * rate, 0.0, static_cast<double>(all)));
    const auto end = static_cast<Frames>(
        std::clamp((offset_s + length_s) * rate, static_cast<double>(first), static_cast<double>(all)));
    std::vector<double> peaks(static_cast<std::size_t>(file.info().channels), 0.0);
    if (static_cast<double>(end - first) <= kWholeSeconds * rate) {
      scan(file, first, end, peaks);
      return peaks;
    }
    const auto stretch = static_cast<Frames>(rate);
    for (int s = 0; s < kStretches; ++s) {
      const Frames from = first + (end - first - stretch) * s / (kStretches - 1);
      scan(file, from, from + stretch, peaks);
    }
    return peaks;
  }

  static void scan(SoundReader& file, Frames first, Frames end, std::vector<double>& peaks) {
    constexpr int kChunk = 8192;
    std::vector<float> samples(kChunk * peaks.size());
    for (Frames at = first; at < end; at += kChunk) {
      const int count = static_cast<int>(std::min<Frames>(kChunk, end - at));
      if (!file.read(at, count, samples.data())) return;
      for (std::size_t n = 0; n < static_cast<std::size_t>(count) * peaks.size(); ++n) {
        const double level = std::fabs(samples[n]);
        if (std::isfinite(level)) peaks[n % peaks.size()] = std::max(peaks[n % peaks.size()], level);
      }
    }
  }

  std::map<std::tuple<fs::path, double, double>, std::vector<double>> known_;
};

Peaks wav_peaks(const WavSource& source, const fs::path& folder, PeakReader& reader) {
  Peaks result{};
  for (const Clip& clip : source.clips) {
    const double length_s = clip.length_s.value_or(INFINITY);
    const auto& in_file = reader.peaks(folder / clip.file, clip.offset_s, std::min(length_s, 1e9));
    const std::size_t channels = clip.channels.empty() ? in_file.size() : clip.channels.size();
    for (std::size_t c = 0; c < std::min<std::size_t>(channels, 2); ++c) {
      const std::size_t pick = clip.channels.empty() ? c : static_cast<std::size_t>(clip.channels[c] - 1);
      if (pick < in_file.size()) result[c] = std::max(result[c], in_file[pick] * to_gain(clip.gain).value);
    }
  }
  return result;
}

/// The value of a level in dB among an insert's parameters, linear.
double gain_of(const RoutedInsert& insert, std::string_view key) {
  return to_gain({insert.params[find_param(*insert.type, key)->index]}).value;
}

double through_insert(const RoutedInsert& insert, double peak) {
  if (insert.type == nullptr || insert.bypass || insert.matches) return peak;
  double wet = peak;
  if (insert.type->key == "utility") wet = peak * gain_of(insert, "gain_db");
  if (insert.type->key == "limiter")
    wet = std::min(peak * gain_of(insert, "drive_db"), gain_of(insert, "ceiling_dbtp"));
  return (1.0 - insert.slot->mix) * peak + insert.slot->mix * wet;
}

/// Peaks on their way through the console, added as powers, or as they are if they fall together.
class Estimate {
 public:
  Estimate(const Mixer& mixer, const Routing& routing, bool together)
      : routing_(routing), values_(mixer), together_(together), inputs_(routing.strips.size()) {}

  std::map<std::string, double> run(const std::map<std::string, Peaks>& sources) {
    std::map<std::string, double> levels;
    for (const int index : routing_.order) {
      const RoutedStrip& strip = routing_.strips[static_cast<std::size_t>(index)];
      levels[strip.strip->id] = pass(index, strip, sources);
    }
    return levels;
  }

 private:
  // Returns the peak at the strip's output.
  double pass(int index, const RoutedStrip& strip, const std::map<std::string, Peaks>& sources) {
    Peaks before = inputs_[static_cast<std::size_t>(index)];
    for (double& sum : before) sum = together_ ? sum : std::sqrt(sum);
    if (const auto source = sources.find(strip.strip->id); source != sources.end()) before = source->second;
    const double trim = std::fabs(MixValues::trim(*strip.strip));
    Peaks behind{};
    for (std::size_t c = 0; c < 2; ++c) behind[c] = before[c] *= trim;
    for (const RoutedInsert& insert : strip.inserts)
      for (double& peak : behind) peak = through_insert(insert, peak);
    for (const Route& route : routing_.routes)
      if (route.from == index && route.to >= 0) add(route, *strip.strip, route.tap == Tap::input ? before : behind);
    const Peaks out = through(values_.output(*strip.strip, strip.out_channels), behind, strip.out_channels);
    return std::max(out[0], out[1]);
  }

  void add(const Route& route, const Strip& strip, const Peaks& tap) {
    const bool is_send = route.kind == Route::Kind::send;
    const PathTarget target =
        is_send ? values_.send(strip, *route.send, route.channels) : values_.output(strip, route.channels);
    const Peaks peaks = through(target, tap, route.channels);
    for (std::size_t c = 0; c < 2; ++c)
      inputs_[static_cast<std::size_t>(route.to)][c] += together_ ? peaks[c] : peaks[c] * peaks[c];
  }

  // The matrix is left from left, left from right, right from left, right from right.
  static Peaks through(const PathTarget& target, const Peaks& in, int channels) {
    const auto& m = target.matrix;
    const double right = channels == 2 ? in[1] : 0.0;
    return {target.gate * std::hypot(m[0] * in[0], m[1] * right), target.gate * std::hypot(m[2] * in[0], m[3] * right)};
  }

  const Routing& routing_;
  MixValues values_;
  bool together_;
  std::vector<Peaks> inputs_;  // sums of powers, or of peaks
};

/// A limiter that is matched is turned up again behind its ceiling.
void warn_of_matched_limiters(const std::string& place, const Strip& strip, std::vector<Error>& warnings) {
  for (std::size_t i = 0; i < strip.inserts.size(); ++i) {
    const InsertSlot& slot = strip.inserts[i];
    if (slot.type != "limiter" || slot.bypass || strip.bypass_inserts) continue;
    if (!slot.match_level && !strip.match_inserts) continue;
    warnings.push_back({place + "/inserts/" + std::to_string(i),
                        "the limiter of '" + strip.id + "' is level-matched, so its ceiling does not hold",
                        "switch level matching off when you have compared"});
  }
}

}  // namespace

std::map<std::string, Peaks> measure_sources(const Mixer& mixer, const fs::path& folder,
                                             const std::function<void(double)>& progress) {
  PeakReader reader;
  std::map<std::string, Peaks> sources;
  for (std::size_t t = 0; t < mixer.tracks.size(); ++t) {
    const Strip& track = *mixer.tracks[t];
    Peaks& peaks = sources[track.id];
    if (!track.source) continue;
    if (const auto* wav = std::get_if<WavSource>(&*track.source)) peaks = wav_peaks(*wav, folder, reader);
    if (const auto* tone = std::get_if<ToneSource>(&*track.source))
      peaks[0] = to_gain(tone->level).value * (tone->wave == Wave::sine ? 1.0 : kNoiseCrest);
    progress(static_cast<double>(t + 1) / static_cast<double>(mixer.tracks.size()));
  }
  return sources;
}

std::vector<ExpectedLevel> expect_levels(const Mixer& mixer, const Routing& routing,
                                         const std::map<std::string, Peaks>& sources) {
  const auto levels = Estimate(mixer, routing, false).run(sources);
  const auto together = Estimate(mixer, routing, true).run(sources);
  std::vector<ExpectedLevel> result;
  for (const auto& bus : mixer.buses)
    if (const auto level = levels.find(bus->id); level != levels.end())
      result.push_back({bus->id, to_decibels({level->second}).value, to_decibels({together.at(bus->id)}).value});
  return result;
}

std::vector<Error> headroom_warnings(const Mixer& mixer, const std::vector<ExpectedLevel>& levels) {
  std::vector<Error> warnings;
  for (const ExpectedLevel& level : levels) {
    const bool likely = level.peak_dbfs > 0.0;
    const bool possible = level.peak_dbfs > kClose && level.at_most_dbfs > 0.0;
    if (!likely && !possible) continue;
    const std::string by = level_text(likely ? level.peak_dbfs : level.at_most_dbfs);
    const auto index =
        std::ranges::find(mixer.buses, level.id, [](const auto& bus) { return bus->id; }) - mixer.buses.begin();
    warnings.push_back({"/buses/" + std::to_string(index),
                        "'" + level.id +
                            (likely ? "' is likely to pass 0 dBFS by about " : "' may pass 0 dBFS by up to ") + by +
                            " dB" + (likely ? "" : " where its feeders peak together"),
                        "lower its fader, or the faders and sends that feed it, by " + by + " dB or more"});
  }
  for (std::size_t t = 0; t < mixer.tracks.size(); ++t)
    warn_of_matched_limiters("/tracks/" + std::to_string(t), *mixer.tracks[t], warnings);
  for (std::size_t b = 0; b < mixer.buses.size(); ++b)
    warn_of_matched_limiters("/buses/" + std::to_string(b), *mixer.buses[b], warnings);
  return warnings;
}

}  // namespace busbar::cli
