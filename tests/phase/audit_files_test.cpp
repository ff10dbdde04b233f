#include <gmock/gmock.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>
#include <numbers>

#include "dlwork/base/rng.h"
#include "dlwork/data/png.h"
#include "limits.h"
#include "support/jpeg.h"

/// Flaws of files of pictures and arrays.
namespace dlwork {
namespace {

using artefact::Severity;
using testing::Becomes;
using testing::findings_of;
using ::testing::HasSubstr;
using testing::PhaseOverFiles;
using testing::the_finding;

constexpr int kSide = 12;

/// A coloured picture: stripes whose way tells the class.
data::Pictures picture(Rng& rng, bool upright, int height = kSide, int width = kSide,
                       int channels = 3) {
  data::Pictures made{1, channels, height, width, {}};
  const double phase = rng.uniform(0, 6.28), length = rng.uniform(3, 6);
  std::vector<double> colour;
  for (int c = 0; c < channels; ++c) colour.push_back(rng.uniform(60, 190));
  for (int c = 0; c < channels; ++c) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const double wave = std::sin(2 * std::numbers::pi * (upright ? x : y) / length + phase);
        made.pixels.push_back(static_cast<std::uint8_t>(
            std::clamp(colour[c] + 40 * wave + 8 * rng.normal(), 0.0, 255.0)));
      }
    }
  }
  return made;
}

/// Class folders of pictures; files are "up/00.png" and "down/00.png".
class PictureFolder {
 public:
  explicit PictureFolder(int each) {
    for (int i = 0; i < each; ++i) {
      for (const char* label : {"up", "down"}) put(name(label, i), picture(rng, label[0] == 'u'));
    }
    phase.project.data.target = "";
    phase.project.data.train.paths = {"pictures"};
  }
  static std::string name(const std::string& label, int i) {
    return label + "/" + std::to_string(100 + i) + ".png";
  }
  void put(const std::string& name, const data::Pictures& made) {
    const auto file = std::filesystem::path(phase.project.data.root) / "pictures" / name;
    std::filesystem::create_directories(file.parent_path());
    data::write_png(made, 0, file);
  }
  Rng rng{1, "files"};
  PhaseOverFiles phase;
};

std::vector<std::uint8_t> interleaved(const data::Pictures& made) {
  std::vector<std::uint8_t> pixels;
  const std::int64_t plane = made.height * made.width;
  for (std::int64_t i = 0; i < plane; ++i) {
    for (std::int64_t c = 0; c < made.channels; ++c) pixels.push_back(made.pixels[c * plane + i]);
  }
  return pixels;
}

constexpr const char* kFileIds[] = {"image-size-mixed",    "image-aspect-odd",  "image-mode-mixed",
                                    "image-exif-rotation", "unreadable-record", "picture-grey"};

TEST(AuditFiles, CleanPicturesHaveNoneOfTheirFaults) {
  PictureFolder folder(30);
  const auto result = folder.phase.run("audit");
  for (const char* id : kFileIds) {
    for (const auto& finding : findings_of(result, id))
      ADD_FAILURE() << id << ": " << finding.message;
  }
}

