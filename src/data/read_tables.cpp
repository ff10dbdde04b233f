#include "data/read_tables.h"

#include <algorithm>

#include "data/memory_room.h"
#include "data/problem.h"
#include "data/read_records.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

constexpr std::int64_t kRowsBetweenLooks = 65536;

std::vector<std::size_t> places_of(const std::string& path, const std::vector<std::string>& names,
                                   const std::vector<WantedColumn>& wanted) {
  std::vector<std::size_t> places;
  for (const auto& column : wanted) {
    const auto found = std::find(names.begin(), names.end(), column.name);
    if (found == names.end()) {
      input_error(path, 1, 0, "the column " + column.name + " is missing",
                  suggest(column.name, names));
    }
    places.push_back(static_cast<std::size_t>(found - names.begin()));
  }
  return places;
}

/// One pass over all files.
class TablePass {
 public:
  TablePass(const std::vector<RecordSource>& files, const CsvOptions& options, RunContext& run)
      : files_(files), options_(options), run_(run) {}

  /// Fills `table` rows only when it is given.
  std::vector<ColumnBuilder> read(const std::vector<WantedColumn>& wanted, TableColumns* table) {
    std::vector<ColumnBuilder> builders;
    for (const auto& column : wanted) builders.emplace_back(column, options_.missing);
    for (std::size_t f = 0; f < files_.size(); ++f) read_file(f, wanted, builders, table);
    run_.reporter.progress_done();
    for (std::size_t i = 0; i < builders.size(); ++i) {
      if (builders[i].ambiguous()) fail_ambiguous(wanted[i].name);
    }
    return builders;
  }

 private:
  void read_file(std::size_t f, const std::vector<WantedColumn>& wanted,
                 std::vector<ColumnBuilder>& builders, TableColumns* table) {
    const auto places = places_of(files_[f].path, files_[f].names, wanted);
    const auto records = files_[f].open();
    const std::size_t rows = records->guess_records();
    for (auto& builder : builders) builder.reserve(builder.count() + rows);
    if (table != nullptr) {
      table->file_index.reserve(table->file_index.size() + rows);
      table->line.reserve(table->line.size() + rows);
    }
    std::int64_t count = 0;
    for (; records->next(); ++count) {
      for (std::size_t i = 0; i < builders.size(); ++i) builders[i].add(*records, places[i]);
      if (table != nullptr) {
        table->file_index.push_back(static_cast<std::int32_t>(f));
        table->line.push_back(records->record());
      }
      if (count % kRowsBetweenLooks == kRowsBetweenLooks - 1) {
        check_memory(files_[f].path, builders, table);
        report(files_[f].path, *records);
      }
    }
    if (count == 0 && !files_[f].may_be_empty) {
      input_error(files_[f].path, 0, 0, "the file has no data rows");
    }
    if (table != nullptr) table->rows_of_file.push_back(count);
  }

  [[noreturn]] void fail_ambiguous(const std::string& name) const {
    input_error(
        files_.front().path, 0, 0,
        "every date of column " + name + " can be day first or month first",
        "set data.columns." + name + ": {type: datetime, format: day-first}, or month-first");
  }

  static void check_memory(const std::string& path, const std::vector<ColumnBuilder>& builders,
                           const TableColumns* table) {
    std::uint64_t bytes = 0;
    for (const auto& builder : builders) bytes += builder.bytes();
    if (table != nullptr) bytes += table->line.capacity() * sizeof(std::int64_t);
    expect_room(path, "the columns read so far take", bytes,
                "leave columns out with data.inputs or type ignore, or name fewer files");
  }

  void report(const std::string& path, const RecordReader& records) {
    if (run_.stop.requested()) throw Error(ExitStatus::kInterrupted, "stopped while reading data");
    const auto progress = records.progress();
    run_.reporter.progress({"reading " + path, progress.done, progress.total, progress.unit, ""});
  }

  const std::vector<RecordSource>& files_;
  const CsvOptions& options_;
  RunContext& run_;
};

}  // namespace

std::vector<TableFile> find_tables(const std::vector<std::string>& files, CsvOptions options) {
  std::vector<TableFile> tables;
  for (const auto& file : files) {
    tables.push_back(find_table(file, options));
    if (tables.front().format == TableFormat::kCsv) {
      options.header = tables.front().csv.header ? "yes" : "no";
    }
  }
  return tables;
}

std::vector<std::size_t> find_places(const TableFile& file,
                                     const std::vector<WantedColumn>& wanted) {
  return places_of(file.path, file.names, wanted);
}

TableColumns read_tables(const std::vector<TableFile>& files, const CsvOptions& options,
                         const std::vector<WantedColumn>& wanted, RunContext& run) {
  std::vector<RecordSource> sources;
  for (const TableFile& file : files) {
    sources.push_back({file.path, file.names, [&file] { return open_table(file); }});
  }
  return read_records(sources, options, wanted, run);
}

TableColumns read_records(const std::vector<RecordSource>& files, const CsvOptions& options,
                          const std::vector<WantedColumn>& wanted, RunContext& run) {
  TablePass pass(files, options, run);
  TableColumns table;
  auto builders = pass.read(wanted, &table);
  std::vector<WantedColumn> again;
  for (std::size_t i = 0; i < builders.size(); ++i) {
    if (!builders[i].late()) continue;
    again.push_back({wanted[i].name, std::nullopt, "", wanted[i].missing});
    again.back().as_texts = true;
  }
  std::vector<ColumnBuilder> second;
  if (!again.empty()) second = pass.read(again, nullptr);
  std::size_t next = 0;
  for (auto& builder : builders) {
    table.columns.push_back(builder.late() ? second[next++].take() : builder.take());
    if (table.columns.back().count() != static_cast<std::int64_t>(table.line.size())) {
      input_error(files.front().path, 0, 0, "the file changed while it was read",
                  "run the command again");
    }
  }
  return table;
}

}  // namespace dlwork::data
