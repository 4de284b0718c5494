#include "cli/play/screen.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace busbar::cli {
namespace {

constexpr double kBottomDb = -60.0;
constexpr double kWarmDb = -12.0, kHotDb = -3.0;
constexpr std::size_t kLinesAround = 6;  // head, transport, health, scale, message, keys

template <typename... Values>
std::string formatted(const char* format, Values... values) {
  std::array<char, 128> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

/// Where the columns of the meters lie, for a width of the screen. A width of 0 leaves a column out.
struct Columns {
  std::size_t name = 16, bar = 0, clip = 5, flags = 4, fader = 7;
  static constexpr std::size_t kMark = 2, kPeak = 7;

  explicit Columns(std::size_t width) {
    if (width >= 110) name = 24;
    if (width < 70) name = 12;
    if (width < 60) clip = 0;
    if (width < 50) fader = 0;
    if (width < 40) flags = 0;
    const std::size_t others = kMark + name + kPeak + clip + flags + fader;
    if (width > others + 6) bar = width - others;
  }
};

// Columns of a bar of `width` that reach up to a level.
std::size_t bar_columns(double db, std::size_t width) {
  const double share = std::clamp((db - kBottomDb) / -kBottomDb, 0.0, 1.0);
  return static_cast<std::size_t>(std::lround(share * static_cast<double>(width)));
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string result;
  for (; count > 0; --count) result += text;
  return result;
}

// One column stays free on either side; the held peak is a mark of its own.
void add_bar(Line& line, const MeterRow& row, std::size_t width) {
  const std::size_t room = width - 2;
  const std::size_t full = bar_columns(row.bar_db, room), warm = bar_columns(kWarmDb, room),
                    hot = bar_columns(kHotDb, room);
  line.add(" ");
  line.add(repeated("█", std::min(full, warm)), Style::good);
  if (full > warm) line.add(repeated("█", std::min(full, hot) - warm), Style::warm);
  if (full > hot) line.add(repeated("█", full - hot), Style::hot);
  const std::size_t held = bar_columns(row.held_db, room);
  if (held > full) {
    line.add(repeated("·", held - full - 1), Style::faint);
    line.add("|", row.held_db > kHotDb ? Style::hot : Style::strong);
  }
  line.add(repeated("·", room - std::max(full, held)), Style::faint);
  line.add(" ");
}

Line meter_line(const MeterRow& row, bool chosen, const Columns& columns) {
  Line line;
  const Style name_style = chosen ? Style::chosen : row.kind == StripKind::track ? Style::plain : Style::strong;
  line.add(chosen ? "> " : "  ", name_style).add(fitted(row.name, columns.name), name_style);
  if (columns.bar > 0) add_bar(line, row, columns.bar);
  line.add(fitted(row.held_db < -120.0 ? "-inf" : level_text(row.held_db), Columns::kPeak - 1, Align::right) + " ",
           row.held_db > kHotDb ? Style::hot : Style::plain);
  if (columns.clip > 0) {
    line.add(row.clips         ? "CLIP"
             : row.has_clipped ? "clip"
                               : "    ",
             row.clips         ? Style::alarm
             : row.has_clipped ? Style::hot
                               : Style::plain);
    line.add(" ");
  }
  if (columns.flags > 0) {
    line.add(row.mute ? "M" : " ", row.mute ? Style::alarm : Style::plain).add(" ");
    line.add(row.solo ? "S" : " ", row.solo ? Style::chosen : Style::plain).add(" ");
  }
  if (columns.fader > 0) line.add(fitted(level_text(row.fader_db, true), columns.fader - 1, Align::right) + " ");
  return line;
}

// The numbers end where their level lies.
std::string scale_text(std::size_t width) {
  std::string text(width, ' ');
  const int step = width >= 30 ? 10 : 20;
  for (int db = -60; db <= 0; db += step) {
    const std::string number = std::to_string(db);
    const std::size_t at = 1 + bar_columns(db, width - 2);
    const std::size_t from = at < number.size() ? 0 : at - number.size();
    if (from + number.size() <= width) text.replace(from, number.size(), number);
  }
  return text;
}

Line scale_line(const Columns& columns) {
  Line line;
  line.add(fitted("  strip", Columns::kMark + columns.name), Style::faint);
  if (columns.bar > 0) line.add(scale_text(columns.bar), Style::faint);
  line.add("  peak ", Style::faint);
  if (columns.clip > 0) line.add("dBFS ", Style::faint);
  if (columns.flags > 0) line.add("M S ", Style::faint);
  if (columns.fader > 0) line.add(" fader ", Style::faint);
  return line;
}

Line head_line(const PlayScene& scene, const CallbackCounts& counts) {
  Line line;
  line.add(scene.session, Style::strong);
  line.add("   " + scene.device.host + ":" + scene.device.name + "   " +
           number_text(scene.device.sample_rate / 1000.0) + " kHz");
  const int block = block_frames(scene.device, counts);
  if (block > 0)
    line.add("   " + std::to_string(block) + " frames" +
             formatted(" (%.1f ms)", 1000.0 * block_seconds(scene.device, counts)));
  return line;
}

// The next marker, and how far it is.
std::string marker_text(const PlayView& view) {
  for (std::size_t n = 0; n < view.scene.markers.size(); ++n) {
    const Marker& marker = view.scene.markers[n];
    if (marker.at_s > view.status.position_s)
      return std::to_string(n + 1) + " " + marker.name + " at " + time_text(marker.at_s);
  }
  return "";
}

Line transport_line(const PlayView& view) {
  const PlayStatus& status = view.status;
  Line line;
  line.add(status.rolling ? " PLAYING " : " STOPPED ", status.rolling ? Style::chosen : Style::alarm);
  line.add("  " + time_text(status.position_s), Style::strong);
  if (view.scene.end_s > 0.0) line.add(" / " + time_text(view.scene.end_s));
  line.add("   loop ");
  if (!status.looping)
    line.add("off", Style::faint);
  else if (status.loop_s)
    line.add(time_text(status.loop_s->first) + " - " + time_text(status.loop_s->second), Style::strong);
  else
    line.add("all", Style::strong);
  const auto count = [&](auto which) { return std::ranges::count_if(status.levels, which); };
  if (const auto solos = count([](const StripLevel& l) { return l.solo; }); solos > 0)
    line.add("   ").add(formatted(" SOLO %lld ", static_cast<long long>(solos)), Style::alarm);
  if (const auto mutes = count([](const StripLevel& l) { return l.mute; }); mutes > 0)
    line.add(formatted("   muted %lld", static_cast<long long>(mutes)), Style::strong);
  const std::string marker = marker_text(view);
  if (!marker.empty()) line.add("   next: " + marker);
  return line;
}

// One figure of the health line; what is not well is loud.
struct Figure {
  std::string text;
  bool is_bad = false;
};

std::vector<Figure> figures(const PlayView& view) {
  const PlayStatus& status = view.status;
  const CallbackCounts& counts = status.callbacks;
  const double block_s = block_seconds(view.scene.device, counts);
  std::vector<Figure> list;
  std::string xruns = "xruns " + std::to_string(counts.flagged);
  if (counts.flagged > 0) xruns += we_were_late(view.scene.device, counts) ? " (Busbar late)" : " (system)";
  list.push_back({xruns, counts.flagged > 0 && we_were_late(view.scene.device, counts)});
  list.push_back({formatted("load %.0f%%", 100.0 * status.load), status.load > 0.7});
  list.push_back({formatted("callback %.1f/%.1f ms", 1000.0 * counts.longest_s, 1000.0 * block_s),
                  block_s > 0.0 && counts.longest_s > block_s});
  if (status.thread.known && !status.thread.realtime) list.push_back({"NOT REALTIME", true});
  list.push_back({formatted("ahead %.1f s", status.read_ahead_s)});
  list.push_back({"stalls " + std::to_string(status.stalls), status.stalls > 0});
  if (status.thread.realtime) list.push_back({"RT " + std::to_string(status.thread.priority)});
  return list;
}

// As many figures as have room, the weightiest first.
Line health_line(const PlayView& view, std::size_t width) {
  Line line;
  for (const Figure& figure : figures(view)) {
    const std::size_t gap = line.empty() ? 0 : 2;
    if (line.width() + gap + figure.text.size() > width) continue;
    line.add(std::string(gap, ' ')).add(figure.text, figure.is_bad ? Style::hot : Style::plain);
  }
  return line;
}

std::string ceiling_text(const std::vector<int>& outputs) {
  std::string text = outputs.size() > 1 ? " too loud: the ceilings of outputs" : " too loud: the ceiling of output";
  for (const int output : outputs) text += " " + std::to_string(output);
  return text + (outputs.size() > 1 ? " cut " : " cuts ");
}

Line message_line(const PlayView& view) {
  Line line;
  if (view.status.device_silent)
    line.add(" the device has stopped calling ", Style::alarm);
  else if (!view.status.cut_outputs.empty())
    line.add(ceiling_text(view.status.cut_outputs), Style::alarm);
  else if (!view.message.text.empty())
    line.add(view.message.text, view.message.is_alarm ? Style::hot : Style::strong);
  else
    for (const Plug& plug : view.scene.plugs)
      if (plug.strip == view.chosen) line.add(" " + plug_text(plug), Style::faint);
  return line;
}

Line key_line(const PlayView& view, std::size_t width) {
  constexpr std::string_view kLong = "space play/stop  ←→ 5 s  0 start  l loop  ↑↓ m s +- strip  ? help  q quit";
  constexpr std::string_view kShort = "space play  m mute  s solo  ? help  q quit";
  Line line;
  if (!view.scene.has_keys)
    line.add("Ctrl-C quits", Style::faint);
  else
    line.add(columns_of(kLong) <= width    ? kLong
             : columns_of(kShort) <= width ? kShort
                                           : "? help  q quit",
             Style::faint);
  return line;
}

std::vector<Line> help_lines(const PlayScene& scene) {
  std::vector<std::string> texts = {"  space       play, stop",
                                    "  left right  5 seconds back, ahead",
                                    "  Home 0      to the start, or the start of the loop",
                                    "  l           loop on, off",
                                    "  up down     choose a strip (Tab: the next)",
                                    "  m  s        mute, solo the chosen strip",
                                    "  u  r        undo, redo",
                                    "  +  -        its fader up, down 1 dB",
                                    "  1 … 9       to a marker",
                                    "  q Esc       quit;   ?  the meters again"};
  for (std::size_t n = 0; n < std::min<std::size_t>(scene.markers.size(), 9); ++n)
    texts.push_back("      " + std::to_string(n + 1) + "  " + time_text(scene.markers[n].at_s) + "  " +
                    scene.markers[n].name);
  std::vector<Line> lines;
  for (const std::string& text : texts) lines.push_back(Line().add(text));
  return lines;
}

std::vector<Line> middle_lines(const PlayView& view, std::size_t width) {
  if (view.help) return help_lines(view.scene);
  const Columns columns(width);
  std::vector<Line> lines = {scale_line(columns)};
  for (const MeterRow* row : view.rows) lines.push_back(meter_line(*row, row->id == view.chosen, columns));
  return lines;
}

}  // namespace

std::size_t meter_room(ScreenSize size) {
  const auto rows = static_cast<std::size_t>(std::max(size.rows, 0));
  return rows > kLinesAround ? rows - kLinesAround : 0;
}

std::vector<Line> screen_lines(const PlayView& view, ScreenSize size) {
  const auto width = static_cast<std::size_t>(std::max(size.columns, 1));
  const auto height = static_cast<std::size_t>(std::max(size.rows, 1));
  std::vector<Line> lines = {head_line(view.scene, view.status.callbacks), transport_line(view),
                             health_line(view, width)};
  for (Line& line : middle_lines(view, width)) lines.push_back(std::move(line));
  lines.resize(height > 5 ? height - 2 : std::min(lines.size(), height));
  if (height > 5) {
    lines.push_back(message_line(view));
    lines.push_back(key_line(view, width));
  }
  lines.resize(height);
  for (Line& line : lines) line.fit(width);
  return lines;
}

std::string plug_text(const Plug& plug) {
  const std::string way = plug.is_input ? " from input" : " to output";
  return plug.name + way + (plug.channels.size() > 1 ? "s " : " ") + plug.shown;
}

std::string time_text(double seconds) {
  const long long ms = std::llround(std::max(seconds, 0.0) * 1000.0);
  return formatted("%lld:%02lld.%03lld", ms / 60000, ms / 1000 % 60, ms % 1000);
}

int block_frames(const DeviceFormat& device, const CallbackCounts& counts) {
  return device.block > 0 ? device.block : counts.longest_block;
}

double block_seconds(const DeviceFormat& device, const CallbackCounts& counts) {
  return device.sample_rate > 0.0 ? block_frames(device, counts) / device.sample_rate : 0.0;
}

bool we_were_late(const DeviceFormat& device, const CallbackCounts& counts) {
  // The system needs some of the time itself.
  constexpr double kShareThatIsLate = 0.9;
  return counts.flagged > 0 && counts.last_before_flag_s > kShareThatIsLate * block_seconds(device, counts);
}

std::string Painter::paint(const std::vector<Line>& lines, ScreenSize size) {
  std::string codes;
  if (shown_.size() != lines.size() || size.columns != size_.columns || size.rows != size_.rows) {
    codes = "\033[?25l\033[0m\033[2J";
    shown_.assign(lines.size(), "");
    size_ = size;
  }
  for (std::size_t n = 0; n < lines.size(); ++n) {
    std::string line = lines[n].coded(look_);
    if (line == shown_[n]) continue;
    codes += formatted("\033[%zu;1H", n + 1) + line;
    shown_[n] = std::move(line);
  }
  return codes;
}

}  // namespace busbar::cli
