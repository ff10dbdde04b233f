#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <unsupported/Eigen/FFT>

#include "data/sound_file.h"
#include "dlwork/data/file_facts.h"

namespace dlwork::data {
namespace {

constexpr double kLeastEnergy = 1e-10;
constexpr std::int64_t kFewestBins = 4;  // Eigen's transform of real numbers takes no fewer

double mel(double hertz) { return 2595 * std::log10(1 + hertz / 700); }
double hertz(double mel) { return 700 * (std::pow(10, mel / 2595) - 1); }

/// One triangle over the bins of a spectrum.
struct Band {
  std::int64_t begin = 0;
  std::vector<float> weights;
};

std::vector<Band> bands_of(std::int64_t count, std::int64_t rate, std::int64_t size) {
  const double top = mel(static_cast<double>(rate) / 2);
  const auto edge = [&](std::int64_t i) {
    return hertz(top * static_cast<double>(i) / static_cast<double>(count + 1));
  };
  const std::int64_t bins = size / 2 + 1;
  std::vector<Band> bands(static_cast<std::size_t>(count));
  for (std::int64_t b = 0; b < count; ++b) {
    const double low = edge(b), middle = edge(b + 1), high = edge(b + 2);
    for (std::int64_t bin = 0; bin < bins; ++bin) {
      const double at = static_cast<double>(bin * rate) / static_cast<double>(size);
      const double weight = std::min((at - low) / (middle - low), (high - at) / (high - middle));
      if (weight <= 0) continue;
      if (bands[b].weights.empty()) bands[b].begin = bin;
      bands[b].weights.push_back(static_cast<float>(weight));
    }
  }
  return bands;
}

std::int64_t power_of_two(std::int64_t least) {
  std::int64_t size = 1;
  while (size < least) size *= 2;
  return size;
}

}  // namespace

std::int64_t sound_channels(const spec::Sound& sound) {
  return sound.features == "raw" ? 1 : sound.bands;
}

std::vector<float> sound_features(const std::vector<float>& samples, std::int64_t rate,
                                  const spec::Sound& sound) {
  if (sound.features == "raw") return samples;
  const auto in_samples = [&](const spec::Duration& time) {
    return std::max<std::int64_t>(1, std::llround(time.seconds * static_cast<double>(rate)));
  };
  const std::int64_t window = in_samples(sound.window), step = in_samples(sound.step);
  const std::int64_t size = power_of_two(std::max(window, kFewestBins));
  const auto count = static_cast<std::int64_t>(samples.size());
  const std::int64_t frames = count <= window ? 1 : 1 + (count - window + step - 1) / step;
  const auto bands = bands_of(sound.bands, rate, size);
  std::vector<float> hann(static_cast<std::size_t>(window));
  for (std::int64_t i = 0; i < window; ++i) {
    hann[i] =
        static_cast<float>(0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) /
                                                static_cast<double>(window)));
  }
  Eigen::FFT<float> transform;
  std::vector<float> frame(static_cast<std::size_t>(size));
  std::vector<std::complex<float>> spectrum;
  std::vector<float> features;
  for (std::int64_t f = 0; f < frames; ++f) {
    std::fill(frame.begin(), frame.end(), 0.0f);
    const std::int64_t end = std::min(window, count - f * step);
    for (std::int64_t i = 0; i < end; ++i) frame[i] = hann[i] * samples[f * step + i];
    transform.fwd(spectrum, frame);
    for (const Band& band : bands) {
      double energy = 0;
      for (std::size_t k = 0; k < band.weights.size(); ++k) {
        energy += band.weights[k] * std::norm(spectrum[band.begin + static_cast<std::int64_t>(k)]);
      }
      features.push_back(static_cast<float>(std::log(std::max(energy, kLeastEnergy))));
    }
  }
  return features;
}

SoundFrames sound_frames(const Sequences& sequences, std::int64_t row) {
  const float* values = sequences.at(row);
  const std::int64_t count = sequences.lengths[row] * sequences.channels;
  SoundFrames frames{sequences.channels, {values, values + count}};
  if (!sequences.sound || sequences.sound->features != "raw") return frames;
  spec::Sound sound;  // the usual frames
  frames.bands = sound.bands;
  frames.values = sound_features(frames.values, sequences.sound->rate, sound);
  return frames;
}

}  // namespace dlwork::data
