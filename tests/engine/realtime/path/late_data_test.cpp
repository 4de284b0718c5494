#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <random>
#include <vector>

#include "engine/realtime/path/10_source.hpp"

namespace busbar::test {
namespace {

constexpr Frames kFade = 960;

/// One track on one reel, fed by hand.
class LateTrack : public ::testing::Test {
 protected:
  LateTrack() : transport_(0) {
    std::mt19937 random(11);
    for (float& x : samples_) x = static_cast<float>(random()) / 2147483648.0f - 1.0f;
    source_.kind = SourceState::Kind::file;
    source_.file.lanes.push_back({.feeds = {feed_}, .clips = {{0, static_cast<Frames>(samples_.size()), 1.0}}});
  }

  /// Publishes frames up to `end`, as a reader would that has all the time it needs.
  void supply(Frames end) {
    while (feed_->written() < end) {
      const AudioBlock block = feed_->back(static_cast<int>(end - feed_->written()));
      if (block.frames() == 0) return;
      for (int i = 0; i < block.frames(); ++i)
        block.channel(0)[static_cast<std::size_t>(i)] = samples_[static_cast<std::size_t>(feed_->written() + i)];
      feed_->publish(block.frames());
    }
  }

  void play(Frames frames) {
    for (const Frames end = now_ + frames; now_ < end;) {
      const int run = static_cast<int>(std::min<Frames>(128, end - now_));
      transport_.prepare(now_, run, [](std::size_t) {});
      const SourceReport report = read_source(source_, transport_, {}, now_, run, kFade, {part_, curve_}, out_);
      starved_ += report.starved ? 1 : 0;
      rejoined_ += report.rejoined ? 1 : 0;
      if (report.starved) left_at_ = now_;
      if (report.rejoined) rejoined_at_ = now_;
      for (int i = 0; i < run; ++i) heard_.push_back(out_.left[static_cast<std::size_t>(i)]);
      now_ += run;
    }
  }
  double sample(Frames frame) const { return static_cast<double>(samples_[static_cast<std::size_t>(frame)]); }

  TransportState transport_;
  std::vector<float> samples_ = std::vector<float>(200000);
  std::shared_ptr<SourceFeed> feed_ = std::make_shared<SourceFeed>(1, 32768);
  SourceState source_;
  StereoScratch part_, out_;
  std::array<double, kSlice> curve_;
  Frames now_ = 0, left_at_ = -1, rejoined_at_ = -1;
  int starved_ = 0, rejoined_ = 0;
  std::vector<double> heard_;
};

TEST_F(LateTrack, FadesOutWithWhatItHasAndRejoinsWhereItWouldBe) {
  supply(20000);
  play(40000);
  EXPECT_EQ(starved_, 1);
  EXPECT_EQ(rejoined_, 0);
  // The reader comes back, leaves out what is too late and has plenty ahead.
  feed_->skip_to(now_ + 4096);
  supply(now_ + 30000);
  play(20000);
  supply(now_ + 30000);
  play(10000);
  EXPECT_EQ(starved_, 1);
  EXPECT_EQ(rejoined_, 1);
  EXPECT_GE(rejoined_at_, 40000 + 4096);

  for (Frames n = 0; n < now_; ++n) {
    const double left = smoothstep(std::clamp(static_cast<double>(n - left_at_) / kFade, 0.0, 1.0));
    const double back = smoothstep(std::clamp(static_cast<double>(n - rejoined_at_) / kFade, 0.0, 1.0));
    ASSERT_NEAR(heard_[static_cast<std::size_t>(n)], sample(n) * (1.0 - left + back), 1e-12) << n;
  }
  for (Frames n = rejoined_at_ + kFade; n < now_; ++n) ASSERT_EQ(heard_[static_cast<std::size_t>(n)], sample(n)) << n;
}

TEST_F(LateTrack, HasNoJumpAnywhereInAConstantSignal) {
  std::ranges::fill(samples_, 0.5f);
  supply(5000);
  play(10000);
  feed_->skip_to(now_ + 1000);
  for (int n = 0; n < 20; ++n) {
    supply(now_ + 20000);
    play(2000);
  }
  EXPECT_EQ(heard_.back(), 0.5);
  for (std::size_t n = 1; n < heard_.size(); ++n) ASSERT_LT(std::fabs(heard_[n] - heard_[n - 1]), 0.5 * 1.9 / kFade);
}

TEST_F(LateTrack, ThatIsNotThereAtTheStartFadesInWhenItIs) {
  play(3000);
  EXPECT_EQ(starved_, 1);
  feed_->skip_to(now_ + 500);
  supply(now_ + 20000);
  play(8000);
  EXPECT_EQ(rejoined_, 1);
  EXPECT_EQ(heard_[2000], 0.0);
  EXPECT_EQ(heard_.back(), sample(now_ - 1));
}

TEST_F(LateTrack, IsNotLateWhileThereIsMoreThanAFadeAhead) {
  for (int n = 0; n < 500; ++n) {
    supply(now_ + 128 + kFade);
    play(128);
  }
  EXPECT_EQ(starved_, 0);
  for (Frames n = 0; n < now_; ++n) ASSERT_EQ(heard_[static_cast<std::size_t>(n)], sample(n));
}

}  // namespace
}  // namespace busbar::test
