#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include "sessions/object_reader.hpp"

namespace busbar {

namespace {

constexpr std::size_t kMostFindings = 200;

/// Where a pointer stands in the file as it is written: its section, and its place in that section's list.
std::pair<std::ptrdiff_t, long> place_of(std::string_view pointer) {
  constexpr auto kSections = std::to_array<std::string_view>(
      {"", "format", "version", "name", "sample_rate", "tempo_bpm", "pan_law_db", "solo_mode", "solo_exclusive",
       "tracks", "buses", "vcas", "mute_groups", "scenes", "monitor", "talkback", "io", "transport"});
  if (!pointer.starts_with('/')) return {0, 0};
  pointer.remove_prefix(1);
  const std::size_t end = std::min(pointer.find('/'), pointer.size());
  const auto section = std::ranges::find(kSections, pointer.substr(0, end)) - kSections.begin();
  long index = -1;
  if (end < pointer.size()) std::from_chars(pointer.data() + end + 1, pointer.data() + pointer.size(), index);
  return {section, index};
}

void keep(std::vector<Error>& list, std::size_t& more, Error error) {
  if (list.size() < kMostFindings)
    list.push_back(std::move(error));
  else
    ++more;
}

void close(std::vector<Error>& list, std::size_t more, std::string_view mend) {
  std::ranges::stable_sort(list, {}, [](const Error& error) { return place_of(error.where); });
  if (more > 0) list.push_back({"", "and " + std::to_string(more) + " more", std::string(mend)});
}

}  // namespace

void Report::error(std::string where, std::string what, std::string mend) {
  keep(found_.errors, more_errors_, {std::move(where), std::move(what), std::move(mend)});
}

void Report::warning(std::string where, std::string what, std::string mend) {
  keep(found_.warnings, more_warnings_, {std::move(where), std::move(what), std::move(mend)});
}

void Report::add(Findings findings) {
  for (Error& error : findings.errors) keep(found_.errors, more_errors_, std::move(error));
  for (Error& warning : findings.warnings) keep(found_.warnings, more_warnings_, std::move(warning));
}

Findings Report::take() {
  close(found_.errors, more_errors_, "mend these first");
  close(found_.warnings, more_warnings_, "");
  return std::move(found_);
}

}  // namespace busbar
