#include "engine/files/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <new>
#include <vector>

#include "engine/files/file_system.hpp"

namespace busbar {

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) throw std::bad_alloc();
}

void Sha256::add(std::span<const std::byte> bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }

void Sha256::add(std::string_view text) { add(std::as_bytes(std::span(text))); }

std::string Sha256::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

std::string sha256_of(std::string_view text) {
  Sha256 hash;
  hash.add(text);
  return hash.finish();
}

Result<std::string> sha256_of_file(const Descriptor& file, const std::string& name) {
  Sha256 hash;
  std::vector<std::byte> piece(1 << 18);
  off_t at = 0;
  for (;;) {
    const ssize_t count = ::pread(file.get(), piece.data(), piece.size(), at);
    if (count == 0) return hash.finish();
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(name, "cannot be read", errno);
    hash.add(std::span(piece).first(static_cast<std::size_t>(count)));
    at += count;
  }
}

}  // namespace busbar
