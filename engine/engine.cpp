#include "engine/engine.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <utility>

#include "engine/control/model/hardware_use.hpp"

namespace busbar {

std::unique_ptr<Engine> Engine::open(Mixer mixer, const EngineOptions& options, Findings& findings) {
  std::unique_ptr<Engine> engine(new Engine);
  engine->sources_ = open_sources(mixer, options.sources);
  const Findings found = std::exchange(engine->sources_->findings, {});
  findings.errors.insert(findings.errors.end(), found.errors.begin(), found.errors.end());
  findings.warnings.insert(findings.warnings.end(), found.warnings.begin(), found.warnings.end());
  if (!found.errors.empty()) return nullptr;
  ControlOptions control_options;
  control_options.captures = options.captures;
  control_options.edit_parts = options.edit_parts;
  control_options.keep_landed = options.keep_landed;
  control_options.settle_when_told = options.settle_when_told;
  control_options.on_edit = options.on_edit;
  control_options.open_source = [self = engine.get()](const Strip& track) { return self->open_source(track); };
  auto control = ControlLoop::start(with_pings_released(std::move(mixer)), engine->sources_->channels,
                                    engine->sources_->sources, std::move(control_options));
  if (!control) {
    findings.errors.push_back(control.error());
    return nullptr;
  }
  engine->control_ = std::move(*control);
  engine->renderer_ = std::make_unique<BlockRenderer>(engine->control_->handover(), options.start);
  engine->transport_ =
      std::make_unique<TransportControl>(*engine->control_, *engine->sources_->reels, options.start, options.drive);
  if (options.drive == TransportControl::Drive::live)
    engine->requests_ = std::make_unique<SourceRequests>(*engine->sources_, *engine->transport_);
  engine->start_ = options.start;
  engine->set_usual_loop();
  engine->sources_->reader->start();
  return engine;
}

Engine::~Engine() {
  if (sources_ != nullptr) sources_->reader->stop();
}

/// A track with less than a block and a fade would take itself for late.
Result<void> Engine::wait_for_data(int frames) {
  return sources_->reader->wait_until_ready(frames +
                                            static_cast<int>(to_frames(kMoveSeconds, control_->mixer().sample_rate)));
}

Result<OpenedSource> Engine::open_source(const Strip& track) {
  if (requests_ != nullptr) return requests_->get(track);
  OpenedSource opened = sources_->open(track);
  std::vector<Error> errors = std::exchange(sources_->findings.errors, {});
  if (!errors.empty()) return std::move(errors.front());
  transport_->join(*opened.state);
  return opened;
}

bool Engine::has_clips() const {
  return std::ranges::any_of(control_->sources(), [](const auto& source) { return source.second->end >= 0; });
}

Frames Engine::end() const {
  Frames end = 0;
  for (const auto& [track, source] : control_->sources()) end = std::max(end, source->end);
  return end;
}

/// The session's loop, or all of it.
void Engine::set_usual_loop() {
  const Mixer& mixer = control_->mixer();
  const auto named = mixer.transport ? mixer.transport->loop_s : std::nullopt;
  if (!named && !has_clips()) return;
  const Frames from = named ? to_frames(named->first, mixer.sample_rate) : 0;
  const Frames to = named ? to_frames(named->second, mixer.sample_rate) : end();
  transport_->set_usual_loop(from, std::max(to, from + to_frames(kShortestLoop, mixer.sample_rate)));
}

std::vector<Event> Engine::take_events() {
  std::vector<Event> events = control_->tend();
  for (const Event& event : events) transport_->take(event);
  if (requests_ != nullptr) requests_->tend();
  return events;
}

std::vector<Error> Engine::take_problems(const std::vector<Event>& events) {
  using Kind = Event::Kind;
  std::vector<Error> problems = sources_->reader->take_problems();
  std::ranges::move(std::exchange(sources_->findings.warnings, {}), std::back_inserter(problems));
  if (auto problem = requests_ != nullptr ? requests_->take_problem() : std::nullopt) problems.push_back(*problem);
  for (const Event& event : events) {
    if (event.kind != Kind::bad_source && event.kind != Kind::bad_insert && event.kind != Kind::starved &&
        event.kind != Kind::dc_guard && event.kind != Kind::ceiling)
      continue;
    if (told_.emplace(event.kind, name_of(event)).second) problems.push_back(describe(event));
  }
  if (control_->handover().events.lost() > 0 && !std::exchange(told_of_lost_, true))
    problems.push_back({"engine", "the machine was so busy that news of the sound was lost",
                        "late files and other faults of that time may go untold"});
  return problems;
}

std::string Engine::name_of(const Event& event) const {
  if (event.kind == Event::Kind::bad_insert) return control_->name_of_insert(event.number);
  const bool is_of_strip = event.kind == Event::Kind::bad_source || event.kind == Event::Kind::starved;
  return is_of_strip ? control_->strip_of(event.number) : std::to_string(event.number);
}

Error Engine::describe(const Event& event) const {
  char when[48];
  std::snprintf(when, sizeof when, " at %.3f s",
                static_cast<double>(start_ + event.frame) / control_->mixer().sample_rate);
  if (event.kind == Event::Kind::ceiling) {
    const int channel = static_cast<int>(event.number) + 1;
    return {"hardware output " + shown_outputs(control_->mixer(), {channel}),
            std::string("is too loud: its ceiling cuts samples, first") + when,
            "lower what goes there, or raise its ceiling_dbfs"};
  }
  if (event.kind == Event::Kind::dc_guard)
    return {"hardware output " + std::to_string(event.number + 1), std::string("carried a direct current") + when,
            "it is taken out; look for the track or insert that makes it"};
  if (event.kind == Event::Kind::bad_insert)
    return {control_->name_of_insert(event.number), std::string("put out a sample that is not finite") + when,
            "it was reset and the strip faded back in"};
  std::string id = control_->strip_of(event.number);
  const Strip* told = control_->mixer().find(id);
  if (const auto* wav = told != nullptr && told->source ? std::get_if<WavSource>(&*told->source) : nullptr;
      wav != nullptr && !wav->clips.empty())
    id = wav->clips.front().file + (wav->clips.size() > 1 ? " …" : "") + " (track '" + id + "')";
  if (event.kind == Event::Kind::starved)
    return {id, std::string("its file data came late") + when,
            "the track fades in again where it would be; use a faster disk or fewer tracks"};
  return {id, std::string("a sample is not a finite number") + when, "it was replaced by silence"};
}

}  // namespace busbar
