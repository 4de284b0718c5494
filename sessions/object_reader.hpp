#pragma once
#include <concepts>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/control/model/insert_slot.hpp"
#include "engine/core/result.hpp"
#include "engine/core/strip_params.hpp"
#include "engine/core/units.hpp"

namespace busbar {

/// Gathers findings; what goes beyond the first 200 of a kind is counted only.
class Report {
 public:
  void error(std::string where, std::string what, std::string mend);
  void warning(std::string where, std::string what, std::string mend);
  void add(Findings findings);
  /// False: a further warning would be counted only, so its words need no care.
  bool shows_more_warnings() const noexcept { return more_warnings_ == 0; }
  bool has_errors() const noexcept { return !found_.errors.empty(); }
  const std::vector<Error>& errors() const noexcept { return found_.errors; }
  /// In the order of the file's sections, with a line `and N more` where some were left out.
  Findings take();

 private:
  Findings found_;
  std::size_t more_errors_ = 0;
  std::size_t more_warnings_ = 0;
};

inline constexpr std::size_t kMaxText = 4096;         ///< bytes of a name, an id, a path
inline constexpr int kMaxChannel = 1024;              ///< of a file or an interface
inline constexpr Range kTimeRange{0.0, 1'000'000.0};  ///< seconds: eleven days

/// A word of the file and the value it stands for.
template <typename Value>
struct Word {
  std::string_view text;
  Value value;
};

/// Reads the members of one JSON object. What is absent leaves its target as it is; what is wrong is reported with
/// its pointer, the value found, and what is wanted. `finish` tells which keys nobody asked for.
class ObjectReader {
 public:
  /// `what` names the object for messages: "a send".
  ObjectReader(const nlohmann::json& value, std::string where, std::string_view what, Report& report);

  bool is_object() const noexcept { return object_ != nullptr; }
  const std::string& where() const noexcept { return where_; }
  std::string at(std::string_view key) const;
  Report& report() noexcept { return report_; }

  /// The member, or null if it is absent.
  const nlohmann::json* take(std::string_view key);
  /// The same, and null if it is `null`: for what may be switched off.
  const nlohmann::json* take_or_null(std::string_view key);
  /// The member; its absence is an error.
  const nlohmann::json* need(std::string_view key, std::string_view mend);

  void level(std::string_view key, Decibels& target, Range range = kLevelRange);
  void number(std::string_view key, double& target, Range range, std::string_view mend);
  void seconds(std::string_view key, double& target);
  void flag(std::string_view key, bool& target);
  void text(std::string_view key, std::string& target);
  void need_text(std::string_view key, std::string& target, std::string_view mend);
  void texts(std::string_view key, std::vector<std::string>& target, std::size_t most);
  void channels(std::string_view key, std::vector<int>& target);
  /// A list of at most `most`, or null (absent, wrong, or too long).
  const nlohmann::json* list(std::string_view key, std::size_t most, std::string_view of_what);

  template <typename Value>
  void word(std::string_view key, Value& target, std::span<const Word<Value>> words) {
    const nlohmann::json* value = take(key);
    if (value == nullptr) return;
    if (value->is_string())
      for (const Word<Value>& word : words)
        if (word.text == value->get_ref<const std::string&>()) {
          target = word.value;
          return;
        }
    std::vector<std::string_view> texts;
    for (const Word<Value>& word : words) texts.push_back(word.text);
    wrong_word(at(key), *value, texts);
  }

  /// The members that nobody asked for, as text, each with a warning.
  Extras finish();

 private:
  void wrong_word(std::string where, const nlohmann::json& value, const std::vector<std::string_view>& words);

  const nlohmann::json* object_ = nullptr;
  std::string where_;
  Report& report_;
  std::vector<std::string_view> known_;
};

/// One value on its own, by the same rules. False: it was wrong, and reported at `where`.
bool read_level(const nlohmann::json& value, Decibels& target, Range range, const std::string& where, Report& report);
bool read_number(const nlohmann::json& value, double& target, Range range, std::string_view mend,
                 const std::string& where, Report& report);
bool read_text(const nlohmann::json& value, std::string& target, const std::string& where, Report& report);
bool read_channel(const nlohmann::json& value, int& target, const std::string& where, Report& report);

}  // namespace busbar
