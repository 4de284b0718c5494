#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include "engine/core/result.hpp"
#include "engine/core/units.hpp"

namespace busbar {

/// Gathers bytes and writes them to a descriptor in large pieces. The first failure stays: all later calls return it.
/// The descriptor is lent and must outlive the sink. `name` is the file that errors speak of.
class ByteSink {
 public:
  ByteSink(int descriptor, std::filesystem::path name);
  Result<void> add(std::span<const std::byte> bytes);
  /// Writes what was gathered.
  Result<void> flush();
  /// Flushes, then overwrites bytes at `at`; later additions still go to the end.
  Result<void> patch(Frames at, std::span<const std::byte> bytes);

 private:
  Result<void> write_all(std::span<const std::byte> bytes);

  int descriptor_;
  std::filesystem::path name_;
  std::vector<std::byte> gathered_;
  Result<void> state_;
};

}  // namespace busbar
