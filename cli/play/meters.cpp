#include "cli/play/meters.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace busbar::cli {
namespace {

constexpr double kFallPerSecond = 20.0;  // dB, near to the return time of a peak programme meter
constexpr double kHoldSeconds = 2.0;
constexpr double kClipSeconds = 5.0;
constexpr double kDecideSeconds = 5.0;
constexpr double kStayBonus = 6.0;  // dB that another track must be louder to take a place

int order_of(StripKind kind) {
  switch (kind) {
    case StripKind::master:
      return 0;
    case StripKind::group:
      return 1;
    case StripKind::aux:
      return 2;
    case StripKind::cue:
      return 3;
    case StripKind::track:
      break;
  }
  return 4;
}

double louder(const std::array<double, 2>& db) { return std::max(db[0], db[1]); }

}  // namespace

void Meters::set_up(const std::vector<StripLevel>& levels) {
  const std::string was_chosen = meters_.empty() ? "" : meters_[chosen_].row.id;
  std::vector<std::size_t> order(levels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t n) { return order_of(levels[n].kind); });
  meters_.assign(levels.size(), {});
  place_.assign(levels.size(), 0);
  ids_.clear();
  chosen_ = 0;
  for (std::size_t n = 0; n < order.size(); ++n) {
    place_[order[n]] = n;
    Meter& meter = meters_[n];
    meter.row.id = levels[order[n]].id;
    meter.row.bar_db = meter.row.held_db = meter.loud_db = -INFINITY;
    if (meter.row.id == was_chosen) chosen_ = n;
  }
  for (const StripLevel& level : levels) ids_.push_back(level.id);
  decided_room_ = 0;
}

void Meters::update(const std::vector<StripLevel>& levels, double now_s) {
  if (!std::ranges::equal(levels, ids_, {}, &StripLevel::id)) set_up(levels);
  const double fall = kFallPerSecond * std::max(0.0, now_s - last_s_);
  last_s_ = now_s;
  for (std::size_t n = 0; n < levels.size(); ++n) {
    const StripLevel& level = levels[n];
    Meter& meter = meters_[place_[n]];
    MeterRow& row = meter.row;
    const double peak = louder(level.peak_db);
    row.name = level.name.empty() ? level.id : level.name;
    row.kind = level.kind;
    row.mute = level.mute;
    row.solo = level.solo;
    row.fader_db = level.fader_db;
    row.bar_db = std::max(peak, row.bar_db - fall);
    if (peak >= row.held_db || now_s - meter.held_since_s > kHoldSeconds) {
      row.held_db = peak;
      meter.held_since_s = now_s;
    }
    if (peak > 0.0) meter.clipped_s = now_s;
    row.has_clipped = row.has_clipped || louder(level.highest_db) > 0.0 || peak > 0.0;
    row.clips = row.has_clipped && peak > 0.0 ? true : row.clips && now_s - meter.clipped_s < kClipSeconds;
    meter.loud_db = std::max(meter.loud_db, row.held_db);
  }
}

void Meters::choose(int step) {
  if (meters_.empty()) return;
  if (step > 0 && chosen_ + 1 < meters_.size()) ++chosen_;
  if (step < 0 && chosen_ > 0) --chosen_;
}

const MeterRow* Meters::chosen() const { return meters_.empty() ? nullptr : &meters_[chosen_].row; }

std::size_t Meters::buses() const {
  const auto first = std::ranges::find(meters_, StripKind::track, [](const Meter& meter) { return meter.row.kind; });
  return static_cast<std::size_t>(first - meters_.begin());
}

// Marks the loudest `room` tracks; those on the screen have a bonus, so that two of a kind do not take turns.
void Meters::decide(std::size_t room, double now_s) {
  std::vector<Meter*> tracks;
  for (std::size_t n = buses(); n < meters_.size(); ++n) tracks.push_back(&meters_[n]);
  std::ranges::stable_sort(tracks, std::greater{},
                           [](const Meter* meter) { return meter->loud_db + (meter->on_screen ? kStayBonus : 0.0); });
  for (std::size_t n = 0; n < tracks.size(); ++n) {
    tracks[n]->on_screen = n < room;
    tracks[n]->loud_db = tracks[n]->row.held_db;
  }
  decided_s_ = now_s;
  decided_room_ = room;
}

std::vector<const MeterRow*> Meters::shown(std::size_t room, double now_s) {
  std::vector<const MeterRow*> rows;
  if (room == 0 || meters_.empty()) return rows;
  const std::size_t bus_count = buses();
  const bool track_chosen = chosen_ >= bus_count;
  // A chosen track has a line, even if a bus must go for it.
  const std::size_t bus_room = std::min(bus_count, room - (track_chosen ? 1 : 0));
  if (!track_chosen) top_ = std::clamp(top_, chosen_ + 1 - std::min(chosen_ + 1, bus_room), chosen_);
  top_ = std::min(top_, bus_count - bus_room);
  for (std::size_t n = 0; n < bus_room; ++n) rows.push_back(&meters_[top_ + n].row);

  std::size_t track_room = room - bus_room;
  if (track_room != decided_room_ || now_s - decided_s_ > kDecideSeconds) decide(track_room, now_s);
  if (track_room > 0 && track_chosen && !meters_[chosen_].on_screen) {
    const auto least = std::ranges::min_element(meters_.begin() + static_cast<std::ptrdiff_t>(bus_count), meters_.end(),
                                                {}, [](const Meter& m) { return m.on_screen ? m.loud_db : INFINITY; });
    least->on_screen = false;
    meters_[chosen_].on_screen = true;
  }
  for (std::size_t n = bus_count; n < meters_.size(); ++n)
    if (meters_[n].on_screen) rows.push_back(&meters_[n].row);
  return rows;
}

}  // namespace busbar::cli
