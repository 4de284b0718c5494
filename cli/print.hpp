#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.hpp"
#include "cli/json.hpp"
#include "engine/core/result.hpp"

namespace busbar::cli {

/// `busbar: error: WHERE: WHAT: HOW TO MEND` on stderr, one line whatever the texts hold.
void print_error(const Error& error);
/// `busbar: warning: …` on stderr.
void print_warning(const Error& warning);
/// All warnings, then all errors. `input_fault` if there is an error, else `done`.
ExitCode print_findings(const Findings& findings);

/// Flushes stdout and returns the exit status of a program that would end with `code`: output that never arrived, for
/// instance on a full disk, is not success.
int with_output_flushed(int code);

/// `[{"where": …, "what": …, "mend": …}, …]`
Json to_json(const std::vector<Error>& errors);

/// A level in dB to one decimal: `-6.0`, `+1.5` with `sign`, `-inf`.
std::string level_text(double db, bool sign = false);
/// A number without needless zeros: `80`, `0.707`.
std::string number_text(double number);
/// `3 tracks`, `1 track`.
std::string count_text(std::size_t count, std::string_view noun);
/// A file name as a shell would need it, in quotes where that matters.
std::string shell_text(const std::string& text);
/// Columns that a terminal gives a UTF-8 text: code points, without combining marks, wide ones not counted twice.
std::size_t shown_width(std::string_view text);

enum class Align { left, right };

/// Rows of text under a heading, columns as wide as they need.
class Table {
 public:
  struct Column {
    std::string heading;
    Align align = Align::left;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// One text per column; control characters are shown as spaces.
  void add(std::vector<std::string> row);
  /// The lines, each with its line break and nothing behind the last text.
  std::string text() const;
  /// To stdout.
  void print() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// A bar on stderr while long work goes on, on a terminal and nowhere else. It is wiped when it goes.
class ProgressBar {
 public:
  explicit ProgressBar(std::string_view what);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// `share` of the work that is done, 0 … 1. Cheap: draws only when a per cent is full.
  void show(double share);

 private:
  std::string what_;
  bool on_terminal_;
  int drawn_ = -1;
};

}  // namespace busbar::cli
