#include "data/csv_table.h"

#include <cmath>

#include "data_support.h"

namespace dlwork::data {
namespace {

CsvTable read(const std::vector<std::string>& files, const std::vector<WantedColumn>& wanted) {
  CsvOptions options;
  options.missing = spec::Data().missing;
  Quiet quiet;
  return read_tables(files, options, wanted, quiet.run);
}

WantedColumn any(const std::string& name) { return {name, std::nullopt, ""}; }

TEST(ReadTables, InfersTypesOverTheWholeFile) {
  Folder folder;
  std::string text = "n,late,missing,text,gaps\n";
  for (int i = 0; i < 500; ++i) {
    text += std::to_string(i) + "," + (i == 499 ? "oops" : std::to_string(i % 3)) + ",NA," +
            (i % 2 ? "odd" : "even") + "," + (i % 4 ? "?" : "1.5") + "\n";
  }
  const auto table = read({folder.write("a.csv", text)},
                          {any("n"), any("late"), any("missing"), any("text"), any("gaps")});
  ASSERT_EQ(table.columns.size(), 5u);
  EXPECT_EQ(table.columns[0].type, ColumnType::kNumber);
  EXPECT_EQ(table.columns[0].numbers[499], 499);
  const Column& late = table.columns[1];
  EXPECT_EQ(late.type, ColumnType::kCategory);
  EXPECT_EQ(late.categories, (std::vector<std::string>{"0", "1", "2", "oops"}));
  EXPECT_EQ(late.codes[498], 0);
  EXPECT_EQ(late.codes[499], 3);
  EXPECT_EQ(table.columns[2].type, ColumnType::kNumber);
  for (int i = 0; i < 500; ++i) EXPECT_TRUE(table.columns[2].is_missing(i));
  EXPECT_EQ(table.columns[3].categories, (std::vector<std::string>{"even", "odd"}));
  EXPECT_EQ(table.columns[4].numbers[4], 1.5);
  EXPECT_TRUE(std::isnan(table.columns[4].numbers[5]));
}

TEST(ReadTables, KeepsGapsBeforeTheFirstText) {
  Folder folder;
  const auto table = read({folder.write("a.csv", "a,b\n,1\nNA,2\nx,3\n,4\n")}, {any("a")});
  EXPECT_EQ(table.columns[0].codes, (std::vector<std::int32_t>{-1, -1, 0, -1}));
}

TEST(ReadTables, MatchesFilesByNameAndUnifiesTheirTypes) {
  Folder folder;
  const auto one = folder.write("one.csv", "a,b\n1,x\n2,y\n");
  const auto two = folder.write("two.csv", "b,extra,a\ny,9,high\nz,9,3\n");
  const auto table = read({one, two}, {any("a"), any("b")});
  EXPECT_EQ(table.columns[0].categories, (std::vector<std::string>{"1", "2", "high", "3"}));
  EXPECT_EQ(table.columns[1].codes, (std::vector<std::int32_t>{0, 1, 1, 2}));
  EXPECT_EQ(table.file_index, (std::vector<std::int32_t>{0, 0, 1, 1}));
  EXPECT_EQ(table.line, (std::vector<std::int64_t>{2, 3, 2, 3}));
  EXPECT_EQ(table.rows_of_file, (std::vector<std::int64_t>{2, 2}));
  const auto three = folder.write("three.csv", "bb,a\n1,2\n");
  const auto error = failure_of(ExitStatus::kInput, [&] {
    read({one, three}, {any("a"), any("b")});
  });
  EXPECT_EQ(error.at.file, three);
  EXPECT_HAS(error.message, "column b is missing");
  EXPECT_HAS(error.hint, "bb");
}

TEST(ReadTables, TakesMissingTokensThatAreNumbers) {
  Folder folder;
  CsvOptions options;
  options.missing = {"-999"};
  Quiet quiet;
  const auto table = read_tables({folder.write("a.csv", "a,b\n-999,x\n5,-999\n")}, options,
                                 {any("a"), any("b")}, quiet.run);
  EXPECT_TRUE(table.columns[0].is_missing(0));
  EXPECT_EQ(table.columns[0].numbers[1], 5);
  EXPECT_EQ(table.columns[1].codes, (std::vector<std::int32_t>{0, -1}));
}

TEST(ReadTables, NamesThePlaceOfTextInADeclaredNumber) {
  Folder folder;
  const auto file = folder.write("a.csv", "name,n\n\"two\nlines\",1\nb, 1x\n");
  const auto error = failure_of(ExitStatus::kInput, [&] {
    read({file}, {{"n", ColumnType::kNumber, ""}});
  });
  EXPECT_EQ(error.at.file, file);
  EXPECT_EQ(error.at.line, 4);
  EXPECT_EQ(error.at.column, 4);
  EXPECT_HAS(error.message, "'1x'");
  EXPECT_HAS(error.hint, "data.columns.n");
}

TEST(ReadTables, NamesTheLineOfARaggedRow) {
  Folder folder;
  const auto file = folder.write("a.csv", "a,b,c\n1,2,3\n\n4,5\n");
  const auto error = failure_of(ExitStatus::kInput, [&] { read({file}, {any("a")}); });
  EXPECT_EQ(error.at.line, 4);
  EXPECT_HAS(error.message, "2 cells");
  EXPECT_HAS(error.message, "3");
}

TEST(ReadTables, RefusesTextThatIsNotUtf8) {
  Folder folder;
  const auto file = folder.write("a.csv", "a,b\n1,ok\n2,caf\xE9\n");
  const auto error = failure_of(ExitStatus::kInput, [&] { read({file}, {any("b")}); });
  EXPECT_EQ(error.at.line, 3);
  EXPECT_EQ(error.at.column, 3);
  EXPECT_HAS(error.message, "UTF-8");
}

TEST(ReadTables, StopsWhenAsked) {
  Folder folder;
  std::string text = "a\n";
  for (int i = 0; i < 70000; ++i) text += "1\n";
  const auto file = folder.write("a.csv", text);
  Quiet quiet;
  quiet.stop.request();
  const auto error =
      failure_of(ExitStatus::kInterrupted, [&] { read_tables({file}, {}, {any("a")}, quiet.run); });
  EXPECT_HAS(error.message, "stopped");
}

}  // namespace
}  // namespace dlwork::data
