#include "data/records.h"

#include <array>

#include "data/arrays.h"
#include "data/arrow_table.h"
#include "data/json_lines.h"
#include "data/problem.h"
#include "data/sqlite_table.h"

namespace dlwork::data {
namespace {

/// A text with separators.
class CsvRecords final : public RecordReader {
 public:
  CsvRecords(const TableFile& table, std::size_t most_bytes)
      : table_(table), reader_(table.path, table.csv.separator, most_bytes) {
    if (table_.csv.header) reader_.next();
  }

  bool next() override {
    if (!reader_.next()) return false;
    if (reader_.cells().size() != table_.names.size()) fail_ragged();
    return true;
  }
  Value value(std::size_t column) override { return {Value::Kind::kText, reader_.text(column), 0}; }
  std::int64_t record() const override { return reader_.line(); }
  [[noreturn]] void fail(std::size_t column, const std::string& message,
                         const std::string& hint) const override {
    reader_.fail(column, message, hint);
  }
  Progress progress() const override {
    return {static_cast<double>(reader_.source().position()),
            static_cast<double>(reader_.source().file_size()), "bytes"};
  }

  /// From the length of the first records.
  std::size_t guess_records() override {
    if (reader_.source().compressed()) return 0;
    constexpr std::size_t kLook = 64u << 10;
    CsvReader look(table_.path, table_.csv.separator, kLook);
    std::size_t records = 0;
    while (look.next()) ++records;
    const double share = static_cast<double>(reader_.source().file_size()) / kLook;
    return look.cut() ? static_cast<std::size_t>(static_cast<double>(records) * share * 1.02)
                      : records;
  }

 private:
  [[noreturn]] void fail_ragged() const {
    const std::string first = table_.csv.header ? "the header" : "the first row";
    input_error(table_.path, reader_.line(), 0,
                "the row has " + std::to_string(reader_.cells().size()) + " cells, " + first +
                    " has " + std::to_string(table_.names.size()),
                "quote cells that hold the separator, or set data.separator");
  }

  TableFile table_;
  CsvReader reader_;
};

std::string first_bytes(const std::string& path) {
  std::array<char, 16> start{};
  ByteSource source(path);
  return {start.data(), source.read(start.data(), start.size())};
}

TableFormat find_table_format(const std::string& path) {
  if (is_sqlite(path)) return TableFormat::kSqlite;
  const std::string start = first_bytes(path);
  if (is_array_file(start)) return TableFormat::kArrays;
  if (is_arrow_start(start)) return TableFormat::kArrow;
  if (start.rfind("SQLite format 3", 0) == 0) {
    input_error(path, 0, 0, "is an SQLite database", "write sqlite:FILE?query=SELECT ... FROM ...");
  }
  return is_json_lines(path) ? TableFormat::kJsonLines : TableFormat::kCsv;
}

}  // namespace

TableFile find_table(const std::string& path, const CsvOptions& options,
                     const std::string& labels) {
  TableFile table;
  table.path = path;
  table.labels = labels;
  table.format = find_table_format(path);
  switch (table.format) {
    case TableFormat::kCsv:
      table.csv = find_format(path, options);
      table.names = table.csv.names;
      break;
    case TableFormat::kJsonLines:
      table.names = json_lines_names(path);
      break;
    case TableFormat::kSqlite:
      table.names = SqliteReader(path).names();
      break;
    case TableFormat::kArrays:
      table.names = ArrayRecords(path, labels).names();
      break;
    case TableFormat::kArrow:
      table.names = arrow_names(path);
      break;
  }
  return table;
}

std::unique_ptr<RecordReader> open_table(const TableFile& table, std::size_t most_bytes) {
  switch (table.format) {
    case TableFormat::kCsv:
      return std::make_unique<CsvRecords>(table, most_bytes);
    case TableFormat::kJsonLines:
      return std::make_unique<JsonLinesReader>(table.path, table.names, most_bytes);
    case TableFormat::kSqlite:
      return std::make_unique<SqliteReader>(table.path);
    case TableFormat::kArrays:
      return std::make_unique<ArrayRecords>(table.path, table.labels);
    case TableFormat::kArrow:
      return open_arrow(table.path);
  }
  return nullptr;
}

}  // namespace dlwork::data
