#include "data/sound_file.h"

#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

#include "data/cut_media.h"
#include "data/problem.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

constexpr std::int64_t kSoundBlock = 1 << 14;
constexpr int kMostSoundChannels = 256;
constexpr std::int64_t kMostSoundRate = 768000;
constexpr double kCrossings = 16;

using Handle = std::unique_ptr<SNDFILE, decltype(&sf_close)>;

Handle open(const std::string& path, SF_INFO& info) {
  info = SF_INFO{};
  Handle handle(sf_open(path.c_str(), SFM_READ, &info), &sf_close);
  if (handle == nullptr) {
    input_error(path, 0, 0, std::string("cannot be read as a sound: ") + sf_strerror(nullptr),
                "remove or replace the file");
  }
  if (info.channels < 1 || info.channels > kMostSoundChannels || info.samplerate < 1 ||
      info.samplerate > kMostSoundRate) {
    input_error(path, 0, 0,
                "claims " + std::to_string(info.channels) + " channels of " +
                    std::to_string(info.samplerate) + " Hz",
                "it is damaged; remove or replace it");
  }
  if (const char* format = cut_sound(path)) {
    input_error(path, 0, 0, "the " + std::string(format) + " file ends before its recording does",
                "it is truncated; copy or download it again");
  }
  return handle;
}

/// Of a sample; 0 where the format has none.
int bits_of(int format) {
  switch (format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_PCM_U8:
    case SF_FORMAT_ULAW:
    case SF_FORMAT_ALAW:
      return 8;
    case SF_FORMAT_PCM_16:
      return 16;
    case SF_FORMAT_PCM_24:
      return 24;
    case SF_FORMAT_PCM_32:
    case SF_FORMAT_FLOAT:
      return 32;
    case SF_FORMAT_DOUBLE:
      return 64;
    default:
      return 0;
  }
}

/// The largest sample that a format has (ITU-T G.711: 8031 of 8192 and 4032 of 4096).
double largest_of(int format) {
  switch (format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_ULAW:
      return 8031.0 / 8192;
    case SF_FORMAT_ALAW:
      return 4032.0 / 4096;
    default:
      return 1;
  }
}

bool is_flac(const SF_INFO& info) { return (info.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_FLAC; }

/// Where the head does not tell, as of a FLAC file written to a pipe or an OGG file with something
/// behind its last page, the file is decoded to its end.
std::int64_t frames_of(SNDFILE* handle, const SF_INFO& info) {
  if (info.frames < SF_COUNT_MAX) return info.frames;
  std::vector<float> block(static_cast<std::size_t>(kSoundBlock * info.channels));
  std::int64_t frames = 0;
  while (frames <= kMostSoundSamples) {
    const sf_count_t got = sf_readf_float(handle, block.data(), kSoundBlock);
    if (got <= 0) break;
    frames += got;
  }
  return frames;
}

}  // namespace

bool is_sound_name(const std::string& name) {
  const auto dot = name.rfind('.');
  if (dot == std::string::npos || dot == 0) return false;
  static constexpr const char* kEndings[] = {".wav", ".flac", ".ogg", ".oga", ".aif", ".aiff"};
  return std::find(std::begin(kEndings), std::end(kEndings), lower(name.substr(dot))) !=
         std::end(kEndings);
}

SoundFile sound_head(const std::string& path) {
  SF_INFO info;
  const Handle handle = open(path, info);
  SoundFile head;
  head.rate = info.samplerate;
  head.channels = info.channels;
  head.bits = bits_of(info.format);
  head.largest = largest_of(info.format);
  head.seconds = static_cast<double>(frames_of(handle.get(), info)) / info.samplerate;
  return head;
}

std::vector<float> read_sound(const std::string& path, std::int64_t rate, double seconds,
                              SoundMeter* meter) {
  SF_INFO info;
  const Handle handle = open(path, info);
  const std::int64_t most = seconds > 0
                                ? std::max<std::int64_t>(1, std::llround(seconds * info.samplerate))
                                : kMostSoundSamples;
  std::vector<float> block(static_cast<std::size_t>(kSoundBlock * info.channels));
  std::vector<float> samples;
  for (std::int64_t left = std::min(most, kMostSoundSamples + 1); left > 0;) {
    const sf_count_t got = sf_readf_float(handle.get(), block.data(), std::min(left, kSoundBlock));
    if (got <= 0) break;
    if (meter != nullptr) meter->add(block.data(), got);
    for (sf_count_t i = 0; i < got; ++i) {
      float sum = 0;
      for (int c = 0; c < info.channels; ++c) sum += block[i * info.channels + c];
      samples.push_back(sum / static_cast<float>(info.channels));
    }
    left -= got;
  }
  const auto count = static_cast<std::int64_t>(samples.size());
  const std::int64_t declared = info.frames < SF_COUNT_MAX ? info.frames : 0;
  if (is_flac(info) && count < std::min({most, kMostSoundSamples, declared})) {
    input_error(path, 0, 0,
                "the FLAC file ends before its recording does, or cannot be decoded from there on: "
                "after " +
                    grouped(count) + " of " + grouped(declared) + " samples",
                "it is truncated or damaged; copy or download it again");
  }
  if (sf_error(handle.get()) != SF_ERR_NO_ERROR) {
    input_error(path, 0, 0, std::string("cannot be decoded: ") + sf_strerror(handle.get()),
                "remove or replace the file");
  }
  if (count == 0) input_error(path, 0, 0, "the recording has no samples");
  if (count > kMostSoundSamples) {
    input_error(path, 0, 0,
                "the recording is longer than " + grouped(kMostSoundSamples) + " samples",
                "set data.sound.length, or cut it into pieces");
  }
  const bool finite =
      std::all_of(samples.begin(), samples.end(), [](float v) { return std::isfinite(v); });
  if (!finite) input_error(path, 0, 0, "the recording holds values that are no numbers");
  return info.samplerate == rate ? samples : resampled(samples, info.samplerate, rate);
}

std::vector<float> resampled(const std::vector<float>& samples, std::int64_t from,
                             std::int64_t to) {
  const double ratio = static_cast<double>(to) / static_cast<double>(from);
  const auto count = static_cast<std::int64_t>(samples.size());
  const std::int64_t wanted =
      std::max<std::int64_t>(1, std::llround(static_cast<double>(count) * ratio));
  const double cutoff = std::min(1.0, ratio);  // of half the old rate
  const double reach = kCrossings / cutoff;    // in old samples
  std::vector<float> result(static_cast<std::size_t>(wanted));
  for (std::int64_t i = 0; i < wanted; ++i) {
    const double middle = static_cast<double>(i) / ratio;
    const auto begin =
        std::max<std::int64_t>(0, static_cast<std::int64_t>(std::ceil(middle - reach)));
    const auto end = std::min(count - 1, static_cast<std::int64_t>(std::floor(middle + reach)));
    double sum = 0;
    for (std::int64_t k = begin; k <= end; ++k) {
      const double distance = static_cast<double>(k) - middle;
      const double angle = std::numbers::pi * cutoff * distance;
      const double sinc = distance == 0 ? 1 : std::sin(angle) / angle;
      const double window = 0.5 + 0.5 * std::cos(std::numbers::pi * distance / reach);
      sum += cutoff * sinc * window * samples[k];
    }
    result[i] = static_cast<float>(sum);
  }
  return result;
}

}  // namespace dlwork::data
