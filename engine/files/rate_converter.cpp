#include "engine/files/rate_converter.hpp"

#include <soxr.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <span>
#include <vector>

#include "engine/files/sample_sink.hpp"

namespace busbar {

namespace {

static_assert(std::endian::native == std::endian::little, "samples are written as they stand in memory");

struct DeleteSoxr {
  void operator()(soxr_t soxr) const { soxr_delete(soxr); }
};

class Conversion {
 public:
  Conversion(SoundReader& source, double to_rate, SampleSink& sink)
      : source_(source),
        sink_(sink),
        channels_(static_cast<std::size_t>(source.info().channels)),
        piece_(std::clamp<std::size_t>((std::size_t{1} << 18) / channels_, 256, 8192)),
        left_(converted_length(source.info().frames, source.info().sample_rate, to_rate)),
        in_(piece_ * channels_),
        out_(piece_ * channels_),
        rounded_(piece_ * channels_) {
    const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT64_I, SOXR_FLOAT64_I);
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
    const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);  // results must not depend on the number of threads
    soxr_.reset(soxr_create(source.info().sample_rate, to_rate, static_cast<unsigned>(channels_), &trouble_, &io,
                            &quality, &runtime));
  }

  Result<Frames> run(const std::function<void(double)>& done) {
    if (trouble_ != nullptr || soxr_ == nullptr) return failure();
    const Frames frames = source_.info().frames;
    for (Frames at = 0; at < frames;) {
      const auto count = static_cast<int>(std::min<Frames>(static_cast<Frames>(piece_), frames - at));
      if (auto read = source_.read(at, count, in_.data()); !read) return read.error();
      replace_bad_samples(static_cast<std::size_t>(count));
      if (auto fed = feed(static_cast<std::size_t>(count)); !fed) return fed.error();
      at += count;
      if (done) done(static_cast<double>(at) / static_cast<double>(frames));
    }
    if (auto drained = drain(); !drained) return drained.error();
    if (auto finished = sink_.finish(); !finished) return finished.error();
    return replaced_;
  }

 private:
  void replace_bad_samples(std::size_t frames) {
    for (double& x : std::span(in_).first(frames * channels_)) {
      if (std::isfinite(x)) continue;
      x = 0.0;
      ++replaced_;
    }
  }

  Result<void> feed(std::size_t frames) {
    for (std::size_t used = 0; used < frames;) {
      std::size_t taken = 0;
      std::size_t made = 0;
      trouble_ =
          soxr_process(soxr_.get(), in_.data() + used * channels_, frames - used, &taken, out_.data(), piece_, &made);
      if (trouble_ != nullptr) return failure();
      used += taken;
      if (auto put = keep(made); !put) return put;
    }
    return {};
  }

  /// What is still in the filter; then silence, should it end a frame before the rounded length.
  Result<void> drain() {
    for (std::size_t made = 1; made != 0 && left_ > 0;) {
      trouble_ = soxr_process(soxr_.get(), nullptr, 0, nullptr, out_.data(), piece_, &made);
      if (trouble_ != nullptr) return failure();
      if (auto put = keep(made); !put) return put;
    }
    std::ranges::fill(out_, 0.0);
    while (left_ > 0)
      if (auto put = keep(piece_); !put) return put;
    return {};
  }

  Result<void> keep(std::size_t frames) {
    frames = std::min(frames, static_cast<std::size_t>(left_));
    left_ -= static_cast<Frames>(frames);
    const std::size_t count = frames * channels_;
    std::transform(out_.data(), out_.data() + count, rounded_.data(), [](double x) { return static_cast<float>(x); });
    return sink_.write(std::as_bytes(std::span(rounded_).first(count)));
  }

  Error failure() const {
    return {source_.path().string(),
            std::string("cannot be converted to the session's rate (") + (trouble_ ? trouble_ : "no memory") + ")",
            "convert it by hand, or change the session's sample_rate"};
  }

  SoundReader& source_;
  SampleSink& sink_;
  std::size_t channels_;
  std::size_t piece_;  // frames
  Frames left_;        // to be written
  std::vector<double> in_, out_;
  std::vector<float> rounded_;
  std::unique_ptr<std::remove_pointer_t<soxr_t>, DeleteSoxr> soxr_;
  soxr_error_t trouble_ = nullptr;
  Frames replaced_ = 0;
};

}  // namespace

std::string conversion_recipe() { return std::string("v1-") + soxr_version() + "-vhq"; }

Frames converted_length(Frames frames, double from_rate, double to_rate) {
  return static_cast<Frames>(std::llround(static_cast<double>(frames) * to_rate / from_rate));
}

Result<Frames> convert_rate(SoundReader& source, double to_rate, int descriptor, const std::string& name,
                            const std::function<void(double)>& done) {
  const WavCoding coding{.bits = 32,
                         .is_float = true,
                         .channels = source.info().channels,
                         .sample_rate = static_cast<int>(std::lround(to_rate))};
  const auto sink = make_wav_sink(descriptor, name, coding);
  return Conversion(source, to_rate, *sink).run(done);
}

}  // namespace busbar
