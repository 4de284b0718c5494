#include <gmock/gmock.h>

#include "engine/offline_render.hpp"
#include "engine/source_opener.hpp"
#include "sessions/edit_parts.hpp"
#include "tests/engine/session_fixture.hpp"

// What lies outside a session's folder is not played unless it is allowed, however it is named and whoever names it.
namespace busbar::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class OutsideFiles : public SessionTest {
 protected:
  OutsideFiles() {
    fs::create_directories(folder / "song" / "audio");
    std::ofstream(folder / "song" / "session.json") << "{}";
    write_noise("secret.wav", 0.1, 1);
    write_noise("song/audio/kick.wav", 0.1, 2);
    fs::create_symlink(folder / "secret.wav", folder / "song" / "audio" / "link.wav");
    fs::create_symlink("kick.wav", folder / "song" / "audio" / "near.wav");
    fs::create_directory_symlink("..", folder / "song" / "up");
  }

  std::vector<Error> errors_of(const std::string& file, bool allow_outside) const {
    MixerBuilder builder;
    add_track(builder, "t", file);
    SourceOptions options;
    options.folder = folder / "song";
    options.allow_outside = allow_outside;
    return SourceOpener(kRate, options).open(*builder.mixer.find("t")).findings.errors;
  }

  RenderResult render_with(const Edit& edit, bool allow_outside) const {
    MixerBuilder builder;
    add_track(builder, "t", "audio/kick.wav");
    RenderJob job;
    job.mixer = builder.mixer;
    job.session = folder / "song" / "session.json";
    job.mix = folder / "mix.wav";
    job.to_s = 0.2;
    job.edit_parts = edit_parts;
    job.allow_outside = allow_outside;
    TimedEdit timed;
    timed.edit = edit;
    timed.at = 100;
    timed.line = 1;
    job.script = {timed};
    return render_offline(job);
  }
};

TEST_F(OutsideFiles, ALinkThatLeavesTheFolderIsRefusedWhereItIsOpened) {
  for (const char* file : {"audio/link.wav", "up/secret.wav"}) {
    const auto errors = errors_of(file, false);
    ASSERT_EQ(errors.size(), 1u) << file;
    EXPECT_THAT(to_line(errors[0]), HasSubstr("leaves the session's folder through a symbolic link"));
    EXPECT_THAT(errors_of(file, true), ::testing::IsEmpty()) << file;
  }
  EXPECT_THAT(errors_of("audio/near.wav", false), ::testing::IsEmpty());
  EXPECT_THAT(errors_of("up/song/audio/kick.wav", false), ::testing::IsEmpty());
}

TEST_F(OutsideFiles, AnEditThatAddsOneIsRefused) {
  const Edit clip = add("/t/source/clips", R"({"file": "audio/link.wav"})");
  const RenderResult refused = render_with(clip, false);
  ASSERT_TRUE(refused.report);
  ASSERT_EQ(refused.report->refused.size(), 1u);
  EXPECT_THAT(to_line(refused.report->refused[0]), HasSubstr("leaves the session's folder through a symbolic link"));
  EXPECT_THAT(render_with(clip, true).report->refused, ::testing::IsEmpty());
  EXPECT_THAT(render_with(add("/t/source/clips", R"({"file": "audio/near.wav"})"), false).report->refused,
              ::testing::IsEmpty());
}

}  // namespace
}  // namespace busbar::test
