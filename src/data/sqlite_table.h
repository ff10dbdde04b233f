#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/records.h"

struct sqlite3;
struct sqlite3_stmt;

namespace dlwork::data {

/// "sqlite:FILE?query=SELECT ..." taken apart. Without a query the one table of the file is read.
struct SqliteAddress {
  std::string file;
  std::string query;
};
/// Whether it is such an address.
bool is_sqlite(std::string_view path);
/// Throws Error(kInput) where the address has other keys than query.
SqliteAddress parse_sqlite(const std::string& path);

/// Rows of a query on an SQLite database, which is opened read-only: the query can read its tables,
/// and nothing else (no attached file, no pragma, no change). Integers and reals are numbers, texts
/// texts, NULL missing; a BLOB is an error.
class SqliteReader final : public RecordReader {
 public:
  explicit SqliteReader(const std::string& path);

  const std::vector<std::string>& names() const { return names_; }
  bool next() override;
  Value value(std::size_t column) override;
  std::int64_t record() const override { return row_; }
  [[noreturn]] void fail(std::size_t column, const std::string& message,
                         const std::string& hint) const override;
  Progress progress() const override { return {static_cast<double>(row_), 0, "rows"}; }

 private:
  struct CloseDatabase {
    void operator()(sqlite3* database) const;
  };
  struct CloseStatement {
    void operator()(sqlite3_stmt* statement) const;
  };
  void open(const std::string& file);
  void prepare(const std::string& query);
  std::string only_table();
  [[noreturn]] void fail_with(const std::string& what) const;

  std::string path_;
  std::unique_ptr<sqlite3, CloseDatabase> database_;
  std::unique_ptr<sqlite3_stmt, CloseStatement> statement_;
  std::vector<std::string> names_;
  std::int64_t row_ = 0;
};

}  // namespace dlwork::data
