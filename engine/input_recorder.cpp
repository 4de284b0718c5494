#include "engine/input_recorder.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <utility>

#include "engine/realtime/realtime_section.hpp"

namespace busbar {

namespace {

constexpr double kSecondsInMemory = 8.0;  // a disk that is slow for that long loses nothing
constexpr auto kTick = std::chrono::milliseconds(20);

std::size_t size(Frames n) { return static_cast<std::size_t>(n); }

}  // namespace

std::string input_file_name(int channel) { return "input-" + std::to_string(channel) + ".wav"; }

Result<std::unique_ptr<InputRecorder>> InputRecorder::open(const std::filesystem::path& folder,
                                                           std::vector<int> channels, double sample_rate,
                                                           AudioCallback& engine) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed)
    return Error{folder.string(), "the folder cannot be made (" + failed.message() + ")",
                 "give --record-inputs another name"};
  std::unique_ptr<InputRecorder> recorder(new InputRecorder(folder, std::move(channels), sample_rate, engine));
  for (const int channel : recorder->channels_) {
    auto file = FileWriter::create({.path = folder / input_file_name(channel),
                                    .format = FileFormat::wav32f,
                                    .channels = 1,
                                    .sample_rate = static_cast<int>(sample_rate)});
    if (!file) return file.error();
    recorder->files_.push_back(std::move(*file));
  }
  recorder->thread_ = std::thread([self = recorder.get()] { self->run(); });
  return recorder;
}

InputRecorder::InputRecorder(std::filesystem::path folder, std::vector<int> channels, double sample_rate,
                             AudioCallback& engine)
    : folder_(std::move(folder)),
      channels_(std::move(channels)),
      rate_(sample_rate),
      engine_(engine),
      samples_(std::max<std::size_t>(size(to_frames(kSecondsInMemory, sample_rate)) * channels_.size(), 1)),
      pieces_(65536),
      buffer_(kMaxBlock) {}

InputRecorder::~InputRecorder() {
  ends_ = true;
  if (thread_.joinable()) thread_.join();
}

void InputRecorder::render(const DeviceBlock& block) noexcept {
  hand_over(block);
  engine_.render(block);
}

void InputRecorder::hand_over(const DeviceBlock& block) noexcept {
  const RealtimeSection section;
  static constexpr std::array<float, kMaxBlock> kSilence{};
  const Piece piece{.first = std::exchange(now_, now_ + block.frames), .frames = block.frames};
  const std::size_t frames = size(block.frames);
  if (pieces_.room() > 0 && samples_.room() >= frames * channels_.size()) {
    for (const int channel : channels_) {
      const std::size_t at = size(channel - 1);
      const bool is_there = at < block.inputs.size() && block.inputs[at] != nullptr;
      samples_.push_all({is_there ? block.inputs[at] : kSilence.data(), frames});
    }
    pieces_.push(piece);
  }
  reached_.store(now_, std::memory_order_release);
}

void InputRecorder::run() {
  while (!ends_) {
    write_waiting();
    std::this_thread::sleep_for(kTick);
  }
}

void InputRecorder::write_waiting() {
  for (; pieces_.waiting() > 0; pieces_.drop(1)) {
    const Piece piece = pieces_.peek();
    write_silence(piece.first - written_);
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      for (int i = 0; i < piece.frames; ++i) buffer_[size(i)] = static_cast<double>(samples_.peek(size(i)));
      samples_.drop(size(piece.frames));
      write(c, piece.frames);
    }
    written_ += piece.frames;
  }
}

/// In place of what found no room.
void InputRecorder::write_silence(Frames frames) {
  if (frames <= 0) return;
  if (!std::exchange(told_of_gap_, true)) {
    std::array<char, 32> when{};
    std::snprintf(when.data(), when.size(), "%.3f s", static_cast<double>(written_) / rate_);
    tell({folder_.string(), std::string("the disk did not keep up; inputs are missing from ") + when.data() + " on",
          "there is silence in their files; use a faster disk for --record-inputs"});
  }
  std::ranges::fill(buffer_, 0.0);
  while (frames > 0) {
    const int piece = static_cast<int>(std::min<Frames>(frames, kMaxBlock));
    for (std::size_t c = 0; c < channels_.size(); ++c) write(c, piece);
    frames -= piece;
    written_ += piece;
  }
}

void InputRecorder::write(std::size_t channel, int frames) {
  if (files_[channel] == nullptr) return;
  const std::array<const double*, 1> samples{buffer_.data()};
  if (auto written = files_[channel]->write(samples, frames); !written) {
    tell(written.error());
    files_[channel] = nullptr;
  }
}

void InputRecorder::close() {
  if (!thread_.joinable()) return;
  ends_ = true;
  thread_.join();
  write_waiting();
  write_silence(reached_.load(std::memory_order_acquire) - written_);
  for (auto& file : files_)
    if (file != nullptr)
      if (auto kept = file->commit(); !kept) tell(kept.error());
  files_.clear();
}

void InputRecorder::tell(Error problem) {
  const std::lock_guard lock(mutex_);
  problems_.push_back(std::move(problem));
}

std::vector<Error> InputRecorder::take_problems() {
  const std::lock_guard lock(mutex_);
  return std::exchange(problems_, {});
}

}  // namespace busbar