TEST(AuditFiles, SizesShapesModesAndTurnsOfPicturesAreTold) {
  PictureFolder folder(40);
  Rng rng(2, "odd ones");
  for (int i = 0; i < 30; ++i) {  // so that sizes have quartiles
    folder.put(PictureFolder::name("up", i), picture(rng, true, kSide + 1, kSide + 1));
  }
  folder.put("up/105.png", picture(rng, true, 40, 44));
  folder.put("down/107.png", picture(rng, false, 4, 14));
  folder.put("down/108.png", picture(rng, false, kSide, kSide, 1));
  const data::Pictures turned = picture(rng, false);
  const std::string plain = testing::jpeg(interleaved(turned), kSide, kSide, 3);
  const auto write_jpeg = [&](const std::string& name, const std::string& bytes) {
    folder.phase.write("pictures/down/" + name, bytes);
  };
  write_jpeg("turned.jpg", testing::with_orientation(plain, 6));
  write_jpeg("mirrored.jpg", testing::with_orientation(plain, 2, "MM"));
  write_jpeg("upright.jpg", testing::with_orientation(plain, 1));
  write_jpeg("silent.jpg", plain);
  const auto result = folder.phase.run("audit");
  const auto sizes = findings_of(result, "image-size-mixed");
  ASSERT_EQ(sizes.size(), 2u);
  EXPECT_EQ(sizes[0].severity, Severity::kError);
  EXPECT_EQ(sizes[0].key, "data.picture_size");
  EXPECT_EQ(sizes[0].evidence["sizes"], 4);
  EXPECT_EQ(sizes[0].evidence["usual"]["width"], kSide);
  EXPECT_EQ(sizes[0].evidence["samples"], 31);
  EXPECT_EQ(sizes[1].severity, Severity::kInfo);
  EXPECT_THAT(sizes[1].evidence["rows"].dump(), HasSubstr("pictures/up/105.png"));
  EXPECT_THAT(sizes[1].message, HasSubstr("pictures/down/107.png of 14 x 4 (width x height)"));
  const auto aspect = the_finding(result, "image-aspect-odd");
  EXPECT_EQ(aspect.severity, Severity::kWarn) << "more than 1 %";
  EXPECT_EQ(aspect.evidence["rows"].dump(), "[\"pictures/down/107.png\"]");
  const auto modes = the_finding(result, "image-mode-mixed");
  EXPECT_EQ(modes.severity, Severity::kError);
  EXPECT_EQ(modes.evidence["modes"]["grey, 8 bits"], 1);
  EXPECT_EQ(modes.evidence["modes"]["colour, 8 bits"], 83);
  EXPECT_EQ(modes.evidence["rows"].dump(), "[\"pictures/down/108.png\"]");
  const auto grey = the_finding(result, "picture-grey");
  EXPECT_EQ(grey.severity, Severity::kInfo);
  EXPECT_EQ(grey.evidence["samples"], 1);
  EXPECT_EQ(grey.evidence["rows"].dump(), "[\"pictures/down/108.png\"]");
  const auto exif = the_finding(result, "image-exif-rotation");
  EXPECT_EQ(exif.severity, Severity::kWarn);
  EXPECT_EQ(exif.evidence["samples"], 2);
  EXPECT_EQ(exif.evidence["pixels_turned"], false);
  EXPECT_EQ(exif.evidence["rows"].dump(),
            "[\"pictures/down/mirrored.jpg\",\"pictures/down/turned.jpg\"]");
  EXPECT_THAT(exif.message, HasSubstr("not turned"));
  folder.phase.project.data.picture_size = {kSide, kSide};
  const auto declared = findings_of(folder.phase.run("audit"), "image-size-mixed");
  ASSERT_FALSE(declared.empty());
  EXPECT_EQ(declared[0].severity, Severity::kInfo);
  folder.phase.project.data.picture_size = {};
  run_rounds(folder.phase, result,
             {
                 {1, "aspect_least", 0, "image-aspect-odd", "", Becomes::kGone},
                 {2, "aspect_share", 1, "image-aspect-odd", "", Becomes::kInfo},
             });
}

