// Copies that dlwork audit --fix writes, by format of the data.
#include <gmock/gmock.h>
#include <sqlite3.h>

#include <cmath>
#include <filesystem>
#include <set>

#include "data/data_support.h"
#include "dlwork/base/files.h"
#include "dlwork/base/rng.h"
#include "dlwork/data/png.h"
#include "phase/audit/changes.h"
#include "phase_files.h"

namespace dlwork {
namespace {

namespace fs = std::filesystem;
using phase::audit::apply_object_changes;
using phase::audit::CellChange;
using phase::audit::leave_lines_out;
using testing::findings_of;
using ::testing::HasSubstr;
using testing::PhaseOverFiles;
using testing::Rows;
using testing::text_of;
using testing::the_finding;

TEST(ObjectChanges, ChangeNothingButTheirKeys) {
  const std::string text =
      "\xEF\xBB\xBF{\"a\" :  1, \"b\": \"x\"}\r\n\r\n{\"a\": 2.50, \"b\": \"y\", \"deep\": [1, "
      "{\"c\": null}]}\n"
      "{\"b\": true}\n{\"a\": 4}";
  std::vector<CellChange> changes{
      {3, "a", "0.25", "id"}, {3, "b", "", "id"}, {4, "b", "false", "id"}, {5, "", "", "id"}};
  EXPECT_EQ(apply_object_changes(text, "t.jsonl", changes),
            "\xEF\xBB\xBF{\"a\" :  1, \"b\": \"x\"}\r\n\r\n"
            "{\"a\":0.25,\"b\":null,\"deep\":[1,{\"c\":null}]}\n{\"b\":false}\n");
  EXPECT_EQ(changes[0].before, "2.5");
  EXPECT_EQ(changes[1].before, "y");
  EXPECT_EQ(changes[2].before, "true");
  changes = {{1, "a", "7", "id"}, {1, "b", "7", "id"}};
  EXPECT_EQ(apply_object_changes(text.substr(0, 23), "t.jsonl", changes),
            "\xEF\xBB\xBF{\"a\":7,\"b\":\"7\"}");
  changes = {{6, "a", "7", "id"}};
  EXPECT_THROW(apply_object_changes(text, "t.jsonl", changes), Error);
}

TEST(LinesLeftOut, LeaveTheOthersAsTheyAre) {
  std::vector<CellChange> changes{{2, "", "", "id"}, {4, "", "", "id"}};
  EXPECT_EQ(leave_lines_out("a\rb\rc\r\nd\ne", "t.txt", changes), "a\rc\r\ne");
  changes = {{6, "", "", "id"}};
  EXPECT_THROW(leave_lines_out("a\rb\rc\r\nd\ne", "t.txt", changes), Error);
}

constexpr int kSound = 300;  ///< rows without a fault
constexpr int kCoded = 8;    ///< then rows whose b is a code for missing

/// Numbers, a colour and a class that goes with them.
Rows sound_and_coded_rows() {
  Rng rng(1, "rows");
  Rows rows;
  for (int i = 0; i < kSound; ++i) {
    // Few digits, so that every format gives them back.
    const double a = std::round(1000 * rng.normal()) / 1000 + 0.0;  // no -0
    const double b = std::round(1000 * (20 + rng.normal())) / 1000;
    rows.push_back({number_text(a), number_text(b), rng.uniform() < 0.5 ? "red" : "green",
                    a + 0.3 * rng.normal() > 0 ? "yes" : "no"});
  }
  for (int i = 0; i < kCoded; ++i) {
    rows.push_back({number_text(0.125 * i), "-999", "red", i % 2 == 0 ? "yes" : "no"});
  }
  return rows;
}

Rows without_codes(Rows rows) {
  for (auto& row : rows) {
    if (row[1] == "-999") row[1] = "";
  }
  return rows;
}

/// A phase that mends what it is about to be given.
class AuditCopies : public ::testing::Test {
 protected:
  AuditCopies() {
    phase_.fix = true;
    phase_.project.data.validation.amount = spec::Amount{10, false};
    phase_.project.data.test.amount = spec::Amount{40, false};
  }
  fs::path copies() const { return phase_.folder->file("fixed"); }
  std::string copy(const std::string& name) const { return read_file(copies() / name); }

