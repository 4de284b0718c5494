#include "sessions/edit_script.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include "sessions/file_bytes.hpp"
#include "sessions/json_text.hpp"
#include "sessions/object_reader.hpp"

namespace busbar {

namespace {

using nlohmann::json;

constexpr Range kIndexRange{0, 1'000'000};
constexpr Range kFrameRange{0, 9'007'199'254'740'992.0};  // 2^53: what a JSON number holds exactly

constexpr auto kOpWords = std::to_array<Word<EditOp>>({{"set", EditOp::set},
                                                       {"add", EditOp::add},
                                                       {"remove", EditOp::remove},
                                                       {"move", EditOp::move},
                                                       {"batch", EditOp::batch},
                                                       {"undo", EditOp::undo},
                                                       {"redo", EditOp::redo}});

bool takes_address(EditOp op) { return op != EditOp::batch && op != EditOp::undo && op != EditOp::redo; }

void read_address(ObjectReader& reader, Edit& edit) {
  reader.need_text("address", edit.address, "give an address such as /kick/fader_db");
  const std::string& a = edit.address;
  if (!a.empty() && (a.front() != '/' || a.size() < 2 || a.ends_with('/') || a.find("//") != std::string::npos))
    reader.report().error(reader.at("address"), "\"" + a.substr(0, 80) + "\" is not an address",
                          "write it like /kick/fader_db");
}

void read_index(ObjectReader& reader, Edit& edit) {
  constexpr std::string_view kMend = "give a place counted from 0";
  double index = 0.0;
  const json* value = edit.op == EditOp::move ? reader.need("index", kMend) : reader.take("index");
  if (value == nullptr || !read_number(*value, index, kIndexRange, kMend, reader.at("index"), reader.report())) return;
  if (index != std::floor(index))
    reader.report().error(reader.at("index"), number_text(index) + " is not a whole number", std::string(kMend));
  edit.index = static_cast<int>(index);
}

/// Keys that an op has no use for are errors here: nothing is saved back, so they can only be mistakes.
void refuse_rest(ObjectReader& reader, const json& line, std::span<const std::string_view> known) {
  if (!reader.is_object()) return;
  for (const auto& [key, value] : line.items())
    if (std::ranges::find(known, key) == known.end())
      reader.report().error(reader.at(key), "this op has no such key", "take it away");
}

Edit read_edit(ObjectReader& reader, const json& line, bool is_part, Report& report);

void read_parts(ObjectReader& reader, Edit& edit, Report& report) {
  if (reader.need("edits", "give the list of edits that land together") == nullptr) return;
  const json* parts = reader.list("edits", kMaxBatch, "edits");
  if (parts == nullptr) return;
  if (parts->empty()) report.error(reader.at("edits"), "the batch is empty", "give at least one edit");
  for (std::size_t i = 0; i < parts->size(); ++i) {
    ObjectReader part((*parts)[i], reader.at("edits") + "/" + std::to_string(i), "an edit", report);
    edit.edits.push_back(read_edit(part, (*parts)[i], true, report));
  }
}

Edit read_edit(ObjectReader& reader, const json& line, bool is_part, Report& report) {
  Edit edit;
  const std::size_t before = report.errors().size();
  if (reader.need("op", "give \"set\", \"add\", \"remove\", \"move\", \"batch\", \"undo\" or \"redo\"") != nullptr)
    reader.word("op", edit.op, std::span<const Word<EditOp>>(kOpWords));
  if (report.errors().size() > before) return edit;
  std::vector<std::string_view> known{"op"};
  if (!is_part) known.insert(known.end(), {"at_s", "at_frame", "gesture"});
  if (is_part && !takes_address(edit.op))
    report.error(reader.at("op"), "a batch holds only set, add, remove and move", "give it a line of its own");
  if (takes_address(edit.op)) {
    known.push_back("address");
    read_address(reader, edit);
  }
  if (edit.op == EditOp::set || edit.op == EditOp::add) {
    known.push_back("value");
    if (const json* value = reader.need("value", "say what it becomes")) edit.value = edit_value_of(*value);
  }
  if (edit.op == EditOp::add || edit.op == EditOp::move) {
    known.push_back("index");
    read_index(reader, edit);
  }
  if (edit.op == EditOp::set) {
    known.push_back("compensate");
    reader.flag("compensate", edit.compensate);
  }
  if (edit.op == EditOp::batch && !is_part) {
    known.push_back("edits");
    read_parts(reader, edit, report);
  }
  if (!is_part) reader.text("gesture", edit.gesture);
  refuse_rest(reader, line, known);
  return edit;
}

/// Exactly one of `at_s` and `at_frame`.
Frames read_time(ObjectReader& reader, double sample_rate, Report& report) {
  const json* seconds = reader.take("at_s");
  const json* frame = reader.take("at_frame");
  if (!reader.is_object()) return 0;
  if ((seconds == nullptr) == (frame == nullptr)) {
    report.error("", seconds == nullptr ? "the line has no time" : "the line has two times", "give at_s or at_frame");
    return 0;
  }
  double number = 0.0;
  if (seconds != nullptr) {
    read_number(*seconds, number, kTimeRange, "give seconds from 0 on", "/at_s", report);
    return to_frames(number, sample_rate);
  }
  const std::string mend = "give a whole number of frames from 0 on";
  if (read_number(*frame, number, kFrameRange, mend, "/at_frame", report) && number != std::floor(number))
    report.error("/at_frame", number_text(number) + " is not a whole number", mend);
  return static_cast<Frames>(number);
}

class ScriptReader {
 public:
  ScriptReader(double sample_rate, std::string_view name) : sample_rate_(sample_rate), name_(name) {}

  void read_line(std::string_view text, int line) {
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) return;
    ParsedJson parsed = parse_json(text);
    Report report;
    report.add({std::move(parsed.errors), {}});
    TimedEdit timed{0, line, {}};
    if (parsed.is_whole) {
      ObjectReader reader(parsed.value, "", "an edit", report);
      timed.at = read_time(reader, sample_rate_, report);
      if (reader.is_object()) timed.edit = read_edit(reader, parsed.value, false, report);
    }
    if (!report.has_errors() && timed.at < last_)
      report.error(
          "", "the line goes back in time, from frame " + std::to_string(last_) + " to " + std::to_string(timed.at),
          "put the lines in order of time");
    if (report.has_errors()) return refuse(report, line);
    last_ = timed.at;
    script_.edits.push_back(std::move(timed));
  }
  EditScript take() { return std::move(script_); }

 private:
  void refuse(Report& report, int line) {
    const std::string place = std::string(name_) + ":" + std::to_string(line);
    for (Error& error : report.take().errors) {
      if (error.where.starts_with("line 1, ")) error.where.erase(0, 8);  // the line is in the place already
      script_.errors.push_back({place, error.where.empty() ? error.what : error.where + ": " + error.what, error.mend});
    }
  }

  double sample_rate_;
  std::string_view name_;
  EditScript script_;
  Frames last_ = 0;
};

}  // namespace

EditScript read_edit_script_text(std::string_view text, double sample_rate, std::string_view name) {
  ScriptReader reader(sample_rate, name);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (int line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    reader.read_line(text.substr(0, end), line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return reader.take();
}

EditScript read_edit_script_file(const std::filesystem::path& file, double sample_rate) {
  const Result<std::string> bytes = read_bytes(file, "an edit script");
  if (!bytes) return {{}, {bytes.error()}};
  if (bytes->size() > kMaxJsonBytes) return {{}, {{file.string(), "the script is larger than 64 MiB", "split it"}}};
  return read_edit_script_text(*bytes, sample_rate, file.string());
}

EditValue edit_value_of(const nlohmann::json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) return value.get<std::string>();
  if (value.is_structured()) return JsonText{value.dump()};
  return std::monostate{};
}

}  // namespace busbar
