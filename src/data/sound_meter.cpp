#include "data/sound_meter.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <numeric>
#include <unsupported/Eigen/FFT>

namespace dlwork::data {
namespace {

constexpr std::size_t kWindow = 1024;
/// The lowest frequencies hold the offset, which is measured apart.
constexpr std::size_t kOffsetBins = 3;
constexpr double kFrameSeconds = 0.02;
constexpr std::int64_t kClippedRun = 3;
constexpr int kMostExactBits = 24;
constexpr double kRollOff = 0.01;

/// The largest sample of a format of whole numbers; the positive one is smaller by one step.
/// Logarithmic formats end below full scale.
double full_scale_of(const SoundFile& head) {
  constexpr double kRounding = 1e-4;
  if (head.largest < 1) return head.largest - kRounding;
  const int bits = head.bits;
  return bits > 0 && bits <= kMostExactBits ? 1 - 1.5 / std::ldexp(1.0, bits - 1) : 1 - 1e-6;
}

}  // namespace

SoundMeter::SoundMeter(const SoundFile& head, double band_energy, double silent_frame_level)
    : file_(head),
      band_energy_(band_energy),
      silent_power_(std::pow(10.0, silent_frame_level / 10)),
      full_scale_(full_scale_of(head)),
      sums_(static_cast<std::size_t>(head.channels), 0.0),
      runs_(static_cast<std::size_t>(head.channels), 0),
      frame_(
          std::max<std::int64_t>(1, std::llround(kFrameSeconds * static_cast<double>(head.rate)))),
      powers_(kWindow / 2 + 1, 0.0) {}

void SoundMeter::add(const float* block, std::int64_t count) {
  const auto channels = static_cast<std::size_t>(file_.channels);
  for (std::int64_t i = 0; i < count; ++i) {
    float mixed = 0;
    for (std::size_t c = 0; c < channels; ++c) {
      const float value = block[static_cast<std::size_t>(i) * channels + c];
      const double square = static_cast<double>(value) * value;
      sums_[c] += value;
      squares_ += square;
      frame_squares_ += square;
      mixed += value;
      if (std::abs(value) >= full_scale_) {
        ++runs_[c];
      } else {
        end_run(c);
      }
    }
    window_.push_back(mixed / static_cast<float>(channels));
    if (window_.size() == kWindow) end_window();
    if (++in_frame_ == frame_) end_frame();
  }
  samples_ += count;
}

void SoundMeter::end_run(std::size_t channel) {
  if (runs_[channel] >= kClippedRun) clipped_ += runs_[channel];
  runs_[channel] = 0;
}

void SoundMeter::end_frame() {
  const double power = frame_squares_ / static_cast<double>(in_frame_ * file_.channels);
  ++frames_;
  silent_ += power < silent_power_ ? 1 : 0;
  in_frame_ = 0;
  frame_squares_ = 0;
}

void SoundMeter::end_window() {
  const std::size_t filled = window_.size();
  window_.resize(kWindow, 0.0f);
  for (std::size_t i = 0; i < filled; ++i) {
    window_[i] *= static_cast<float>(
        0.5 - 0.5 * std::cos(2 * std::numbers::pi * (static_cast<double>(i) + 0.5) /
                             static_cast<double>(filled)));
  }
  static thread_local Eigen::FFT<float> transform;
  std::vector<std::complex<float>> spectrum;
  transform.fwd(spectrum, window_);
  for (std::size_t bin = 0; bin < powers_.size(); ++bin) powers_[bin] += std::norm(spectrum[bin]);
  window_.clear();
}

SoundFile SoundMeter::finish() {
  for (std::size_t c = 0; c < runs_.size(); ++c) end_run(c);
  if (in_frame_ > 0) end_frame();
  // A short rest has a wide window of its own, which would smear; it counts where it is all.
  if (!window_.empty() && samples_ < static_cast<std::int64_t>(kWindow)) end_window();
  const auto all = static_cast<double>(samples_ * file_.channels);
  if (all == 0) return file_;
  file_.level = std::sqrt(squares_ / all);
  for (const double sum : sums_) {
    const double mean = sum / static_cast<double>(samples_);
    if (std::abs(mean) > std::abs(file_.offset)) file_.offset = mean;
  }
  file_.clipped = static_cast<double>(clipped_) / all;
  file_.silent = static_cast<double>(silent_) / static_cast<double>(frames_);
  std::fill_n(powers_.begin(), kOffsetBins, 0.0);
  const double energy = std::accumulate(powers_.begin(), powers_.end(), 0.0);
  const double bin_hertz = static_cast<double>(file_.rate) / static_cast<double>(kWindow);
  double above = 0;
  std::size_t band = 0, roll = 0;
  for (std::size_t bin = powers_.size(); energy > 0 && bin-- > 0;) {
    above += powers_[bin];
    if (band == 0 && above > band_energy_ * energy) band = bin;
    if (roll == 0 && above > kRollOff * energy) roll = bin;
  }
  file_.band = static_cast<double>(band) / static_cast<double>(powers_.size() - 1);
  file_.roll_off = static_cast<double>(roll) * bin_hertz;
  return file_;
}

}  // namespace dlwork::data
