#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/control/model/mixer.hpp"
#include "engine/control/model/routing_rules.hpp"
#include "engine/core/result.hpp"

/// The parts of `check_mixer`; used in this folder only.
namespace busbar::rules {

/// One way from strip to strip, and the place in the session that says so.
struct Arrow {
  enum class Kind { output, send, key };
  int to = -1;
  Kind kind = Kind::output;
  std::size_t place = 0;  ///< of the send or insert in its list
};

/// A mixer with its strips numbered (tracks, then buses, as in the file) and found by id.
class Index {
 public:
  explicit Index(const Mixer& mixer);
  const Mixer& mixer() const noexcept { return mixer_; }
  std::span<const Strip* const> strips() const noexcept { return strips_; }
  const Strip& strip(int number) const { return *strips_[static_cast<std::size_t>(number)]; }
  /// -1 if there is no such strip.
  int find(std::string_view id) const;
  /// JSON pointer of a strip: `/tracks/3`.
  std::string where(int strip) const;
  std::string where(int strip, const Arrow& arrow) const;
  /// By strip: its output, its sends (on or off), and the keys it feeds. Ways to unknown strips are left out.
  const std::vector<std::vector<Arrow>>& arrows() const noexcept { return arrows_; }
  /// The strip that an arrow's place in the file belongs to: a key stands with the strip that hears it.
  static int owner(int from, const Arrow& arrow) { return arrow.kind == Arrow::Kind::key ? arrow.to : from; }

 private:
  const Mixer& mixer_;
  std::vector<const Strip*> strips_;
  std::unordered_map<std::string_view, int> by_id_;
  std::vector<std::vector<Arrow>> arrows_;
};

/// Nodes of a loop in the order of the arrows, the first not repeated, and the arrow that closes it.
struct Loop {
  std::vector<int> nodes;
  Arrow closing;
};

/// Loops of two or more nodes, of which no two share a node; every tangle of loops shows at least one.
std::vector<Loop> find_loops(const std::vector<std::vector<Arrow>>& graph);

void check_ids(const Index& index, Findings& found);
void check_sources(const Index& index, Findings& found);
void check_hardware(const Index& index, Findings& found);
void check_hardware_inserts(const Index& index, Findings& found);
void check_inserts(const Index& index, FindInsert find_insert, Findings& found);
void check_routes(const Index& index, Findings& found);
void check_loops(const Index& index, Findings& found);
void check_groups(const Index& index, Findings& found);
void check_sections(const Index& index, Findings& found);
/// What the mixer can live with: orphans, two ways to the master, cues fed by buses. Wants no loops.
void check_paths(const Index& index, Findings& found);

inline std::string quoted(std::string_view id) { return "'" + std::string(id) + "'"; }
/// `/sends/3`
inline std::string item(std::string_view list, std::size_t place) {
  return "/" + std::string(list) + "/" + std::to_string(place);
}
/// A number for a message: `-4.5`.
std::string shown(double number);

}  // namespace busbar::rules
