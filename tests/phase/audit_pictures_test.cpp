#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "dlwork/base/rng.h"
#include "limits.h"
#include "phase/audit/moved.h"

/// Flaws planted in pictures.
namespace dlwork {
namespace {

using artefact::Severity;
using testing::Becomes;
using testing::findings_of;
using testing::PhaseOverFiles;
using testing::the_finding;

constexpr int kSide = 24;
using Picture = std::vector<std::uint8_t>;

/// A set of grey pictures with their classes, written as IDX.
struct Set {
  std::vector<Picture> pictures;
  std::vector<std::uint8_t> labels;

  static void number(std::string& bytes, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 255);
  }
  std::string picture_bytes() const {
    std::string bytes;
    number(bytes, 0x803);
    number(bytes, static_cast<std::uint32_t>(pictures.size()));
    number(bytes, kSide);
    number(bytes, kSide);
    for (const Picture& picture : pictures) bytes.append(picture.begin(), picture.end());
    return bytes;
  }
  std::string label_bytes() const {
    std::string bytes;
    number(bytes, 0x801);
    number(bytes, static_cast<std::uint32_t>(labels.size()));
    bytes.append(labels.begin(), labels.end());
    return bytes;
  }
};

/// Waves: upright ones are class 0, level ones class 1; phase, length, brightness and noise vary.
Set waves(int count, std::uint64_t seed) {
  Rng rng(seed, "waves");
  Set set;
  for (int i = 0; i < count; ++i) {
    const auto label = static_cast<std::uint8_t>(rng.below(2));
    const double phase = rng.uniform(0, 6.28), length = rng.uniform(5, 12),
                 bend = rng.uniform(-0.5, 0.5), height = rng.uniform(40, 80),
                 ground = rng.uniform(100, 150);
    Picture picture;
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        const double along = label == 0 ? x + bend * y : y + bend * x;
        const double value = ground +
                             height * std::sin(2 * std::numbers::pi * along / length + phase) +
                             6 * rng.normal();
        picture.push_back(static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0)));
      }
    }
    set.pictures.push_back(std::move(picture));
    set.labels.push_back(label);
  }
  return set;
}

artefact::PhaseResult audit(PhaseOverFiles& phase, const Set& train, const Set& test) {
  phase.write("train-images", train.picture_bytes());
  phase.write("train-labels", train.label_bytes());
  phase.write("test-images", test.picture_bytes());
  phase.write("test-labels", test.label_bytes());
  auto& data = phase.project.data;
  data.target = "";
  data.train.paths = {"train-images"};
  data.train.labels = "train-labels";
  data.test.paths = {"test-images"};
  data.test.labels = "test-labels";
  data.validation.amount = spec::Amount{20, false};
  return phase.run("audit");
}

artefact::PhaseResult audit(const Set& train, const Set& test) {
  PhaseOverFiles phase;
  return audit(phase, train, test);
}

bool has(const artefact::PhaseResult& result, const std::string& id) {
  return !findings_of(result, id).empty();
}

TEST(AuditPictures, CleanOnesHaveNoErrors) {
  const auto result = audit(waves(600, 1), waves(300, 2));
  for (const auto& finding : result.findings) {
    EXPECT_NE(finding.severity, Severity::kError) << finding.id << ": " << finding.message;
    EXPECT_TRUE(finding.checked) << finding.message;
  }
  for (const char* id : {"picture-dark", "picture-blurred", "leak-border", "spurious-property",
                         "duplicate-augmented", "picture-property-shift", "picture-blank",
                         "picture-clipped", "picture-grey", "picture-property-outlier"}) {
    for (const auto& finding : findings_of(result, id)) ADD_FAILURE() << id << finding.message;
  }
}

