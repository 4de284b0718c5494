#include <algorithm>
#include <array>

#include "engine/realtime/insert.hpp"

namespace busbar {

#define INSERT(name) InsertType name();
#include "engine/realtime/inserts/registry.def"
#undef INSERT

namespace {

const auto& table() noexcept {
#define INSERT(name) name(),
  static const auto types = std::to_array<InsertType>({
#include "engine/realtime/inserts/registry.def"
  });
#undef INSERT
  return types;
}

}  // namespace

std::span<const InsertType> insert_types() noexcept { return table(); }

const InsertType* find_insert_type(std::string_view key) noexcept {
  const auto found = std::ranges::find(table(), key, &InsertType::key);
  return found == table().end() ? nullptr : &*found;
}

const ParamSpec* find_param(const InsertType& type, std::string_view key) noexcept {
  const auto found = std::ranges::find_if(type.params, [&](const ParamSpec& p) { return p.key == key && !p.is_tempo; });
  return found == type.params.end() ? nullptr : &*found;
}

}  // namespace busbar
