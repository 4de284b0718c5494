#include "engine/offline_render.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <iterator>
#include <limits>
#include <memory>
#include <thread>
#include <utility>

#include "engine/control/model/hardware_use.hpp"
#include "engine/core/ids.hpp"
#include "engine/devices/offline_device.hpp"
#include "engine/engine.hpp"
#include "engine/recorded_inputs.hpp"
#include "engine/render_outputs.hpp"
#include "engine/render_targets.hpp"

namespace busbar {

namespace {

/// Encoding goes to the threads in pieces of about this size.
constexpr int kEncodeFrames = 16384;
constexpr double kLongestTail = 30.0;
constexpr Frames kNever = std::numeric_limits<Frames>::max();

std::shared_ptr<CaptureState> new_capture(int block) {
  auto capture = std::make_shared<CaptureState>();
  capture->left.resize(static_cast<std::size_t>(block));
  capture->right.resize(static_cast<std::size_t>(block));
  return capture;
}

FileFormat format_of(const RenderJob& job, const std::filesystem::path& path) {
  if (job.format) return *job.format;
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".flac" ? FileFormat::flac : FileFormat::wav24;
}

/// How long to render, in frames. `limit` is set when the last loud frame decides.
struct Extent {
  Frames start = 0;
  Frames body = 0;  ///< wanted whatever its level
  Frames tail = 0;  ///< at most
  bool until_quiet = false;
  bool stops_at_body = false;  ///< sources stop there
};

Result<Extent> extent_of(const RenderJob& job, Frames end, bool has_clips) {
  const double rate = job.mixer.sample_rate;
  Extent extent{.start = to_frames(job.from_s, rate)};
  const bool names_clips = std::ranges::any_of(job.mixer.tracks, [](const auto& track) {
    const auto* wav = std::get_if<WavSource>(&*track->source);
    return wav != nullptr && !wav->clips.empty();
  });
  if (!job.to_s && !has_clips)
    return Error{"--to",
                 names_clips ? "none of the session's files are there, so its end is not known"
                             : "the session has no clips, so it has no end",
                 "say where to stop, for example --to 10"};
  const Frames to = job.to_s ? to_frames(*job.to_s, rate) : end;
  if (to <= extent.start)
    return Error{"--from",
                 "there is nothing to render from " + std::to_string(job.from_s) + " s to " +
                     std::to_string(static_cast<double>(to) / rate) + " s",
                 "give an earlier --from or a later --to"};
  extent.body = to - extent.start;
  extent.until_quiet = !job.tail_s && !job.to_s;
  extent.tail = to_frames(job.tail_s.value_or(extent.until_quiet ? kLongestTail : 0.0), rate);
  extent.stops_at_body = job.to_s && extent.tail > 0;
  if (!extent.until_quiet) extent.body += extent.tail;
  return extent;
}

/// Of the commands in the record of a run: what stands before this in the same frame was sent before it.
bool parts_edits(const TransportEdit& command) {
  return command.kind == TransportEdit::Kind::settled || command.kind == TransportEdit::Kind::stall;
}

/// The script is the record of a run.
bool is_settling(const TimedEdit& edit) {
  const auto parted = part_edit(edit.edit);
  return parted && std::ranges::any_of(parted->transport, [](const TransportEdit& command) {
           return command.kind == TransportEdit::Kind::settled && command.frames;
         });
}

/// One pass over the session: engine, outputs and script.
class Pass {
 public:
  Pass(const RenderJob& job, std::vector<WantedFile> files, bool with_files)
      : job_(job), files_(std::move(files)), with_files_(with_files) {}

