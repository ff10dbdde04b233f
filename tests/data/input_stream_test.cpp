#include <algorithm>

#include "data_support.h"
#include "dlwork/base/machine.h"
#include "dlwork/data/png.h"
#include "dlwork/data/preprocess.h"
#include "support/sanitized.h"

namespace dlwork::data {
namespace {

const std::vector<std::string> kMissing = spec::Data().missing;

Preprocessor fit_on(const Folder& folder, const std::string& file, const std::string& target) {
  Quiet quiet;
  const Dataset dataset = load_dataset(folder.project(file, target), "classification", quiet.run);
  return Preprocessor::fit(dataset.samples, dataset.part(Part::kTrain), Categories::kOneHot);
}

std::string training_text() {
  std::string text = "age,job,y\n";
  for (int i = 0; i < 40; ++i) {
    text += std::to_string(20 + i) + "," + (i % 3 ? "baker" : "smith") + "," + (i % 2 ? "1" : "0") +
            "\n";
  }
  return text;
}

TEST(InputStream, MatchesColumnsByNameInChunks) {
  Folder folder;
  folder.write("train.csv", training_text());
  const auto fitted = fit_on(folder, "train.csv", "y");
  const auto file =
      folder.write("new.csv", "extra;job;age\n1;smith;30\n2;pilot;NA\n3;\"baker\";31.5\n");
  InputStream stream(file, fitted, kMissing);
  auto chunk = stream.next(2);
  ASSERT_TRUE(chunk);
  EXPECT_EQ(chunk->count, 2);
  EXPECT_EQ(chunk->table.rows, 2);
  EXPECT_EQ(chunk->table.find("age")->numbers[0], 30);
  EXPECT_TRUE(chunk->table.find("age")->is_missing(1));
  EXPECT_TRUE(chunk->table.find("job")->is_missing(1)) << "pilot was not in training";
  EXPECT_EQ(chunk->where(1), file + ":3");
  EXPECT_TRUE(chunk->target.codes.empty());
  std::vector<float> out(2 * fitted.shape().size());
  const std::int64_t rows[] = {0, 1};
  fitted.apply(*chunk, rows, 2, out.data());
  EXPECT_EQ(out[4] + out[5], 0) << "unknown is all zeros";
  chunk = stream.next(2);
  ASSERT_TRUE(chunk);
  EXPECT_EQ(chunk->count, 1);
  const Column& job = *chunk->table.find("job");
  EXPECT_EQ(job.categories[job.codes[0]], "baker");
  EXPECT_FALSE(stream.next(2));
}

TEST(InputStream, GivesTheFeaturesOfTraining) {
  Folder folder;
  const auto file = folder.write("train.csv", training_text());
  Quiet quiet;
  const Dataset dataset =
      load_dataset(folder.project("train.csv", "y"), "classification", quiet.run);
  const auto fitted =
      Preprocessor::fit(dataset.samples, dataset.part(Part::kTrain), Categories::kCodes);
  std::vector<std::int64_t> rows(40);
  for (int i = 0; i < 40; ++i) rows[i] = i;
  std::vector<float> expected(40 * fitted.shape().size()), streamed;
  fitted.apply(dataset.samples, rows.data(), 40, expected.data());
  InputStream stream(file, fitted, kMissing);
  while (const auto chunk = stream.next(7)) {
    const std::size_t old = streamed.size();
    streamed.resize(old + chunk->count * fitted.shape().size());
    fitted.apply(*chunk, rows.data(), chunk->count, streamed.data() + old);
  }
  EXPECT_EQ(streamed, expected);
}

TEST(InputStream, SplitsByTheSeparatorOfTraining) {
  Folder folder;
  std::string text = training_text();
  std::replace(text.begin(), text.end(), ',', '^');  // one that is never guessed
  folder.write("train.csv", text);
  auto project = folder.project("train.csv", "y");
  project.data.separator = "^";
  Quiet quiet;
  const Dataset dataset = load_dataset(project, "classification", quiet.run);
  const auto fitted =
      Preprocessor::fit(dataset.samples, dataset.part(Part::kTrain), Categories::kOneHot);
  const auto file = folder.write("new.csv", "job^age\nsmith^30\n");
  InputStream stream(file, fitted, kMissing, "^");
  EXPECT_EQ(stream.next(2)->table.find("age")->numbers[0], 30);
  EXPECT_HAS(failure_of(ExitStatus::kInput, [&] { InputStream(file, fitted, kMissing); }).message,
             "the column age");
}

TEST(InputStream, NamesWhatDoesNotFit) {
  Folder folder;
  folder.write("train.csv", training_text());
  const auto fitted = fit_on(folder, "train.csv", "y");
  const auto fails = [&](const std::string& text) {
    const auto file = folder.write("new.csv", text);
    return failure_of(ExitStatus::kInput, [&] {
      InputStream stream(file, fitted, kMissing);
      while (stream.next(100)) {
      }
    });
  };
  const auto missing = fails("agee,job\n1,baker\n");
  EXPECT_HAS(missing.message, "age");
  EXPECT_HAS(missing.hint, "agee");
  EXPECT_EQ(missing.at.line, 1);
  const auto text = fails("age,job\n1,baker\nold,baker\n");
  EXPECT_EQ(text.at.line, 3);
  EXPECT_EQ(text.at.column, 1);
  EXPECT_EQ(fails("age,job\n1,baker\n2\n").at.line, 3);
  EXPECT_HAS(fails("").message, "empty");
}

TEST(InputStream, TakesColumnsByNumberWithoutHeader) {
  Folder folder;
  std::string text;
  for (int i = 0; i < 40; ++i) {
    text += std::to_string(i) + "," + (i % 2 ? "1" : "0") + ",0." + std::to_string(i) + "\n";
  }
  folder.write("train.csv", text);
  const auto fitted = fit_on(folder, "train.csv", "column_2");
  InputStream whole(folder.write("whole.csv", "5,9,0.5\n"), fitted, kMissing);
  EXPECT_EQ(whole.next(1)->table.columns[1].numbers[0], 0.5);
  InputStream inputs(folder.write("inputs.csv", "5,0.5\n"), fitted, kMissing);
  EXPECT_EQ(inputs.next(1)->table.columns[1].numbers[0], 0.5);
}

TEST(InputStream, ReadsIdxFoldersAndSinglePictures) {
  Folder folder;
  Pictures pictures{4, 1, 2, 2, {}};
  for (int i = 0; i < 16; ++i) pictures.pixels.push_back(static_cast<std::uint8_t>(i * 10));
  Samples samples;
  samples.kind = Kind::kImage;
  samples.count = 4;
  samples.pictures = pictures;
  const auto fitted = Preprocessor::fit(samples, {0, 1, 2, 3}, Categories::kOneHot);
  const std::string bytes(pictures.pixels.begin(), pictures.pixels.end());
  const auto idx = folder.write("p.gz", packed(idx_bytes({4, 2, 2}, bytes)));
  InputStream from_idx(idx, fitted, kMissing);
  EXPECT_EQ(from_idx.next(3)->count, 3);
  const auto last = from_idx.next(3);
  EXPECT_EQ(last->where(0), idx + ":4");
  EXPECT_EQ(last->pictures.at(0)[3], 150);
  EXPECT_FALSE(from_idx.next(3));

  std::filesystem::create_directories(folder / "new/sub");
  write_png(pictures, 2, folder / "new/b.png");
  write_png(pictures, 1, folder / "new/a.png");
  write_png(pictures, 3, folder / "new/sub/c.png");
  InputStream from_folder((folder / "new").string(), fitted, kMissing);
  const auto two = from_folder.next(2);
  EXPECT_EQ(two->where(0), (folder / "new/a.png").string());
  EXPECT_EQ(two->pictures.at(1)[0], 80);
  EXPECT_EQ(from_folder.next(2)->pictures.at(0)[0], 120);
  EXPECT_FALSE(from_folder.next(2));

  InputStream single((folder / "new/b.png").string(), fitted, kMissing);
  EXPECT_EQ(single.next(9)->count, 1);
  EXPECT_FALSE(single.next(9));

  write_png(pictures, 0, folder / "new/large.png", 2);
  InputStream large((folder / "new/large.png").string(), fitted, kMissing);
  EXPECT_HAS(failure_of(ExitStatus::kInput, [&] { large.next(1); }).message, "4 x 4");
  const auto wide = folder.write("w.idx", idx_bytes({1, 1, 4}, "1234"));
  EXPECT_HAS(failure_of(ExitStatus::kInput, [&] { InputStream(wide, fitted, kMissing); }).message,
             "1 x 1 x 4");
}

TEST(InputStream, NeedsNoMoreMemoryForMoreRows) {
  if (testing::kSanitized) GTEST_SKIP() << "the sanitizer keeps freed memory";
  Folder folder;
  folder.write("train.csv", training_text());
  const auto fitted = fit_on(folder, "train.csv", "y");
  std::string text = "age,job\n";
  for (int i = 0; i < 1000000; ++i)
    text += std::to_string(i % 90) + ",job number " + std::to_string(i) + "\n";
  const auto file = folder.write("new.csv", text);
  const std::uint64_t before = peak_memory_bytes();
  InputStream stream(file, fitted, kMissing);
  std::int64_t rows = 0;
  while (const auto chunk = stream.next(4096)) rows += chunk->count;
  EXPECT_EQ(rows, 1000000);
  EXPECT_LT(peak_memory_bytes() - before, 8u << 20);
}

}  // namespace
}  // namespace dlwork::data
