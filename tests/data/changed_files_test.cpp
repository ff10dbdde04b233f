#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "data_support.h"
#include "dlwork/base/files.h"
#include "dlwork/base/rng.h"
#include "dlwork/data/png.h"
#include "fuzz/readers.h"
#include "support/database.h"
#include "support/parquet.h"

namespace dlwork::data {
namespace {

constexpr int kChanges = 300;
constexpr unsigned kSeconds = 60;  ///< then the alarm ends the test: a reader hangs

/// Bytes turned, taken out, doubled, or numbers of a head made large; a few of them.
std::string changed(std::string bytes, Rng& rng) {
  static const std::string kLarge[] = {"\xff\xff\xff\xff",
                                       "\x7f\xff\xff\xff",
                                       std::string(4, '\0'),
                                       "99999999999999999999",
                                       "\"",
                                       "\n",
                                       ",",
                                       "[",
                                       "{"};
  for (auto left = 1 + rng.below(4); left > 0 && !bytes.empty(); --left) {
    const auto at = static_cast<std::size_t>(rng.below(bytes.size()));
    const auto size = static_cast<std::size_t>(1 + rng.below(8));
    switch (rng.below(5)) {
      case 0:
        bytes[at] = static_cast<char>(rng.below(256));
        break;
      case 1:
        bytes.erase(at, size);
        break;
      case 2:
        bytes.insert(at, bytes.substr(at, size * 16));
        break;
      case 3:
        bytes.resize(at);
        break;
      default: {
        const std::string& large = kLarge[rng.below(std::size(kLarge))];
        bytes.replace(at, std::min(large.size(), bytes.size() - at), large);
      }
    }
  }
  return bytes;
}

/// Reads the file as it is, and changed in many ways. A crash or the alarm fails the test.
void read_changed(fuzz::Reader reader, const std::string& bytes) {
  const auto read = [&](const std::string& each) {
    reader(reinterpret_cast<const std::uint8_t*>(each.data()), each.size());
  };
  alarm(kSeconds);
  read("");
  read(bytes);
  Rng rng(7, "changed files");
  for (int i = 0; i < kChanges; ++i) read(changed(bytes, rng));
  alarm(0);
}

TEST(ChangedFiles, OfTextDoNoHarm) {
  read_changed(fuzz::csv,
               "a,b,c\n2021-03-04,\"x \"\"y\"\"\",yes\n1.5,NA,no\n\"two\nlines\",-1,t\n");
  read_changed(fuzz::csv, "d\tn\n3/4/2021\t1e5\n12/31/2021 5:06 pm\tnan\n");
  read_changed(
      fuzz::json_lines,
      "{\"a\": 1, \"b\": \"x\", \"c\": [1, {\"d\": null}]}\n{\"b\": true, \"a\": 2.5e3}\n");
  read_changed(fuzz::series,
               "#c\n@univariate false\n@dimensions 2\n@classLabel true a b\n@data\n"
               "1,2,?:3,4,5:a\n1,2:3,4:b\n");
  read_changed(fuzz::series_cell, "[[1, 2.5], [?, nan], [3e4, -1]]");
  read_changed(fuzz::series_cell, "1 2, ,; ? 4");
  read_changed(fuzz::lines, "two words\r\n\xc3\xa9t\xc3\xa9\n\nlast");
  read_changed(fuzz::preprocessor,
               R"({"version": 1, "kind": "table", "categories": "one-hot", "columns": [
                   {"name": "c", "type": "category", "categories": ["x"]},
                   {"name": "d", "type": "datetime", "fill": 0, "mean": 0, "deviation": 1,
                    "indicator": true, "constant": false, "month_first": true,
                    "cycles": [true, false, true]}]})");
}

TEST(ChangedFiles, OfNumbersDoNoHarm) {
  read_changed(fuzz::idx, idx_bytes({2, 2, 2}, "12345678"));
  read_changed(fuzz::packed, packed(std::string(2000, 'a') + "b\n"));
  std::string head = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }";
  head.resize(117, ' ');
  read_changed(fuzz::arrays,
               std::string("\x93NUMPY\x01\x00\x76\x00", 10) + head + "\n" + std::string(24, 'x'));
}

TEST(ChangedFiles, OfPicturesAndSoundsDoNoHarm) {
  Folder folder;
  Pictures pictures{1, 3, 9, 7, {}};
  for (std::int64_t i = 0; i < pictures.size(); ++i) {
    pictures.pixels.push_back(static_cast<std::uint8_t>(i * 37));
  }
  write_png(pictures, 0, folder / "a.png");
  read_changed(fuzz::picture, read_file(folder / "a.png"));
  read_changed(fuzz::picture_folder, read_file(folder / "a.png"));
  // A grey TIFF of 4 x 4 bytes: the head, the pixels, and a directory of eight entries.
  const auto number = [](std::uint32_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
    return text;
  };
  std::string tiff = "II*" + number(0, 1) + number(24, 4) + std::string(16, 'p') + number(8, 2);
  const std::uint32_t entries[][2] = {{256, 4}, {257, 4}, {258, 8}, {259, 1},
                                      {262, 1}, {273, 8}, {277, 1}, {279, 16}};
  for (const auto& [tag, value] : entries) {
    tiff += number(tag, 2) + number(4, 2) + number(1, 4) + number(value, 4);
  }
  read_changed(fuzz::picture, tiff + number(0, 4));
  std::string samples;
  for (int i = 0; i < 400; ++i) samples += static_cast<char>(i * 31);
  const std::string wav = "RIFF" + number(436, 4) + "WAVEfmt " + number(16, 4) + number(1, 2) +
                          number(1, 2) + number(8000, 4) + number(16000, 4) + number(2, 2) +
                          number(16, 2) + "data" + number(400, 4) + samples;
  read_changed(fuzz::sound, wav);
  read_changed(fuzz::sound_folder, wav);
}

TEST(ChangedFiles, OfParquetDoNoHarm) { read_changed(fuzz::arrow, testing::parquet()); }

// What is still a project reads the same after it was written out.
TEST(ChangedFiles, OfProjectsDoNoHarm) {
  const std::string text =
      "dlwork: 1\ntask: classification\ndata:\n  train: {path: b.idx, labels: c}\n"
      "  target: y\n  columns:\n    age: {type: number, unit: years, range: [0, 120]}\n"
      "  missing: [\"\", NA]\n  split: {method: group, column: id}\n"
      "goal: {metric: accuracy, target: 0.9, budget: {trials: 20}}\n";
  EXPECT_NO_THROW(spec::read_project(text, "project.yaml", {}));
  read_changed(fuzz::project, text);
}

TEST(ChangedFiles, OfDatabasesDoNoHarm) {
  Folder folder;
  const std::string file = (folder / "a.db").string();
  testing::change_database(file,
                           "PRAGMA page_size = 512; CREATE TABLE t (a, b TEXT);"
                           "INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, NULL)");
  read_changed(fuzz::sqlite, read_file(file));
}

}  // namespace
}  // namespace dlwork::data
