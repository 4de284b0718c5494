#include "sessions/edit_parts.hpp"

#include "engine/core/ids.hpp"
#include "sessions/part_editor.hpp"
#include "sessions/scenes.hpp"

namespace busbar {

namespace {

Result<Mixer> edit_any(const Mixer& mixer, const Edit& edit, bool allow_outside) {
  const AddressWords words = split_address(edit.address);
  if (words.empty() || !parts::is_utf8(edit.address))
    return parts::refused(edit, "this is not an address", "write it like /kick/output");
  const std::string_view first = words.front();
  if (first == "scene") return edit_scene(mixer, edit);
  if (first == "vca" || first == "mute_group") return parts::edit_group(mixer, edit, words);
  if (first == "session") return parts::edit_session(mixer, edit, words);
  if (first == "monitor" || first == "talkback" || first == "io" || first == "transport")
    return parts::edit_section(mixer, edit, words);
  if (is_reserved_id(first))
    return parts::refused(edit, parts::in_quotes(first) + " is a word that addresses use themselves",
                          "give another id");
  return parts::edit_strip(mixer, edit, words, allow_outside);
}

}  // namespace

Result<Mixer> edit_parts(const Mixer& mixer, const Edit& edit) { return edit_any(mixer, edit, false); }

Result<Mixer> edit_parts_anywhere(const Mixer& mixer, const Edit& edit) { return edit_any(mixer, edit, true); }

}  // namespace busbar
