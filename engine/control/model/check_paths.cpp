#include <algorithm>
#include <vector>

#include "engine/control/model/rules.hpp"

namespace busbar::rules {

namespace {

const Send& send_of(const Index& index, int from, const Arrow& arrow) { return index.strip(from).sends[arrow.place]; }

/// Outputs, and sends to groups that are on and do not say `parallel`: the ways that ought to be one.
bool is_main_way(const Index& index, int from, const Arrow& arrow) {
  if (arrow.kind == Arrow::Kind::output) return true;
  if (arrow.kind == Arrow::Kind::key || index.strip(arrow.to).kind != StripKind::group) return false;
  const Send& send = send_of(index, from, arrow);
  return send.on && !send.parallel;
}

/// Strips from which a main way leads to the master: found from the master backwards.
std::vector<bool> reach_master(const Index& index) {
  const std::size_t count = index.strips().size();
  std::vector<std::vector<int>> feeders(count);
  std::vector<int> waiting;
  std::vector<bool> reaches(count, false);
  for (std::size_t s = 0; s < count; ++s) {
    for (const Arrow& arrow : index.arrows()[s])
      if (is_main_way(index, static_cast<int>(s), arrow))
        feeders[static_cast<std::size_t>(arrow.to)].push_back(static_cast<int>(s));
    if (index.strips()[s]->kind != StripKind::master) continue;
    reaches[s] = true;
    waiting.push_back(static_cast<int>(s));
  }
  while (!waiting.empty()) {
    const auto strip = static_cast<std::size_t>(waiting.back());
    waiting.pop_back();
    for (const int feeder : feeders[strip]) {
      if (reaches[static_cast<std::size_t>(feeder)]) continue;
      reaches[static_cast<std::size_t>(feeder)] = true;
      waiting.push_back(feeder);
    }
  }
  return reaches;
}

/// Warned of where the ways part, so that the strips before it are not warned of again.
void check_double_ways(const Index& index, Findings& found) {
  const std::vector<bool> reaches = reach_master(index);
  for (std::size_t s = 0; s < index.strips().size(); ++s) {
    const int from = static_cast<int>(s);
    int ways = 0;
    for (const Arrow& arrow : index.arrows()[s]) {
      if (!is_main_way(index, from, arrow) || !reaches[static_cast<std::size_t>(arrow.to)]) continue;
      if (++ways > 1)
        found.warnings.push_back(
            {index.where(from, arrow),
             quoted(index.strip(from).id) + " reaches the master a second time by " + quoted(index.strip(arrow.to).id),
             "if that is meant, give the send \"parallel\": true"});
    }
  }
}

void check_cues_behind_buses(const Index& index, Findings& found) {
  for (std::size_t s = 0; s < index.strips().size(); ++s) {
    const int from = static_cast<int>(s);
    if (index.strip(from).is_track()) continue;
    for (const Arrow& arrow : index.arrows()[s])
      if (arrow.kind != Arrow::Kind::key && index.strip(arrow.to).kind == StripKind::cue)
        found.warnings.push_back({index.where(from, arrow),
                                  "the cue " + quoted(index.strip(arrow.to).id) + " follows the bus " +
                                      quoted(index.strip(from).id) +
                                      ": faders, mutes and solos before it are heard there",
                                  "for a cue of its own, send the tracks themselves"});
  }
}

std::vector<bool> find_fed(const Index& index) {
  std::vector<bool> fed(index.strips().size(), false);
  for (const auto& arrows : index.arrows())
    for (const Arrow& arrow : arrows)
      if (arrow.kind != Arrow::Kind::key) fed[static_cast<std::size_t>(arrow.to)] = true;
  if (index.mixer().talkback)
    for (const std::string& id : index.mixer().talkback->to)
      if (const int cue = index.find(id); cue >= 0) fed[static_cast<std::size_t>(cue)] = true;
  return fed;
}

/// The master and cues have output `none` unless told otherwise, and are heard through files: they are no orphans.
bool is_heard(const Index& index, int number) {
  const Strip& strip = index.strip(number);
  const bool ends_here = strip.kind == StripKind::master || strip.kind == StripKind::cue;
  const bool is_monitored = index.mixer().monitor && index.mixer().monitor->source == strip.id;
  return ends_here || is_monitored || !std::holds_alternative<ToNowhere>(strip.output) ||
         !index.arrows()[static_cast<std::size_t>(number)].empty();
}

void check_orphans(const Index& index, Findings& found) {
  const std::vector<bool> fed = find_fed(index);
  for (std::size_t s = 0; s < index.strips().size(); ++s) {
    const int number = static_cast<int>(s);
    const Strip& strip = index.strip(number);
    if (!is_heard(index, number))
      found.warnings.push_back({index.where(number) + "/output",
                                quoted(strip.id) + " is heard nowhere: it has no output and no sends",
                                "give it an output or a send"});
    if (!strip.is_track() && !fed[s])
      found.warnings.push_back(
          {index.where(number), "nothing feeds " + quoted(strip.id), "route a strip to it, or take it away"});
  }
}

}  // namespace

void check_paths(const Index& index, Findings& found) {
  check_double_ways(index, found);
  check_cues_behind_buses(index, found);
  check_orphans(index, found);
}

}  // namespace busbar::rules