  /// Opens the engine and the outputs. False with `errors` filled.
  bool open(std::vector<Error>& errors, std::vector<Error>& warnings) {
    EngineOptions options;
    options.sources = {.folder = job_.session.parent_path(),
                       .cache_folder = job_.cache_folder,
                       .allow_missing = job_.allow_missing,
                       .allow_outside = job_.allow_outside};
    options.edit_parts = job_.edit_parts;
    options.settle_when_told = std::ranges::any_of(job_.script, is_settling);
    options.start = to_frames(job_.from_s, job_.mixer.sample_rate);
    for (const WantedFile& file : files_) {
      auto& list = file.is_stem ? options.captures.arriving : options.captures.handed;
      auto& capture = list[file.bus];
      if (capture == nullptr) capture = new_capture(job_.block);
      captures_.push_back(capture);
    }
    Findings findings;
    engine_ = Engine::open(job_.mixer, options, findings);
    warnings.insert(warnings.end(), findings.warnings.begin(), findings.warnings.end());
    errors.insert(errors.end(), findings.errors.begin(), findings.errors.end());
    if (engine_ == nullptr || !open_inputs(errors, warnings)) return false;
    device_ = std::make_unique<OfflineDevice>(*engine_);
    auto extent = extent_of(job_, engine_->end(), engine_->has_clips());
    if (!extent) {
      errors.push_back(extent.error());
      return false;
    }
    extent_ = *extent;
    return !with_files_ || check_files(errors);
  }

  bool open_inputs(std::vector<Error>& errors, std::vector<Error>& warnings) {
    if (!job_.inputs) {
      std::ranges::move(unheard_gear(job_.mixer), std::back_inserter(warnings));
      return true;
    }
    auto opened = RecordedInputs::open(*job_.inputs, job_.mixer, warnings);
    if (!opened) {
      errors.push_back(opened.error());
      return false;
    }
    inputs_ = std::move(*opened);
    return true;
  }

  bool open_outputs(std::vector<Error>& errors) {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      RenderOutput::Request request{
          .bus = files_[i].bus, .is_stem = files_[i].is_stem, .writer = {}, .shift = shift_of(files_[i])};
      if (with_files_)
        request.writer = {.path = files_[i].path,
                          .format = format_of(job_, files_[i].path),
                          .channels = 2,
                          .sample_rate = static_cast<int>(job_.mixer.sample_rate),
                          .dither = job_.dither};
      else
        request.writer.sample_rate = static_cast<int>(job_.mixer.sample_rate);
      longest_shift_ = std::max(longest_shift_, request.shift);
      auto output = RenderOutput::create(std::move(request), captures_[i]);
      if (!output) {
        errors.push_back(output.error());
        return false;
      }
      outputs_.push_back(std::move(*output));
    }
    return true;
  }

  /// Fixes the length beforehand (a pass without the script has found it).
  void fix_length(Frames frames) {
    extent_.body = frames;
    extent_.until_quiet = false;
  }

  bool run(TaskPool& pool, bool with_script, std::vector<Error>& errors, RenderReport& report) {
    const Frames limit = extent_.body + (extent_.until_quiet ? extent_.tail : 0);
    for (auto& output : outputs_) {
      output->set_body(extent_.body);
      output->set_limit(limit);
    }
    const Frames total = limit + longest_shift_;
    if (extent_.stops_at_body) stop_at_ = extent_.body - extent_.tail;
    next_edit_ = job_.script.begin();
    last_edit_ = with_script ? job_.script.end() : next_edit_;
    while (engine_->now() < total) {
      const Frames until = send_due(std::min<Frames>(total, engine_->now() + job_.block), report);
      if (!render_block(static_cast<int>(until - engine_->now()), pool, errors)) return false;
      collect(report);
      if (job_.progress) job_.progress(static_cast<double>(engine_->now()) / static_cast<double>(total));
    }
    if (next_edit_ != last_edit_)
      report.warnings.push_back({line_of(*next_edit_), "this edit and those behind it come after the end of the render",
                                 "render longer to hear them"});
    encode(pool);
    collect(report);
    return check_outputs(errors);
  }

  /// Frames that all files have.
  Frames length() const {
    Frames frames = extent_.body;
    for (const auto& output : outputs_) frames = std::max(frames, output->wanted());
    return frames;
  }

  bool finish(std::vector<Error>& errors, RenderReport& report) {
    report.frames = length();
    for (auto& output : outputs_) {
      auto file = output->finish(report.frames);
      if (!file) {
        errors.push_back(file.error());
        return false;
      }
      warn_of_clipping(*file, report);
      report.outputs.push_back(std::move(*file));
    }
    return true;
  }

