#include "cli/print.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>

#include "engine/devices/quiet_libraries.hpp"

namespace busbar::cli {
namespace {

// A path or a name may hold anything; what is printed stays on one line.
std::string on_one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return (c >= 0 && c < ' ') || c == 127; }, ' ');
  return text;
}

void print_line(std::string_view kind, const Error& error) {
  write_to_stderr("busbar: " + std::string(kind) + ": " + on_one_line(to_line(error)) + "\n");
}

std::string padded(const std::string& text, std::size_t width, Align align) {
  const std::string gap(width - std::min(width, shown_width(text)), ' ');
  return align == Align::left ? text + gap : gap + text;
}

}  // namespace

void print_error(const Error& error) { print_line("error", error); }
void print_warning(const Error& warning) { print_line("warning", warning); }

ExitCode print_findings(const Findings& findings) {
  for (const Error& warning : findings.warnings) print_warning(warning);
  for (const Error& error : findings.errors) print_error(error);
  return findings.errors.empty() ? ExitCode::done : ExitCode::input_fault;
}

int with_output_flushed(int code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.flush()) return code;
  print_error({"standard output", "could not be written", "make room on the disk or check the pipe"});
  return code == 0 ? static_cast<int>(ExitCode::input_fault) : code;
}

Json to_json(const std::vector<Error>& errors) {
  Json::Array list;
  for (const Error& e : errors) list.push_back(Json::Object{{"where", e.where}, {"what", e.what}, {"mend", e.mend}});
  return list;
}

std::string level_text(double db, bool sign) {
  if (db == -INFINITY) return "-inf";
  char text[32];
  std::snprintf(text, sizeof text, sign ? "%+.1f" : "%.1f", std::fabs(db) < 0.05 ? 0.0 : db);
  return text;
}

std::string number_text(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.7g", number);
  return text;
}

std::string count_text(std::size_t count, std::string_view noun) {
  return std::to_string(count) + ' ' + std::string(noun) + (count == 1 ? "" : "s");
}

std::string shell_text(const std::string& text) {
  const auto is_plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c < 0 ||
           std::string_view("_-./+,@").find(c) != std::string_view::npos;
  };
  if (!text.empty() && std::ranges::all_of(text, is_plain)) return text;
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? "'\\''" : std::string(1, c);
  return result + "'";
}

std::size_t shown_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) == 0x80) continue;  // the rest of a code point
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0u;
    const bool combining = byte == 0xCC || (byte == 0xCD && next < 0xB0);  // U+0300 … U+036F
    if (!combining) ++width;
  }
  return width;
}

void Table::add(std::vector<std::string> row) {
  row.resize(columns_.size());
  std::ranges::transform(row, row.begin(), on_one_line);
  rows_.push_back(std::move(row));
}

std::string Table::text() const {
  std::vector<std::string> headings;
  for (const Column& column : columns_) headings.push_back(column.heading);
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    widths.push_back(shown_width(headings[c]));
    for (const auto& row : rows_) widths[c] = std::max(widths[c], shown_width(row[c]));
  }
  std::string text;
  const auto add_line = [&](const std::vector<std::string>& cells) {
    std::string line = " ";
    for (std::size_t c = 0; c < cells.size(); ++c) line += ' ' + padded(cells[c], widths[c], columns_[c].align) + ' ';
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  };
  add_line(headings);
  for (const auto& row : rows_) add_line(row);
  return text;
}

void Table::print() const {
  const std::string lines = text();
  std::fwrite(lines.data(), 1, lines.size(), stdout);
}

ProgressBar::ProgressBar(std::string_view what) : what_(what), on_terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (on_terminal_ && drawn_ >= 0) std::fputs("\r\033[K", stderr);
}

void ProgressBar::show(double share) {
  if (!on_terminal_) return;
  const int percent = static_cast<int>(std::clamp(share, 0.0, 1.0) * 100.0);
  if (percent == drawn_) return;
  drawn_ = percent;
  constexpr int kWidth = 40;
  const int full = percent * kWidth / 100;
  const std::string bar =
      std::string(static_cast<std::size_t>(full), '#') + std::string(static_cast<std::size_t>(kWidth - full), '.');
  std::fprintf(stderr, "\r%s [%s] %3d %%", what_.c_str(), bar.c_str(), percent);
  std::fflush(stderr);
}

}  // namespace busbar::cli
