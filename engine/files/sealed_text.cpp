#include "engine/files/sealed_text.hpp"

#include <fstream>
#include <iterator>
#include <span>

#include "engine/files/byte_sink.hpp"
#include "engine/files/file_system.hpp"
#include "engine/files/sha256.hpp"

namespace busbar {

namespace {
constexpr std::size_t kSealSize = 64;
}

Result<void> write_sealed(const std::filesystem::path& file, const std::string& text) {
  auto temporary = create_beside(file);
  if (!temporary) return temporary.error();
  ByteSink sink(temporary->descriptor.get(), file);
  const std::string sealed = sha256_of(text) + text;
  auto written = sink.add(std::as_bytes(std::span(sealed)));
  if (written) written = sink.flush();
  if (written) return rename_into_place(*temporary, file);
  ::unlink(temporary->path.c_str());
  return written;
}

std::optional<std::string> read_sealed(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string sealed{std::istreambuf_iterator<char>(in), {}};
  if (sealed.size() < kSealSize) return std::nullopt;
  std::string text = sealed.substr(kSealSize);
  if (sha256_of(text) != sealed.substr(0, kSealSize)) return std::nullopt;
  return text;
}

}  // namespace busbar