TEST(AuditPictures, FaultsAreNamedWithTheirRows) {
  Set train = waves(600, 1);
  for (auto& pixel : train.pictures[50]) pixel = static_cast<std::uint8_t>(pixel / 8);
  for (auto& pixel : train.pictures[60]) pixel = static_cast<std::uint8_t>(250 + pixel % 5);
  train.pictures[70].assign(kSide * kSide, 0);
  train.pictures[70][300] = 255;
  for (int i = 0; i < kSide * kSide; ++i) {  // smooth, with the usual range of values
    train.pictures[80][i] = static_cast<std::uint8_t>(60 + 3 * (i / kSide) + 3 * (i % kSide));
  }
  for (int i = 0; i < 4 * kSide; ++i) train.pictures[90][i] = 0;
  PhaseOverFiles phase;
  const auto result = audit(phase, train, waves(100, 2));
  EXPECT_EQ(the_finding(result, "picture-light").evidence["rows"][0], "train-images:61");
  EXPECT_EQ(the_finding(result, "picture-low-information").evidence["samples"], 1);
  EXPECT_EQ(the_finding(result, "picture-blurred").evidence["rows"][0], "train-images:81");
  EXPECT_THAT(the_finding(result, "picture-letterbox").evidence["rows"].dump(),
              ::testing::HasSubstr("\"train-images:71\""));
  EXPECT_TRUE(has(result, "picture-dark"));
  EXPECT_TRUE(has(result, "picture-low-contrast"));
  EXPECT_EQ(the_finding(result, "picture-dark").severity, Severity::kInfo);
  run_rounds(phase, result,
             {
                 {1, "picture_dark", 0, "picture-dark", "", Becomes::kGone},
                 {2, "picture_share", 0, "picture-dark", "", Becomes::kWarn},
                 {1, "picture_light", 0, "picture-light", "", Becomes::kGone},
                 {1, "picture_contrast", 0, "picture-low-contrast", "", Becomes::kGone},
                 {1, "picture_entropy", 0, "picture-low-information", "", Becomes::kGone},
                 {1, "picture_blur", 0, "picture-blurred", "", Becomes::kGone},
                 {1, "letterbox_share", 2, "picture-letterbox", "", Becomes::kGone},
             });
}

TEST(AuditPictures, NearAndMirroredCopiesAcrossThePartsAreFound) {
  const Set train = waves(600, 1);
  Set test = waves(300, 2);
  Rng rng(4, "copies");
  for (int i = 0; i < 30; ++i) {
    test.pictures[i] = train.pictures[3 * i];
    test.labels[i] = train.labels[3 * i];
    for (auto& pixel : test.pictures[i]) {
      pixel = static_cast<std::uint8_t>(std::clamp(pixel + 3 * rng.normal(), 0.0, 255.0));
    }
  }
  for (int i = 40; i < 46; ++i) {  // mirrored
    test.labels[i] = train.labels[i];
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        test.pictures[i][y * kSide + x] = train.pictures[i][y * kSide + kSide - 1 - x];
      }
    }
  }
  const auto result = audit(train, test);
  const auto near = findings_of(result, "split-overlap-near");
  ASSERT_FALSE(near.empty());
  EXPECT_EQ(near.back().evidence["part"], "test");
  EXPECT_EQ(near.back().severity, Severity::kError);
  EXPECT_GE(near.back().evidence["count"].get<int>(), 27);
  const auto mirrored = the_finding(result, "duplicate-augmented");
  EXPECT_EQ(mirrored.severity, Severity::kError);
  EXPECT_EQ(mirrored.evidence["count"], 6);
}

/// As random cropping with padding makes them: 24 pixels a side may move by 3.
TEST(AuditPictures, MovedCopiesAreFound) {
  const Set train = waves(600, 1);
  Set test = waves(300, 2);
  const auto move = [&](int i, int down, int right) {
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        const int v = y - down, u = x - right;
        const bool inside = v >= 0 && v < kSide && u >= 0 && u < kSide;
        test.pictures[i][y * kSide + x] = inside ? train.pictures[i][v * kSide + u] : 0;
      }
    }
  };
  move(40, 3, -3);
  move(41, 0, 1);
  move(42, -2, 0);
  move(43, 4, 0);  // too far
  move(44, 0, 0);  // equal, which is another finding
  const auto result = audit(train, test);
  const auto moved = the_finding(result, "duplicate-augmented");
  EXPECT_EQ(moved.severity, Severity::kError);
  EXPECT_EQ(moved.evidence["count"], 3);
  EXPECT_EQ(moved.evidence["how"], "moved by a few pixels");
}

