#include "data/read_tables.h"

#include <cmath>

#include "data_support.h"

namespace dlwork::data {
namespace {

TableColumns read(const std::vector<std::string>& files, const std::vector<WantedColumn>& wanted) {
  CsvOptions options;
  options.missing = spec::Data().missing;
  Quiet quiet;
  return read_tables(find_tables(files, options), options, wanted, quiet.run);
}

WantedColumn any(const std::string& name) { return {name}; }

WantedColumn column(const std::string& name, Meaning meaning) { return {name, meaning}; }

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
  const auto table =
      read_tables(find_tables({folder.write("a.csv", "a,b\n-999,x\n5,-999\n")}, options), options,
                  {any("a"), any("b")}, quiet.run);
  EXPECT_TRUE(table.columns[0].is_missing(0));
  EXPECT_EQ(table.columns[0].numbers[1], 5);
  EXPECT_EQ(table.columns[1].codes, (std::vector<std::int32_t>{0, -1}));
}

TEST(ReadTables, NamesThePlaceOfTextInADeclaredNumber) {
  Folder folder;
  const auto file = folder.write("a.csv", "name,n\n\"two\nlines\",1\nb, 1x\n");
  const auto error =
      failure_of(ExitStatus::kInput, [&] { read({file}, {column("n", Meaning::kNumber)}); });
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
  const auto error = failure_of(ExitStatus::kInterrupted, [&] {
    read_tables(find_tables({file}, {}), {}, {any("a")}, quiet.run);
  });
  EXPECT_HAS(error.message, "stopped");
}

TEST(ReadTables, FindsDates) {
  Folder folder;
  const auto table =
      read({folder.write("a.csv",
                         "iso,slash,mixed,late,gap\n2021-03-04,3/4/2021,1,2021-03-04,\n"
                         "2021-12-31T06:00:00Z,12/31/2021,2021-01-01,x,2021-01-01\n")},
           {any("iso"), any("slash"), any("mixed"), any("late"), any("gap")});
  EXPECT_EQ(table.columns[0].info.meaning, Meaning::kDatetime);
  EXPECT_EQ(table.columns[0].numbers, (std::vector<double>{1614816000, 1640930400}));
  EXPECT_EQ(table.columns[1].info.meaning, Meaning::kDatetime) << "31 is no month";
  EXPECT_TRUE(table.columns[1].info.month_first);
  EXPECT_EQ(table.columns[1].numbers[0], 1614816000) << "March 4";
  EXPECT_EQ(table.columns[2].categories, (std::vector<std::string>{"1", "2021-01-01"}));
  EXPECT_EQ(table.columns[3].categories, (std::vector<std::string>{"2021-03-04", "x"}));
  EXPECT_TRUE(table.columns[4].is_missing(0));
  EXPECT_EQ(table.columns[4].numbers[1], 1609459200);
}

TEST(ReadTables, AsksWhichOfTwoNumbersIsTheDay) {
  Folder folder;
  const auto file = folder.write("a.csv", "d,n\n3/4/2021,1\n5/6/2021,2\n");
  EXPECT_EQ(read({file}, {any("d")}).columns[0].type, ColumnType::kCategory) << "no guess";
  const auto error =
      failure_of(ExitStatus::kInput, [&] { read({file}, {column("d", Meaning::kDatetime)}); });
  EXPECT_EQ(error.message, "every date of column d can be day first or month first");
  EXPECT_HAS(error.hint, "format: day-first");
  WantedColumn wanted = column("d", Meaning::kDatetime);
  wanted.order = DateOrder::kDayFirst;
  EXPECT_EQ(read({file}, {wanted}).columns[0].numbers[0], 1617408000) << "April 3";
  wanted.order = DateOrder::kMonthFirst;
  EXPECT_EQ(read({file}, {wanted}).columns[0].numbers[0], 1614816000) << "March 4";
}

TEST(ReadTables, ChecksWhatIsDeclared) {
  Folder folder;
  const auto fails = [&](const std::string& values, Meaning meaning) {
    const auto file = folder.write("a.csv", "a,b\n" + values);
    const auto error =
        failure_of(ExitStatus::kInput, [&] { read({file}, {column("a", meaning)}); });
    EXPECT_EQ(error.at.line, 3) << error.message;
    return error.message;
  };
  EXPECT_EQ(fails("1,x\n1.5,x\n", Meaning::kInteger),
            "column a holds whole numbers, but this is '1.5'");
  EXPECT_EQ(fails("yes,x\nmaybe,x\n", Meaning::kBoolean),
            "column a holds true or false, but this is 'maybe'");
  EXPECT_EQ(fails("2021-01-01,x\n2021-02-30,x\n", Meaning::kDatetime),
            "column a holds dates, but this is '2021-02-30'");
  EXPECT_EQ(fails("1,x\n-1,x\n", Meaning::kWeight),
            "column a holds weights, which are at least 0, but this is '-1'");
  const auto file = folder.write("b.csv", "a,id\nYes,007\n0,8\n?,9\nT,10\n");
  const auto table = read({file}, {column("a", Meaning::kBoolean), column("id", Meaning::kId)});
  EXPECT_EQ(table.columns[0].categories, (std::vector<std::string>{"false", "true"}));
  EXPECT_EQ(table.columns[0].codes, (std::vector<std::int32_t>{1, 0, -1, 1}));
  EXPECT_EQ(table.columns[1].categories[0], "007") << "as written";
}

TEST(ReadTables, TellsWholeNumbersAndFreeTextApart) {
  Folder folder;
  std::string text = "n,x,words\n";
  for (int i = 0; i < 100; ++i) {
    text += std::to_string(i) + "," + std::to_string(i) +
            ".5,this is the remark that belongs to row " + std::to_string(i) + "\n";
  }
  const auto table = read({folder.write("a.csv", text)}, {any("n"), any("x"), any("words")});
  EXPECT_EQ(table.columns[0].info.meaning, Meaning::kInteger);
  EXPECT_EQ(table.columns[1].info.meaning, Meaning::kNumber);
  EXPECT_EQ(table.columns[2].info.meaning, Meaning::kText);
}

TEST(ReadTables, TakesMissingTokensOfOneColumn) {
  Folder folder;
  const auto file = folder.write("a.csv", "a,b\n-1,-1\n5,7\n");
  WantedColumn wanted = column("a", Meaning::kNumber);
  wanted.missing = {"-1"};
  const auto table = read({file}, {wanted, any("b")});
  EXPECT_TRUE(table.columns[0].is_missing(0));
  EXPECT_EQ(table.columns[1].numbers[0], -1);
}

}  // namespace
}  // namespace dlwork::data
