#include "engine/control/plan/passages.hpp"

#include <algorithm>
#include <set>

#include "engine/control/plan/flow_graph.hpp"

namespace busbar {

namespace {

using Stage = FlowPath::Stage;

constexpr std::size_t kRemembered = 64;  // plans: more than can be on the way at once

/// Looks through a flow for ways that have ended.
class Ends {
 public:
  Ends(const Flow& flow, const std::map<std::uint64_t, Frames>& begins, Frames by, Frames move)
      : flow_(flow), begins_(begins), by_(by), move_(move) {}

  bool is_over(const FlowPath& path) {
    if (path.stage == Stage::stays || !has_faded(path)) return false;
    if (path.fades) return !is_told_of(path);
    // It goes on until all that it leads to has gone, which may have begun to leave earlier and take longer.
    if (!asked_.insert(path.name).second) return true;
    const bool over = std::ranges::all_of(flow_.paths, [&](const auto& named) {
      const FlowPath& next = named.second;
      return input_of(next) != path.to || is_over(next);
    });
    asked_.erase(path.name);
    return over;
  }

 private:
  const std::string& input_of(const FlowPath& path) const {
    return path.is_before_inserts ? path.from : flow_.chains.at(path.from).input;
  }

  /// A strip tells by its ways what it hands on: what one of them leads to is kept until that way has faded, too.
  bool is_told_of(const FlowPath& path) const {
    const std::string& input = input_of(path);
    return std::ranges::any_of(flow_.paths, [&](const auto& named) {
      const FlowPath& before = named.second;
      return before.stage == Stage::leaves && before.is_strip_output && before.fades && before.to == input &&
             !has_faded(before);
    });
  }

  bool has_faded(const FlowPath& path) const {
    const auto begins = begins_.find(path.since);
    // A fade among many of one way may have had to wait for the end of another, be it a slower one of before.
    const Frames waited = path.stage == Stage::leaves ? path.lasts : move_;
    if (begins == begins_.end() || begins->second + path.lasts + waited > by_) return false;
    const auto slow = begins_.find(path.slowest_since);
    return path.slowest_since == path.since || slow == begins_.end() ||
           slow->second + 2 * path.slowest + path.lasts <= by_;
  }

  const Flow& flow_;
  const std::map<std::uint64_t, Frames>& begins_;
  const Frames by_, move_;
  std::set<std::string> asked_;  // so that ways which lead to one another in a circle do not wait for ever
};

}  // namespace

void Passages::forget(const Flow& sounding, std::uint64_t newest) {
  if (begins_.size() <= kRemembered) return;
  std::set<std::uint64_t> awaited;
  for (const auto& [name, path] : sounding.paths)
    if (path.stage != Stage::stays) awaited.insert({path.since, path.slowest_since});
  std::erase_if(begins_,
                [&](const auto& plan) { return plan.first + kRemembered < newest && !awaited.contains(plan.first); });
}

std::optional<Flow> Passages::ended(const Flow& sounding, Frames by, Frames move) const {
  Ends ends(sounding, begins_, by, move);
  std::set<std::string> over;
  for (const auto& [name, path] : sounding.paths)
    if (ends.is_over(path)) over.insert(name);
  if (over.empty()) return std::nullopt;
  Flow left = sounding;
  std::erase_if(left.paths, [&](const auto& named) { return over.contains(named.first); });
  drop_unheard(left);
  return left;
}

bool is_in_passage(const Flow& flow) noexcept {
  return std::ranges::any_of(flow.paths, [](const auto& named) { return named.second.stage != Stage::stays; });
}

}  // namespace busbar
