#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "data/cut_media.h"
#include "data/decode.h"
#include "data/jpeg.h"
#include "data/sound_file.h"
#include "data_support.h"
#include "dlwork/base/files.h"
#include "dlwork/base/ranks.h"
#include "dlwork/base/rng.h"
#include "support/encoded_sounds.h"
#include "support/jpeg.h"
#include "support/sounds.h"

/// Files of formats that lose something, and what the heads of files say.
namespace dlwork::data {
namespace {

constexpr int kWidth = 40, kHeight = 24;

/// Soft colours: rows of interleaved channels.
std::vector<std::uint8_t> soft(int channels) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      for (int c = 0; c < channels; ++c) {
        pixels.push_back(
            static_cast<std::uint8_t>(128 + 80 * std::sin(0.11 * x + 0.17 * y + 2.1 * c)));
      }
    }
  }
  return pixels;
}

TEST(EncodedPictures, JpegIsDecoded) {
  Folder folder;
  for (const int channels : {1, 3}) {
    const auto pixels = soft(channels);
    const auto file =
        folder.write("a.jpg", dlwork::testing::jpeg(pixels, kWidth, kHeight, channels));
    const PictureSize size = picture_size(file);
    EXPECT_EQ(size.width, kWidth);
    EXPECT_EQ(size.height, kHeight);
    std::vector<std::uint8_t> planes(pixels.size());
    decode_picture(file, channels, kWidth, kHeight, planes.data());
    for (int i = 0; i < kWidth * kHeight; ++i) {
      for (int c = 0; c < channels; ++c) {
        ASSERT_NEAR(planes[c * kWidth * kHeight + i], pixels[i * channels + c], 8) << i << " " << c;
      }
    }
  }
}

/// What decoding a 40 x 24 picture says; "" where it goes well.
std::string decoding(const std::string& file) {
  std::vector<std::uint8_t> planes(3 * kWidth * kHeight);
  try {
    decode_picture(file, 3, kWidth, kHeight, planes.data());
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kInput);
    return error.diagnostics().front().message;
  }
  return "";
}

TEST(EncodedPictures, AJpegThatIsCutIsNamed) {
  Folder folder;
  const std::string plain = dlwork::testing::jpeg(soft(3), kWidth, kHeight, 3);
  // Behind the marker of its start, a thumbnail with an end marker of its own.
  const std::string segment = std::string("\xFF\xE1\0\x0A", 4) + std::string("thumb\0\xFF\xD9", 8);
  const std::string thumbnail = plain.substr(0, 2) + segment + plain.substr(2);
  for (const std::string& whole : {plain, thumbnail}) {
    EXPECT_EQ(decoding(folder.write("a.jpg", whole)), "");
    EXPECT_EQ(decoding(folder.write("a.jpg", whole + "more")), "");
    for (const std::size_t cut : {1u, 2u, 20u, 100u}) {
      EXPECT_EQ(decoding(folder.write("a.jpg", whole.substr(0, whole.size() - cut))),
                "the JPEG file ends before its picture does")
          << cut;
    }
  }
}

/// The decoder would write behind its memory.
TEST(EncodedPictures, AJpegOfMoreCodesThanBytesIsRefused) {
  Folder folder;
  std::string whole = dlwork::testing::jpeg(soft(3), kWidth, kHeight, 3);
  const std::size_t table = whole.find("\xFF\xC4");
  ASSERT_NE(table, std::string::npos);
  constexpr std::size_t kFirstCount = 5;  // behind marker, length and the table's number
  const char before = whole[table + kFirstCount + 15];
  for (const int count : {0x60, 0xD0}) {
    whole[table + kFirstCount + 14] = static_cast<char>(count);
    whole[table + kFirstCount + 15] = static_cast<char>(0xD0);
    for (const std::string& start : {std::string(), std::string("\xFF\xFF")}) {
      const auto file = folder.write("a.jpg", start + whole);
      EXPECT_EQ(decoding(file),
                "cannot be decoded as a picture: its JPEG tables are damaged or missing");
      EXPECT_THROW(picture_size(file), Error);
    }
  }
  whole[table + kFirstCount + 14] = 0;
  whole[table + kFirstCount + 15] = before;
  EXPECT_EQ(decoding(folder.write("a.jpg", whole)), "");
}

