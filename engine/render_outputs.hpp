#pragma once
#include <condition_variable>
#include <cstdio>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/offline_render.hpp"
#include "engine/realtime/render_plan.hpp"

namespace busbar {

/// Frames that may yet turn out to be behind the end of a file: kept in a nameless temporary file, zeros as a count.
class QuietTail {
 public:
  Result<void> append(const double* left, const double* right, int frames);
  /// Hands the first `frames` to `sink` in order and forgets the rest.
  Result<void> replay(Frames frames, const std::function<Result<void>(const double*, const double*, int)>& sink);
  Frames frames() const noexcept { return frames_; }

 private:
  struct Piece {
    int frames;
    bool zero;
  };
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::vector<Piece> pieces_;
  std::unique_ptr<std::FILE, Close> spool_;
  Frames frames_ = 0;
};

/// One file of a render: takes engine blocks from its capture, shifts them to session time, writes and measures.
class RenderOutput {
 public:
  struct Request {
    std::string bus;
    bool is_stem = false;
    WriterOptions writer;
    Frames shift = 0;  ///< latency at that place
  };
  static Result<std::unique_ptr<RenderOutput>> create(Request request, std::shared_ptr<CaptureState> capture);

  /// The engine has rendered `frames` more into the capture.
  void gather(int frames);
  /// Writes what was gathered; to be called from any one thread at a time. Frames from `body_` on wait to be loud.
  void encode();
  /// All frames up to here are wanted whatever their level; those behind only up to the last loud one.
  void set_body(Frames frames) { body_ = frames; }
  /// No frame from here on is wanted.
  void set_limit(Frames frames) { limit_ = frames; }
  /// One more than the last frame that reaches -90 dBFS or is in the body.
  Frames wanted() const noexcept { return wanted_; }
  /// Writes up to `frames` and closes.
  Result<RenderedFile> finish(Frames frames);
  const std::optional<Error>& error() const noexcept { return error_; }
  int gathered() const noexcept { return static_cast<int>(left_.size()); }

 private:
  RenderOutput(Request request, std::shared_ptr<CaptureState> capture, std::unique_ptr<FileWriter> writer);
  void encode_part(const double* left, const double* right, int frames);
  Result<void> write(const double* left, const double* right, int frames);

  Request request_;
  std::shared_ptr<CaptureState> capture_;
  std::unique_ptr<FileWriter> writer_;
  LevelMeter levels_;
  QuietTail tail_;
  std::vector<double> left_, right_;  // gathered, not yet encoded
  Frames skip_;                       // still to be dropped for the shift
  Frames position_ = 0;               // file frames encoded
  Frames written_ = 0;
  Frames wanted_ = 0;
  Frames body_ = 0;
  Frames limit_;
  std::optional<Error> error_;
};

/// Runs a task for each of a list on a few threads, the caller's among them.
class TaskPool {
 public:
  explicit TaskPool(int threads);
  ~TaskPool();
  TaskPool(const TaskPool&) = delete;
  TaskPool& operator=(const TaskPool&) = delete;
  void for_each(std::size_t count, const std::function<void(std::size_t)>& task);

 private:
  void work();
  void take_tasks();

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  const std::function<void(std::size_t)>* task_ = nullptr;
  std::size_t next_ = 0, count_ = 0, running_ = 0;
  bool quit_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace busbar
