#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <numbers>
#include <set>

#include "data/cut_media.h"
#include "data/decode.h"
#include "data/labelled_files.h"
#include "data/resize.h"
#include "data/sound_file.h"
#include "data_support.h"
#include "dlwork/data/png.h"
#include "dlwork/data/preprocess.h"
#include "support/sounds.h"

namespace dlwork::data {
namespace {

using dlwork::testing::tone;
using dlwork::testing::wav;

void write_picture(const Folder& folder, const std::string& name, std::int64_t height,
                   std::int64_t width, int level) {
  Pictures pictures{1, 1, height, width, {}};
  pictures.pixels.assign(pictures.size(), static_cast<std::uint8_t>(level));
  std::filesystem::create_directories((folder / name).parent_path());
  write_png(pictures, 0, folder / name);
}

TEST(Pictures, OfOtherSizesAreBroughtToTheMostCommon) {
  Folder folder;
  for (int i = 0; i < 10; ++i) write_picture(folder, "a/x" + std::to_string(i) + ".png", 4, 6, 10);
  for (int i = 0; i < 10; ++i) write_picture(folder, "b/x" + std::to_string(i) + ".png", 4, 6, 20);
  write_picture(folder, "b/odd.png", 9, 3, 70);
  auto project = folder.project(".");
  Quiet quiet;
  const Dataset dataset = load_dataset(project, "classification", quiet.run);
  const Pictures& pool = dataset.samples.pictures;
  EXPECT_EQ(pool.height, 4);
  EXPECT_EQ(pool.width, 6);
  EXPECT_TRUE(pool.resized);
  EXPECT_EQ(pool.at(10)[23], 70) << "b/odd.png comes first of its class";
  const auto fitted =
      Preprocessor::fit(dataset.samples, dataset.part(Part::kTrain), Categories::kOneHot);
  EXPECT_TRUE(Preprocessor::from_json(fitted.to_json()).resizes());
  InputStream stream((folder / "b/odd.png").string(), fitted, {});
  EXPECT_EQ(stream.next(1)->pictures.at(0)[0], 70) << "as in training";
  project.data.picture_size = {2, 3};
  const Dataset small = load_dataset(project, "classification", quiet.run);
  EXPECT_EQ(small.samples.pictures.height, 2);
  EXPECT_EQ(small.samples.pictures.width, 3);
  EXPECT_EQ(probe(project).width, 3);
}

TEST(Pictures, AreNamedByATable) {
  Folder folder;
  std::string text = "file,species,site\n";
  for (int i = 0; i < 20; ++i) {
    const std::string name = "shots/" + std::to_string(i) + ".png";
    write_picture(folder, name, 2, 2, i);
    text += name + "," + (i % 2 ? "fox" : "hare") + ",s" + std::to_string(i / 4) + "\n";
  }
  folder.write("labels.csv", text);
  auto project = folder.project("labels.csv", "species");
  project.data.columns["file"].type = "picture";
  project.data.columns["site"].type = "group";
  project.data.split.method = "group";
  EXPECT_EQ(probe(project).kind, Kind::kImage);
  Quiet quiet;
  const Dataset dataset = load_dataset(project, "classification", quiet.run);
  EXPECT_EQ(dataset.samples.kind, Kind::kImage);
  EXPECT_EQ(dataset.samples.pictures.at(7)[3], 7);
  EXPECT_EQ(dataset.samples.where(7), "labels.csv:9 (file shots/7.png)");
  EXPECT_EQ(dataset.samples.target.classes, (std::vector<std::string>{"fox", "hare"}));
  const auto fitted =
      Preprocessor::fit(dataset.samples, dataset.part(Part::kTrain), Categories::kOneHot);
  const auto file =
      folder.write("new.jsonl", "{\"file\": \"shots/3.png\"}\n{\"file\": \"shots/nothing.png\"}\n");
  InputStream stream(file, Preprocessor::from_json(fitted.to_json()), {});
  EXPECT_EQ(stream.next(1)->pictures.at(0)[0], 3);
  const auto gone = failure_of(ExitStatus::kInput, [&] { stream.next(1); });
  EXPECT_HAS(gone.message, "shots/nothing.png");
  const std::string before = data_fingerprint(project, "");
  write_picture(folder, "shots/3.png", 2, 2, 99);
  EXPECT_NE(data_fingerprint(project, ""), before) << "what the table names is data too";
  folder.write("labels.csv", text + ",fox,s1\n");
  const auto error =
      failure_of(ExitStatus::kInput, [&] { load_dataset(project, "classification", quiet.run); });
  EXPECT_EQ(error.message, "column file names no picture");
  EXPECT_EQ(error.at.line, 22);
}

TEST(LabelledFiles, MatchPatterns) {
  const auto parts = match_name("{label}_{group}_{}.wav", "7_jackson_32.wav");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->label, "7");
  EXPECT_EQ(parts->group, "jackson");
  EXPECT_EQ(match_name("{}-{label}.png", "a-b-c.png")->label, "b-c")
      << "as little as fits, from the left";
  EXPECT_FALSE(match_name("{label}_{}.wav", "7.wav"));
  EXPECT_FALSE(match_name("{label}_{}.wav", "_1.wav"));
  EXPECT_FALSE(match_name("{label", "x"));
  EXPECT_TRUE(match_name("x.wav", "x.wav"));
}

TEST(Media, LinksThatGoInCirclesAreNoFiles) {
  Folder folder;
  write_picture(folder, "a/1.png", 2, 2, 1);
  write_picture(folder, "b/1.png", 2, 2, 1);
  std::filesystem::create_symlink("loop.png", folder / "a/loop.png");
  std::filesystem::create_directory_symlink("..", folder / "a/up");
  std::filesystem::create_symlink("gone.png", folder / "b/dangling.png");
  EXPECT_EQ(find_labelled_files(folder.path().string(), Media::kPictures, "").files.size(), 2u);
}

TEST(Sounds, BecomeLogMelFrames) {
  Folder folder;
  for (int i = 0; i < 12; ++i) {
    const double hertz = i % 2 ? 440 : 1760;
    folder.write("calls/" + std::string(i % 2 ? "low" : "high") + "_s" + std::to_string(i / 3) +
                     "_" + std::to_string(i) + ".wav",
                 wav(tone(hertz, 8000, 1600 + 80 * static_cast<std::size_t>(i)), 8000));
  }
  auto project = folder.project("calls");
  project.data.label_pattern = "{label}_{group}_{}.wav";
  project.data.split.method = "group";
  const Probe found = probe(project);
  EXPECT_EQ(found.kind, Kind::kSequence);
  EXPECT_EQ(found.classes, (std::vector<std::string>{"high", "low"}));
  EXPECT_EQ(found.channels, 40);
  Quiet quiet;
  const Dataset dataset = load_dataset(project, "classification", quiet.run);
  const Sequences& series = dataset.samples.sequences;
  EXPECT_EQ(series.channels, 40);
  ASSERT_TRUE(series.sound);
  EXPECT_EQ(series.sound->rate, 8000);
  // Frames of 200 samples every 80: 1600 samples give 1 + ceil(1400 / 80) = 19.
  EXPECT_EQ(*std::min_element(series.lengths.begin(), series.lengths.end()), 19);
  const Column& groups = *dataset.samples.carried.find("group");
  std::array<std::set<std::int32_t>, 3> parts;
  for (int part = 0; part < 3; ++part) {
    for (const auto row : dataset.rows[part]) parts[part].insert(groups.codes[row]);
  }
  EXPECT_EQ(parts[0].size() + parts[1].size() + parts[2].size(), 4u) << "speakers stay whole";
  const auto fitted = Preprocessor::from_json(
      Preprocessor::fit(dataset.samples, dataset.part(Part::kTrain), Categories::kOneHot)
          .to_json());
  InputStream stream((folder / "calls").string(), fitted, {});
  const auto chunk = stream.next(100);
  ASSERT_TRUE(chunk);
  EXPECT_EQ(chunk->count, 12);
  EXPECT_EQ(chunk->sequences.values[5], series.values[5]);
  project.data.sound.features = "raw";
  project.data.sound.length.seconds = 0.1;
  const Dataset plain = load_dataset(project, "classification", quiet.run);
  EXPECT_EQ(plain.samples.sequences.steps, 800);
  EXPECT_EQ(plain.samples.sequences.channels, 1);
  EXPECT_NEAR(plain.samples.sequences.at(0)[1], 0.5 * std::sin(2 * std::numbers::pi * 1760 / 8000),
              1e-4);
}

TEST(Sounds, AreResampledWithoutAliases) {
  const auto sum = [](const std::vector<float>& samples) {
    double total = 0;
    for (std::size_t i = 500; i < 1500; ++i) total += samples[i] * samples[i];
    return std::sqrt(total / 1000);
  };
  const auto kept = resampled(tone(1000, 16000, 8000), 16000, 8000);
  ASSERT_EQ(kept.size(), 4000u);
  const auto wanted = tone(1000, 8000, 4000);
  for (std::size_t i = 100; i < 3900; ++i) EXPECT_NEAR(kept[i], wanted[i], 2e-3) << i;
  EXPECT_LT(sum(resampled(tone(6000, 16000, 8000), 16000, 8000)), 1e-3)
      << "above half the new rate";
  const auto up = resampled(tone(1000, 8000, 4000), 8000, 11025);
  const auto higher = tone(1000, 11025, 5000);
  for (std::size_t i = 200; i < 4800; ++i) EXPECT_NEAR(up[i], higher[i], 2e-3) << i;
}

TEST(Sounds, ThatAreDamagedAreNamed) {
  Folder folder;
  const auto fails = [&](const std::string& bytes) {
    const auto file = folder.write("a.wav", bytes);
    const auto error = failure_of(ExitStatus::kInput, [&] { read_sound(file, 8000, 0); });
    EXPECT_EQ(error.at.file, file);
    return error.message;
  };
  EXPECT_HAS(fails(""), "cannot be read as a sound");
  EXPECT_HAS(fails("RIFF"), "cannot be read as a sound");
  EXPECT_HAS(fails(wav({}, 8000)), "no samples");
  const std::string whole = wav(tone(440, 8000, 100), 8000);
  for (const std::size_t size : {std::size_t{46}, whole.size() - 1}) {
    EXPECT_HAS(fails(whole.substr(0, size)), "the WAV file ends before its recording does");
    failure_of(ExitStatus::kInput, [&] { sound_head((folder / "a.wav").string()); });
  }
}

TEST(Sounds, OfUnknownLengthAreReadToTheirEnd) {
  Folder folder;
  const std::string whole = wav(tone(440, 8000, 100), 8000);
  for (const std::string& size : {std::string("\xff\xff\xff\x7f"), std::string("\xff\xff\xff\xff"),
                                  std::string("\x00\xf0\xff\x7f", 4)}) {
    std::string piped = whole;
    piped.replace(40, 4, size);
    const auto file = folder.write("piped.wav", piped);
    EXPECT_EQ(read_sound(file, 8000, 0).size(), 100u) << "what is there, whatever the head claims";
  }
  // Chunks before and behind the samples, one of an odd length.
  const auto note = std::string("note\x03\0\0\0abc\0", 12);
  const std::string more = whole.substr(0, 36) + note + whole.substr(36);
  EXPECT_EQ(cut_sound(folder.write("more.wav", more + note)), nullptr);
  EXPECT_EQ(cut_sound(folder.write("more.wav", more)), nullptr);
  EXPECT_STREQ(cut_sound(folder.write("more.wav", more.substr(0, more.size() - 1))), "WAV");
}

TEST(Sounds, OfSeveralRatesNeedOne) {
  Folder folder;
  for (int i = 0; i < 10; ++i) {
    folder.write((i % 2 ? "a/" : "b/") + std::to_string(i) + ".wav",
                 wav(tone(440, 8000, 800), i == 9 ? 16000 : 8000));
  }
  auto project = folder.project(".");
  Quiet quiet;
  const auto error =
      failure_of(ExitStatus::kInput, [&] { load_dataset(project, "classification", quiet.run); });
  EXPECT_HAS(error.message, "has 16000 samples a second, but");
  project.data.sound.rate = 8000;
  EXPECT_EQ(load_dataset(project, "classification", quiet.run).samples.count, 10);
}

/// Pictures and a sound as Pillow, Python's wave module and numpy make and read them.
constexpr const char* kWriter = R"(
import sys, wave, numpy as np
from PIL import Image
folder = sys.argv[1]
rng = np.random.default_rng(1)
grey = rng.integers(0, 256, (13, 17), dtype='u1')
colour = rng.integers(0, 256, (13, 17, 3), dtype='u1')
alpha = np.dstack([colour, rng.integers(0, 256, (13, 17), dtype='u1')])
deep = rng.integers(0, 65536, (13, 17)).astype('u2')
for name, values in [('grey.png', grey), ('grey.tif', grey), ('grey.bmp', grey), ('colour.png', colour),
                     ('colour.tif', colour), ('colour.bmp', colour), ('alpha.png', alpha)]:
    Image.fromarray(values).save(f'{folder}/{name}')
Image.fromarray(colour).save(f'{folder}/packed.tif', compression='tiff_lzw')
Image.fromarray(deep).save(f'{folder}/deep.png')
Image.fromarray(deep).save(f'{folder}/deep.tif')
smooth = np.asarray(Image.fromarray(colour).resize((90, 70), Image.BICUBIC))
Image.fromarray(smooth).save(f'{folder}/smooth.png')
for mode, name in [('RGB', 'colour'), ('L', 'grey')]:
    Image.fromarray(smooth).convert(mode).save(f'{folder}/{name}.jpg', quality=90, subsampling=0)
    np.asarray(Image.open(f'{folder}/{name}.jpg')).tofile(f'{folder}/{name}-jpg.raw')
for size in [(45, 35), (20, 31), (200, 150)]:
    Image.fromarray(smooth).resize(size, Image.BILINEAR).save(f'{folder}/size-{size[0]}x{size[1]}.png')
grey.tofile(f'{folder}/grey.raw'); colour.tofile(f'{folder}/colour.raw'); (deep >> 8).astype('u1').tofile(f'{folder}/deep.raw')
rate = 8000; n = 1234
samples = (rng.normal(size=n) * 3000).astype('<i2')
with wave.open(f'{folder}/a.wav', 'wb') as w:
    w.setnchannels(1); w.setsampwidth(2); w.setframerate(rate); w.writeframes(samples.tobytes())
x = samples.astype('f8') / 32768
window, step, size, bands = 200, 80, 256, 40
hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
frames = 1 + -(-(n - window) // step)
padded = np.concatenate([x, np.zeros(window)])
mel = lambda f: 2595 * np.log10(1 + f / 700)
edges = 700 * (10 ** (np.linspace(0, mel(rate / 2), bands + 2) / 2595) - 1)
f = np.arange(size // 2 + 1) * rate / size
bank = np.array([np.clip(np.minimum((f - a) / (b - a), (c - f) / (c - b)), 0, None)
                 for a, b, c in zip(edges, edges[1:], edges[2:])])
out = []
for k in range(frames):
    piece = padded[k * step:k * step + window].copy()
    power = np.abs(np.fft.rfft(piece * hann, size)) ** 2
    out.append(np.log(np.maximum(bank @ power, 1e-10)))
np.array(out).astype('f4').tofile(f'{folder}/mel.raw')
)";

class PeerMedia : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* python = std::getenv("DLWORK_PEERS_PYTHON");
    if (python == nullptr) GTEST_SKIP() << "needs a Python with Pillow in DLWORK_PEERS_PYTHON";
    const auto script = folder_.write("write.py", kWriter);
    const std::string command = std::string(python) + " " + script + " " + folder_.path().string();
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  std::string file(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string raw(const std::string& name) const {
    std::ifstream stream(file(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  /// Interleaved, as numpy holds it.
  std::string decoded(const std::string& name, int channels, int height = 13,
                      int width = 17) const {
    std::vector<std::uint8_t> planes(static_cast<std::size_t>(channels) * height * width);
    decode_picture(file(name), channels, width, height, planes.data());
    std::string bytes;
    for (int i = 0; i < height * width; ++i) {
      for (int c = 0; c < channels; ++c) bytes += static_cast<char>(planes[c * height * width + i]);
    }
    return bytes;
  }
  Folder folder_;
};

TEST_F(PeerMedia, PicturesOfAllFormatsAreEqual) {
  for (const char* name : {"grey.png", "grey.tif", "grey.bmp"}) {
    EXPECT_EQ(picture_size(file(name)).height, 13) << name;
    EXPECT_TRUE(decoded(name, 1) == raw("grey.raw")) << name;
  }
  EXPECT_EQ(picture_size(file("grey.tif")).channels, 1);
  for (const char* name : {"colour.png", "colour.tif", "colour.bmp", "packed.tif", "alpha.png"}) {
    EXPECT_TRUE(decoded(name, 3) == raw("colour.raw")) << name;
  }
  for (const char* name : {"deep.png", "deep.tif"}) {
    const std::string mine = decoded(name, 1), theirs = raw("deep.raw");
    for (std::size_t i = 0; i < mine.size(); ++i) {
      EXPECT_NEAR(static_cast<std::uint8_t>(mine[i]), static_cast<std::uint8_t>(theirs[i]), 1)
          << name;
    }
  }
}

TEST_F(PeerMedia, JpegIsDecodedAsPillowDoes) {
  for (const auto& [name, channels] : {std::pair("grey", 1), std::pair("colour", 3)}) {
    const std::string mine = decoded(std::string(name) + ".jpg", channels, 70, 90);
    const std::string theirs = raw(std::string(name) + "-jpg.raw");
    ASSERT_EQ(mine.size(), theirs.size());
    for (std::size_t i = 0; i < mine.size(); ++i) {
      // Two decoders round the cosine transform otherwise.
      ASSERT_NEAR(static_cast<std::uint8_t>(mine[i]), static_cast<std::uint8_t>(theirs[i]), 3)
          << name << " " << i;
    }
  }
}

TEST_F(PeerMedia, PicturesAreResizedAsPillowDoes) {
  for (const auto& [width, height] :
       std::vector<std::pair<int, int>>{{45, 35}, {20, 31}, {200, 150}}) {
    std::vector<std::uint8_t> mine(static_cast<std::size_t>(3) * width * height);
    decode_picture(file("smooth.png"), 3, width, height, mine.data(), Fit::kResize);
    std::vector<std::uint8_t> theirs(mine.size());
    decode_picture(file("size-" + std::to_string(width) + "x" + std::to_string(height) + ".png"), 3,
                   width, height, theirs.data());
    int worst = 0;
    for (std::size_t i = 0; i < mine.size(); ++i)
      worst = std::max(worst, std::abs(mine[i] - theirs[i]));
    EXPECT_LE(worst, 1) << width;
  }
}

TEST_F(PeerMedia, DamagedTiffFilesAreNamed) {
  const std::string whole = raw("packed.tif");
  for (std::size_t size : {std::size_t{9}, whole.size() / 4, whole.size() / 2}) {
    const auto cut = folder_.write("cut.tif", whole.substr(0, size));
    std::vector<std::uint8_t> out(13 * 17 * 3);
    const auto error = failure_of(ExitStatus::kInput, [&] {
      picture_size(cut);
      decode_picture(cut, 3, 17, 13, out.data());
    });
    EXPECT_EQ(error.at.file, cut);
  }
}

TEST_F(PeerMedia, LogMelFramesAreThoseOfNumpy) {
  const auto samples = read_sound(file("a.wav"), 8000, 0);
  ASSERT_EQ(samples.size(), 1234u);
  const auto mine = sound_features(samples, 8000, spec::Sound());
  const std::string bytes = raw("mel.raw");
  ASSERT_EQ(bytes.size(), mine.size() * sizeof(float));
  for (std::size_t i = 0; i < mine.size(); ++i) {
    float theirs;
    std::memcpy(&theirs, bytes.data() + i * sizeof(float), sizeof(float));
    ASSERT_NEAR(mine[i], theirs, 2e-4) << i;
  }
}

/// A frame of one or two samples: fewer than the transform takes.
TEST(SoundFeatures, OfAFewSamplesASecondAreFinite) {
  for (const std::int64_t rate : {20, 60, 100}) {  // frames of 1, 2 and 3 samples
    const auto mine = sound_features({0.5f, -0.25f, 1.0f, 0.0f}, rate, spec::Sound());
    ASSERT_GT(mine.size(), 0u);
    for (const float value : mine) EXPECT_TRUE(std::isfinite(value)) << rate;
  }
}

TEST(RealSounds, OfSpokenDigitsAreRead) {
  const char* root = std::getenv("DLWORK_DATA");
  if (root == nullptr || !std::filesystem::exists(std::string(root) + "/spoken-digits")) {
    GTEST_SKIP() << "needs spoken-digits in the folder DLWORK_DATA names";
  }
  spec::Project project;
  project.data.root = std::string(root) + "/spoken-digits/recordings";
  project.data.train.paths = {"[0-9]_*_[5-9].wav"};
  project.data.test.paths = {"[0-9]_*_[0-4].wav"};
  project.data.label_pattern = "{label}_{group}_{}.wav";
  Quiet quiet;
  const Dataset dataset = load_dataset(project, "classification", quiet.run);
  EXPECT_EQ(dataset.samples.count, 600);
  EXPECT_EQ(dataset.part(Part::kTest).size(), 300u) << "the official test part";
  EXPECT_EQ(dataset.samples.target.classes.size(), 10u);
  EXPECT_EQ(dataset.samples.sequences.sound->rate, 8000);
  EXPECT_EQ(dataset.samples.carried.find("group")->categories.size(), 6u) << "speakers";
}

}  // namespace
}  // namespace dlwork::data
