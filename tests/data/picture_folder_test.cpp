#include "data/picture_folder.h"

#include "data_support.h"
#include "dlwork/base/files.h"
#include "dlwork/data/png.h"

namespace dlwork::data {
namespace {

/// A picture file whose pixels are start, start + 1, ...
void write_picture(const Folder& folder, const std::string& name, std::int64_t channels,
                   std::int64_t height, std::int64_t width, int start) {
  Pictures pictures{1, channels, height, width, {}};
  for (std::int64_t i = 0; i < pictures.size(); ++i) {
    pictures.pixels.push_back(static_cast<std::uint8_t>(start + i));
  }
  std::filesystem::create_directories((folder / name).parent_path());
  write_png(pictures, 0, folder / name);
}

void write_animals(const Folder& folder) {
  write_picture(folder, "animals/dog/b.png", 1, 2, 3, 10);
  write_picture(folder, "animals/dog/a.PNG", 1, 2, 3, 20);
  write_picture(folder, "animals/cat/1.png", 1, 2, 3, 30);
  write_picture(folder, "animals/cat/2.png", 1, 2, 3, 40);
  write_picture(folder, "animals/cat/3.png", 1, 2, 3, 50);
  folder.write("animals/cat/notes.txt", "no picture");
  folder.write("animals/.hidden/x.png", "no picture");
}

TEST(PictureFolder, ReadsGreyPicturesInSortedOrder) {
  Folder folder;
  write_animals(folder);
  auto project = folder.project("animals");
  project.data.test.amount = spec::Amount{1, false};
  project.data.validation.amount = spec::Amount{1, false};
  Quiet quiet;
  const Dataset dataset = load_dataset(project, "classification", quiet.run);
  const Samples& samples = dataset.samples;
  EXPECT_EQ(samples.kind, Kind::kImage);
  EXPECT_EQ(samples.target.classes, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(samples.target.codes, (std::vector<std::int32_t>{0, 0, 0, 1, 1}));
  EXPECT_EQ(samples.where(3), "animals/dog/a.PNG");
  EXPECT_EQ(samples.pictures.channels, 1);
  EXPECT_EQ(samples.pictures.at(3)[5], 25);
  EXPECT_EQ(samples.pictures.at(4)[0], 10);
}

TEST(PictureFolder, ReadsAllAsColourWhenOneIs) {
  Folder folder;
  write_animals(folder);
  write_picture(folder, "animals/dog/c.png", 3, 2, 3, 100);
  Quiet quiet;
  const Dataset dataset = load_dataset(folder.project("animals"), "classification", quiet.run);
  const Pictures& pictures = dataset.samples.pictures;
  EXPECT_EQ(pictures.channels, 3);
  EXPECT_EQ(pictures.at(0)[0], 30);
  EXPECT_EQ(pictures.at(0)[6], 30);
  EXPECT_EQ(pictures.at(5)[0], 100);
  EXPECT_EQ(pictures.at(5)[17], 117);
}

TEST(PictureFolder, NamesAPictureThatCannotBeDecoded) {
  Folder folder;
  write_animals(folder);
  Quiet quiet;
  const auto load = [&] { load_dataset(folder.project("animals"), "classification", quiet.run); };
  for (const std::string bytes : {"", "no picture", "\x89PNG\r\n\x1a\n", "BM"}) {
    const auto file = folder.write("animals/cat/9.png", bytes);
    EXPECT_EQ(failure_of(ExitStatus::kInput, load).at.file, file);
  }
  const std::string whole = read_file(folder / "animals/cat/1.png");
  const auto cut = folder.write("animals/cat/9.png", whole.substr(0, whole.size() - 20));
  EXPECT_EQ(failure_of(ExitStatus::kInput, load).at.file, cut);
  const auto jpeg =
      folder.write("animals/cat/9.png", std::string("\xFF\xD8\xFF\xE0\0\x10JFIF", 10));
  EXPECT_EQ(failure_of(ExitStatus::kInput, load).at.file, jpeg);
}

TEST(PictureFolder, RefusesHugeClaims) {
  Folder folder;
  write_animals(folder);
  std::string bytes = read_file(folder / "animals/cat/1.png");
  Quiet quiet;
  const auto load = [&] { load_dataset(folder.project("animals"), "classification", quiet.run); };
  // Width and height in the header chunk.
  bytes.replace(16, 8, std::string("\0\0\x27\x10\0\0\x27\x10", 8));
  folder.write("animals/cat/1.png", bytes);
  EXPECT_HAS(failure_of(ExitStatus::kInput, load).message, "10000 x 10000");
  bytes.replace(16, 8, std::string(8, '\x7F'));
  folder.write("animals/cat/1.png", bytes);
  EXPECT_HAS(failure_of(ExitStatus::kInput, load).message, "far too large");
}

TEST(PictureFolder, NeedsClassFoldersWithPictures) {
  Folder folder;
  folder.write("flat/a.png", "x");
  Quiet quiet;
  const auto load = [&](const char* name, const char* task) {
    load_dataset(folder.project(name), task, quiet.run);
  };
  EXPECT_HAS(failure_of(ExitStatus::kInput, [&] { load("flat", "classification"); }).message,
             "no class folders");
  folder.write("empty/cat/readme.txt", "x");
  EXPECT_HAS(failure_of(ExitStatus::kInput, [&] { load("empty", "classification"); }).message,
             "no pictures");
  write_animals(folder);
  EXPECT_EQ(failure_of(ExitStatus::kUsage, [&] { load("animals", "regression"); }).key, "task");
}

TEST(Png, EnlargesAndReadsBack) {
  Folder folder;
  Pictures pictures{2, 3, 2, 2, {}};
  for (int i = 0; i < 24; ++i) pictures.pixels.push_back(static_cast<std::uint8_t>(i * 10));
  write_png(pictures, 1, folder / "x.png", 4);
  const std::string file = (folder / "x.png").string();
  EXPECT_EQ(picture_size(file), (PictureSize{8, 8, 3}));
  std::vector<std::uint8_t> pixels(3 * 64);
  decode_picture(file, 3, 8, 8, pixels.data());
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < 8; ++y) {
      for (int x = 0; x < 8; ++x) {
        EXPECT_EQ(pixels[c * 64 + y * 8 + x], pictures.at(1)[c * 4 + y / 4 * 2 + x / 4]);
      }
    }
  }
}

}  // namespace
}  // namespace dlwork::data