/// The decoder would look codes up in memory that nothing was written to.
TEST(EncodedPictures, AJpegWithoutATableThatItNamesIsRefused) {
  Folder folder;
  const std::string whole = dlwork::testing::jpeg(soft(3), kWidth, kHeight, 3);
  int tables = 0;
  for (std::size_t at = 0; (at = whole.find("\xFF\xC4", at)) != std::string::npos; ++at) {
    std::string without = whole;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(whole[at + i]); };
    without.erase(at, 2 + (std::size_t{byte(2)} << 8 | byte(3)));
    EXPECT_EQ(decoding(folder.write("a.jpg", without)),
              "cannot be decoded as a picture: its JPEG tables are damaged or missing");
    ++tables;
  }
  EXPECT_GE(tables, 1);
}

TEST(EncodedPictures, ABmpThatIsCutIsNamed) {
  Folder folder;
  std::string whole;
  const auto pixels = soft(3);
  stbi_write_bmp_to_func(
      [](void* text, void* data, int size) {
        static_cast<std::string*>(text)->append(static_cast<const char*>(data),
                                                static_cast<std::size_t>(size));
      },
      &whole, kWidth, kHeight, 3, pixels.data());
  ASSERT_EQ(whole.size(), 54u + 3 * kWidth * kHeight);
  EXPECT_EQ(decoding(folder.write("a.bmp", whole)), "");
  EXPECT_EQ(decoding(folder.write("a.bmp", whole + "more")), "");
  for (const std::size_t cut : {1u, 3u * kWidth, 2000u}) {
    EXPECT_EQ(decoding(folder.write("a.bmp", whole.substr(0, whole.size() - cut))),
              "the BMP file ends before its picture does")
        << cut;
  }
}

TEST(EncodedPictures, OrientationIsReadFromExif) {
  const auto orientation_of = [](const std::string& bytes) {
    return jpeg_facts(bytes).orientation.value_or(1);
  };
  const std::string plain = dlwork::testing::jpeg(soft(3), kWidth, kHeight, 3);
  EXPECT_EQ(orientation_of(plain), 1);
  for (const char* order : {"II", "MM"}) {
    for (int orientation = 1; orientation <= 8; ++orientation) {
      const std::string file = dlwork::testing::with_orientation(plain, orientation, order);
      EXPECT_EQ(orientation_of(file), orientation) << order;
      // Cut anywhere before the tag's value ends, it says nothing.
      for (std::size_t size = 0; size < 60; ++size) {
        const int found = orientation_of(file.substr(0, size));
        EXPECT_TRUE(found == 1 || found == orientation) << size;
      }
    }
  }
  EXPECT_EQ(orientation_of(dlwork::testing::with_orientation(plain, 9)), 1) << "there are eight";
  EXPECT_EQ(orientation_of("\x89PNG"), 1);
  const std::string filled = dlwork::testing::with_orientation(plain, 3).insert(2, "\xFF\xFF");
  EXPECT_EQ(orientation_of(filled), 3) << "with filling bytes before the marker";
  Folder folder;
  const auto file = folder.write("a.jpg", dlwork::testing::with_orientation(plain, 6));
  const PictureFile head = picture_file(file);
  EXPECT_EQ(head.orientation, 6);
  EXPECT_EQ(head.width, kWidth) << "as stored";
  EXPECT_EQ(head.mode(), "colour, 8 bits");
}

/// Writes samples by libsndfile, in a format that it codes.
std::string encoded(const Folder& folder, const std::string& name, int format,
                    const std::vector<float>& samples, int rate) {
  const auto file = folder.write(name, "");
  return dlwork::testing::write_encoded(file, format, samples, rate) ? file : "";
}