  /// Audits the copies of the last run.
  artefact::PhaseResult audit_copies(const std::string& train) {
    phase_.fix = false;
    phase_.project.data.root = copies().string();
    phase_.project.data.train.paths = {train};
    return phase_.run("audit");
  }

  /// Files and lines that patches.csv leaves out.
  std::set<std::pair<std::string, int>> left_out() const {
    std::set<std::pair<std::string, int>> out;
    for (const std::string& line : split(trim(copy("patches.csv")), '\n')) {
      const auto cells = split(line, ',');
      if (cells.at(4) == "(left out)") out.insert({cells[0], std::stoi(cells[1])});
    }
    return out;
  }

  PhaseOverFiles phase_;
};

TEST_F(AuditCopies, OfJsonLinesAreJsonLines) {
  std::string text, mended;
  for (const auto& row : sound_and_coded_rows()) {
    const std::string rest = "\"colour\": \"" + row[2] + "\",  \"y\": \"" + row[3] + "\"}\n";
    const std::string line = "{\"a\": " + row[0] + ", \"b\": " + row[1] + ", " + rest;
    text += line;
    const bool coded = row[1] == "-999";
    mended +=
        !coded ? line
               : "{\"a\":" + row[0] + ",\"b\":null,\"colour\":\"red\",\"y\":\"" + row[3] + "\"}\n";
  }
  text += "{\"a\": 0.75, \"b\": 20.5, \"colour\": \"red\", \"y\": null}\n";
  phase_.write("train.jsonl", text);
  phase_.project.data.train.paths = {"train.jsonl"};
  const auto result = phase_.run("audit");
  EXPECT_EQ(copy("train.jsonl"), mended);
  EXPECT_EQ(phase_.read("train.jsonl"), text);
  EXPECT_THAT(copy("patches.csv"), HasSubstr("train.jsonl,301,b,-999,,missing-sentinel-code\n"));
  EXPECT_THAT(copy("patches.csv"), HasSubstr("train.jsonl,309,,,(left out),missing-target\n"));
  const auto told = the_finding(result, "data-mended");
  EXPECT_EQ(told.evidence["cells"], kCoded);
  EXPECT_EQ(told.evidence["rows"], 1);
  EXPECT_EQ(told.evidence["renamed"], Json::object());
  EXPECT_THAT(told.message, HasSubstr("8 cells changed and 1 row left out in the copies in "));
  const auto again = audit_copies("train.jsonl");
  EXPECT_THAT(again.headline, HasSubstr("308 samples"));
  EXPECT_TRUE(findings_of(again, "missing-sentinel-code").empty());
  EXPECT_TRUE(findings_of(again, "missing-target").empty());
}

TEST_F(AuditCopies, OfPackedTextsAreNotPacked) {
  const Rows rows = sound_and_coded_rows();
  const std::string head = "a,b,colour,y\n";
  phase_.write("train.csv.gz", data::packed(head + text_of(rows)));
  phase_.project.data.train.paths = {"train.csv.gz"};
  const auto told = the_finding(phase_.run("audit"), "data-mended");
  EXPECT_EQ(copy("train.csv"), head + text_of(without_codes(rows)));
  EXPECT_EQ(told.evidence["renamed"].dump(), "{\"train.csv.gz\":\"train.csv\"}");
  EXPECT_THAT(told.message,
              HasSubstr("name train.csv in the data section in place of train.csv.gz"));
  EXPECT_TRUE(findings_of(audit_copies("train.csv"), "missing-sentinel-code").empty());
}

TEST_F(AuditCopies, OfADatabaseAreCsv) {
  const Rows rows = sound_and_coded_rows();
  std::string statements = "BEGIN; CREATE TABLE t(a REAL, b REAL, colour TEXT, y TEXT, raw BLOB);";
  std::string mended = "a,b,colour,y,raw\n";
  for (const auto& row : rows) {
    statements += "INSERT INTO t VALUES(" + row[0] + ", " + row[1] + ", '" + row[2] + "', '" +
                  row[3] + "', x'00FF');";
  }
  for (const auto& row : without_codes(rows)) mended += join(row, ",") + ",\n";
  const auto file = fs::path(phase_.project.data.root) / "shop.db";
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(handle, (statements + "COMMIT;").c_str(), nullptr, nullptr, nullptr),
            SQLITE_OK)
      << sqlite3_errmsg(handle);
  sqlite3_close(handle);
  phase_.project.data.columns["raw"].type = "ignore";
  phase_.project.data.train.paths = {"sqlite:shop.db"};
  const auto told = the_finding(phase_.run("audit"), "data-mended");
  EXPECT_EQ(copy("shop.csv"), mended);
  EXPECT_EQ(told.evidence["renamed"].dump(), "{\"sqlite:shop.db\":\"shop.csv\"}");
  const auto again = audit_copies("shop.csv");
  EXPECT_THAT(again.headline, HasSubstr("308 samples"));
  EXPECT_TRUE(findings_of(again, "missing-sentinel-code").empty());
}

/// An NPY array, version 1.
template <class T>
std::string npy_of(const std::string& type, const std::string& shape,
                   const std::vector<T>& values) {
  std::string head = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
  while ((10 + head.size() + 1) % 64 != 0) head += ' ';
  head += '\n';
  std::string bytes = "\x93NUMPY";
  bytes += {'\1', '\0', static_cast<char>(head.size() & 255), static_cast<char>(head.size() >> 8)};
  bytes += head;
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  return bytes;
}

TEST_F(AuditCopies, OfArraysThatAreTablesAreCsv) {
  std::vector<double> inputs;
  std::vector<std::int64_t> targets;
  std::string mended = "column_1,column_2,y\n";
  for (const auto& row : sound_and_coded_rows()) {
    for (const int i : {0, 1}) inputs.push_back(*parse_number(row[i]));
    targets.push_back(row[3] == "yes" ? 1 : 0);
    mended += row[0] + "," + (row[1] == "-999" ? "" : row[1]) + "," +
              (row[3] == "yes" ? "1" : "0") + "\n";
  }
  phase_.write("X.npy", npy_of("<f8", "(308, 2)", inputs));
  phase_.write("labels.npy", npy_of("<i8", "(308,)", targets));
  phase_.project.data.train.paths = {"X.npy"};
  phase_.project.data.train.labels = "labels.npy";
  phase_.run("audit");
  EXPECT_EQ(copy("X.csv"), mended);
  phase_.project.data.train.labels = "";
  EXPECT_TRUE(findings_of(audit_copies("X.csv"), "missing-sentinel-code").empty());
}

TEST_F(AuditCopies, OfLinesLeaveThoseWithoutAWordOut) {
  std::string kept;
  for (int i = 0; i < 200; ++i) {
    kept += "one" + std::to_string(i % 20) + " two" + std::to_string(i / 20) + " three\r\n";
  }
  phase_.write("text.txt", "...\r\n" + kept + " \r\n");
  phase_.project.data.train.paths = {"text.txt"};
  phase_.project.data.target = "";
  phase_.project.task = "embedding";
  phase_.project.goal.metric = "neighbour-preference";
  EXPECT_EQ(the_finding(phase_.run("audit"), "data-mended").evidence["rows"], 2);
  EXPECT_EQ(copy("text.txt"), kept);
  EXPECT_TRUE(findings_of(audit_copies("text.txt"), "text-empty-lines").empty());
}

constexpr std::uint32_t kSide = 8;
constexpr std::uint32_t kPictures = 120;
constexpr std::uint32_t kRepeated = 20;  ///< the last ones, of the first

/// Noise; the class is how bright it is.
std::vector<std::uint8_t> noise(std::uint32_t i) {
  Rng rng(i % (kPictures - kRepeated), "noise");
  std::vector<std::uint8_t> pixels;
  for (std::uint32_t p = 0; p < kSide * kSide; ++p) {
    pixels.push_back(static_cast<std::uint8_t>(rng.below(150) + (i % 2 == 0 ? 20 : 80)));
  }
  return pixels;
}

TEST_F(AuditCopies, OfIdxPicturesLoseRepeatsAndTheirLabels) {
  std::string pixels, labels;
  for (std::uint32_t i = 0; i < kPictures; ++i) {
    const auto picture = noise(i);
    pixels.append(picture.begin(), picture.end());
    labels += static_cast<char>(i % 2);
  }
  phase_.write("pictures.idx", data::idx_bytes({kPictures, kSide, kSide}, pixels));
  phase_.write("labels.gz", data::packed(data::idx_bytes({kPictures}, labels)));
  phase_.project.data.target = "";
  phase_.project.data.train.paths = {"pictures.idx"};
  phase_.project.data.train.labels = "labels.gz";
  const auto result = phase_.run("audit");
  const auto out = left_out();
  ASSERT_GE(out.size(), 1u);
  EXPECT_EQ(the_finding(result, "data-mended").evidence["rows"], out.size());
  std::string kept_pixels, kept_labels;
  for (std::uint32_t i = 0; i < kPictures; ++i) {
    if (out.contains({"pictures.idx", static_cast<int>(i) + 1})) {
      EXPECT_GE(i, kPictures - kRepeated) << "the first of two stays";
      continue;
    }
    kept_pixels += pixels.substr(i * kSide * kSide, kSide * kSide);
    kept_labels += labels[i];
  }
  const auto kept = static_cast<std::uint32_t>(kept_labels.size());
  EXPECT_EQ(copy("pictures.idx"), data::idx_bytes({kept, kSide, kSide}, kept_pixels));
  EXPECT_EQ(copy("labels"), data::idx_bytes({kept}, kept_labels));
  phase_.project.data.train.labels = "labels";
  EXPECT_THAT(audit_copies("pictures.idx").headline, HasSubstr(std::to_string(kept) + " samples"));
}

/// "pictures/even/100.png".
std::string picture_name(std::uint32_t i) {
  return std::string("pictures/") + (i % 2 == 0 ? "even/" : "odd/") + std::to_string(100 + i) +
         ".png";
}

void write_pictures(const PhaseOverFiles& phase) {
  for (std::uint32_t i = 0; i < kPictures; ++i) {
    const auto file = fs::path(phase.project.data.root) / picture_name(i);
    fs::create_directories(file.parent_path());
    data::write_png({1, 1, kSide, kSide, noise(i)}, 0, file);
  }
}

TEST_F(AuditCopies, OfPicturesInFilesAreThoseThatAreKept) {
  write_pictures(phase_);
  phase_.write("pictures/odd/bad.png", "no picture");
  phase_.project.data.target = "";
  phase_.project.data.train.paths = {"pictures"};
  const auto told = the_finding(phase_.run("audit"), "data-mended");
  const auto out = left_out();
  ASSERT_GE(out.size(), 1u);
  EXPECT_EQ(told.evidence["sample_files"], kPictures - out.size());
  EXPECT_EQ(told.evidence["not_copied"], Json::array({"pictures/odd/bad.png"}));
  EXPECT_THAT(told.message, HasSubstr("; 1 file not copied, such as pictures/odd/bad.png"));
  EXPECT_FALSE(fs::exists(copies() / "pictures/odd/bad.png"));
  for (std::uint32_t i = 0; i < kPictures; ++i) {
    const std::string name = picture_name(i);
    if (out.contains({name, 0})) {
      EXPECT_FALSE(fs::exists(copies() / name)) << name;
    } else {
      EXPECT_EQ(copy(name), phase_.read(name)) << name;
    }
  }
  const auto kept = std::to_string(kPictures - out.size());
  EXPECT_THAT(audit_copies("pictures").headline, HasSubstr(kept + " samples"));
}

TEST_F(AuditCopies, OfATableThatNamesPicturesHaveThemToo) {
  write_pictures(phase_);
  std::string table = "file,kind\n";
  for (std::uint32_t i = 0; i < kPictures; ++i) {
    // Below the table, but for those that are named from data.root.
    const std::string name = picture_name(i);
    table += (i < 30 ? name : name.substr(9)) + (i % 2 == 0 ? ",even\n" : ",odd\n");
  }
  phase_.write("pictures/list.csv", table);
  phase_.project.data.target = "kind";
  phase_.project.data.train.paths = {"pictures/list.csv"};
  phase_.project.data.columns["file"].type = "picture";
  phase_.run("audit");
  const auto out = left_out();
  ASSERT_GE(out.size(), 1u);
  std::string kept = "file,kind\n";
  const auto lines = split(table, '\n');
  for (std::uint32_t i = 0; i < kPictures; ++i) {
    const bool is_out = out.contains({"pictures/list.csv", static_cast<int>(i) + 2});
    EXPECT_EQ(fs::exists(copies() / picture_name(i)), !is_out) << picture_name(i);
    if (!is_out) kept += lines[i + 1] + "\n";
  }
  EXPECT_EQ(copy("pictures/list.csv"), kept);
  EXPECT_THAT(audit_copies("pictures/list.csv").headline,
              HasSubstr(std::to_string(kPictures - out.size()) + " samples"));
}

TEST_F(AuditCopies, OfArraysOfPicturesAreNotClaimed) {
  std::vector<std::uint8_t> pixels;
  std::vector<std::int64_t> labels;
  for (std::uint32_t i = 0; i < kPictures; ++i) {
    const auto picture = noise(i);
    pixels.insert(pixels.end(), picture.begin(), picture.end());
    labels.push_back(i % 2);
  }
  phase_.write("X.npy", npy_of("|u1", "(120, 8, 8)", pixels));
  phase_.write("labels.npy", npy_of("<i8", "(120,)", labels));
  phase_.project.data.target = "";
  phase_.project.data.train.paths = {"X.npy"};
  phase_.project.data.train.labels = "labels.npy";
  const auto told = the_finding(phase_.run("audit"), "data-mended");
  const auto out = left_out();
  ASSERT_GE(out.size(), 1u);
  EXPECT_EQ(out.begin()->first, "X.npy");
  EXPECT_EQ(told.evidence["not_copied"], Json::array({"X.npy"}));
  EXPECT_EQ(told.evidence["files"], Json::array());
  EXPECT_THAT(told.message, HasSubstr("which is all that was written: arrays of pictures"));
  EXPECT_FALSE(fs::exists(copies() / "X.npy"));
}

TEST_F(AuditCopies, StayBelowTheirFolder) {
  fs::create_directories(fs::path(phase_.project.data.root) / "here");
  phase_.write("train.csv", "a,b,colour,y\n" + text_of(sound_and_coded_rows()));
  phase_.project.data.root = (fs::path(phase_.project.data.root) / "here").string();
  phase_.project.data.train.paths = {"../train.csv"};
  const auto told = the_finding(phase_.run("audit"), "data-mended");
  EXPECT_EQ(told.evidence["renamed"].dump(), "{\"../train.csv\":\"train.csv\"}");
  EXPECT_EQ(copy("train.csv"), "a,b,colour,y\n" + text_of(without_codes(sound_and_coded_rows())));
}

}  // namespace
}  // namespace dlwork