TEST(AuditFiles, UnreadablePicturesAreAllListedAndTheRestIsAudited) {
  PictureFolder folder(30);
  const auto spoil = [&](const std::string& name, const std::string& bytes) {
    folder.phase.write("pictures/" + name, bytes);
  };
  spoil(PictureFolder::name("down", 0), "");  // the very first file
  spoil(PictureFolder::name("up", 3), "no picture");
  const std::string whole = folder.phase.read("pictures/" + PictureFolder::name("up", 4));
  spoil(PictureFolder::name("up", 5), whole.substr(0, whole.size() / 2));  // its head is right
  const auto result = folder.phase.run("audit");
  const auto unreadable = the_finding(result, "unreadable-record");
  EXPECT_EQ(unreadable.severity, Severity::kError);
  EXPECT_EQ(unreadable.evidence["share"], 3.0 / 60);
  ASSERT_EQ(unreadable.evidence["files"].size(), 3u);
  EXPECT_EQ(unreadable.evidence["files"][0]["file"], "pictures/down/100.png");
  EXPECT_EQ(unreadable.evidence["files"][0]["reason"], "the file is empty");
  EXPECT_EQ(unreadable.evidence["files"][1]["file"], "pictures/up/103.png");
  EXPECT_EQ(unreadable.evidence["files"][2]["file"], "pictures/up/105.png");
  EXPECT_THAT(unreadable.evidence["files"][2]["reason"].get<std::string>(),
              HasSubstr("cannot be decoded"));
  EXPECT_THAT(result.headline, HasSubstr("57 samples"));
  for (const auto& finding : result.findings) EXPECT_TRUE(finding.checked) << finding.message;
  folder.phase.project.audit.thresholds.unreadable_share = 0.05;
  EXPECT_EQ(the_finding(folder.phase.run("audit"), "unreadable-record").severity, Severity::kWarn);
  const auto fails = [&] {
    try {
      folder.phase.run("baseline");
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::kInput);
      return std::string(error.what());
    }
    ADD_FAILURE() << "no error";
    return std::string();
  };
  const std::string told = fails();
  EXPECT_THAT(told, HasSubstr("down/100.png"));
  EXPECT_THAT(told, HasSubstr("the file is empty; 1 more file cannot be read"));
  EXPECT_THAT(told, HasSubstr("dlwork audit lists all such files"));
}

/// Scores of what files tell of the target, by what of them does.
std::map<std::string, double> told_by_files(PictureFolder& folder) {
  std::map<std::string, double> scores;
  for (const auto& finding : findings_of(folder.phase.run("audit"), "leak-source-file")) {
    if (finding.evidence["by"] != "file size" && finding.evidence["by"] != "file name") {
      EXPECT_EQ(finding.severity, Severity::kWarn) << finding.message;
    }
    scores[finding.evidence["by"].get<std::string>()] = finding.evidence["score"].get<double>();
  }
  return scores;
}

TEST(AuditFiles, HeadsOfPicturesThatTellTheClassAreFound) {
  PictureFolder folder(50);
  Rng rng(5, "heads");
  EXPECT_FALSE(told_by_files(folder).contains("picture mode"));
  for (int i = 0; i < 50; ++i) {
    folder.put(PictureFolder::name("up", i), picture(rng, true, kSide, kSide, 1));
  }
  auto scores = told_by_files(folder);
  EXPECT_GT(scores["picture mode"], 0.8);
  EXPECT_FALSE(scores.contains("picture size"));
  for (int i = 0; i < 50; ++i) {
    folder.put(PictureFolder::name("up", i), picture(rng, true, kSide + 1 + i % 3, kSide));
    folder.put(PictureFolder::name("down", i), picture(rng, false, kSide - i % 3, kSide));
  }
  scores = told_by_files(folder);
  EXPECT_FALSE(scores.contains("picture mode"));
  EXPECT_GT(scores["picture size"], 0.8);
}

TEST(AuditFiles, TimesThatTellTheClassAreFoundButNotThoseOfACopy) {
  constexpr int kEach = 50;
  PictureFolder folder(kEach);
  EXPECT_FALSE(told_by_files(folder).contains("file time")) << "written within a second";
  const auto pictures = std::filesystem::path(folder.phase.project.data.root) / "pictures";
  const auto now = std::filesystem::last_write_time(pictures / PictureFolder::name("up", 0));
  /// Minutes before now, by class and number.
  const auto set_times = [&](const auto& minutes) {
    for (int i = 0; i < kEach; ++i) {
      for (const bool up : {false, true}) {
        std::filesystem::last_write_time(pictures / PictureFolder::name(up ? "up" : "down", i),
                                         now - std::chrono::minutes(minutes(up, i)));
      }
    }
  };
  // Ten minutes for each, in the order of reading: down before up.
  set_times([](bool up, int i) { return 10 * (2 * kEach - i - (up ? kEach : 0)); });
  EXPECT_FALSE(told_by_files(folder).contains("file time")) << "a long copy";
  // The same days of work, in no order.
  set_times([](bool up, int i) { return 10 * ((37 * i) % kEach) + (up ? 3 : 8); });
  EXPECT_FALSE(told_by_files(folder).contains("file time")) << "no class has a time of its own";
  set_times([](bool up, int i) { return 10 * ((37 * i) % kEach) + (up ? 0 : 10000); });
  EXPECT_GT(told_by_files(folder)["file time"], 0.8);
  // All of a class at one time.
  set_times([](bool up, int) { return up ? 0 : 10000; });
  EXPECT_GT(told_by_files(folder)["file time"], 0.8);
}