/// A bar here and a bar there are no copies: of 29 neighbours in a window, 2 differ.
TEST(AuditPictures, PlainPicturesAreNoMovedCopies) {
  data::Pictures bars;
  bars.count = 2;
  bars.channels = 1;
  bars.height = bars.width = 40;
  for (const int from : {18, 20}) {
    for (int i = 0; i < 40 * 40; ++i) {
      bars.pixels.push_back(i % 40 >= from && i % 40 < from + 4 ? 200 : 0);
    }
  }
  EXPECT_TRUE(phase::audit::find_moved(bars).empty());
  // With a pattern of 200 and 201 in them, 5 of 29 differ.
  for (std::size_t i = 0; i < bars.pixels.size(); ++i) {
    bars.pixels[i] = static_cast<std::uint8_t>(bars.pixels[i] + (bars.pixels[i] > 0 ? i % 2 : 0));
  }
  EXPECT_EQ(phase::audit::find_moved(bars).size(), 1u);
}

TEST(AuditPictures, MarksAndLightThatTellTheClassAreFound) {
  Set train = waves(600, 1), test = waves(300, 2);
  for (Set* set : {&train, &test}) {
    for (std::size_t i = 0; i < set->pictures.size(); ++i) {
      for (int x = 0; x < 4; ++x) set->pictures[i][x] = set->labels[i] == 0 ? 255 : 0;
    }
  }
  PhaseOverFiles phase;
  const auto marked = audit(phase, train, test);
  EXPECT_EQ(the_finding(marked, "leak-border").severity, Severity::kError);
  run_rounds(phase, marked,
             {
                 {1, "border_error", 1.1, "leak-border", "", Becomes::kWarn},
                 {2, "border_warn", 1.1, "leak-border", "", Becomes::kGone},
             });
  Set lit = waves(600, 1);
  for (std::size_t i = 0; i < lit.pictures.size(); ++i) {
    if (lit.labels[i] == 0) continue;
    for (auto& pixel : lit.pictures[i]) pixel = static_cast<std::uint8_t>(pixel / 3);
  }
  const auto spurious = findings_of(audit(lit, waves(300, 2)), "spurious-property");
  ASSERT_FALSE(spurious.empty());
  EXPECT_EQ(spurious.front().evidence["property"], "brightness");
  EXPECT_EQ(spurious.front().severity, Severity::kError);
}

TEST(AuditPictures, BlankOverexposedOddAndRepeatedOnesAreNamed) {
  Set train = waves(400, 1);
  train.pictures[30].assign(kSide * kSide, 77);
  for (int i = 0; i < kSide * kSide / 2; ++i) train.pictures[40][i] = 255;
  Rng rng(5, "odd");
  for (auto& pixel : train.pictures[50]) {  // far sharper than all others
    pixel = static_cast<std::uint8_t>(rng.below(2) * 255);
  }
  // Twenty pairs that differ by a little noise.
  for (int i = 0; i < 20; ++i) {
    Picture& copy = train.pictures[200 + i];
    copy = train.pictures[100 + i];
    train.labels[200 + i] = train.labels[100 + i];
    for (auto& pixel : copy) {
      pixel = static_cast<std::uint8_t>(std::clamp(pixel + 2 * rng.normal(), 0.0, 255.0));
    }
  }
  PhaseOverFiles phase;
  const auto result = audit(phase, train, waves(100, 2));
  const auto blank = the_finding(result, "picture-blank");
  EXPECT_EQ(blank.severity, Severity::kWarn);
  EXPECT_EQ(blank.evidence["rows"].dump(), "[\"train-images:31\"]");
  const auto clipped = the_finding(result, "picture-clipped");
  EXPECT_EQ(clipped.severity, Severity::kInfo) << "below 1 %";
  EXPECT_THAT(clipped.evidence["rows"].dump(), ::testing::HasSubstr("\"train-images:41\""));
  bool sharp = false;
  for (const auto& finding : findings_of(result, "picture-property-outlier")) {
    EXPECT_EQ(finding.severity, Severity::kInfo);
    sharp =
        sharp || (finding.evidence["property"] == "sharpness" &&
                  finding.evidence["rows"].dump().find("\"train-images:51\"") != std::string::npos);
  }
  EXPECT_TRUE(sharp);
  const auto near = the_finding(result, "picture-duplicate-near");
  EXPECT_EQ(near.severity, Severity::kWarn) << "more than half a percent";
  EXPECT_GE(near.evidence["count"].get<int>(), 15) << "a few pairs lie across the parts";
  EXPECT_LE(near.evidence["count"].get<int>(), 20);
  for (const auto& pair : near.evidence["pairs"]) {
    const auto line = [](const Json& place) {
      const auto text = place.get<std::string>();
      return std::stoi(text.substr(text.rfind(':') + 1));
    };
    EXPECT_EQ(line(pair[1]) - line(pair[0]), 100) << pair.dump();
  }
  run_rounds(phase, result,
             {
                 {1, "picture_clipped", 0.9, "picture-clipped", "", Becomes::kGone},
                 {1, "property_ranges", 1e9, "picture-property-outlier", "", Becomes::kGone},
                 {1, "near_correlation", 1.1, "picture-duplicate-near", "", Becomes::kGone},
             });
}

