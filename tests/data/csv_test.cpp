#include "data/csv.h"

#include <cmath>

#include "data_support.h"

namespace dlwork::data {
namespace {

std::vector<std::vector<std::string>> records_of(const std::string& path, char separator = ',') {
  CsvReader reader(path, separator);
  std::vector<std::vector<std::string>> records;
  while (reader.next()) {
    auto& record = records.emplace_back();
    for (std::size_t i = 0; i < reader.cells().size(); ++i) record.emplace_back(reader.text(i));
  }
  return records;
}

using Records = std::vector<std::vector<std::string>>;

// Values by Python's float().
TEST(ParseCell, ReadsNumbersAsPythonDoes) {
  const std::vector<std::pair<std::string, double>> numbers{
      {"+5", 5},
      {".5", 0.5},
      {"5.", 5},
      {"1E3", 1000},
      {"-0.25", -0.25},
      {"1e400", INFINITY},
      {"-1e400", -INFINITY},
      {"1e-400", 0},
      {"inf", INFINITY},
      {"-Infinity", -INFINITY},
      {"123456789012345678901234567890", 1.2345678901234568e+29}};
  for (const auto& [text, expected] : numbers) {
    double value = -1;
    EXPECT_TRUE(parse_cell(text, value)) << text;
    EXPECT_EQ(value, expected) << text;
  }
  double value = 0;
  EXPECT_TRUE(parse_cell("NaN", value));
  EXPECT_TRUE(std::isnan(value));
  for (const char* text : {"", "+", "-", "+-5", "++5", "1,5", "0x10", "1e", "1_000", "nan(1)",
                           "infinite", "5a", "e5", "1 2", "--1"}) {
    EXPECT_FALSE(parse_cell(text, value)) << text;
  }
}

// As Python's csv.reader with skipinitialspace, blank lines left out.
TEST(CsvReader, SplitsQuotesLineEndsAndBlanks) {
  Folder folder;
  const auto file = folder.write(
      "a.csv",
      "a,\"b,\"\"x\"\"\",\"two\nlines\"\r\n\r\n , spaced out ,\"\"\r1,5\" pipe,\n\nlast,,");
  EXPECT_EQ(records_of(file), (Records{{"a", "b,\"x\"", "two\nlines"},
                                       {"", "spaced out", ""},
                                       {"1", "5\" pipe", ""},
                                       {"last", "", ""}}));
}

TEST(CsvReader, CountsPhysicalLines) {
  Folder folder;
  CsvReader reader(folder.write("a.csv", "h\r\n\r\n\"x\ny\nz\"\r\nlast\r\n"), ',');
  std::vector<std::int64_t> lines;
  while (reader.next()) lines.push_back(reader.line());
  EXPECT_EQ(lines, (std::vector<std::int64_t>{1, 3, 6}));
}

TEST(CsvReader, SkipsTheByteOrderMarkAndUnpacksGzip) {
  Folder folder;
  const std::string text = "\xEF\xBB\xBFname,n\nZo\xC3\xAB,1\n";
  EXPECT_EQ(records_of(folder.write("a.csv", text)), (Records{{"name", "n"}, {"Zoë", "1"}}));
  EXPECT_EQ(records_of(folder.write("a.csv.gz", packed(text))),
            (Records{{"name", "n"}, {"Zoë", "1"}}));
}

TEST(CsvReader, JoinsRecordsAcrossBlocks) {
  Folder folder;
  std::string text;
  for (int i = 0; i < 300000; ++i) {
    text += std::to_string(i) + ",\"q\"\"" + std::to_string(i) + "\"\r\n";
  }
  CsvReader reader(folder.write("a.csv", text), ',');
  int row = 0;
  for (; reader.next(); ++row) {
    ASSERT_EQ(reader.cells().size(), 2u);
    ASSERT_EQ(reader.text(0), std::to_string(row));
    ASSERT_EQ(reader.text(1), "q\"" + std::to_string(row));
  }
  EXPECT_EQ(row, 300000);
}

TEST(CsvReader, NamesTheLineOfAnUnclosedQuote) {
  Folder folder;
  const auto file = folder.write("a.csv", "a,b\n1,2\n3,\"four\n5,6\n7,8\n");
  const auto error = failure_of(ExitStatus::kInput, [&] { records_of(file); });
  EXPECT_EQ(error.at.file, file);
  EXPECT_EQ(error.at.line, 3);
  EXPECT_EQ(error.at.column, 3);
  EXPECT_HAS(error.message, "never closed");
}

TEST(CsvReader, RefusesTextAfterAClosingQuote) {
  Folder folder;
  const auto file = folder.write("a.csv", "a,b\n1,\"x\"y\n");
  const auto error = failure_of(ExitStatus::kInput, [&] { records_of(file); });
  EXPECT_EQ(error.at.line, 2);
  EXPECT_EQ(error.at.column, 3);
}

TEST(CsvReader, RefusesNulBytes) {
  Folder folder;
  const auto nul = folder.write("nul.csv", std::string("a,b\n1,2\n3,\0\n", 12));
  const auto at_nul = failure_of(ExitStatus::kInput, [&] { records_of(nul); });
  EXPECT_EQ(at_nul.at.line, 3);
  EXPECT_HAS(at_nul.message, "NUL");
}

TEST(CsvReader, RefusesATruncatedOrDamagedGzip) {
  Folder folder;
  std::string text;
  for (int i = 0; i < 20000; ++i) text += std::to_string(i * 7919 % 10007) + ",x\n";
  const std::string whole = packed(text);
  const auto cut = folder.write("cut.csv.gz", whole.substr(0, whole.size() / 2));
  const auto error = failure_of(ExitStatus::kInput, [&] { records_of(cut); });
  EXPECT_EQ(error.at.file, cut);
  EXPECT_HAS(error.hint, "truncated");
  const auto trailer = folder.write("trailer.csv.gz", whole.substr(0, whole.size() - 3));
  EXPECT_HAS(failure_of(ExitStatus::kInput, [&] { records_of(trailer); }).hint, "truncated");
  std::string broken = whole;
  for (std::size_t i = 100; i < 140; ++i) broken[i] = static_cast<char>(~broken[i]);
  const auto damaged = folder.write("damaged.csv.gz", broken);
  EXPECT_HAS(failure_of(ExitStatus::kInput, [&] { records_of(damaged); }).message, "damaged");
}

TEST(CsvReader, LimitsTheLengthOfARecord) {
  Folder folder;
  const auto file =
      folder.write("long.csv", "a,b\n1,\"" + std::string(kMostRecordBytes + 4096, 'x'));
  const auto error = failure_of(ExitStatus::kInput, [&] { records_of(file); });
  EXPECT_EQ(error.at.line, 2);
  EXPECT_HAS(error.message, "64");
  EXPECT_HAS(error.hint, "quote");
}

TEST(CsvReader, RefusesMissingFilesFoldersAndDevices) {
  Folder folder;
  EXPECT_HAS(
      failure_of(ExitStatus::kInput, [&] { records_of((folder / "no.csv").string()); }).message,
      "No such file");
  EXPECT_HAS(failure_of(ExitStatus::kInput, [&] { records_of(folder.path().string()); }).message,
             "folder");
  EXPECT_HAS(failure_of(ExitStatus::kInput, [&] { records_of("/dev/zero"); }).message,
             "not a regular file");
}

// Any bytes give records or a clear error.
TEST(CsvReader, SurvivesRandomBytes) {
  Folder folder;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::uint64_t state = seed * 0x9E3779B97F4A7C15u + 1;
    std::string bytes;
    const std::string alphabet = "\",\n\r;\t ab1.\xFF";
    for (int i = 0; i < 3000; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      bytes += alphabet[(state >> 33) % alphabet.size()];
    }
    const auto file = folder.write("r.csv", bytes);
    try {
      records_of(file);
      find_format(file, {});
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::kInput);
      EXPECT_EQ(error.diagnostics().front().at.file, file);
    }
  }
}