 private:
  bool check_files(std::vector<Error>& errors) {
    std::vector<std::filesystem::path> read = engine_->files();
    if (inputs_ != nullptr) read.insert(read.end(), inputs_->files().begin(), inputs_->files().end());
    for (Error& error : check_inputs(job_, std::move(read), files_)) errors.push_back(std::move(error));
    if (!errors.empty()) return false;
    if (!job_.stems) return true;
    std::error_code failed;
    std::filesystem::create_directories(*job_.stems, failed);
    if (failed)
      errors.push_back(
          {job_.stems->string(), "the folder cannot be made (" + failed.message() + ")", "give another --stems"});
    return !failed;
  }

  /// Sends what is due before `until`, in order of time, each frame's edits as one batch. Returns `until`, or the frame
  /// before which more cannot be sent: that of what found no room, of a command to the transport, which is given at its
  /// very frame, of an edit while something fades out, which may be over by then, or of the second pass of a loop.
  Frames send_due(Frames until, RenderReport& report) {
    for (;;) {
      const Frames edit_at = unsent_ ? *unsent_ : next_edit_ == last_edit_ ? kNever : next_edit_->at;
      const Frames due = std::min(edit_at, stop_at_);
      if (due >= until) break;
      if (due > engine_->now() && (stop_at_ == due || moves_transport(due) || engine_->control().in_passage()))
        return due;
      if (stop_at_ == due) {
        engine_->transport().request({.kind = TransportEdit::Kind::stop}, due);
        stop_at_ = kNever;
      }
      if (edit_at != due) continue;
      if (!send_all_of(due, report)) return std::max(due, engine_->now() + 1);
    }
    engine_->transport().tend(engine_->now());
    const auto loop = engine_->transport().loop();
    return loop ? std::min(until, engine_->now() + loop->second - loop->first) : until;
  }

  /// Makes and sends the edits of one frame. False if there is no room for them now.
  bool send_all_of(Frames due, RenderReport& report) {
    unsent_ = due;
    for (; next_edit_ != last_edit_ && next_edit_->at == due; ++next_edit_)
      if (!apply(*next_edit_, report)) return false;
    if (!engine_->control().send(due)) return false;
    unsent_ = std::nullopt;
    return true;
  }

  bool moves_transport(Frames at) const {
    for (auto edit = next_edit_; edit != last_edit_ && edit->at == at; ++edit)
      if (concerns_transport(edit->edit)) return true;
    return false;
  }

  /// False if what went before finds no room now, and must before this.
  bool apply(const TimedEdit& edit, RenderReport& report) {
    const auto parted = part_edit(edit.edit, [this](const auto& id) { return engine_->control().has_track(id); });
    if (!parted) return refuse(edit, parted.error(), report);
    const bool is_apart = std::ranges::any_of(parted->transport, parts_edits) ||
                          (parted->mixer && engine_->control().must_send_before(*parted->mixer));
    if (is_apart && !engine_->control().send(edit.at)) return false;
    if (parted->mixer)
      if (const auto edited = engine_->control().edit(*parted->mixer); !edited)
        return refuse(edit, edited.error(), report);
    for (const TransportEdit& command : parted->transport) {
      const bool settles = command.kind == TransportEdit::Kind::settled && command.frames;
      if (settles && !engine_->control().settle(*command.frames, edit.at)) return false;
      engine_->transport().request(command, edit.at, edit.line);
    }
    return true;
  }

  Frames shift_of(const WantedFile& file) const {
    const Routing& routing = engine_->control().routing();
    const auto strip = [&](std::string_view id) -> const RoutedStrip& {
      return routing.strips[static_cast<std::size_t>(routing.index_of(id))];
    };
    return file.is_stem ? strip(kMasterId).latency_in : strip(file.bus).latency_out;
  }

  bool render_block(int frames, TaskPool& pool, std::vector<Error>& errors) {
    if (Result<void> ready = engine_->wait_for_data(frames); !ready) {
      errors.push_back(ready.error());
      return false;
    }
    std::span<const float* const> inputs;
    if (inputs_ != nullptr) {
      auto read = inputs_->read(engine_->now(), frames);
      if (!read) {
        errors.push_back(read.error());
        return false;
      }
      inputs = *read;
    }
    device_->run(frames, inputs, {});
    for (auto& output : outputs_) output->gather(frames);
    if (outputs_.front()->gathered() + frames >= kEncodeFrames) encode(pool);
    return check_outputs(errors);
  }

