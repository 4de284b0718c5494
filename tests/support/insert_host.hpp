#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <functional>
#include <limits>
#include <new>
#include <random>
#include <span>
#include <vector>

#include "engine/realtime/dsp/ramp.hpp"
#include "engine/realtime/insert.hpp"
#include "engine/realtime/realtime_section.hpp"
#include "engine/realtime/scratch.hpp"
#include "tests/support/insert_signals.hpp"
#include "tests/support/param_play.hpp"

namespace busbar::test {

/// How a stretch of time is cut into calls: the length of the next one, in frames.
using Cuts = std::function<int()>;

inline Cuts every(int frames) {
  return [frames] { return frames; };
}
inline Cuts at_random(unsigned seed) {
  return [rng = std::mt19937(seed)]() mutable { return static_cast<int>(1 + rng() % (rng() % 3 == 0 ? kSlice : 40)); };
}

/// The memory of one instance, made as the engine makes it: `prepare` runs on an arena that only measures, then on one
/// that carves a single zeroed block. A fence behind each piece tells whether the processor wrote beyond it.
class InsertMemory {
 public:
  InsertMemory(const InsertType& type, double sample_rate, int channels, std::span<const float> params) {
    allocate(round_up(type.state_size));
    prepare(type, sample_rate, channels, params, &InsertMemory::lend_apart);
    const std::vector<std::size_t> measured = sizes();
    release();
    allocate(used_);
    prepare(type, sample_rate, channels, params, &InsertMemory::lend);
    EXPECT_EQ(measured, sizes()) << type.key << " asks for other memory the second time";
  }
  ~InsertMemory() { release(); }
  InsertMemory(const InsertMemory&) = delete;
  InsertMemory& operator=(const InsertMemory&) = delete;

  void* state() const noexcept { return block_; }

  bool fences_stand() const {
    return std::ranges::all_of(pieces_, [](std::span<std::byte> piece) {
      const std::span<const std::byte> fence(piece.data() + piece.size(), kFence);
      return std::ranges::all_of(fence, [](std::byte b) { return b == kFenceByte; });
    });
  }

 private:
  static constexpr std::size_t kLine = 64, kFence = 64;
  static constexpr std::byte kFenceByte{0xA5};

  static std::size_t round_up(std::size_t bytes) { return (bytes + kLine - 1) / kLine * kLine; }
  void prepare(const InsertType& type, double sample_rate, int channels, std::span<const float> params,
               Arena::Lend lend_piece) {
    used_ = round_up(type.state_size);
    pieces_.clear();
    std::memset(block_, 0, used_);
    Arena arena(lend_piece, this);
    type.construct(block_);
    type.prepare(block_, {sample_rate, channels, params, arena});
  }
  std::vector<std::size_t> sizes() const {
    std::vector<std::size_t> bytes;
    for (const auto& piece : pieces_) bytes.push_back(piece.size());
    return bytes;
  }
  void allocate(std::size_t bytes) {
    size_ = bytes;
    block_ = static_cast<std::byte*>(::operator new (bytes, std::align_val_t{kLine}));
  }
  void release() noexcept {
    ::operator delete (block_, std::align_val_t{kLine});
    block_ = nullptr;
    for (std::byte* piece : apart_) ::operator delete (piece, std::align_val_t{kLine});
    apart_.clear();
  }

  /// First pass: pieces of their own, which only tell how large the block must be.
  static std::byte* lend_apart(void* owner, std::size_t bytes, std::size_t) {
    auto& self = *static_cast<InsertMemory*>(owner);
    self.used_ += round_up(bytes + kFence);
    auto* piece = static_cast<std::byte*>(::operator new (bytes, std::align_val_t{kLine}));
    std::memset(piece, 0, bytes);
    self.apart_.push_back(piece);
    self.pieces_.push_back({piece, bytes});
    return piece;
  }

  /// Second pass: pieces of the one block, a fence behind each.

  static std::byte* lend(void* owner, std::size_t bytes, std::size_t) {
    auto& self = *static_cast<InsertMemory*>(owner);
    std::byte* piece = self.block_ + self.used_;
    self.used_ += round_up(bytes + kFence);
    if (self.used_ > self.size_) throw std::bad_alloc();
    std::memset(piece, 0, bytes);
    std::memset(piece + bytes, static_cast<int>(kFenceByte), kFence);
    self.pieces_.push_back({piece, bytes});
    return piece;
  }

  std::byte* block_ = nullptr;
  std::size_t size_ = 0, used_ = 0;
  std::vector<std::span<std::byte>> pieces_;
  std::vector<std::byte*> apart_;
};

struct HostSetup {
  double sample_rate = 48000.0;
  int channels = 2;                ///< before the insert
  std::vector<float> params = {};  ///< empty: where the type starts
  bool standing_curves = false;    ///< hands out a curve for every `Travel::frame` parameter, moving or not
};

/// Runs one instance of an insert by the rules of the engine: calls of at most kSlice frames, cut where an edit lands
/// and where a grid parameter has a new value, curves for `Travel::frame` parameters while they move.
class InsertHost {
 public:
  explicit InsertHost(const InsertType& type, HostSetup setup = {})
      : type_(type),
        setup_(std::move(setup)),
        params_(setup_.params.empty() ? start_values(type) : setup_.params),
        out_channels_(type.out_channels(setup_.channels, params_)),
        memory_(type, setup_.sample_rate, setup_.channels, params_) {}

