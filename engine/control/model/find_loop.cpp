#include <algorithm>

#include "engine/control/model/rules.hpp"

namespace busbar {

namespace rules {

namespace {

/// Depth-first search with its own stack, since a chain may be as long as the mixer is wide.
class LoopSearch {
 public:
  explicit LoopSearch(const std::vector<std::vector<Arrow>>& graph)
      : graph_(graph), state_(graph.size(), State::fresh), is_reported_(graph.size(), false) {}

  std::vector<Loop> run() {
    for (std::size_t root = 0; root < graph_.size(); ++root)
      if (state_[root] == State::fresh) search(static_cast<int>(root));
    return std::move(loops_);
  }

 private:
  enum class State : unsigned char { fresh, on_path, done };
  struct Step {
    int node;
    std::size_t next = 0;
  };
  static std::size_t at(int node) { return static_cast<std::size_t>(node); }

  void search(int root) {
    enter(root);
    while (!path_.empty()) {
      Step& step = path_.back();
      if (step.next == graph_[at(step.node)].size()) {
        state_[at(step.node)] = State::done;
        path_.pop_back();
        continue;
      }
      const Arrow& arrow = graph_[at(step.node)][step.next++];
      if (state_[at(arrow.to)] == State::fresh)
        enter(arrow.to);
      else if (state_[at(arrow.to)] == State::on_path && arrow.to != step.node)
        report(arrow);
    }
  }
  void enter(int node) {
    state_[at(node)] = State::on_path;
    path_.push_back({node});
  }
  void report(const Arrow& closing) {
    Loop loop{{}, closing};
    auto step = path_.end();
    do {
      --step;
      if (is_reported_[at(step->node)]) return;
      loop.nodes.push_back(step->node);
    } while (step->node != closing.to);
    std::ranges::reverse(loop.nodes);
    for (const int node : loop.nodes) is_reported_[at(node)] = true;
    loops_.push_back(std::move(loop));
  }

  const std::vector<std::vector<Arrow>>& graph_;
  std::vector<State> state_;
  std::vector<bool> is_reported_;
  std::vector<Step> path_;
  std::vector<Loop> loops_;
};

std::vector<std::string> ids_of(const Index& index, const Loop& loop) {
  std::vector<std::string> ids;
  for (const int node : loop.nodes) ids.push_back(index.strip(node).id);
  ids.push_back(ids.front());
  return ids;
}

}  // namespace

std::vector<Loop> find_loops(const std::vector<std::vector<Arrow>>& graph) { return LoopSearch(graph).run(); }

void check_loops(const Index& index, Findings& found) {
  for (const Loop& loop : find_loops(index.arrows())) {
    const std::vector<std::string> ids = ids_of(index, loop);
    found.errors.push_back({index.where(loop.nodes.back(), loop.closing), "the routing loops: " + join_loop(ids),
                            "take one of these outputs, sends or keys away"});
  }
}

}  // namespace rules

std::vector<std::string> find_loop(const Mixer& mixer) {
  const rules::Index index(mixer);
  for (std::size_t s = 0; s < index.strips().size(); ++s)
    for (const rules::Arrow& arrow : index.arrows()[s])
      if (arrow.to == static_cast<int>(s)) return {index.strips()[s]->id, index.strips()[s]->id};
  const std::vector<rules::Loop> loops = rules::find_loops(index.arrows());
  return loops.empty() ? std::vector<std::string>{} : rules::ids_of(index, loops.front());
}

std::string join_loop(std::span<const std::string> ids) {
  std::string text;
  for (const std::string& id : ids) text += (text.empty() ? "" : " → ") + id;
  return text;
}

}  // namespace busbar