struct FormatCase {
  const char* text;
  char separator;
  bool header;
  std::vector<std::string> names;
};

TEST(FindFormat, FindsSeparatorAndHeader) {
  Folder folder;
  const std::vector<FormatCase> cases{
      {"age,name\n1,a\n2,b\n", ',', true, {"age", "name"}},
      {"1,2\n3,4\n", ',', false, {"column_1", "column_2"}},
      {"a;b\n1,5;2\n2,5;3\n", ';', true, {"a", "b"}},
      {"ham\tHi, you, there\nspam\tWin, now\nham\tOk\n", '\t', false, {"column_1", "column_2"}},
      {"x|y\n1|2\n", '|', true, {"x", "y"}},
      {"only\n1\n2\n", ',', true, {"only"}},
      {",x\n0,5\n1,6\n", ',', true, {"column_1", "x"}},
      {"colour,size\nred,big\nblue,small\nred,small\n", ',', true, {"colour", "size"}},
      {"red,big\nblue,small\nred,small\n", ',', false, {"column_1", "column_2"}},
      {"\"last, first\",n\n\"b, a\",1\n", ',', true, {"last, first", "n"}},
  };
  for (const auto& expected : cases) {
    const auto format = find_format(folder.write("a.csv", expected.text), {});
    EXPECT_EQ(format.separator, expected.separator) << expected.text;
    EXPECT_EQ(format.header, expected.header) << expected.text;
    EXPECT_EQ(format.names, expected.names) << expected.text;
  }
}

TEST(FindFormat, BelievesWhatIsDeclared) {
  Folder folder;
  const auto file = folder.write("a.csv", "1,2\n3,4\n");
  CsvOptions options;
  options.header = "yes";
  EXPECT_EQ(find_format(file, options).names, (std::vector<std::string>{"1", "2"}));
  options = {};
  options.separator = ";";
  EXPECT_EQ(find_format(file, options).names.size(), 1u);
  options = {};
  options.known_names = {"2"};
  EXPECT_TRUE(find_format(file, options).header);
}

TEST(FindFormat, RefusesEmptyHeaderOnlyAndDoubleNames) {
  Folder folder;
  for (const char* text : {"", "\n\n", "\xEF\xBB\xBF"}) {
    const auto file = folder.write("empty.csv", text);
    EXPECT_HAS(failure_of(ExitStatus::kInput, [&] { find_format(file, {}); }).message, "empty");
  }
  const auto head = folder.write("head.csv", "a,b\n");
  EXPECT_HAS(failure_of(ExitStatus::kInput, [&] { find_format(head, {}); }).message,
             "no data rows");
  const auto twice = folder.write("twice.csv", "a,b,a\n1,2,3\n");
  CsvOptions options;
  options.header = "yes";
  const auto error = failure_of(ExitStatus::kInput, [&] { find_format(twice, options); });
  EXPECT_HAS(error.message, "a twice");
  EXPECT_EQ(error.at.line, 1);
}

TEST(FindFormat, ReadsAHeaderWiderThanTheFirstLook) {
  Folder folder;
  std::string head, row;
  for (int i = 0; i < 20000; ++i) {
    head += (i ? ",name" : "name") + std::to_string(i);
    row += i ? ",1" : "1";
  }
  const auto format = find_format(folder.write("wide.csv", head + "\n" + row + "\n"), {});
  EXPECT_TRUE(format.header);
  EXPECT_EQ(format.names.size(), 20000u);
}

}  // namespace
}  // namespace dlwork::data
