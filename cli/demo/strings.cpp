#include "cli/demo/strings.hpp"

namespace busbar::demo {

void PluckedString::pluck(const Pluck& how, Random& random) {
  // The loop's delay: the line, half a frame or less in the low pass, the rest in the all-pass.
  const double period = kSampleRate / how.hz;
  const double low_pass_delay = 0.5 * how.damping;
  const auto whole = static_cast<std::size_t>(period - low_pass_delay - 0.5);
  const double rest = period - low_pass_delay - static_cast<double>(whole);
  tuning_ = (1.0 - rest) / (1.0 + rest);
  damping_ = 0.5 * how.damping;
  loss_ = std::pow(10.0, -3.0 / (how.seconds * how.hz));
  tail_ += last_out_;
  line_.resize(whole);
  at_ = 0;
  double mean = 0.0;
  for (std::size_t n = 0; n < whole; ++n) {
    const double x = static_cast<double>(n) / static_cast<double>(whole);
    const double triangle = x < how.place ? x / how.place : (1.0 - x) / (1.0 - how.place);
    line_[n] = how.velocity * (triangle - 0.5 + 0.10 * random.bipolar());
    mean += line_[n] / static_cast<double>(whole);
  }
  for (double& x : line_) x -= mean;  // a string at rest stands at zero
  last_in_ = last_out_ = last_low_ = 0.0;
}

void PluckedString::damp(double seconds) noexcept {
  if (line_.empty()) return;
  loss_ = std::min(loss_, std::pow(10.0, -3.0 * static_cast<double>(line_.size()) / (seconds * kSampleRate)));
}

double PluckedString::next() noexcept {
  if (line_.empty()) return 0.0;
  const double x = line_[at_];
  const double low = loss_ * ((1.0 - damping_) * x + damping_ * last_low_);
  last_low_ = x;
  const double tuned = tuning_ * (low - last_out_) + last_in_;
  last_in_ = low;
  last_out_ = std::fabs(tuned) < 1e-12 ? 0.0 : tuned;
  line_[at_] = last_out_;
  at_ = at_ + 1 == line_.size() ? 0 : at_ + 1;
  tail_ *= 0.985;
  return last_out_ + tail_;
}

}  // namespace busbar::demo
