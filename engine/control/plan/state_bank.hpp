#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/realtime/render_plan.hpp"

namespace busbar {

/// Keeps the state of everything that sounds under stable names, so that a new plan goes on where the old one was:
/// adding a send does not restart a reverb. Plans own the states they name; a state is freed on the control side when
/// the last plan that names it has come back. Control thread only.
class StateBank {
 public:
  template <typename T>
  struct Kept {
    std::shared_ptr<T> state;
    std::uint32_t slot = 0;  ///< stable number by which changes name it
    bool fresh = false;      ///< made just now: give it its first values
  };

  /// The state of that name, or a new one from `make()`. A name always means the same type.
  template <typename T, typename Make>
  Kept<T> keep(const std::string& name, Make make) {
    Entry& entry = entries_[name];
    if (auto held = entry.state.lock()) return {std::static_pointer_cast<T>(held), entry.slot, false};
    std::shared_ptr<T> made = make();
    entry = {made, next_slot_++};
    return {std::move(made), entry.slot, true};
  }
  template <typename T>
  Kept<T> keep(const std::string& name) {
    return keep<T>(name, [] { return std::make_shared<T>(); });
  }

  /// The slot of a name that is in use, or a number that none has.
  std::uint32_t slot_of(const std::string& name) const {
    const auto found = entries_.find(name);
    return found == entries_.end() ? next_slot_ : found->second.slot;
  }
  /// One more than the largest slot given out.
  std::uint32_t slots() const { return next_slot_; }

  /// Forgets names whose states are gone.
  void sweep() {
    std::erase_if(entries_, [](const auto& named) { return named.second.state.expired(); });
  }

 private:
  struct Entry {
    std::weak_ptr<void> state;
    std::uint32_t slot = 0;
  };
  std::unordered_map<std::string, Entry> entries_;
  std::uint32_t next_slot_ = 0;
};

/// An instance of a processor with its memory zeroed and touched, standing at `params`.
std::shared_ptr<InsertState> make_insert_state(const InsertType& type, std::span<const float> params, int channels,
                                               double sample_rate);

/// A delay of `frames` > 0, filled with silence.
std::shared_ptr<PathDelayState> make_path_delay(Frames frames);
std::shared_ptr<SignalDelayState> make_signal_delay(Frames frames, int channels);

}  // namespace busbar
