#include "sessions/file_bytes.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "sessions/json_text.hpp"

namespace busbar {

namespace {

struct Closer {
  void operator()(std::FILE* stream) const { std::fclose(stream); }
};

}  // namespace

Result<std::string> read_bytes(const std::filesystem::path& file, std::string_view what) {
  namespace fs = std::filesystem;
  std::error_code fault;
  const fs::file_status status = fs::status(file, fault);
  const std::string mend = "give " + std::string(what);
  if (!fs::exists(status)) return Error{file.string(), "there is no such file", "check the path"};
  if (fs::is_directory(status)) return Error{file.string(), "this is a folder", mend};
  if (!fs::is_regular_file(status)) return Error{file.string(), "this is not a regular file", mend};
  const std::unique_ptr<std::FILE, Closer> stream(std::fopen(file.c_str(), "rb"));
  if (!stream)
    return Error{file.string(), "it cannot be opened: " + std::generic_category().message(errno),
                 "check its permissions"};
  std::string bytes;
  std::array<char, 1 << 16> part{};
  // The size is not asked for: a file may lie about it, or grow.
  while (bytes.size() <= kMaxJsonBytes && std::feof(stream.get()) == 0 && std::ferror(stream.get()) == 0)
    bytes.append(part.data(), std::fread(part.data(), 1, part.size(), stream.get()));
  if (std::ferror(stream.get()) != 0) return Error{file.string(), "it cannot be read to its end", "check the disk"};
  return bytes;
}

}  // namespace busbar
