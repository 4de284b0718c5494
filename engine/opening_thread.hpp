#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/core/result.hpp"
#include "engine/source_opener.hpp"

namespace busbar {

/// Opens what tracks play on a thread of its own, one after the other, for a control thread that must not wait for a
/// disk. That control thread calls everything here.
class OpeningThread {
 public:
  struct Opened {
    Strip track;
    ReadySource source;
  };

  /// From the first `ask` on nobody else opens files with it.
  explicit OpeningThread(std::shared_ptr<SourceOpener> opener);
  /// Within a moment: a thread that is stuck lives on by itself until the disk answers.
  ~OpeningThread();
  OpeningThread(const OpeningThread&) = delete;
  OpeningThread& operator=(const OpeningThread&) = delete;

  /// Error: no thread can be had.
  Result<void> ask(const Strip& track);
  /// True while anything that was asked for is not opened.
  bool is_busy() const;
  /// What has been opened since the last call.
  std::vector<Opened> take();
  /// The file that it is at; none if it rests.
  std::optional<std::filesystem::path> at() const;
  /// That a file takes long, once for each.
  std::optional<Error> take_problem();

 private:
  struct Work;
  std::shared_ptr<Work> work_;  // also the thread's, which may outlive this
  std::thread thread_;
};

}  // namespace busbar