TEST(AuditFiles, PicturesNamedByATableAreLeftOutWithTheirRows) {
  PictureFolder folder(30);
  std::string table = "file,kind\n";
  for (int i = 0; i < 30; ++i) {
    for (const char* label : {"up", "down"}) {
      table += "pictures/" + PictureFolder::name(label, i) + "," + label + "\n";
    }
  }
  folder.phase.write("table.csv", table);
  folder.phase.write("pictures/" + PictureFolder::name("up", 2), "no picture");
  auto& data = folder.phase.project.data;
  data.train.paths = {"table.csv"};
  data.target = "kind";
  data.columns["file"].type = "picture";
  const auto result = folder.phase.run("audit");
  const auto unreadable = the_finding(result, "unreadable-record");
  EXPECT_EQ(unreadable.evidence["files"][0]["file"], "table.csv:6 (file pictures/up/102.png)");
  EXPECT_THAT(result.headline, HasSubstr("59 samples"));
}

/// NPY of doubles.
std::string npy(const std::vector<double>& values, const std::string& shape) {
  std::string head = "{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + ", }";
  head.resize((10 + head.size() + 1 + 63) / 64 * 64 - 10 - 1, ' ');
  head += '\n';
  std::string bytes = "\x93NUMPY\x01";
  bytes += '\0';
  bytes += static_cast<char>(head.size() & 255);
  bytes += static_cast<char>(head.size() >> 8);
  bytes += head;
  return bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
}

TEST(AuditFiles, ArraysThatAreCutOffAreListed) {
  PhaseOverFiles phase;
  Rng rng(3, "arrays");
  const auto write = [&](const std::string& name, int count) {
    std::vector<double> series, labels;
    for (int i = 0; i < count; ++i) {
      labels.push_back(i % 2);
      for (int t = 0; t < 10; ++t) series.push_back(rng.normal() + (i % 2) * (t < 5 ? 1 : -1));
    }
    const std::string shape = "(" + std::to_string(count) + ", 10, 1)";
    const std::string bytes = npy(series, shape);
    phase.write(name + ".npy", bytes);
    phase.write("y.npy", npy(labels, "(" + std::to_string(count) + ",)"));
    return bytes;
  };
  const std::string bytes = write("b", 40);
  phase.write("a.npy", bytes.substr(0, bytes.size() - 100));
  phase.write("c.npy", bytes.substr(0, 40));
  auto& data = phase.project.data;
  data.target = "";
  data.train.paths = {"a.npy", "b.npy", "c.npy", "a.npy"};  // what the first and last added goes
  data.train.labels = "y.npy";
  const auto result = phase.run("audit");
  const auto unreadable = the_finding(result, "unreadable-record");
  EXPECT_EQ(unreadable.severity, Severity::kError);
  EXPECT_EQ(unreadable.evidence["share"], 3.0 / 43);
  ASSERT_EQ(unreadable.evidence["files"].size(), 3u);
  EXPECT_EQ(unreadable.evidence["files"][0]["file"], "a.npy");
  EXPECT_EQ(unreadable.evidence["files"][1]["file"], "c.npy");
  EXPECT_EQ(unreadable.evidence["files"][2]["file"], "a.npy");
  EXPECT_THAT(result.headline, HasSubstr("40 samples"));
}

}  // namespace
}  // namespace dlwork
