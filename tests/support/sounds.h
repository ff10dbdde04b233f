#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>
#include <vector>

/// Recordings that tests make.
namespace dlwork::testing {

/// WAV of PCM, 8 or 16 bits; `samples` hold the channels side by side, full scale being 1.
inline std::string wav(const std::vector<float>& samples, std::uint32_t rate,
                       std::uint32_t channels = 1, std::uint32_t bits = 16) {
  const auto number = [](std::uint32_t value, std::uint32_t bytes) {
    std::string text;
    for (std::uint32_t i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
    return text;
  };
  std::string data;
  for (const float sample : samples) {
    const auto whole = static_cast<std::int32_t>(
        std::lround(static_cast<double>(sample) * (bits == 8 ? 127 : 32767)));
    data += number(static_cast<std::uint32_t>(bits == 8 ? whole + 128 : whole), bits / 8);
  }
  const auto size = static_cast<std::uint32_t>(data.size());
  const std::uint32_t frame = channels * bits / 8;
  return "RIFF" + number(36 + size, 4) + "WAVEfmt " + number(16, 4) + number(1, 2) +
         number(channels, 2) + number(rate, 4) + number(frame * rate, 4) + number(frame, 2) +
         number(bits, 2) + "data" + number(size, 4) + data;
}

inline std::vector<float> tone(double hertz, std::uint32_t rate, std::size_t count,
                               double height = 0.5) {
  std::vector<float> samples;
  for (std::size_t i = 0; i < count; ++i) {
    samples.push_back(static_cast<float>(
        height * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / rate)));
  }
  return samples;
}

}  // namespace dlwork::testing
