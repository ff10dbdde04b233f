#pragma once

#include <sndfile.h>

#include <string>
#include <vector>

/// Recordings that tests make in formats that libsndfile codes.
namespace dlwork::testing {

/// Writes one channel; false where this libsndfile does not write the format (SF_FORMAT_...).
inline bool write_encoded(const std::string& file, int format, const std::vector<float>& samples,
                          int rate) {
  SF_INFO info{};
  info.samplerate = rate;
  info.channels = 1;
  info.format = format;
  SNDFILE* sound = sf_open(file.c_str(), SFM_WRITE, &info);
  if (sound == nullptr) return false;
  const auto count = static_cast<sf_count_t>(samples.size());
  const bool whole = sf_write_float(sound, samples.data(), count) == count;
  return sf_close(sound) == 0 && whole;
}

}  // namespace dlwork::testing
