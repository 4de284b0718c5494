#pragma once
#include <string_view>

#include "engine/control/model/strip.hpp"

namespace busbar::cli {

/// What a strip is, as session files say it (a track says nothing there).
constexpr std::string_view kind_word(StripKind kind) noexcept {
  switch (kind) {
    case StripKind::track:
      return "track";
    case StripKind::group:
      return "group";
    case StripKind::aux:
      return "aux";
    case StripKind::cue:
      return "cue";
    case StripKind::master:
      return "master";
  }
  return "";
}

}  // namespace busbar::cli
