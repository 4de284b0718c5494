#pragma once
#include <algorithm>
#include <string_view>
#include <vector>

namespace busbar {

/// The words of an address, as views into it: `/kick/sends/cue1/level_db` has four.
using AddressWords = std::vector<std::string_view>;

/// Splits an address. Empty if it is none: it begins with a slash, does not end with one, and has no two in a row.
inline AddressWords split_address(std::string_view address) {
  AddressWords words;
  if (address.size() < 2 || address.front() != '/') return {};
  while (!address.empty()) {
    const std::size_t next = std::min(address.find('/', 1), address.size());
    if (next == 1) return {};
    words.push_back(address.substr(1, next - 1));
    address.remove_prefix(next);
  }
  return words;
}

}  // namespace busbar
