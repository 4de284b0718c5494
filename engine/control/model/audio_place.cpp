#include "engine/control/model/audio_place.hpp"

#include <algorithm>
#include <system_error>

namespace busbar {

namespace fs = std::filesystem;

bool leaves_by_link(const fs::path& folder, const std::string& name) {
  const fs::path inside = fs::path(name).lexically_normal();
  if (name.empty() || inside.is_absolute() || inside.string().starts_with("..")) return false;
  std::error_code fault;
  const fs::path root = fs::canonical(folder.empty() ? "." : folder, fault);
  if (fault) return false;
  const fs::path real = fs::weakly_canonical(root / name, fault);
  return !fault && std::ranges::mismatch(root, real).in1 != root.end();
}

}  // namespace busbar
