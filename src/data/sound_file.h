#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/sound_meter.h"
#include "dlwork/spec/project.h"

namespace dlwork::data {

/// True for names that end in .wav, .flac, .ogg, .oga, .aif or .aiff.
bool is_sound_name(const std::string& name);

/// Rate, channels, bits and length, from the head of the file. Throws Error(kInput) naming a file
/// that is no sound.
SoundFile sound_head(const std::string& path);

/// One channel (the mean of all), full scale is -1 to 1, brought to `rate`; at most `seconds` of it
/// (0: all). Holds one block beside the result. Throws Error(kInput): damaged, silent of length 0,
/// longer than kMostSoundSamples, ends before its head says. `meter`, where there is one, hears
/// what is read as it stands in the file.
std::vector<float> read_sound(const std::string& path, std::int64_t rate, double seconds,
                              SoundMeter* meter = nullptr);
inline constexpr std::int64_t kMostSoundSamples = std::int64_t{1} << 28;

/// The sound at another rate, by a sinc of 16 zero crossings a side under a Hann window, its
/// cut-off at half the lower of both rates.
std::vector<float> resampled(const std::vector<float>& samples, std::int64_t from, std::int64_t to);

/// What a network hears of a sound: [steps, channels] with the samples themselves (one channel), or
/// the natural logarithm of the energies in the bands of the mel scale (2595 log10(1 + f / 700),
/// triangles of height 1 from 0 Hz to half the rate; O'Shaughnessy 1987) of frames under a Hann
/// window, at least 1e-10. The last frame is filled up with zeros.
std::vector<float> sound_features(const std::vector<float>& samples, std::int64_t rate,
                                  const spec::Sound& sound);
std::int64_t sound_channels(const spec::Sound& sound);

}  // namespace dlwork::data