  /// The output of `in`. `moves` are in frames of this run and rise; what has not arrived at its end stands there.
  /// `key` is the side chain, if it is not the insert's own input.
  Signal run(const Signal& in, const Cuts& cuts, std::span<const Move> moves = {}, const Signal* key = nullptr) {
    const auto frames = static_cast<int>(in[0].size());
    Signal out = in;
    // A mono-to-stereo insert must not read what happens to lie in the second channel.
    if (out_channels() > setup_.channels) out.emplace_back(in[0].size(), std::numeric_limits<float>::quiet_NaN());
    const auto timeline = timeline_of(moves, frames);
    for (int done = 0; done < frames;) {
      const int longest = std::clamp(cuts(), 1, std::min(kSlice, frames - done));
      const int count = constant_for(timeline, moves, done, longest);
      call(out, key, timeline, done, count);
      done += count;
    }
    for (std::size_t p = 0; p < params_.size() && frames > 0; ++p) params_[p] = timeline[p].back();
    now_ += frames;
    EXPECT_TRUE(memory_.fences_stand()) << type_.key << " wrote beyond its memory";
    return out;
  }

  void reset() noexcept { type_.reset(memory_.state()); }
  /// The values at which the parameters stand after the last run.
  const std::vector<float>& params() const noexcept { return params_; }
  /// As it was prepared: other channels take another instance.
  int out_channels() const noexcept { return out_channels_; }
  Frames latency() const noexcept { return type_.latency(params_, setup_.sample_rate); }
  Frames tail() const noexcept { return type_.tail(params_, setup_.sample_rate); }

 private:
  using Timeline = std::vector<std::vector<float>>;  // [param][frame]

  /// Every parameter's value at every frame of the run.
  Timeline timeline_of(std::span<const Move> moves, int frames) const {
    Timeline timeline;
    for (const ParamSpec& spec : type_.params) timeline.push_back(course_of(spec, moves, frames));
    return timeline;
  }

  std::vector<float> course_of(const ParamSpec& spec, std::span<const Move> moves, int frames) const {
    const auto to_taper = [&](float v) { return spec.taper == Taper::log ? std::log(double{v}) : double{v}; };
    const auto of_taper = [&](double v) { return static_cast<float>(spec.taper == Taper::log ? std::exp(v) : v); };
    std::vector<float> course(static_cast<std::size_t>(frames), params_[spec.index]);
    double from = to_taper(params_[spec.index]), value = from;
    const Move* move = nullptr;
    std::size_t next = 0;
    float held = params_[spec.index];
    for (Frames f = 0; f < frames; ++f) {
      bool begins = false;
      for (; next < moves.size() && moves[next].at <= f; ++next)
        if (moves[next].param == spec.index) {
          from = value;
          move = &moves[next];
          begins = true;
        }
      if (move == nullptr) continue;
      const double t = move->length == 0 ? 1.0 : std::min(1.0, double(f - move->at) / double(move->length));
      const double to = to_taper(move->target);
      value = t == 1.0 ? to : from + (to - from) * smoothstep(t);
      const bool may_change = spec.travel != Travel::grid || begins || (now_ + f) % kGrid == 0;
      if (may_change) held = t == 1.0 ? move->target : of_taper(value);
      course[static_cast<std::size_t>(f)] = held;
    }
    return course;
  }

  /// How many of the frames from `first` on, at most `longest`, one call may hold.
  int constant_for(const Timeline& timeline, std::span<const Move> moves, int first, int longest) const {
    if (moves.empty()) return longest;
    int count = longest;
    for (const Move& move : moves)
      if (move.at > first && move.at < first + count) count = static_cast<int>(move.at) - first;
    for (const ParamSpec& spec : type_.params) {
      if (spec.travel == Travel::frame) continue;
      const auto& course = timeline[spec.index];
      for (int i = 1; i < count; ++i)
        if (course[at(first + i)] != course[at(first)]) count = i;
    }
    return count;
  }

  void call(Signal& out, const Signal* key, const Timeline& timeline, int first, int count) {
    std::vector<float> values;
    std::vector<std::span<const float>> curves(type_.params.size());
    for (const ParamSpec& spec : type_.params) {
      const auto course = std::span(timeline[spec.index]).subspan(at(first), at(count));
      values.push_back(course[0]);
      if (spec.travel != Travel::frame) continue;
      const bool moves = std::ranges::any_of(course, [&](float v) { return v != course[0]; });
      if (moves || setup_.standing_curves) curves[spec.index] = course;
    }
    const AudioBlock io = block(out, first, count);
    const AudioBlock own =
        AudioBlock(out[0].data() + first, out.size() > 1 ? out[1].data() + first : nullptr, setup_.channels, count);
    Signal none;
    const AudioBlock chain = key == nullptr ? own : block(const_cast<Signal&>(*key), first, count);
    const RealtimeSection section;
    type_.process(memory_.state(), {.io = io, .key = chain, .params = values, .curves = curves});
  }

  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  static AudioBlock block(Signal& signal, int first, int count) {
    return {signal[0].data() + first, signal.size() > 1 ? signal[1].data() + first : nullptr,
            static_cast<int>(signal.size()), count};
  }

  const InsertType& type_;
  HostSetup setup_;
  std::vector<float> params_;  // where they stand
  int out_channels_;
  InsertMemory memory_;
  Frames now_ = 0;
};

}  // namespace busbar::test
