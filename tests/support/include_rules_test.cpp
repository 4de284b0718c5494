#include "tests/support/include_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace busbar::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> broken(const char* path, const char* text) { return broken_rules({path, text}); }

TEST(IncludeRules, HoldForEveryLineOfTheProject) {
  const auto sources = read_sources(BUSBAR_SOURCE_DIR);
  ASSERT_GT(sources.size(), 50U);
  for (const SourceText& source : sources) EXPECT_THAT(broken_rules(source), IsEmpty());
}

TEST(IncludeRules, HaveNoExceptionThatNobodyNeeds) {
  EXPECT_THAT(idle_exceptions(read_sources(BUSBAR_SOURCE_DIR)), IsEmpty());
}

TEST(IncludeRules, SeePlantedIncludesAgainstThePicture) {
  const char* control = "#pragma once\n#include \"engine/control/model/mixer.hpp\"\n";
  EXPECT_THAT(broken("engine/realtime/planted.hpp", control),
              ElementsAre(HasSubstr("engine/realtime/planted.hpp:2 includes \"engine/control/model/mixer.hpp\"")));
  EXPECT_THAT(broken("engine/files/planted.cpp", control), SizeIs(1));
  EXPECT_THAT(broken("engine/analysis/planted.cpp", control), SizeIs(1));
  EXPECT_THAT(broken("engine/handover/planted.hpp", control), SizeIs(1));
  EXPECT_THAT(broken("engine/devices/planted.hpp", control), SizeIs(1));
  EXPECT_THAT(broken("engine/core/planted.hpp", "#include \"engine/handover/spsc_ring.hpp\""), SizeIs(1));
  EXPECT_THAT(broken("engine/handover/planted.hpp", "#include \"engine/realtime/render_plan.hpp\""), SizeIs(1));
  EXPECT_THAT(broken("sessions/planted.cpp", "#include \"engine/control/plan/routing.hpp\""), SizeIs(1));
  EXPECT_THAT(broken("sessions/planted.cpp", "#include \"engine/realtime/render_plan.hpp\""), SizeIs(1));
  EXPECT_THAT(broken("cli/planted.cpp", "#include \"engine/realtime/insert.hpp\""), SizeIs(1));
  EXPECT_THAT(broken("gui/mixer/planted.cpp", "#include \"engine/files/file_writer.hpp\""), SizeIs(1));
  EXPECT_THAT(broken("engine/core/planted.hpp", "#include \"units.hpp\""),
              ElementsAre(HasSubstr("without its folder")));
}

TEST(IncludeRules, LetPassWhatThePictureHas) {
  EXPECT_THAT(broken("engine/core/a.hpp", "#include <vector>\n#include \"engine/core/units.hpp\""), IsEmpty());
  EXPECT_THAT(broken("engine/realtime/a.cpp", "#include \"engine/handover/spsc_ring.hpp\""), IsEmpty());
  EXPECT_THAT(broken("engine/control/a.cpp", "#include \"engine/realtime/render_plan.hpp\""), IsEmpty());
  EXPECT_THAT(broken("sessions/a.cpp", "#include \"engine/realtime/insert.hpp\""), IsEmpty());
  EXPECT_THAT(broken("engine/engine.cpp", "#include \"engine/files/file_writer.hpp\""), IsEmpty());
  EXPECT_THAT(broken("cli/a.cpp", "#include <CLI/CLI.hpp>\n#include \"engine/engine.hpp\""), IsEmpty());
  EXPECT_THAT(broken("cli/inserts.cpp", "#include \"engine/realtime/insert.hpp\""), IsEmpty()) << "a listed exception";
}

TEST(IncludeRules, KeepPackagesInTheFolderThatWrapsThem) {
  EXPECT_THAT(broken("engine/files/a.cpp", "#include <sndfile.h>\n#include <soxr.h>\n#include <openssl/evp.h>"),
              IsEmpty());
  for (const char* header : {"sndfile.h", "soxr.h", "openssl/evp.h", "ebur128.h", "nlohmann/json.hpp", "CLI/CLI.hpp",
                             "portaudio.h", "imgui.h", "fcntl.h"}) {
    const std::string line = "#include <" + std::string(header) + ">";
    EXPECT_THAT(broken("engine/control/planted.cpp", line.c_str()), SizeIs(1)) << header;
  }
  EXPECT_THAT(broken("cli/planted.cpp", "#include <nlohmann/json.hpp>"), SizeIs(1)) << "one file of cli has JSON";
  EXPECT_THAT(broken("engine/files/a.cpp", "#include <boost/asio.hpp>"), ElementsAre(HasSubstr("does not know")));
}

TEST(RealtimeWords, SeePlantedOnes) {
  for (const char* line :
       {"auto* x = new int;", "delete x;", "auto p = std::make_unique<int>();", "std::mutex m;", "std::string s;",
        "v.push_back(1);", "throw 1;", "#include <iostream>", "std::printf(\"x\");", "std::function<void()> f;"})
    EXPECT_THAT(broken("engine/realtime/planted.cpp", line), SizeIs(1)) << line;
}

TEST(RealtimeWords, LetPassWhatOnlyLooksLikeThem) {
  for (const char* line :
       {"::new (memory) T{};", "#include <new>", "// a new string, thrown by push_back()", "std::string_view name;",
        "A(const A&) = delete;", "assert(\"no throw\");", "int renewed = newest;"})
    EXPECT_THAT(broken("engine/realtime/fine.cpp", line), IsEmpty()) << line;
  EXPECT_THAT(broken("engine/control/fine.cpp", "auto x = new int;"), IsEmpty()) << "control may allocate";
}

}  // namespace
}  // namespace busbar::test
