#include <gtest/gtest.h>

#include <random>

#include "engine/control/plan/routing.hpp"
#include "sessions/session_file.hpp"
#include "tests/support/every_insert.hpp"
#include "tests/support/param_play.hpp"

// Whatever a processor can be set to, a session can hold and give back.
namespace busbar::test {
namespace {

/// A parameter's value as a session has it.
ParamValue as_in_session(const ParamSpec& spec, float value) {
  if (spec.kind == ParamKind::flag) return value != 0.0f;
  if (spec.kind == ParamKind::choice || (!spec.choices.empty() && value < spec.min))
    return std::string(spec.choices[static_cast<std::size_t>(value)]);
  return static_cast<double>(value);
}

class InsertInASession : public EveryInsert {};

TEST_P(InsertInASession, ComesBackFromTheFileAsItWasSet) {
  std::mt19937 rng(1);
  for (int n = 0; n < 50; ++n) {
    std::vector<float> values = random_values(type(), rng);
    InsertSlot slot;
    slot.id = "i";
    slot.type = type().key;
    for (const ParamSpec& spec : type().params) {
      if (spec.is_tempo)
        values[spec.index] = 97.0f;
      else
        slot.params[std::string(spec.key)] = as_in_session(spec, values[spec.index]);
    }
    Strip master;
    master.id = "master";
    master.kind = StripKind::master;
    master.inserts = {slot};
    Mixer mixer;
    mixer.buses.push_back(std::make_shared<const Strip>(master));
    const LoadedSession loaded = read_session_text(write_session_text(mixer), {});
    ASSERT_TRUE(loaded.findings.errors.empty()) << to_line(loaded.findings.errors.front());
    ASSERT_EQ(loaded.mixer.buses[0]->inserts, master.inserts);
    EXPECT_EQ(resolve_params(type(), loaded.mixer.buses[0]->inserts[0], 97.0), values);
  }
}

BUSBAR_FOR_EVERY_INSERT(InsertInASession);

}  // namespace
}  // namespace busbar::test