TEST(EncodedSounds, FlacIsDecodedAsItWas) {
  Folder folder;
  const auto samples = dlwork::testing::tone(440, 8000, 4000);
  const auto file = encoded(folder, "a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, samples, 8000);
  if (file.empty()) GTEST_SKIP() << "this libsndfile writes no FLAC";
  const SoundFile head = sound_head(file);
  EXPECT_EQ(head.format(), "8,000 Hz, 1 channel, 16 bits");
  EXPECT_DOUBLE_EQ(head.seconds, 0.5);
  const auto read = read_sound(file, 8000, 0);
  ASSERT_EQ(read.size(), samples.size());
  for (std::size_t i = 0; i < read.size(); ++i) ASSERT_NEAR(read[i], samples[i], 1.01 / 32768) << i;
}

TEST(EncodedSounds, VorbisIsDecodedNearly) {
  Folder folder;
  const auto samples = dlwork::testing::tone(440, 8000, 8000);
  const auto file = encoded(folder, "a.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, samples, 8000);
  if (file.empty()) GTEST_SKIP() << "this libsndfile writes no OGG";
  EXPECT_EQ(sound_head(file).format(), "8,000 Hz, 1 channel");
  const auto read = read_sound(file, 8000, 0);
  ASSERT_EQ(read.size(), samples.size());
  EXPECT_GT(pearson({read.begin(), read.end()}, {samples.begin(), samples.end()}), 0.99);
}

/// What is written of the file's first bytes, under the same ending.
std::string first_bytes(const Folder& folder, const std::string& file, std::size_t count) {
  return folder.write("cut/" + std::filesystem::path(file).filename().string(),
                      read_file(file).substr(0, count));
}

/// A decoder that finds no further frame says nothing, so that the head's count has to.
TEST(EncodedSounds, AFlacThatIsCutIsNamed) {
  Folder folder;
  const auto samples = dlwork::testing::tone(440, 8000, 20000);
  const auto file = encoded(folder, "a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, samples, 8000);
  if (file.empty()) GTEST_SKIP() << "this libsndfile writes no FLAC";
  const std::size_t size = std::filesystem::file_size(file);
  for (const std::size_t left : {size - 1, size - 20, size / 2}) {
    const auto cut = first_bytes(folder, file, left);
    const auto error = failure_of(ExitStatus::kInput, [&] { read_sound(cut, 8000, 0); });
    EXPECT_EQ(error.at.file, cut);
    EXPECT_HAS(error.message, "the FLAC file ends before its recording does");
    EXPECT_HAS(error.message, "of 20,000 samples");
    EXPECT_HAS(error.hint, "truncated");
    EXPECT_EQ(read_sound(cut, 8000, 0.1).size(), 800u) << "what is asked for is there";
  }
}

TEST(EncodedSounds, AnOggThatIsCutIsNamed) {
  Folder folder;
  const auto samples = dlwork::testing::tone(440, 8000, 8000);
  const auto file = encoded(folder, "a.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, samples, 8000);
  if (file.empty()) GTEST_SKIP() << "this libsndfile writes no OGG";
  const std::string whole = read_file(file);
  const std::size_t last = whole.rfind("OggS");
  for (const std::size_t left : {whole.size() - 1, last + 30, last + 10, last + 2}) {
    const auto cut = first_bytes(folder, file, left);
    const char* format = cut_sound(cut);
    ASSERT_NE(format, nullptr) << left;
    EXPECT_STREQ(format, "OGG");
  }
  const auto cut = first_bytes(folder, file, whole.size() - 1);
  const auto of_head = failure_of(ExitStatus::kInput, [&] { sound_head(cut); });
  EXPECT_EQ(of_head.message, "the OGG file ends before its recording does");
  EXPECT_EQ(failure_of(ExitStatus::kInput, [&] { read_sound(cut, 8000, 0); }).message,
            of_head.message);
  EXPECT_EQ(cut_sound(first_bytes(folder, file, last)), nullptr) << "as taken from a stream";
  // What stands behind hides the length from the library: it claims hours.
  const auto tagged = folder.write("tagged.ogg", whole + "a tag");
  EXPECT_EQ(cut_sound(tagged), nullptr);
  EXPECT_DOUBLE_EQ(sound_head(tagged).seconds, 1);
  EXPECT_EQ(read_sound(tagged, 8000, 0).size(), samples.size());
}

TEST(EncodedSounds, AnAiffThatIsCutIsNamed) {
  Folder folder;
  const auto samples = dlwork::testing::tone(440, 8000, 1000);
  const auto file = encoded(folder, "a.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, samples, 8000);
  EXPECT_EQ(read_sound(file, 8000, 0).size(), samples.size());
  const auto size = static_cast<std::size_t>(std::filesystem::file_size(file));
  const auto cut = first_bytes(folder, file, size - 1);
  EXPECT_EQ(failure_of(ExitStatus::kInput, [&] { read_sound(cut, 8000, 0); }).message,
            "the AIFF file ends before its recording does");
}

SoundFile measured(const std::vector<float>& samples, std::uint32_t rate) {
  Folder folder;
  const auto file = folder.write("a.wav", dlwork::testing::wav(samples, rate));
  SoundMeter meter(sound_head(file), 1e-6, -50);
  read_sound(file, rate, 0, &meter);
  return meter.finish();
}

TEST(SoundMeter, FindsClippingInLogarithmicFormats) {
  Folder folder;
  // Full scale is coded as the largest sample, which is 32124 and 32256 of 32768 (ITU-T G.711).
  const std::pair<int, double> formats[] = {{SF_FORMAT_ULAW, 32124.0 / 32768},
                                            {SF_FORMAT_ALAW, 32256.0 / 32768}};
  for (const auto& [format, largest] : formats) {
    auto samples = dlwork::testing::tone(1000, 8000, 8000, 0.9);
    const auto clipped = [&, code = format] {
      const auto file = encoded(folder, "a.wav", SF_FORMAT_WAV | code, samples, 8000);
      SoundMeter meter(sound_head(file), 1e-6, -50);
      read_sound(file, 8000, 0, &meter);
      return meter.finish();
    };
    EXPECT_EQ(clipped().clipped, 0);
    std::fill_n(samples.begin() + 100, 40, 1.0f);
    std::fill_n(samples.begin() + 300, 20, -1.0f);
    std::fill_n(samples.begin() + 500, 2, 1.0f);  // too short a run
    const SoundFile file = clipped();
    EXPECT_NEAR(file.largest, largest, 1e-4);
    EXPECT_EQ(file.bits, 8);
    EXPECT_NEAR(file.clipped, 60.0 / 8000, 1e-12) << format;
  }
}

TEST(SoundMeter, MeasuresLevelsAndBands) {
  auto samples = dlwork::testing::tone(1000, 8000, 8000);
  const SoundFile tone = measured(samples, 8000);
  EXPECT_NEAR(tone.level, 0.5 / std::sqrt(2), 1e-4);
  EXPECT_NEAR(tone.offset, 0, 1e-4);
  EXPECT_EQ(tone.clipped, 0);
  EXPECT_EQ(tone.silent, 0);
  EXPECT_NEAR(tone.roll_off, 1000, 16) << "within two bins of 7.8 Hz";
  EXPECT_LT(tone.band, 0.35);
  for (float& sample : samples) sample += 0.1f;
  const SoundFile shifted = measured(samples, 8000);
  EXPECT_NEAR(shifted.offset, 0.1, 1e-4);
  EXPECT_NEAR(shifted.level, std::sqrt(0.125 + 0.01), 1e-4);
  EXPECT_NEAR(shifted.roll_off, 1000, 16) << "an offset is no sound";
  for (std::size_t i = 0; i < 40; ++i) samples[100 + i] = 1;  // one run of 40
  samples[300] = samples[302] = -1;                           // no run
  EXPECT_NEAR(measured(samples, 8000).clipped, 40.0 / 8000, 1e-9);
  for (std::size_t i = 0; i < 6000; ++i) samples[i] = 0;
  EXPECT_NEAR(measured(samples, 8000).silent, 0.75, 0.02);
  Rng rng(1, "noise");
  for (float& sample : samples) sample = static_cast<float>(0.1 * rng.normal());
  const SoundFile noise = measured(samples, 8000);
  EXPECT_GT(noise.band, 0.99);
  EXPECT_NEAR(noise.roll_off, 0.99 * 4000, 60);
}

TEST(SoundMeter, SeesThatASoundWasBroughtUpFromALowerRate) {
  Rng rng(1, "noise");
  std::vector<float> samples;
  for (int i = 0; i < 4000; ++i) samples.push_back(static_cast<float>(0.1 * rng.normal()));
  const SoundFile raised = measured(resampled(samples, 4000, 16000), 16000);
  EXPECT_NEAR(raised.band, 0.25, 0.06) << "2,000 of 8,000 Hz";
  const SoundFile lone = measured(std::vector<float>(100, 0.0f), 8000);
  EXPECT_EQ(lone.level, 0);
  EXPECT_EQ(lone.band, 0);
  EXPECT_EQ(lone.silent, 1);
}

}  // namespace
}  // namespace dlwork::data
