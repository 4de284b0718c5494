#include "engine/files/byte_sink.hpp"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "engine/files/file_system.hpp"

namespace busbar {

namespace {
constexpr std::size_t kPiece = std::size_t{1} << 18;
}

ByteSink::ByteSink(int descriptor, std::filesystem::path name) : descriptor_(descriptor), name_(std::move(name)) {
  gathered_.reserve(kPiece);
}

Result<void> ByteSink::add(std::span<const std::byte> bytes) {
  gathered_.insert(gathered_.end(), bytes.begin(), bytes.end());
  return gathered_.size() < kPiece ? state_ : flush();
}

Result<void> ByteSink::flush() {
  if (state_) state_ = write_all(gathered_);
  gathered_.clear();
  return state_;
}

Result<void> ByteSink::patch(Frames at, std::span<const std::byte> bytes) {
  if (!flush()) return state_;
  if (::lseek(descriptor_, at, SEEK_SET) < 0) state_ = system_error(name_, "cannot be written", errno);
  if (state_) state_ = write_all(bytes);
  if (state_ && ::lseek(descriptor_, 0, SEEK_END) < 0) state_ = system_error(name_, "cannot be written", errno);
  return state_;
}

Result<void> ByteSink::write_all(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(name_, "cannot be written", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace busbar
