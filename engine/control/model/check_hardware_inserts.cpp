#include <map>

#include "engine/control/model/hardware_use.hpp"
#include "engine/control/model/rules.hpp"

namespace busbar::rules {

namespace {

/// Who uses each of the interface's channels, of one direction.
class Channels {
 public:
  Channels(const char* kind, const char* consequence, Findings& found)
      : kind_(kind), consequence_(consequence), found_(found) {}

  void add(int channel, const std::string& user) { users_.emplace(channel, user); }

  void add(int channel, const std::string& user, const std::string& where) {
    const auto [first, is_new] = users_.emplace(channel, user);
    if (is_new) return;
    const std::string who = first->second == user ? "twice by " + user : "by " + first->second + " and " + user;
    found_.warnings.push_back(
        {where,
         "hardware " + std::string(kind_) + " " + std::to_string(channel) + " is used " + who + ", " + consequence_,
         "give one of them another channel"});
  }

 private:
  const char* kind_;
  const char* consequence_;
  Findings& found_;
  std::map<int, std::string> users_;
};

void add_strips(const Mixer& mixer, Channels& outputs, Channels& inputs) {
  for (const Strip* strip : mixer.strips()) {
    if (const auto* to = std::get_if<ToHardware>(&strip->output))
      for (const int channel : to->channels) outputs.add(channel, quoted(strip->id));
    if (const auto* input = strip->source ? std::get_if<InputSource>(&*strip->source) : nullptr)
      for (const int channel : input->channels) inputs.add(channel, quoted(strip->id));
  }
  if (mixer.monitor && mixer.monitor->output)
    for (const int channel : mixer.monitor->output->channels) outputs.add(channel, "the monitor");
  if (mixer.talkback && mixer.talkback->channel) inputs.add(*mixer.talkback->channel, "the talkback");
}

void check_ends(const HardwareUse& use, const std::string& where, Findings& found) {
  const auto warn = [&](const char* what, const char* mend) { found.warnings.push_back({where, what, mend}); };
  if (!use.sends() && !use.returns())
    warn("the hardware insert has no channels, so it passes its input", "give it send_left and return_left");
  else if (!use.returns())
    warn("the hardware insert has a send and no return, so it passes its input", "give it return_left");
  else if (!use.sends())
    warn("the hardware insert has a return and no send, so the gear hears nothing", "give it send_left");
  else if (use.latency == 0)
    warn("the latency of the gear is not known, so the strip comes late and combs with what goes beside it",
         "play the session and set its ping to true");
}

}  // namespace

void check_hardware_inserts(const Index& index, Findings& found) {
  Channels outputs("output", "which add up there", found), inputs("input", "which hear the same", found);
  add_strips(index.mixer(), outputs, inputs);
  for (std::size_t s = 0; s < index.strips().size(); ++s)
    for (const HardwareUse& use : hardware_uses(*index.strips()[s])) {
      const std::string where = index.where(static_cast<int>(s)) + item("inserts", use.place) + "/params";
      check_ends(use, where, found);
      for (const int channel : use.send)
        if (channel > 0) outputs.add(channel, quoted(use.name()), where);
      for (const int channel : use.back)
        if (channel > 0) inputs.add(channel, quoted(use.name()), where);
    }
}

}  // namespace busbar::rules
