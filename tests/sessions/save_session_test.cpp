#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "sessions/session_file.hpp"

namespace busbar {
namespace {

namespace fs = std::filesystem;

Mixer named(const std::string& name) {
  Mixer mixer;
  mixer.name = name;
  Strip master;
  master.id = "master";
  master.kind = StripKind::master;
  mixer.buses.push_back(std::make_shared<const Strip>(master));
  return mixer;
}

class SaveSession : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "busbar-save-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    file_ = folder_ / "session.json";
  }
  void TearDown() override { fs::remove_all(folder_); }
  static std::string name_in(const fs::path& file) {
    const LoadedSession session = read_session_file(file, {});
    return session.findings.errors.empty() ? session.mixer.name : to_line(session.findings.errors.front());
  }
  std::size_t count_files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator{}));
  }
  void write(const fs::path& file, std::string_view text) const { std::ofstream(file) << text; }

  fs::path folder_, file_;
};

TEST_F(SaveSession, KeepsEightGenerationsTheNewestFirst) {
  for (int i = 0; i < 12; ++i) {
    const Result<void> saved = save_session(named("take " + std::to_string(i)), file_);
    ASSERT_TRUE(saved) << to_line(saved.error());
  }
  EXPECT_EQ(name_in(file_), "take 11");
  for (int g = 1; g <= 8; ++g)
    EXPECT_EQ(name_in(file_.string() + "." + std::to_string(g)), "take " + std::to_string(11 - g));
  EXPECT_EQ(count_files(), 9u);
}

TEST_F(SaveSession, LeavesTheOldSessionWhenTheRenameFails) {
  fs::create_directory(file_);
  write(file_ / "inside", "x");
  EXPECT_EQ(save_session(named("new"), file_).error().what, "this is a folder");
  EXPECT_EQ(count_files(), 1u);
}

TEST_F(SaveSession, TellsWhereTheFolderIsMissing) {
  const Result<void> saved = save_session(named("new"), folder_ / "gone" / "session.json");
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().what, "the folder cannot be written: No such file or directory");
  EXPECT_EQ(count_files(), 0u);
}

TEST_F(SaveSession, LeavesTheOldSessionWhenTheDiskIsFull) {
  ASSERT_TRUE(save_session(named("old"), file_));
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  const rlimit tiny{64, old.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &tiny);  // a write beyond it fails as it does on a full disk
  const Result<void> saved = save_session(named("new"), file_);
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, before);
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().where, file_.string());
  EXPECT_NE(saved.error().what.find("could not be written"), std::string::npos);
  EXPECT_EQ(name_in(file_), "old");
  EXPECT_EQ(count_files(), 1u) << "nothing half is left behind";
}

TEST_F(SaveSession, IsSavedThoughAGenerationCannotBeMoved) {
  ASSERT_TRUE(save_session(named("old"), file_));
  fs::create_directory(folder_ / "session.json.8");
  write(folder_ / "session.json.8" / "inside", "so that it cannot be replaced");
  write(folder_ / "session.json.7", "old");
  const Result<void> saved = save_session(named("new"), file_);
  ASSERT_FALSE(saved);
  EXPECT_NE(saved.error().what.find("the session is saved"), std::string::npos);
  EXPECT_EQ(name_in(file_), "new");
  std::size_t old_kept = 0;
  for (const auto& entry : fs::directory_iterator(folder_))
    if (entry.path().extension() == ".old" && name_in(entry.path()) == "old") ++old_kept;
  EXPECT_EQ(old_kept, 1u);
}

TEST_F(SaveSession, KeepsTheModeOfTheFileAndFollowsALink) {
  fs::create_directory(folder_ / "real");
  const fs::path real = folder_ / "real" / "mix.json";
  ASSERT_TRUE(save_session(named("old"), real));
  fs::permissions(real, fs::perms(0640));
  fs::create_symlink(real, file_);
  ASSERT_TRUE(save_session(named("new"), file_));
  EXPECT_TRUE(fs::is_symlink(file_));
  EXPECT_EQ(name_in(real), "new");
  EXPECT_EQ(fs::status(real).permissions(), fs::perms(0640));
}

TEST_F(SaveSession, AnUntouchedOldFileKeepsItsBytesAsGenerationOne) {
  const std::string odd =
      "{ \"format\":\"busbar-session\",   \"version\":1,\"sample_rate\":48000,\"name\":\"odd\",\"tracks\":[],"
      "\"buses\":[{\"id\":\"master\",\"kind\":\"master\"}]}";
  write(file_, odd);
  ASSERT_TRUE(save_session(named("new"), file_));
  std::ostringstream kept;
  kept << std::ifstream(file_.string() + ".1").rdbuf();
  EXPECT_EQ(kept.str(), odd);
}

TEST_F(SaveSession, ReadingNamesTheFileThatIsMissingOrNoFile) {
  EXPECT_EQ(name_in(file_), file_.string() + ": there is no such file: check the path");
  EXPECT_EQ(name_in(folder_), folder_.string() + ": this is a folder: give a session file");
  EXPECT_EQ(name_in("/dev/zero"), "/dev/zero: this is not a regular file: give a session file");
  write(file_, "{");
  EXPECT_TRUE(name_in(file_).starts_with(file_.string() + ": line 1, column 2: this is not JSON")) << name_in(file_);
}

TEST_F(SaveSession, ALinkThatLeavesTheFolderIsRefusedUnlessAllowed) {
  fs::create_directories(folder_ / "song" / "audio");
  write(folder_ / "secret.wav", "x");
  fs::create_symlink(folder_ / "secret.wav", folder_ / "song" / "audio" / "kick.wav");
  Mixer mixer = named("links");
  Strip track;
  track.id = "kick";
  Clip clip;
  clip.file = "audio/kick.wav";
  track.source = WavSource{{clip}, {}};
  track.output = ToBus{"master"};
  mixer.tracks.push_back(std::make_shared<const Strip>(track));
  const fs::path file = folder_ / "song" / "session.json";
  ASSERT_TRUE(save_session(mixer, file));
  const auto errors = read_session_file(file, {}).findings.errors;
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].where, "/tracks/0/source/clips/0/file");
  EXPECT_TRUE(read_session_file(file, {.allow_outside = true}).findings.errors.empty());
}

}  // namespace
}  // namespace busbar
