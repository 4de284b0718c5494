#include "engine/control/plan/flow_graph.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <queue>
#include <string_view>
#include <tuple>
#include <unordered_map>

namespace busbar {

void drop_unheard(Flow& flow) {
  std::set<std::string> heard;
  const std::function<void(const std::string&)> hear_chain = [&](const std::string& name) {
    if (!heard.insert(name).second) return;
    const FlowChain& chain = flow.chains.at(name);
    heard.insert(chain.input);
    for (const FlowInsert& insert : chain.inserts)
      if (!insert.key.empty()) hear_chain(insert.key);
  };
  std::size_t dropped = 0;
  do {  // what goes may have been all that was heard of something else
    heard.clear();
    for (const auto& [strip, name] : flow.chain_of) hear_chain(name);
    for (const auto& [name, path] : flow.paths) {
      if (path.is_before_inserts)
        heard.insert(path.from);
      else
        hear_chain(path.from);
    }
    std::erase_if(flow.chains, [&](const auto& chain) { return !heard.contains(chain.first); });
    std::erase_if(flow.inputs, [&](const auto& input) { return !heard.contains(input.first); });
    dropped = std::erase_if(
        flow.paths, [&](const auto& path) { return !path.second.to.empty() && !flow.inputs.contains(path.second.to); });
  } while (dropped > 0);
}

std::vector<std::string> order_of(const Flow& flow) {
  std::unordered_map<std::string, std::vector<std::string>> feeds;
  std::map<std::string, int> waits_for;
  for (const auto& [name, input] : flow.inputs) waits_for.emplace(name, 0);
  const auto connect = [&](const std::string& from, const std::string& to) {
    feeds[from].push_back(to);
    ++waits_for[to];
  };
  for (const auto& [name, chain] : flow.chains) {
    connect(chain.input, name);
    for (const FlowInsert& insert : chain.inserts)
      if (!insert.key.empty()) connect(insert.key, name);
  }
  for (const auto& [name, path] : flow.paths)
    if (!path.to.empty()) connect(path.from, path.to);

  // By what is the same in every run: a name is of an address in memory where a file plays.
  using Place = std::tuple<std::string_view, std::uint64_t, std::string_view>;  // strip, age, name
  const auto place_of = [&](const std::string& name) -> Place {
    if (const auto input = flow.inputs.find(name); input != flow.inputs.end())
      return {input->second.strip, input->second.age, input->second.name};
    const FlowChain& chain = flow.chains.at(name);
    return {chain.strip, chain.age, chain.name};
  };
  std::priority_queue<Place, std::vector<Place>, std::greater<>> ready;
  for (const auto& [name, count] : waits_for)
    if (count == 0) ready.push(place_of(name));
  std::vector<std::string> order;
  while (!ready.empty()) {
    order.emplace_back(std::get<2>(ready.top()));
    ready.pop();
    for (const std::string& next : feeds[order.back()])
      if (--waits_for[next] == 0) ready.push(place_of(next));
  }
  return order;
}

bool is_free_of_loops(const Flow& flow) { return order_of(flow).size() == flow.inputs.size() + flow.chains.size(); }

std::set<std::string> ways_in_loops(const Flow& flow) {
  struct Link {
    const std::string *from, *to, *way;
  };
  std::vector<Link> links;
  for (const auto& [name, chain] : flow.chains) {
    links.push_back({&chain.input, &name, nullptr});
    for (const FlowInsert& insert : chain.inserts)
      if (!insert.key.empty()) links.push_back({&insert.key, &name, nullptr});
  }
  for (const auto& [name, path] : flow.paths)
    if (!path.to.empty()) links.push_back({&path.from, &path.to, &name});
  // Where nothing comes from and where nothing leads to is in no loop, nor then what is next to it.
  std::size_t before = 0;
  do {
    std::set<std::string_view> begins, ends;
    for (const Link& link : links) begins.insert(*link.from), ends.insert(*link.to);
    before = links.size();
    std::erase_if(links, [&](const Link& l) { return !ends.contains(*l.from) || !begins.contains(*l.to); });
  } while (links.size() < before);
  std::set<std::string> ways;
  for (const Link& link : links)
    if (link.way != nullptr) ways.insert(*link.way);
  return ways;
}

}  // namespace busbar
