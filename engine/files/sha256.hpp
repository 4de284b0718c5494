#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/core/result.hpp"
#include "engine/files/descriptor.hpp"

struct evp_md_ctx_st;

namespace busbar {

/// SHA-256 (FIPS 180-4), by libcrypto.
class Sha256 {
 public:
  Sha256();
  void add(std::span<const std::byte> bytes);
  void add(std::string_view text);
  /// 64 lower-case hexadecimal digits of all that was added. Once.
  std::string finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::string sha256_of(std::string_view text);

/// Of a whole file, from its first byte, wherever the descriptor stands. `name` is for the error.
Result<std::string> sha256_of_file(const Descriptor& file, const std::string& name);

}  // namespace busbar
