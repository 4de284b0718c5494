#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/control/control_loop.hpp"
#include "engine/devices/audio_device.hpp"
#include "engine/session_sources.hpp"
#include "engine/source_requests.hpp"
#include "engine/transport_control.hpp"

namespace busbar {

struct EngineOptions {
  SourceOptions sources;
  Captures captures;  ///< what the run keeps for files
  EditParts edit_parts = nullptr;
  bool keep_landed = false;       ///< see ControlLoop::take_landed
  bool settle_when_told = false;  ///< see ControlOptions
  std::function<void(const Edit& edit, const Mixer& after)> on_edit;
  Frames start = 0;  ///< session frame at which it begins to roll
  TransportControl::Drive drive = TransportControl::Drive::stepped;
};

/// A mixer that sounds: its sources open, its plan posted. A device calls `render`; everything else belongs to one
/// control thread. It outlives the device: another one may go on where the first stopped calling.
class Engine final : public AudioCallback {
 public:
  /// Opens the sources and compiles the first plan. Null if `findings` has errors.
  static std::unique_ptr<Engine> open(Mixer mixer, const EngineOptions& options, Findings& findings);
  ~Engine() override;

  void render(const DeviceBlock& block) noexcept override { renderer_->render(block); }

  /// Waits until the next `frames` of all files are read. For devices that can wait.
  Result<void> wait_for_data(int frames);
  /// Where the engine is, as the audio thread told it last.
  TransportBoard::Reading where() const noexcept { return control_->handover().transport.read(); }
  /// Engine frames rendered so far.
  Frames now() const noexcept { return where().now; }
  ControlLoop& control() noexcept { return *control_; }
  TransportControl& transport() noexcept { return *transport_; }
  /// What edits wait for; null unless a device drives the engine: else files are opened on the spot.
  SourceRequests* requests() noexcept { return requests_.get(); }
  /// Where the last clip ends, in session frames; 0 without clips.
  Frames end() const;
  bool has_clips() const;
  const std::vector<std::filesystem::path>& files() const noexcept { return sources_->files; }

  /// Takes in what audio told and returns it. Between this and the transport's `tend` nothing else may be called.
  std::vector<Event> take_events();
  /// What of it a person should know, and what the readers met: files that broke off or came late, samples that were
  /// not finite, inserts that were reset. Each only once per strip.
  std::vector<Error> take_problems(const std::vector<Event>& events);

 private:
  Engine() = default;
  void set_usual_loop();
  Result<OpenedSource> open_source(const Strip& track);
  /// What the event is about.
  std::string name_of(const Event& event) const;
  Error describe(const Event& event) const;

  std::unique_ptr<SessionSources> sources_;
  std::unique_ptr<ControlLoop> control_;
  std::unique_ptr<BlockRenderer> renderer_;
  std::unique_ptr<TransportControl> transport_;
  std::unique_ptr<SourceRequests> requests_;
  std::set<std::pair<Event::Kind, std::string>> told_;  // by name, since numbers are given out again
  bool told_of_lost_ = false;
  Frames start_ = 0;  // session frame of engine frame 0
};

}  // namespace busbar
