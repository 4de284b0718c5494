#pragma once
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/control/commands/command.hpp"

namespace busbar {

/// True for a `set` of one value that moves nothing else and does nothing by being set: faders, pans, mutes, levels of
/// sends, parameters of inserts, names. Of two such edits of one address only the newer matters, and those of
/// different addresses may change places. Whatever is not known to be so is none: commands to the transport, recalls,
/// panic, solos (an exclusive one ends others), routes, compensated trims.
bool is_plain_value(const Edit& edit);

/// The bounded way of edits to the control thread: any threads `post`, the control thread takes. The lock is held for a
/// look-up and a move only; the audio thread has nothing to do with it.
///
/// A plain value that meets a waiting one of its address and gesture takes its place, so that a hand that is faster
/// than control costs no room; but never past an edit of another kind, whose order to the values around it counts.
/// Everything else waits in order and is never dropped: where there is no room, nothing is taken.
class EditQueue {
 public:
  enum class Answer : std::uint8_t {
    taken,
    busy,  ///< the queue is full and has not taken the edit; send it again
  };

  explicit EditQueue(std::size_t capacity = 4096) : capacity_(capacity) {}

  Answer post(Edit edit);
  /// All edits that wait, in order.
  std::vector<Edit> take();
  /// How many wait.
  std::size_t size() const;

 private:
  /// The waiting edit that the value may take the place of, or null.
  Edit* waiting_for(const Edit& edit);

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::vector<Edit> waiting_;
  std::unordered_map<std::string, std::size_t> places_;  // by address: of its newest plain value in `waiting_`
  std::size_t merge_from_ = 0;                           // places before it lie behind an edit of another kind
};

}  // namespace busbar