TEST(AuditPictures, AnotherCameraIsSeen) {
  Set test = waves(300, 2);
  for (auto& picture : test.pictures) {
    for (auto& pixel : picture) pixel = static_cast<std::uint8_t>(std::min(255, pixel + 40));
  }
  const auto result = audit(waves(600, 1), test);
  EXPECT_FALSE(findings_of(result, "picture-property-shift").empty());
  EXPECT_TRUE(has(result, "leak-adversarial"));
}

/// Grey pictures of 8 x 8, each brighter by its number, as an NPY array with that number.
void write_bright(const PhaseOverFiles& phase, const std::string& name, int count) {
  const auto array = [](const std::string& type, const std::string& shape,
                        const std::string& values) {
    std::string head =
        "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
    while ((10 + head.size() + 1) % 64 != 0) head += ' ';
    head += '\n';
    std::string bytes = "\x93NUMPY";
    bytes +=
        {'\1', '\0', static_cast<char>(head.size() & 255), static_cast<char>(head.size() >> 8)};
    return bytes + head + values;
  };
  Rng rng(static_cast<std::uint64_t>(count), "bright");
  std::string pixels, targets;
  for (int i = 0; i < count; ++i) {
    const int ground = 40 + 3 * (i * 37 % count);
    const double target = ground;
    targets.append(reinterpret_cast<const char*>(&target), sizeof(target));
    for (int k = 0; k < 64; ++k) {
      pixels +=
          static_cast<char>(static_cast<std::uint8_t>(ground + static_cast<int>(rng.below(20))));
    }
  }
  const std::string n = std::to_string(count);
  phase.write(name + ".npy", array("|u1", "(" + n + ", 8, 8)", pixels));
  phase.write(name + "-y.npy", array("<f8", "(" + n + ",)", targets));
}

/// The border is asked about classes alone; properties tell numbers too.
TEST(AuditPictures, NumbersAsTargetsGoThroughEveryCheck) {
  PhaseOverFiles phase;
  write_bright(phase, "train", 60);
  write_bright(phase, "test", 20);
  phase.project.task = "regression";
  phase.project.goal.metric = "rmse";
  auto& data = phase.project.data;
  data.target = "";
  data.train.paths = {"train.npy"};
  data.train.labels = "train-y.npy";
  data.test.paths = {"test.npy"};
  data.test.labels = "test-y.npy";
  data.validation.amount = spec::Amount{5, false};
  const auto result = phase.run("audit");
  for (const auto& finding : result.findings) EXPECT_TRUE(finding.checked) << finding.message;
  EXPECT_EQ(testing::the_table(result, "parts").rows[0][1], "55");
  EXPECT_FALSE(has(result, "leak-border"));
  EXPECT_FALSE(has(result, "label-conflict-exact"));
  bool by_brightness = false;
  for (const auto& finding : findings_of(result, "spurious-property")) {
    by_brightness = by_brightness || finding.evidence["property"] == "brightness";
  }
  EXPECT_TRUE(by_brightness);
}

TEST(AuditPictures, PicturesScaledTwiceAreAnError) {
  Set train = waves(100, 1), test = waves(50, 2);
  for (Set* set : {&train, &test}) {
    for (auto& picture : set->pictures) {
      for (auto& pixel : picture) pixel = pixel > 127 ? 1 : 0;
    }
  }
  EXPECT_EQ(the_finding(audit(train, test), "picture-range").severity, Severity::kError);
}

}  // namespace
}  // namespace dlwork
