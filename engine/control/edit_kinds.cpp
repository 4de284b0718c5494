#include "engine/control/edit_kinds.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace busbar {

double fade_of(const Mixer& mixer, const Edit& edit) {
  constexpr std::string_view kRoot = "/scene/", kEnd = "/recall";
  double longest = 0.0;
  for (const Edit& part : edit.edits) longest = std::max(longest, fade_of(mixer, part));
  const std::string_view address = edit.address;
  if (edit.op != EditOp::set || !address.starts_with(kRoot) || !address.ends_with(kEnd)) return longest;
  const auto id = address.substr(kRoot.size(), address.size() - kRoot.size() - kEnd.size());
  const auto scene = std::ranges::find(mixer.scenes, id, &Scene::id);
  return scene == mixer.scenes.end() ? longest : std::max(longest, scene->fade_s);
}

bool is_staging(const Edit& edit) { return edit.compensate || std::ranges::any_of(edit.edits, is_staging); }

bool was_staged(const Mixer& before, const Mixer& after) {
  for (const auto strips : {&Mixer::tracks, &Mixer::buses}) {
    const auto &old = before.*strips, &next = after.*strips;
    for (std::size_t n = 0; n < std::min(old.size(), next.size()); ++n) {
      if (old[n] == next[n] || old[n]->id != next[n]->id) continue;
      const double trim = next[n]->trim.value - old[n]->trim.value;
      const bool is_down = old[n]->fader == kMinusInfinity && next[n]->fader == kMinusInfinity;
      const double fader = is_down ? -trim : next[n]->fader.value - old[n]->fader.value;
      if (trim != 0.0 && std::fabs(trim + fader) < 1e-9) return true;
    }
  }
  return false;
}

}  // namespace busbar
