#include <unordered_map>

#include "engine/control/model/rules.hpp"
#include "engine/core/ids.hpp"

namespace busbar::rules {

namespace {

/// The rules of one strip's output, sends and keys.
class RouteRules {
 public:
  RouteRules(const Index& index, int number, Findings& found)
      : index_(index), strip_(index.strip(number)), where_(index.where(number)), found_(found) {}

  void check() {
    check_output();
    for (std::size_t i = 0; i < strip_.sends.size(); ++i) check_send(strip_.sends[i], item("sends", i));
    for (std::size_t i = 0; i < strip_.inserts.size(); ++i) check_key(strip_.inserts[i], item("inserts", i));
    check_cue();
    check_summing();
  }

 private:
  void refuse(const std::string& at, std::string what, std::string mend) {
    found_.errors.push_back({where_ + at, std::move(what), std::move(mend)});
  }
  const Strip* find(const std::string& id) const {
    const int number = index_.find(id);
    return number < 0 ? nullptr : &index_.strip(number);
  }

  void check_output() {
    const auto* bus = std::get_if<ToBus>(&strip_.output);
    if (bus == nullptr) return;
    const Strip* target = find(bus->id);
    if (target == nullptr && bus->id == kMasterId) return;  // that there is no master is reported once
    if (target == nullptr)
      refuse("/output", "there is no bus " + quoted(bus->id),
             "give the id of a bus, \"none\", or { \"hardware\": [1, 2] }");
    else if (target == &strip_)
      refuse("/output", quoted(strip_.id) + " would feed itself", "give another bus");
    else if (target->is_track())
      refuse("/output", quoted(bus->id) + " is a track, which has a source and takes no inputs",
             "give the id of a bus");
    else if (target->is_protected && target->kind == StripKind::cue)
      refuse("/output",
             "the cue " + quoted(bus->id) + " is protected: it takes only sends with tap input or pre of tracks",
             "give another output, and add a send");
  }

  void check_send(const Send& send, const std::string& at) {
    const Strip* target = find(send.to);
    if (target == nullptr)
      return refuse(at + "/to", "there is no bus " + quoted(send.to), "give the id of an aux, cue or group");
    if (target == &strip_) return refuse(at + "/to", quoted(strip_.id) + " would feed itself", "give another bus");
    if (target->is_track() || target->kind == StripKind::master)
      return refuse(
          at + "/to",
          quoted(send.to) + " is " + (target->is_track() ? "a track" : "the master") + ", which takes no sends",
          "give the id of an aux, cue or group");
    if (!seen_.emplace(send.to, at).second)
      return refuse(at + "/to",
                    quoted(strip_.id) + " has a send to " + quoted(send.to) + " already, at " + where_ + seen_[send.to],
                    "keep one of them");
    if (target->kind == StripKind::cue && target->is_protected) check_protected(send, at);
  }

  void check_protected(const Send& send, const std::string& at) {
    if (!strip_.is_track())
      refuse(at + "/to",
             "the cue " + quoted(send.to) + " is protected: it takes sends of tracks, and " + quoted(strip_.id) +
                 " is a bus",
             "send the tracks themselves");
    else if (send.tap == Tap::post)
      refuse(at + "/tap", "the cue " + quoted(send.to) + " is protected: a send with tap post would follow the fader",
             "give \"input\" or \"pre\"");
  }

  void check_key(const InsertSlot& slot, const std::string& at) {
    if (!slot.key) return;
    if (*slot.key == strip_.id)
      refuse(at + "/key", "the insert's key is its own strip",
             "leave the key out: the insert then hears its own input");
    else if (find(*slot.key) == nullptr)
      found_.warnings.push_back({where_ + at + "/key",
                                 "there is no strip " + quoted(*slot.key) + ", so the insert hears its own input",
                                 "give the id of a track or bus"});
  }

  void check_summing() {
    if (strip_.is_track() && strip_.summing != Summing::clean)
      found_.warnings.push_back({where_ + "/summing", "only a bus sums; on a track this does nothing", ""});
  }

  void check_cue() {
    if (strip_.kind == StripKind::cue) {
      if (strip_.is_protected && strip_.follow_mute)
        refuse("/follow_mute", "the cue " + quoted(strip_.id) + " is protected, so it cannot follow mutes",
               "set one of the two to false");
      return;
    }
    const auto ignored = [&](bool is_set, const std::string& key) {
      if (is_set) found_.warnings.push_back({where_ + "/" + key, "only a cue has this; here it does nothing", ""});
    };
    ignored(strip_.lowest_latency, "latency");
    ignored(strip_.follow_mute, "follow_mute");
    ignored(strip_.is_protected, "protected");
  }

  const Index& index_;
  const Strip& strip_;
  std::string where_;
  Findings& found_;
  std::unordered_map<std::string, std::string> seen_;
};

}  // namespace

void check_routes(const Index& index, Findings& found) {
  for (std::size_t s = 0; s < index.strips().size(); ++s) RouteRules(index, static_cast<int>(s), found).check();
}

}  // namespace busbar::rules
