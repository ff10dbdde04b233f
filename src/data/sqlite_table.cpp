#include "data/sqlite_table.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <set>

#include "data/problem.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

constexpr std::string_view kSqliteScheme = "sqlite:";

constexpr std::string_view kQueryKey = "query=";
constexpr char kSqliteMagic[] = "SQLite format 3";

/// What a query may do: read. Everything that opens, changes or sets is refused.
int allow_reading(void*, int action, const char*, const char*, const char*, const char*) {
  const bool reads = action == SQLITE_SELECT || action == SQLITE_READ ||
                     action == SQLITE_FUNCTION || action == SQLITE_RECURSIVE;
  return reads ? SQLITE_OK : SQLITE_DENY;
}

std::string quoted_name(const std::string& name) {
  std::string quoted = "\"";
  for (const char letter : name)
    quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return quoted + "\"";
}

}  // namespace

bool is_sqlite(std::string_view path) { return path.starts_with(kSqliteScheme); }

SqliteAddress parse_sqlite(const std::string& path) {
  SqliteAddress address;
  const std::string rest = path.substr(kSqliteScheme.size());
  const auto mark = rest.find('?');
  address.file = rest.substr(0, mark);
  if (mark == std::string::npos) return address;
  const std::string key = rest.substr(mark + 1);
  if (key.compare(0, kQueryKey.size(), kQueryKey) != 0 || key.size() == kQueryKey.size()) {
    input_error(path, 0, 0, "what follows the '?' is no query",
                "write sqlite:FILE?query=SELECT ... FROM ...");
  }
  address.query = key.substr(kQueryKey.size());
  return address;
}

void SqliteReader::CloseDatabase::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}
void SqliteReader::CloseStatement::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

SqliteReader::SqliteReader(const std::string& path) : path_(path) {
  const SqliteAddress address = parse_sqlite(path);
  open(address.file);
  prepare(address.query.empty() ? "SELECT * FROM " + quoted_name(only_table()) : address.query);
}

void SqliteReader::open(const std::string& file) {
  std::array<char, sizeof kSqliteMagic> start{};
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    input_error(file, 0, 0, "cannot be read", "check the path; relative paths start at data.root");
  }
  stream.read(start.data(), start.size());
  if (!std::equal(std::begin(kSqliteMagic), std::end(kSqliteMagic), start.begin())) {
    input_error(file, 0, 0, "is no SQLite database: it does not start as one");
  }
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READONLY, nullptr);
  database_.reset(database);
  if (code != SQLITE_OK) fail_with("cannot be opened");
  // A database may come from anyone: its views and triggers get no rights of their own.
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_limit(database, SQLITE_LIMIT_LENGTH, static_cast<int>(kMostRecordBytes));
  sqlite3_set_authorizer(database, allow_reading, nullptr);
}

std::string SqliteReader::only_table() {
  prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' "
      "ESCAPE '\\' ORDER BY name");
  std::vector<std::string> tables;
  while (next()) tables.emplace_back(value(0).text);
  row_ = 0;
  if (tables.size() == 1) return tables.front();
  input_error(path_, 0, 0,
              tables.empty() ? "the database has no tables"
                             : "the database has " + std::to_string(tables.size()) +
                                   " tables: " + join_words(tables),
              "write sqlite:FILE?query=SELECT ... FROM ...");
}

void SqliteReader::prepare(const std::string& query) {
  sqlite3_stmt* statement = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v2(database_.get(), query.c_str(),
                                      static_cast<int>(query.size()) + 1, &statement, &rest);
  statement_.reset(statement);
  if (code == SQLITE_AUTH) {
    input_error(path_, 0, 0, "the query does more than read tables",
                "only SELECT is run; make the table or view with another program");
  }
  if (code != SQLITE_OK) fail_with("the query cannot be run");
  const std::string left = rest == nullptr ? "" : trim(rest);
  if (statement == nullptr || !left.empty()) {
    input_error(path_, 0, 0,
                statement == nullptr ? "the query is empty" : "there is more than one query",
                "write one SELECT");
  }
  names_.clear();
  std::set<std::string> seen;
  for (int i = 0; i < sqlite3_column_count(statement); ++i) {
    const char* name = sqlite3_column_name(statement, i);
    names_.emplace_back(name == nullptr ? "" : name);
    if (!seen.insert(names_.back()).second) {
      input_error(path_, 0, 0, "the query names the column " + names_.back() + " twice",
                  "rename one of them with AS");
    }
  }
}

bool SqliteReader::next() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_DONE) return false;
  if (code != SQLITE_ROW) fail_with("row " + std::to_string(row_ + 1) + " cannot be read");
  ++row_;
  return true;
}

Value SqliteReader::value(std::size_t column) {
  sqlite3_stmt* statement = statement_.get();
  const int place = static_cast<int>(column);
  switch (sqlite3_column_type(statement, place)) {
    case SQLITE_INTEGER:
    case SQLITE_FLOAT:
      return {Value::Kind::kNumber, {}, sqlite3_column_double(statement, place)};
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, place));
      const int size = sqlite3_column_bytes(statement, place);
      if (text == nullptr) fail_with("out of memory");
      return {Value::Kind::kText, {text, static_cast<std::size_t>(size)}, 0};
    }
    case SQLITE_BLOB:
      fail(column, "the value of " + names_[column] + " is a BLOB",
           "leave the column out of the query, or CAST it");
    default:
      return {};
  }
}

void SqliteReader::fail(std::size_t column, const std::string& message,
                        const std::string& hint) const {
  input_error(path_, 0, 0,
              "row " + std::to_string(row_) + ", column " + names_[column] + ": " + message, hint);
}

void SqliteReader::fail_with(const std::string& what) const {
  input_error(path_, 0, 0, what + ": " + sqlite3_errmsg(database_.get()));
}

}  // namespace dlwork::data
