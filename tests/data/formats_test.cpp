#include <zstd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <tuple>

#include "data/arrays.h"
#include "data/arrow_table.h"
#include "data/npy.h"
#include "data/read_tables.h"
#include "data_support.h"
#include "dlwork/base/text.h"
#include "dlwork/data/preprocess.h"
#include "support/database.h"
#include "support/parquet.h"

namespace dlwork::data {
namespace {

/// With a checksum, as the zstd program writes.
std::string zstd_packed(const std::string& bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  out.resize(ZSTD_compress2(context, out.data(), out.size(), bytes.data(), bytes.size()));
  ZSTD_freeCCtx(context);
  return out;
}

TableColumns read(const std::string& file, const std::vector<WantedColumn>& wanted) {
  CsvOptions options;
  options.missing = spec::Data().missing;
  Quiet quiet;
  return read_tables(find_tables({file}, options), options, wanted, quiet.run);
}

/// An NPY array, version 1.
std::string npy(const std::string& type, const std::string& shape, const std::string& values,
                const std::string& order = "False") {
  std::string head =
      "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
  while ((10 + head.size() + 1) % 64 != 0) head += ' ';
  head += '\n';
  std::string bytes = "\x93NUMPY";
  bytes += '\1';
  bytes += '\0';
  bytes += static_cast<char>(head.size() & 255);
  bytes += static_cast<char>(head.size() >> 8);
  return bytes + head + values;
}

template <class T>
std::string raw(std::initializer_list<T> values) {
  std::string bytes;
  for (const T value : values) bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  return bytes;
}

std::string database(const Folder& folder, const std::string& statements) {
  const std::string file = (folder.path() / "shop.db").string();
  testing::change_database(file, statements);
  return file;
}

TEST(ZstdFiles, AreRead) {
  Folder folder;
  std::string text = "a,b\n";
  for (int i = 0; i < 200000; ++i) text += std::to_string(i) + ",x\n";
  const std::string packed = zstd_packed(text);
  const auto table = read(folder.write("a.csv.zst", packed), {{"a"}, {"b"}});
  ASSERT_EQ(table.columns[0].count(), 200000);
  EXPECT_EQ(table.columns[0].numbers[199999], 199999);
  const auto cut = folder.write("cut.csv.zst", packed.substr(0, packed.size() / 2));
  EXPECT_HAS(failure_of(ExitStatus::kInput, [&] { read(cut, {{"a"}}); }).message, "ends before");
  std::string broken = packed;
  broken[packed.size() / 2] = static_cast<char>(broken[packed.size() / 2] ^ 0x55);
  const auto damaged = folder.write("damaged.csv.zst", broken);
  failure_of(ExitStatus::kInput, [&] { read(damaged, {{"a"}}); });
  const auto two = folder.write("two.csv.zst", zstd_packed("a,b\n1,2\n") + zstd_packed("3,4\n"));
  EXPECT_EQ(read(two, {{"b"}}).columns[0].numbers, (std::vector<double>{2, 4})) << "two frames";
}

TEST(GzipFiles, MayHaveSeveralMembersAndPadding) {
  Folder folder;
  const auto file =
      folder.write("a.csv.gz", packed("a,b\n1,2\n") + packed("3,4\n") + std::string(512, '\0'));
  EXPECT_EQ(read(file, {{"b"}}).columns[0].numbers, (std::vector<double>{2, 4}));
}

TEST(Files, ThatChangeWhileTheyAreReadAreRefused) {
  Folder folder;
  std::string text = "a,b\n";
  for (int i = 0; i < 400000; ++i) text += "1,2\n";
  const auto file = folder.write("a.csv", text);
  ByteSource source(file);
  std::vector<char> block(1000);
  source.read(block.data(), block.size());
  std::ofstream(file, std::ios::binary | std::ios::app) << "3,4\n";
  const auto error = failure_of(ExitStatus::kInput, [&] {
    while (source.read(block.data(), block.size()) == block.size()) {
    }
  });
  EXPECT_EQ(error.message, "the file changed while it was read");
}

TEST(JsonLines, AreATable) {
  Folder folder;
  const auto file =
      folder.write("a.jsonl",
                   "{\"n\": 1, \"job\": \"baker\", \"ok\": true, \"deep\": {\"a\": [1]}}\n\n"
                   "{\"job\": \"sm\\u00efth\", \"n\": 2.5e0, \"ok\": false}\n"
                   "{\"n\": null, \"late\": 3}\n");
  const auto table = read(file, {{"n"}, {"job"}, {"ok", Meaning::kBoolean}, {"late"}});
  EXPECT_EQ(table.columns[0].numbers[1], 2.5);
  EXPECT_TRUE(table.columns[0].is_missing(2));
  EXPECT_EQ(table.columns[1].categories, (std::vector<std::string>{"baker", "sm\u00efth"}));
  EXPECT_EQ(table.columns[2].codes, (std::vector<std::int32_t>{1, 0, -1}));
  EXPECT_TRUE(table.columns[3].is_missing(0));
  EXPECT_EQ(table.line, (std::vector<std::int64_t>{1, 3, 4}));
  const auto error = failure_of(ExitStatus::kInput, [&] { read(file, {{"deep"}}); });
  EXPECT_EQ(error.message, "the value of deep is a list or an object");
  EXPECT_EQ(error.at.line, 1);
  EXPECT_EQ(error.at.column, 38);
}

TEST(JsonLines, TellWhereTheyAreBroken) {
  Folder folder;
  const auto fails = [&](const std::string& text) {
    const auto file = folder.write("a.jsonl", text);
    return failure_of(ExitStatus::kInput, [&] { read(file, {{"a"}}); });
  };
  auto error = fails("{\"a\": 1}\n{\"a\": 1,}\n");
  EXPECT_EQ(error.message, "this is no valid JSON");
  EXPECT_EQ(error.at.line, 2);
  EXPECT_EQ(error.at.column, 9);
  error = fails("{\"a\": 1}\n[1, 2]\n");
  EXPECT_EQ(error.message, "the line is no JSON object");
  error = fails("{\"a\": \"caf\xE9\"}\n");
  EXPECT_EQ(error.message, "this is no valid JSON");
  error = fails("{\"a\": " + std::string(1000000, '[') + "\n");
  EXPECT_EQ(error.message, "this is no valid JSON") << "nesting costs no stack";
  error = fails("{}\n");
  EXPECT_HAS(error.message, "no keys");
}

TEST(Sqlite, RunsAQuery) {
  Folder folder;
  const auto file = database(folder,
                             "CREATE TABLE sale (day TEXT, n INTEGER, price REAL, note BLOB);"
                             "INSERT INTO sale VALUES ('2021-03-04', 3, 1.5, x'00'), "
                             "('2021-03-05', NULL, 2, NULL);");
  const std::string address =
      "sqlite:" + file + "?query=SELECT day, n, price * 2 AS twice FROM sale";
  const auto table = read(address, {{"day"}, {"n"}, {"twice"}});
  EXPECT_EQ(table.columns[0].info.meaning, Meaning::kDatetime);
  EXPECT_EQ(table.columns[1].numbers[0], 3);
  EXPECT_TRUE(table.columns[1].is_missing(1));
  EXPECT_EQ(table.columns[2].numbers, (std::vector<double>{3, 4}));
  EXPECT_EQ(read("sqlite:" + file, {{"n"}}).columns[0].count(), 2) << "the only table";
  const auto error = failure_of(ExitStatus::kInput, [&] { read("sqlite:" + file, {{"note"}}); });
  EXPECT_EQ(error.message, "row 1, column note: the value of note is a BLOB");
}

TEST(Sqlite, OnlyReads) {
  Folder folder;
  const auto file =
      database(folder, "CREATE TABLE a (n); CREATE TABLE b (n); INSERT INTO a VALUES (1)");
  const auto before = std::filesystem::last_write_time(file);
  const auto fails = [&](const std::string& query) {
    return failure_of(ExitStatus::kInput,
                      [&] { find_table("sqlite:" + file + "?query=" + query, {}); })
        .message;
  };
  EXPECT_EQ(fails("DELETE FROM a"), "the query does more than read tables");
  EXPECT_EQ(fails("ATTACH '/tmp/other.db' AS other"), "the query does more than read tables");
  EXPECT_EQ(fails("PRAGMA journal_mode = WAL"), "the query does more than read tables");
  EXPECT_EQ(fails("SELECT 1; DELETE FROM a"), "there is more than one query");
  EXPECT_HAS(fails("SELECT absent FROM a"), "no such column: absent");
  EXPECT_EQ(fails("SELECT n, n FROM a"), "the query names the column n twice");
  EXPECT_EQ(std::filesystem::last_write_time(file), before);
  EXPECT_EQ(failure_of(ExitStatus::kInput, [&] { find_table("sqlite:" + file, {}); }).message,
            "the database has 2 tables: a and b");
  const auto text = folder.write("text.db", "a,b\n1,2\n");
  EXPECT_HAS(failure_of(ExitStatus::kInput, [&] { find_table("sqlite:" + text, {}); }).message,
             "is no SQLite database");
  EXPECT_HAS(failure_of(ExitStatus::kInput, [&] { find_table(file, {}); }).hint, "sqlite:FILE");
}

TEST(Npy, ReadsNumbersOfAllTypes) {
  Folder folder;
  const auto values = [&](const std::string& bytes) {
    NpyArray array(std::make_unique<ByteSource>(folder.write("a.npy", bytes)), "a");
    std::vector<double> out;
    array.read(100, out);
    array.expect_end();
    return out;
  };
  EXPECT_EQ(values(npy("<f4", "(2,)", raw<float>({1.5f, -2}))), (std::vector<double>{1.5, -2}));
  EXPECT_EQ(values(npy("<i2", "(2,)", raw<std::int16_t>({-3, 300}))),
            (std::vector<double>{-3, 300}));
  EXPECT_EQ(values(npy("|b1", "(2,)", std::string("\1\0", 2))), (std::vector<double>{1, 0}));
  EXPECT_EQ(values(npy(">u2", "(1,)", std::string("\1\2", 2))), (std::vector<double>{258}));
  EXPECT_EQ(values(npy("<f2", "(4,)", raw<std::uint16_t>({0x3C00, 0xC000, 0x0001, 0x7BFF}))),
            (std::vector<double>{1, -2, std::ldexp(1, -24), 65504}));
  EXPECT_EQ(values(npy("<f8", "(2, 2)", raw<double>({1, 2, 3, 4}), "True")),
            (std::vector<double>{1, 3, 2, 4}));
  EXPECT_EQ(values(npy("<i8", "(2, 2, 2)", raw<std::int64_t>({0, 4, 2, 6, 1, 5, 3, 7}), "True")),
            (std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(Npy, RefusesWhatItCannotHold) {
  Folder folder;
  const auto fails = [&](const std::string& bytes) {
    const auto file = folder.write("a.npy", bytes);
    return failure_of(ExitStatus::kInput,
                      [&] {
                        NpyArray array(std::make_unique<ByteSource>(file), file);
                        std::vector<double> out;
                        array.read(1 << 30, out);
                        array.expect_end();
                      })
        .message;
  };
  EXPECT_HAS(fails(npy("<f8", "(1000000000000, 8)", "12345678")), "promises more values");
  EXPECT_HAS(fails(npy("<f8", "(4611686018427387904, 4)", "12345678")), "promises more values");
  EXPECT_HAS(fails(npy("<f8", "(2,)", "12345678")), "fewer values than its head");
  EXPECT_HAS(fails(npy("<f8", "(1,)", "123456789")), "more values than its head");
  EXPECT_HAS(fails(npy("<f8", "(0,)", "")), "holds no values");
  EXPECT_HAS(fails(npy("|O", "(1,)", "12345678")), "Python objects");
  EXPECT_HAS(fails(npy("<c8", "(1,)", "12345678")), "'c8'");
  EXPECT_HAS(fails(npy("<f8", "(-1,)", "12345678")), "head is damaged");
  EXPECT_HAS(fails("\x93NUMPY"), "is no NPY array");
  EXPECT_HAS(fails("\x93NUMPY\x09"), "is no NPY array");
  EXPECT_HAS(fails(std::string("\x93NUMPY\x09\x00", 8)), "unknown NPY version 9");
  EXPECT_HAS(fails(std::string("\x93NUMPY\x02\x00\xff\xff\xff\x7f", 12)), "longer than");
  EXPECT_HAS(fails(std::string("\x93NUMPY\x01\x00\xff\x00", 10)), "inside its head");
}

TEST(Npy, OfTwoFilesIsATable) {
  Folder folder;
  std::string inputs, targets;
  for (int i = 0; i < 40; ++i) {
    inputs += raw<float>({static_cast<float>(i), static_cast<float>(i % 5)});
    targets += raw<std::int64_t>({i % 2});
  }
  folder.write("X.npy", npy("<f4", "(40, 2)", inputs));
  folder.write("y.npy", npy("<i8", "(40,)", targets));
  auto project = folder.project("X.npy", "y");
  project.data.train.labels = "y.npy";
  Quiet quiet;
  const Dataset dataset = load_dataset(project, "classification", quiet.run);
  EXPECT_EQ(dataset.samples.count, 40);
  EXPECT_EQ(dataset.samples.table.find("column_2")->numbers[7], 2);
  EXPECT_EQ(dataset.samples.target.classes, (std::vector<std::string>{"0", "1"}));
  const Probe found = probe(project);
  EXPECT_EQ(found.columns, (std::vector<std::string>{"column_1", "column_2", "y"}));
  EXPECT_TRUE(found.target_is_class);
  const auto fitted =
      Preprocessor::fit(dataset.samples, dataset.part(Part::kTrain), Categories::kOneHot);
  InputStream stream((folder.path() / "X.npy").string(), fitted, {});
  EXPECT_EQ(stream.next(100)->count, 40) << "new data need no targets";
  project.data.target.clear();
  EXPECT_HAS(
      failure_of(ExitStatus::kUsage, [&] { load_dataset(project, "classification", quiet.run); })
          .hint,
      "set it to y, as the column of");
}

TEST(Npy, LargerThanTheMemoryIsRefusedBeforeItIsRead) {
  Folder folder;
  Quiet quiet;
  const std::uint32_t count = too_many_megabytes();
  const std::string shape = "(" + std::to_string(count) + ", 1024, 1024)";
  folder.write("y.npy", npy("|u1", "(" + std::to_string(count) + ",)", std::string(count, '\1')));
  auto project = folder.project("X.npy", "y");
  project.data.train.labels = "y.npy";
  for (const auto& [type, width, what] :
       {std::tuple{"|u1", 1, "its pictures"}, std::tuple{"<f4", 4, "its series"}}) {
    const std::string head = npy(type, shape, "");
    const std::uint64_t bytes = (std::uint64_t{count} << 20) * width;
    std::filesystem::resize_file(folder.write("X.npy", head), head.size() + bytes);
    const auto error =
        failure_of(ExitStatus::kInput, [&] { load_dataset(project, "classification", quiet.run); });
    EXPECT_EQ(error.message, std::string(what) + " and those before need " + pretty_bytes(bytes) +
                                 " of memory, more than this machine has");
  }
}

TEST(Globs, AreSortedAndMustAgree) {
  Folder folder;
  for (int part = 0; part < 3; ++part) {
    std::string text = "a,y\n";
    for (int i = 0; i < 10; ++i)
      text += std::to_string(10 * part + i) + "," + (i % 2 ? "p" : "q") + "\n";
    folder.write("part-" + std::to_string(2 - part) + ".csv", text);
  }
  auto project = folder.project("part-*.csv", "y");
  Quiet quiet;
  const Dataset dataset = load_dataset(project, "classification", quiet.run);
  EXPECT_EQ(dataset.samples.files,
            (std::vector<std::string>{"part-0.csv", "part-1.csv", "part-2.csv"}));
  EXPECT_EQ(dataset.samples.table.columns[0].numbers[0], 20);
  const std::string before = data_fingerprint(project, "");
  folder.write("part-3.csv", "b,y\n1,p\n");
  EXPECT_NE(data_fingerprint(project, ""), before);
  auto error =
      failure_of(ExitStatus::kInput, [&] { load_dataset(project, "classification", quiet.run); });
  EXPECT_HAS(error.message, "has the column b, which");
  project.data.train.paths = {"nothing-*.csv"};
  error =
      failure_of(ExitStatus::kInput, [&] { load_dataset(project, "classification", quiet.run); });
  EXPECT_EQ(error.message, "no file matches this pattern");
  folder.write("odd[1].csv", "a,y\n1,p\n2,q\n");
  project.data.train.paths = {"odd[1].csv"};
  EXPECT_HAS(
      failure_of(ExitStatus::kInput, [&] { load_dataset(project, "classification", quiet.run); })
          .message,
      "split leaves no rows")
      << "a file of that very name is read";
}

TEST(Tables, OfDamagedOrUnreadFormatsSaySo) {
  Folder folder;
  for (const std::string start : {"PAR1", "ARROW1", "FEA1"}) {
    const auto file = folder.write("a.table", start + "...." + start);
    const auto error = failure_of(ExitStatus::kInput, [&] { find_table(file, {}); });
    EXPECT_EQ(error.at.file, file);
    if (!reads_arrow()) {
      EXPECT_HAS(error.hint, "ArrowCpp_ROOT");
    }
  }
}

TEST(Parquet, IsReadAndMemoryFollowsNoNumberInIt) {
  if (!reads_arrow()) GTEST_SKIP() << "built without the Arrow C++ library";
  Folder folder;
  EXPECT_EQ(read(folder.write("a.parquet", testing::parquet()), {{"a"}}).columns[0].numbers,
            (std::vector<double>{7, 8, 9}));
  // Below half of any machine's memory that this runs on, but far above what the file can hold.
  const auto file = folder.write("a.parquet", testing::parquet(512u << 20));
  const auto error = failure_of(ExitStatus::kInput, [&] { read(file, {{"a"}}); });
  EXPECT_EQ(error.at.file, file);
  EXPECT_HAS(error.message, "or than a thousand times its size, to read a part of it");
}

/// Files as pandas, numpy and Python's sqlite3 write them, read by their own readers into a CSV.
constexpr const char* kWriter = R"(
import sqlite3, sys, numpy as np, pandas as pd
folder = sys.argv[1]
rng = np.random.default_rng(3)
n = 500
table = pd.DataFrame({'x': rng.normal(size=n), 'k': rng.integers(-5, 5, n),
                      'job': rng.choice(['a "quoted", one', 'two\nlines', 'zw\u00f6lf'], n),
                      'day': pd.date_range('1953-01-01', periods=n, freq='7h').astype(str)})
table.loc[::7, 'x'] = np.nan
table.loc[::11, 'job'] = None
table.to_csv(f'{folder}/t.csv', index=False)
table.to_csv(f'{folder}/t.tsv', index=False, sep='\t')
table.to_csv(f'{folder}/t.csv.gz', index=False)
table.to_json(f'{folder}/t.jsonl', orient='records', lines=True, double_precision=15)
try:
    import pyarrow, pyarrow.feather, pyarrow.parquet
    table['job'] = table['job'].astype('category')
    arrow = pyarrow.Table.from_pandas(table, preserve_index=False)
    pyarrow.parquet.write_table(arrow, f'{folder}/t.parquet', row_group_size=120)
    pyarrow.feather.write_feather(arrow, f'{folder}/t.feather', chunksize=70)
    days = table.assign(day=pd.to_datetime(table.day), job=table.job.astype(object))
    days.to_parquet(f'{folder}/days.parquet')
    table['job'] = table['job'].astype(object)
except ImportError:
    pass
with sqlite3.connect(f'{folder}/t.db') as db: table.to_sql('t', db, index=False)
X = rng.normal(size=(n, 3)).astype('f4'); y = rng.choice(['up', 'd\u00f6wn'], n)
np.savez(f'{folder}/plain.npz', X=X, y=y)
np.savez_compressed(f'{folder}/packed.npz', X=X, y=y)
np.savez(f'{folder}/fortran.npz', X=np.asfortranarray(X), y=y)
S = rng.normal(size=(40, 6, 2)); S[::3, 4:] = np.nan
np.savez(f'{folder}/series.npz', X=S, y=np.arange(40) % 3)
P = rng.integers(0, 256, (30, 4, 5, 3), dtype='u1')
np.savez(f'{folder}/pictures.npz', images=P, labels=np.arange(30) % 2)
with open(f'{folder}/facts.txt', 'w') as f:
    print(np.nansum(table.x), table.k.sum(), X.astype('f8').sum(), (y == 'up').sum(), np.nansum(S),
          P.astype('i8').sum(), P[7, 2, 3, 1], sep='\n', file=f)
)";

class PeerFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* python = std::getenv("DLWORK_PEERS_PYTHON");
    if (python == nullptr ||
        std::system((std::string(python) + " -c 'import pandas' 2> /dev/null").c_str()) != 0) {
      GTEST_SKIP() << "needs a Python with pandas in DLWORK_PEERS_PYTHON";
    }
    const auto script = folder_.write("write.py", kWriter);
    const std::string command = std::string(python) + " " + script + " " + folder_.path().string();
    ASSERT_EQ(std::system(command.c_str()), 0);
    std::ifstream facts(folder_.path() / "facts.txt");
    for (double value; facts >> value;) facts_.push_back(value);
    ASSERT_EQ(facts_.size(), 7u);
  }
  std::string file(const std::string& name) const { return (folder_.path() / name).string(); }
  Folder folder_;
  std::vector<double> facts_;
};

double sum(const std::vector<double>& numbers) {
  double total = 0;
  for (const double value : numbers) total += std::isnan(value) ? 0 : value;
  return total;
}

TEST_F(PeerFiles, OfOneTableAreEqual) {
  const std::vector<WantedColumn> wanted{{"x"}, {"k"}, {"job"}, {"day"}};
  const auto first = read(file("t.csv"), wanted);
  EXPECT_NEAR(sum(first.columns[0].numbers), facts_[0], 1e-9);
  EXPECT_EQ(sum(first.columns[1].numbers), facts_[1]);
  EXPECT_EQ(first.columns[3].info.meaning, Meaning::kDatetime);
  EXPECT_EQ(first.columns[3].numbers[1], -536457600 + 7 * 3600);
  std::vector<std::string> others{file("t.tsv"), file("t.csv.gz"), file("t.jsonl"),
                                  "sqlite:" + file("t.db")};
  if (reads_arrow()) {
    for (const char* name : {"t.parquet", "t.feather", "days.parquet"}) {
      ASSERT_TRUE(std::filesystem::exists(file(name))) << "needs pyarrow beside pandas";
      others.push_back(file(name));
    }
  }
  for (const std::string& name : others) {
    const auto other = read(name, wanted);
    ASSERT_EQ(other.line.size(), first.line.size()) << name;
    for (std::size_t row = 0; row < first.line.size(); ++row) {
      const double x = first.columns[0].numbers[row];
      if (std::isnan(x)) {
        EXPECT_TRUE(other.columns[0].is_missing(row)) << name;
      } else {
        EXPECT_NEAR(other.columns[0].numbers[row], x, 1e-14) << name;
      }
    }
    EXPECT_EQ(other.columns[1].numbers, first.columns[1].numbers) << name;
    EXPECT_EQ(other.columns[2].codes, first.columns[2].codes) << name;
    EXPECT_EQ(other.columns[2].categories, first.columns[2].categories) << name;
    EXPECT_EQ(other.columns[3].numbers, first.columns[3].numbers) << name;
  }
}

TEST_F(PeerFiles, OfArraysAreRead) {
  for (const char* name : {"plain.npz", "packed.npz", "fortran.npz"}) {
    auto project = folder_.project(name, "y");
    Quiet quiet;
    const Dataset dataset = load_dataset(project, "classification", quiet.run);
    double total = 0;
    for (const auto& column : dataset.samples.table.columns) total += sum(column.numbers);
    EXPECT_NEAR(total, facts_[2], 1e-6) << name;
    EXPECT_EQ(dataset.samples.target.classes, (std::vector<std::string>{"d\u00f6wn", "up"}));
    const auto& codes = dataset.samples.target.codes;
    EXPECT_EQ(std::count(codes.begin(), codes.end(), 1), facts_[3]) << name;
  }
  Quiet quiet;
  const Dataset series = load_dataset(folder_.project("series.npz"), "classification", quiet.run);
  EXPECT_EQ(series.samples.kind, Kind::kSequence);
  EXPECT_EQ(series.samples.sequences.steps, 6);
  EXPECT_EQ(series.samples.sequences.lengths[0], 4) << "ends where all is missing";
  double total = 0;
  for (const float value : series.samples.sequences.values) total += std::isnan(value) ? 0 : value;
  EXPECT_NEAR(total, facts_[4], 1e-4);
  const Dataset pictures =
      load_dataset(folder_.project("pictures.npz"), "classification", quiet.run);
  const Pictures& pool = pictures.samples.pictures;
  EXPECT_EQ(pool.channels, 3);
  EXPECT_EQ(pool.height, 4);
  EXPECT_EQ(pool.width, 5);
  EXPECT_EQ(std::accumulate(pool.pixels.begin(), pool.pixels.end(), std::int64_t{0}), facts_[5]);
  EXPECT_EQ(pool.at(7)[(1 * 4 + 2) * 5 + 3], facts_[6]) << "channels first";
}

}  // namespace
}  // namespace dlwork::data
