#include "engine/render_outputs.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace busbar {

namespace {

/// -90 dBFS: what is below at the end of a render is not kept.
constexpr double kQuiet = 3.1622776601683795e-5;

bool all_zero(const double* left, const double* right, int frames) {
  return std::all_of(left, left + frames, [](double x) { return x == 0.0; }) &&
         std::all_of(right, right + frames, [](double x) { return x == 0.0; });
}

Error cannot_read_back() {
  return {"the tail of the render", "cannot be read back from its temporary file", "render again"};
}

/// One more than the last frame that is not quiet.
int loud_until(const double* left, const double* right, int frames) {
  while (frames > 0 && std::fabs(left[frames - 1]) < kQuiet && std::fabs(right[frames - 1]) < kQuiet) --frames;
  return frames;
}

}  // namespace

Result<void> QuietTail::append(const double* left, const double* right, int frames) {
  const bool zero = all_zero(left, right, frames);
  if (!zero) {
    if (spool_ == nullptr) spool_.reset(std::tmpfile());
    const auto count = static_cast<std::size_t>(frames);
    if (spool_ == nullptr || std::fwrite(left, sizeof(double), count, spool_.get()) != count ||
        std::fwrite(right, sizeof(double), count, spool_.get()) != count)
      return Error{"the tail of the render", "cannot be kept in a temporary file",
                   "make room in the temporary folder, or give --tail"};
  }
  pieces_.push_back({frames, zero});
  frames_ += frames;
  return {};
}

Result<void> QuietTail::replay(Frames frames,
                               const std::function<Result<void>(const double*, const double*, int)>& sink) {
  if (spool_ != nullptr && std::fseek(spool_.get(), 0, SEEK_SET) != 0) return cannot_read_back();
  std::vector<double> left, right;
  for (const Piece& piece : pieces_) {
    const int run = static_cast<int>(std::min<Frames>(piece.frames, frames));
    if (run <= 0) break;
    const auto count = static_cast<std::size_t>(piece.frames);
    left.assign(count, 0.0);
    right.assign(count, 0.0);
    if (!piece.zero && (std::fread(left.data(), sizeof(double), count, spool_.get()) != count ||
                        std::fread(right.data(), sizeof(double), count, spool_.get()) != count))
      return cannot_read_back();
    if (Result<void> taken = sink(left.data(), right.data(), run); !taken) return taken;
    frames -= run;
  }
  pieces_.clear();
  frames_ = 0;
  if (spool_ != nullptr && std::fseek(spool_.get(), 0, SEEK_SET) != 0) return cannot_read_back();
  return {};
}

RenderOutput::RenderOutput(Request request, std::shared_ptr<CaptureState> capture, std::unique_ptr<FileWriter> writer)
    : request_(std::move(request)),
      capture_(std::move(capture)),
      writer_(std::move(writer)),
      levels_(2, request_.writer.sample_rate),
      skip_(request_.shift),
      limit_(std::numeric_limits<Frames>::max()) {}

Result<std::unique_ptr<RenderOutput>> RenderOutput::create(Request request, std::shared_ptr<CaptureState> capture) {
  std::unique_ptr<FileWriter> writer;
  if (!request.writer.path.empty()) {
    auto made = FileWriter::create(request.writer);
    if (!made) return made.error();
    writer = std::move(*made);
  }
  return std::unique_ptr<RenderOutput>(new RenderOutput(std::move(request), std::move(capture), std::move(writer)));
}

void RenderOutput::gather(int frames) {
  const Frames skipped = std::min<Frames>(skip_, frames);
  skip_ -= skipped;
  left_.insert(left_.end(), capture_->left.data() + skipped, capture_->left.data() + frames);
  right_.insert(right_.end(), capture_->right.data() + skipped, capture_->right.data() + frames);
}

void RenderOutput::encode() {
  if (!error_) {
    const int count = static_cast<int>(std::min<Frames>(static_cast<Frames>(left_.size()), limit_ - position_));
    const int sure = static_cast<int>(std::clamp<Frames>(body_ - position_, 0, count));
    encode_part(left_.data(), right_.data(), sure);
    const int loud = sure + loud_until(left_.data() + sure, right_.data() + sure, count - sure);
    encode_part(left_.data() + sure, right_.data() + sure, loud - sure);
    if (count > loud && !error_)
      if (auto kept = tail_.append(left_.data() + loud, right_.data() + loud, count - loud); !kept)
        error_ = kept.error();
    position_ += count;
  }
  left_.clear();
  right_.clear();
}

/// Frames that are wanted for certain; what waited before them now is too.
void RenderOutput::encode_part(const double* left, const double* right, int frames) {
  if (frames <= 0 || error_) return;
  const auto sink = [this](const double* l, const double* r, int n) { return write(l, r, n); };
  if (tail_.frames() > 0)
    if (auto replayed = tail_.replay(tail_.frames(), sink); !replayed) error_ = replayed.error();
  if (auto done = write(left, right, frames); !done) error_ = done.error();
  wanted_ = written_;
}

Result<void> RenderOutput::write(const double* left, const double* right, int frames) {
  written_ += frames;
  if (writer_ == nullptr) return {};
  const std::array<const double*, 2> channels{left, right};
  if (auto done = writer_->write(channels, frames); !done) return done;
  const std::array<const float*, 2> as_written{writer_->written(0).data(), writer_->written(1).data()};
  levels_.add(as_written, frames);
  return {};
}

Result<RenderedFile> RenderOutput::finish(Frames frames) {
  if (error_) return *error_;
  const auto sink = [this](const double* l, const double* r, int n) { return write(l, r, n); };
  if (auto replayed = tail_.replay(frames - written_, sink); !replayed) return replayed.error();
  auto file = writer_->commit();
  if (!file) return file.error();
  return RenderedFile{request_.bus, request_.is_stem, *file, levels_.report()};
}

TaskPool::TaskPool(int threads) {
  for (int t = 1; t < threads; ++t) threads_.emplace_back([this] { work(); });
}

TaskPool::~TaskPool() {
  {
    const std::lock_guard lock(mutex_);
    quit_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void TaskPool::for_each(std::size_t count, const std::function<void(std::size_t)>& task) {
  {
    const std::lock_guard lock(mutex_);
    task_ = &task;
    next_ = 0;
    count_ = count;
  }
  if (!threads_.empty() && count > 1) wake_.notify_all();
  take_tasks();
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return running_ == 0; });
  task_ = nullptr;
}

void TaskPool::take_tasks() {
  std::unique_lock lock(mutex_);
  while (task_ != nullptr && next_ < count_) {
    const std::size_t index = next_++;
    const auto& task = *task_;
    ++running_;
    lock.unlock();
    task(index);
    lock.lock();
    --running_;
  }
  if (running_ == 0) done_.notify_all();
}

void TaskPool::work() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return quit_ || (task_ != nullptr && next_ < count_); });
      if (quit_) return;
    }
    take_tasks();
  }
}

}  // namespace busbar
