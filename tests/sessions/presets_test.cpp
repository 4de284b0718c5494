#include "sessions/presets.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "engine/core/ids.hpp"
#include "engine/realtime/insert.hpp"
#include "sessions/embedded.hpp"
#include "tests/sessions/edit_fixture.hpp"

namespace busbar::test {
namespace {

namespace fs = std::filesystem;

/// A folder of the user's presets, empty, and only for this test.
class Presets : public testing::Test {
 protected:
  void SetUp() override {
    const char* name = testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ = fs::temp_directory_path() / ("busbar-presets-" + std::to_string(::getpid()) + "-" + name);
    fs::create_directories(folder_);
    setenv("BUSBAR_PRESETS", folder_.c_str(), 1);
    forget_presets();
  }
  void TearDown() override {
    fs::remove_all(folder_);
    unsetenv("BUSBAR_PRESETS");
    forget_presets();
  }
  void put(const std::string& path, const std::string& text) const {
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << text;
  }
  static std::string preset_text(const std::string& members) {
    return R"({"format": "busbar-preset", "version": 1, )" + members + "}";
  }

  fs::path folder_;
};

Mixer with_compressor() {
  return edited(edit_mixer(), edit_of(EditOp::add, "/drums/inserts/comp",
                                      R"({"type": "compressor", "bypass": true, "params": {"link": 50}})"));
}

Preset own_preset(std::map<std::string, ParamValue> params) {
  InsertSlot slot;
  slot.id = "mine";
  slot.type = "compressor";
  slot.params = std::move(params);
  return {.key = "mine", .name = "Mïne", .about = "as I like it", .type = slot.type, .inserts = {slot}};
}

const InsertSlot& slot_of(const Mixer& mixer, std::string_view strip, std::string_view id) {
  const auto& inserts = mixer.find(strip)->inserts;
  const auto slot = std::ranges::find(inserts, id, &InsertSlot::id);
  static const InsertSlot none;
  EXPECT_NE(slot, inserts.end()) << id;
  return slot == inserts.end() ? none : *slot;
}

std::vector<std::string> ids_of(const Mixer& mixer, std::string_view strip) {
  std::vector<std::string> ids;
  for (const InsertSlot& slot : mixer.find(strip)->inserts) ids.push_back(slot.id);
  return ids;
}

LoadedSession read_drums(const std::string& insert) {
  return read_session_text(R"({"format": "busbar-session", "version": 1, "sample_rate": 48000, "tracks": [],
    "buses": [ { "id": "drums", "kind": "group", "inserts": [ )" +
                               insert + R"( ] }, { "id": "master", "kind": "master" } ] })",
                           {});
}

TEST_F(Presets, ThatAreBuiltInFitTheProcessors) {
  EXPECT_GE(embedded_presets().size(), 19U);
  for (const EmbeddedFile& file : embedded_presets()) {
    const auto slash = file.name.find('/');
    ASSERT_NE(slash, std::string_view::npos) << file.name;
    const Result<Preset> preset = read_preset_text(file.name.substr(slash + 1), file.text);
    ASSERT_TRUE(preset) << file.name << ": " << to_line(preset.error());
    EXPECT_EQ(preset->type.empty() ? "chain" : preset->type, file.name.substr(0, slash)) << file.name;
    EXPECT_TRUE(is_well_formed_id(preset->key)) << file.name;
    EXPECT_FALSE(preset->about.empty()) << file.name;
    EXPECT_FALSE(preset->inserts.empty()) << file.name;
    for (const Error& wrong : check_preset(*preset)) ADD_FAILURE() << file.name << ": " << to_line(wrong);
  }
}

TEST_F(Presets, OfTheCardAndTheChainsAreThere) {
  for (const char* key : {"general", "drums", "vocals", "bass_keys", "master"})
    for (const char* type : {"compressor", "equaliser"}) EXPECT_TRUE(find_preset(type, key)) << type << " " << key;
  for (const char* key : {"small_room", "medium_room", "large_room", "short_dark_vocal"})
    EXPECT_TRUE(find_preset("reverb", key)) << key;
  for (const char* key : {"drum-bus", "vocal-bus", "parallel", "master"}) EXPECT_TRUE(find_preset("", key)) << key;
  EXPECT_TRUE(find_preset("bus_compressor", "glue"));
}

TEST_F(Presets, SurviveWritingAndReading) {
  for (Preset preset : all_presets()) {
    const Result<Preset> again = read_preset_text(preset.key, write_preset_text(preset));
    ASSERT_TRUE(again) << preset.key << ": " << to_line(again.error());
    EXPECT_EQ(*again, preset) << preset.key;
  }
}

TEST_F(Presets, GiveAnInsertOfASessionItsValues) {
  const LoadedSession session = read_drums(
      R"({ "id": "comp", "type": "compressor", "preset": "drums", "params": { "ratio": 2, "knee_db": 12 } })");
  ASSERT_TRUE(session.findings.errors.empty()) << to_line(session.findings.errors.front());
  EXPECT_TRUE(session.findings.warnings.empty() ||
              session.findings.warnings.front().what.find("preset") == std::string::npos);
  auto wanted = find_preset("compressor", "drums")->inserts.front().params;
  wanted["ratio"] = 2.0;
  wanted["knee_db"] = 12.0;
  EXPECT_EQ(slot_of(session.mixer, "drums", "comp").params, wanted);
  const std::string saved = write_session_text(session.mixer);
  EXPECT_EQ(saved.find("\"preset\""), std::string::npos) << saved;
  EXPECT_EQ(slot_of(read_session_text(saved, {}).mixer, "drums", "comp").params, wanted);
}

TEST_F(Presets, ThatASessionNamesWronglyAreErrors) {
  auto session = read_drums(R"({ "id": "comp", "type": "compressor", "preset": "vocal" })");
  ASSERT_EQ(session.findings.errors.size(), 1U);
  EXPECT_EQ(session.findings.errors.front().where, "/buses/0/inserts/0/preset");
  EXPECT_NE(session.findings.errors.front().mend.find("did you mean 'vocals'"), std::string::npos);
  session = read_drums(R"({ "id": "comp", "type": "compressor", "preset": 3 })");
  ASSERT_EQ(session.findings.errors.size(), 1U);
  EXPECT_EQ(session.findings.errors.front().where, "/buses/0/inserts/0/preset");
  session = read_drums(R"({ "id": "tool", "type": "utility", "preset": "drums" })");
  ASSERT_EQ(session.findings.errors.size(), 1U);
  EXPECT_NE(session.findings.errors.front().mend.find("there are none"), std::string::npos);
}

TEST_F(Presets, OfATypeThatIsNotKnownAreKept) {
  const LoadedSession session = read_drums(R"({ "id": "x", "type": "from_elsewhere", "preset": "warm" })");
  EXPECT_TRUE(session.findings.errors.empty());
  EXPECT_NE(write_session_text(session.mixer).find("\"preset\": \"warm\""), std::string::npos);
}

TEST_F(Presets, PutAnInsertAtAllTheirValuesInOneEdit) {
  const Mixer before = with_compressor();
  const Mixer after = edited(before, edit_of(EditOp::set, "/drums/inserts/comp/preset", "\"master\""));
  const InsertSlot& slot = slot_of(after, "drums", "comp");
  EXPECT_EQ(slot.params, find_preset("compressor", "master")->inserts.front().params);  // `link` is at its default
  EXPECT_TRUE(slot.bypass);
  const Mixer whole = edited(after, edit_of(EditOp::set, "/drums/inserts/comp",
                                            R"({"type": "compressor", "preset": "drums", "params": {"ratio": 2}})"));
  EXPECT_EQ(slot_of(whole, "drums", "comp").params.at("ratio"), ParamValue(2.0));
  EXPECT_EQ(slot_of(whole, "drums", "comp").params.at("release_ms"), ParamValue(std::string("tempo")));
}

TEST_F(Presets, ThatAnEditNamesWronglyAreRefused) {
  const Mixer mixer = with_compressor();
  const auto line = [&](const std::string& address, const std::string& json) {
    return refusal(mixer, edit_of(EditOp::set, address, json));
  };
  EXPECT_NE(line("/drums/inserts/comp/preset", "\"drum\"").find("did you mean 'drums'"), std::string::npos);
  EXPECT_NE(line("/drums/inserts/comp/preset", "3").find("the name of a preset"), std::string::npos);
  EXPECT_NE(line("/drums/inserts/comp/preset", "null").find("the name of a preset"), std::string::npos);
  EXPECT_NE(line("/drums/inserts/none/preset", "\"drums\"").find("no insert 'none'"), std::string::npos);
  EXPECT_NE(line("/drums/inserts/odd/preset", "\"drums\"").find("not known here"), std::string::npos);
}

TEST_F(Presets, OfChainsAddAllTheirInserts) {
  const std::vector<InsertSlot> chain = find_preset("", "drum-bus")->inserts;
  Mixer mixer = edited(edit_mixer(), edit_of(EditOp::add, "/drums/inserts", R"({"chain": "drum-bus"})", 1));
  EXPECT_EQ(ids_of(mixer, "drums"), (std::vector<std::string>{"glue", "eq", "glue-2", "tape", "odd"}));
  EXPECT_EQ(slot_of(mixer, "drums", "eq").params, chain[0].params);
  EXPECT_EQ(slot_of(mixer, "drums", "glue-2").type, "bus_compressor");
  mixer = edited(mixer, edit_of(EditOp::add, "/drums/inserts", R"({"chain": "drum-bus"})"));
  EXPECT_EQ(ids_of(mixer, "drums"),
            (std::vector<std::string>{"glue", "eq", "glue-2", "tape", "odd", "eq-2", "glue-3", "tape-2"}));
}

TEST_F(Presets, OfChainsThatCannotBeAddedAddNothing) {
  const Mixer mixer = edit_mixer();
  const auto line = [&](const std::string& json, std::optional<int> index = {}) {
    return refusal(mixer, edit_of(EditOp::add, "/drums/inserts", json, index));
  };
  EXPECT_NE(line(R"({"chain": "drum_bus"})").find("did you mean 'drum-bus'"), std::string::npos);
  EXPECT_NE(line(R"({"chain": 3})").find("no chain"), std::string::npos);
  EXPECT_NE(line(R"({"chain": "drum-bus", "mix": 1})").find("more here"), std::string::npos);
  EXPECT_NE(line(R"({"chain": "drum-bus"})", 7).find("behind the end"), std::string::npos);
  Mixer full = mixer;
  for (int i = 0; i < 61; ++i)
    full = edited(full, edit_of(EditOp::add, "/drums/inserts/u" + std::to_string(i), R"({"type": "utility"})"));
  EXPECT_NE(refusal(full, edit_of(EditOp::add, "/drums/inserts", R"({"chain": "drum-bus"})")).find("no more fit"),
            std::string::npos);
}

TEST_F(Presets, OfTheUserTakeThePlaceOfThoseBuiltIn) {
  put("drums.json", preset_text(R"("name": "Mine", "type": "compressor", "params": {"ratio": 7})"));
  put("compressor/slap.json", preset_text(R"("type": "compressor", "params": {"ratio": "inf"}, "mix": 0.5)"));
  put("mine.json", preset_text(R"("chain": [ {"id": "a", "type": "utility", "bypass": true} ])"));
  put("notes.txt", "not a preset");
  const Result<Preset> drums = find_preset("compressor", "drums");
  ASSERT_TRUE(drums);
  EXPECT_EQ(drums->name, "Mine");
  EXPECT_TRUE(drums->is_users);
  EXPECT_EQ(drums->inserts.front().params.at("ratio"), ParamValue(7.0));
  EXPECT_EQ(find_preset("compressor", "slap")->inserts.front().mix, 0.5);
  EXPECT_EQ(find_preset("compressor", "slap")->name, "slap");
  EXPECT_TRUE(find_preset("", "mine")->inserts.front().bypass);
  EXPECT_FALSE(find_preset("equaliser", "drums")->is_users);
  ASSERT_EQ(preset_warnings().size(), 1u);
  EXPECT_EQ(preset_warnings()[0].what, "this is used as the compressor preset 'drums' in place of the built-in one");
}

TEST_F(Presets, ThatAreBrokenAreLeftOutWithAWarning) {
  const std::vector<std::pair<std::string, std::string>> broken = {
      {"a.json", "{"},
      {"b.json", "[]"},
      {"c.json", preset_text(R"("type": "compressor", "params": {"ratio": 700})")},
      {"d.json", preset_text(R"("type": "compressor", "params": {"rato": 2})")},
      {"e.json", preset_text(R"("type": "from_elsewhere")")},
      {"f.json", preset_text(R"("chain": [])")},
      {"g.json", preset_text(R"("chain": [ {"id": "a", "type": "utility"}, {"id": "a", "type": "utility"} ])")},
      {"h.json", preset_text(R"("chain": [ {"id": "a", "type": "compressor", "preset": "drums"} ])")},
      {"i.json", R"({"format": "busbar-session", "version": 1, "type": "utility"})"},
      {"j.json", R"({"format": "busbar-preset", "version": 2, "type": "utility"})"},
      {"k.json", preset_text(R"("name": "no type")")},
      {"l.json", preset_text(R"("type": "utility", "mix": 3)")},
      {"m.json", preset_text(R"("type": "utility", "key": "kick")")},
      {"Big Name.json", preset_text(R"("type": "utility")")},
      {"n.json", std::string(2000000, ' ')},
      {"o.json", std::string(100000, '[')},
  };
  for (const auto& [file, text] : broken) put(file, text);
  put("sound.json", preset_text(R"("type": "utility", "params": {"gain_db": -6})"));
  EXPECT_TRUE(find_preset("utility", "sound"));
  const std::vector<Error> warnings = preset_warnings();
  EXPECT_EQ(warnings.size(), broken.size());
  for (const auto& [file, text] : broken)
    EXPECT_TRUE(std::ranges::any_of(warnings, [&](const Error& w) { return w.where == (folder_ / file).string(); }))
        << file;
  for (const Preset& preset : all_presets()) EXPECT_TRUE(!preset.is_users || preset.key == "sound") << preset.key;
}

TEST_F(Presets, ThatAreSavedAreThereAtOnceAndNextTime) {
  Preset mine = own_preset({{"ratio", 3.0}, {"auto_makeup", true}});
  const Result<fs::path> file = save_user_preset(mine);
  ASSERT_TRUE(file) << to_line(file.error());
  EXPECT_EQ(*file, folder_ / "compressor" / "mine.json");
  mine.is_users = true;
  EXPECT_EQ(*find_preset("compressor", "mine"), mine);
  forget_presets();
  EXPECT_EQ(*find_preset("compressor", "mine"), mine);
  mine.inserts.front().params["ratio"] = 5.0;
  ASSERT_TRUE(save_user_preset(mine));
  EXPECT_EQ(*find_preset("compressor", "mine"), mine);
  Preset chain = *find_preset("", "drum-bus");
  ASSERT_TRUE(save_user_preset(chain));
  EXPECT_TRUE(fs::exists(folder_ / "chain" / "drum-bus.json"));
  EXPECT_TRUE(find_preset("", "drum-bus")->is_users);
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) files += entry.is_regular_file() ? 1 : 0;
  EXPECT_EQ(files, 2U);  // nothing temporary stays
}

TEST_F(Presets, ThatCannotBeSavedSayWhy) {
  const Preset mine = own_preset({});
  Preset wrong = mine;
  wrong.key = "../mine";
  EXPECT_FALSE(save_user_preset(wrong));
  wrong = mine;
  wrong.inserts.front().params["ratio"] = 700.0;
  EXPECT_FALSE(save_user_preset(wrong));
  put("compressor", "a file where a folder should be");
  const Result<fs::path> saved = save_user_preset(mine);
  ASSERT_FALSE(saved);
  EXPECT_NE(saved.error().where.find("compressor"), std::string::npos);
}

TEST_F(Presets, FolderComesFromTheEnvironment) {
  EXPECT_EQ(preset_folder(), folder_);
  const char* old = std::getenv("XDG_CONFIG_HOME");
  const std::string before = old == nullptr ? "" : old;
  unsetenv("BUSBAR_PRESETS");
  setenv("XDG_CONFIG_HOME", "/somewhere", 1);
  EXPECT_EQ(preset_folder(), fs::path("/somewhere/busbar/presets"));
  unsetenv("XDG_CONFIG_HOME");
  if (const char* home = std::getenv("HOME"); home != nullptr) {
    EXPECT_EQ(preset_folder(), fs::path(home) / ".config/busbar/presets");
  }
  if (!before.empty()) setenv("XDG_CONFIG_HOME", before.c_str(), 1);
}

}  // namespace
}  // namespace busbar::test
