#pragma once
#include <filesystem>
#include <memory>
#include <vector>

#include "engine/control/control_loop.hpp"
#include "engine/devices/audio_device.hpp"
#include "engine/session_sources.hpp"

namespace busbar {

struct EngineOptions {
  SourceOptions sources;
  Captures captures;  ///< what the run keeps for files
};

/// A mixer that sounds: its sources open, its plan posted. A device calls `render`; everything else belongs to one
/// control thread.
class Engine final : public AudioCallback {
 public:
  /// Opens the sources and compiles the first plan. Null if `findings` has errors.
  static std::unique_ptr<Engine> open(Mixer mixer, const EngineOptions& options, Findings& findings);
  ~Engine() override;

  void render(const DeviceBlock& block) noexcept override { renderer_->render(block); }

  /// Waits until the next `frames` of all files are read. For devices that can wait.
  Result<void> wait_for_data(int frames);
  /// Engine frames rendered so far.
  Frames now() const noexcept { return renderer_->now(); }
  ControlLoop& control() noexcept { return *control_; }
  /// Where the last clip ends, in session frames; 0 without clips.
  Frames end() const noexcept { return sources_.end; }
  bool has_clips() const noexcept { return sources_.has_clips; }
  const std::vector<std::filesystem::path>& files() const noexcept { return sources_.files; }

  /// What happened since the last call that a person should know: files that broke off, samples that were not
  /// finite, inserts that were reset. Each only once per strip.
  std::vector<Error> take_problems();

 private:
  Engine() = default;
  Error describe(const Event& event) const;

  SessionSources sources_;
  std::unique_ptr<ControlLoop> control_;
  std::unique_ptr<BlockRenderer> renderer_;
  std::vector<Event> told_;
  Frames start_ = 0;  // session time of engine frame 0
};

}  // namespace busbar