  void encode(TaskPool& pool) {
    pool.for_each(outputs_.size(), [this](std::size_t i) { outputs_[i]->encode(); });
  }

  bool check_outputs(std::vector<Error>& errors) const {
    for (const auto& output : outputs_)
      if (output->error()) errors.push_back(*output->error());
    return errors.empty();
  }

  bool refuse(const TimedEdit& edit, const Error& error, RenderReport& report) const {
    const std::string at = error.where.empty() ? "" : error.where + ": ";
    report.refused.push_back({line_of(edit), at + error.what, error.mend});
    return true;
  }

  /// `moves.txt:7`
  std::string line_of(const TimedEdit& edit) const {
    return (job_.script_file.empty() ? "script" : job_.script_file.string()) + ":" + std::to_string(edit.line);
  }

  void collect(RenderReport& report) {
    for (const auto& landed : engine_->transport().take_landed(kNever))
      for (const TimedEdit& edit : job_.script)
        if (landed.line > 0 && edit.line == landed.line && landed.frame > edit.at)
          report.warnings.push_back({line_of(edit),
                                     "so many jumps come so soon after one another that this one is late",
                                     "leave 20 ms between jumps"});
    for (Error& problem : engine_->take_problems(engine_->take_events())) report.warnings.push_back(std::move(problem));
  }

  void warn_of_clipping(const RenderedFile& file, RenderReport& report) const {
    if (file.file.clipped_samples == 0) return;
    const double at = static_cast<double>(file.file.first_clip.value_or(0)) / job_.mixer.sample_rate;
    char first[32];
    std::snprintf(first, sizeof first, "%.3f", at);
    report.warnings.push_back(
        {file.file.path.string(),
         std::to_string(file.file.clipped_samples) + " samples are clipped, the first at " + first + " s",
         "lower the faders or write wav32f"});
  }

  const RenderJob& job_;
  std::vector<WantedFile> files_;
  bool with_files_;
  std::vector<std::shared_ptr<CaptureState>> captures_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<OfflineDevice> device_;
  std::unique_ptr<RecordedInputs> inputs_;  // or null
  std::vector<std::unique_ptr<RenderOutput>> outputs_;
  Extent extent_;
  Frames longest_shift_ = 0;
  std::vector<TimedEdit>::const_iterator next_edit_, last_edit_;
  std::optional<Frames> unsent_;  // the frame of edits that are in the mixer and not yet on their way
  Frames stop_at_ = kNever;
};

/// The length that the session as loaded asks for, found by a pass that writes nothing.
std::optional<Frames> length_without_script(const RenderJob& job, const std::vector<WantedFile>& files, TaskPool& pool,
                                            std::vector<Error>& errors) {
  RenderJob silent = job;
  silent.progress = nullptr;
  RenderReport ignored;
  Pass pass(silent, files, false);
  if (!pass.open(errors, ignored.warnings) || !pass.open_outputs(errors) || !pass.run(pool, false, errors, ignored))
    return std::nullopt;
  return pass.length();
}

}  // namespace

RenderResult render_offline(const RenderJob& job) {
  const auto began = std::chrono::steady_clock::now();
  RenderResult result;
  RenderReport report;
  const std::vector<WantedFile> files = wanted_files(job);
  result.errors = check_targets(job, files);
  if (!result.errors.empty()) return result;
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  TaskPool pool(job.threads > 0 ? job.threads : cores);

  Pass pass(job, files, true);
  if (!pass.open(result.errors, report.warnings)) return result;
  if (!job.script.empty() && !job.to_s && !job.tail_s) {
    const auto frames = length_without_script(job, files, pool, result.errors);
    if (!frames) return result;
    pass.fix_length(*frames);
  }
  if (!pass.open_outputs(result.errors) || !pass.run(pool, true, result.errors, report) ||
      !pass.finish(result.errors, report))
    return result;
  report.sample_rate = static_cast<int>(job.mixer.sample_rate);
  report.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  report.realtime_factor = static_cast<double>(report.frames) / job.mixer.sample_rate / std::max(report.wall_s, 1e-9);
  result.report = std::move(report);
  return result;
}

}  // namespace busbar
