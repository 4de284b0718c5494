#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/core/result.hpp"
#include "engine/devices/audio_device.hpp"
#include "engine/files/file_writer.hpp"
#include "engine/handover/spsc_ring.hpp"

namespace busbar {

/// `input-3.wav`, for hardware input 3, counted from 1.
std::string input_file_name(int channel);

/// Stands between a device and its engine and writes what comes in, one mono 32-bit float WAV per hardware input, from
/// engine frame 0 on. The audio thread hands blocks over and never waits: what a slow disk leaves no room for is
/// silence in the files, which keep their time, and is told.
class InputRecorder final : public AudioCallback {
 public:
  /// `channels` are counted from 1. Makes the folder if need be, and replaces files of these names at the end.
  static Result<std::unique_ptr<InputRecorder>> open(const std::filesystem::path& folder, std::vector<int> channels,
                                                     double sample_rate, AudioCallback& engine);
  ~InputRecorder() override;

  void render(const DeviceBlock& block) noexcept override;

  const std::vector<int>& channels() const noexcept { return channels_; }
  /// What went wrong since the last call. Any thread.
  std::vector<Error> take_problems();
  /// Writes what is left and gives the files their names. Once the device has stopped calling.
  void close();

 private:
  struct Piece {
    Frames first = 0;
    int frames = 0;
  };
  InputRecorder(std::filesystem::path folder, std::vector<int> channels, double sample_rate, AudioCallback& engine);
  void hand_over(const DeviceBlock& block) noexcept;
  void run();
  void write_waiting();
  void write_silence(Frames frames);
  void write(std::size_t channel, int frames);
  void tell(Error problem);

  const std::filesystem::path folder_;
  const std::vector<int> channels_;
  const double rate_;
  AudioCallback& engine_;

  // Audio hands over: the samples of a piece, channel by channel, then the piece.
  SpscRing<float> samples_;
  SpscRing<Piece> pieces_;
  Frames now_ = 0;                  // of audio
  std::atomic<Frames> reached_{0};  // by audio

  // The writer's.
  std::vector<std::unique_ptr<FileWriter>> files_;  // null once one has failed
  std::vector<double> buffer_;
  Frames written_ = 0;
  bool told_of_gap_ = false;
  std::atomic<bool> ends_{false};
  std::thread thread_;
  std::mutex mutex_;  // guards the problems
  std::vector<Error> problems_;
};

}  // namespace busbar
