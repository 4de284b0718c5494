#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "cli/demo/song.hpp"

namespace busbar::demo {

/// What was put on the recorder: one WAV file each.
struct Recording {
  std::string_view id;  ///< of the track, and the name of its file
  int channels;
};

/// The recordings in the order of the console, from kick to backing vocals.
std::span<const Recording> recordings();

/// The whole band in a room, played bar by bar from the start. The same samples every time.
class Band {
 public:
  /// A song of `length` frames: it fades in its last 20 ms and is silent after.
  explicit Band(Frames length);
  ~Band();
  /// Plays the next bar; `bar.number` must go up by one from 0.
  void play(const Bar& bar);
  /// Channel `c` of recording `r` in the bar just played; linear, full scale 1.0.
  const std::vector<double>& channel(std::size_t r, int c) const;

 private:
  struct Stage;
  std::unique_ptr<Stage> stage_;
};

}  // namespace busbar::demo
