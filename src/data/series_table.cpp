#include "data/series_table.h"

#include <algorithm>

#include "data/media_table.h"
#include "data/problem.h"
#include "data/sequence_pool.h"
#include "data/unreadable.h"

namespace dlwork::data {
namespace {

constexpr std::int64_t kSeriesBetweenLooks = 256;

void look_at_series(std::int64_t done, std::int64_t total, RunContext& run) {
  if (done % kSeriesBetweenLooks != 0) return;
  if (run.stop.requested()) throw Error(ExitStatus::kInterrupted, "stopped while reading data");
  run.reporter.progress(
      {"reading series", static_cast<double>(done), static_cast<double>(total), "series", ""});
}

/// Takes the columns from those carried, in the order of `names`.
std::vector<Column> take_columns(const std::vector<std::string>& names, Table& carried) {
  std::vector<Column> taken;
  for (const std::string& name : names) {
    const auto found = std::find_if(carried.columns.begin(), carried.columns.end(),
                                    [&](const Column& column) { return column.name == name; });
    DLWORK_ASSERT(found != carried.columns.end(), "the columns of the series were read");
    taken.push_back(std::move(*found));
    carried.columns.erase(found);
  }
  return taken;
}

bool names_files(const Column& column) {
  return std::none_of(column.categories.begin(), column.categories.end(), holds_series);
}

}  // namespace

LoneSeries series_of_cells(const std::vector<std::string>& cells,
                           const std::function<std::string(const std::string& cell)>& file_of,
                           const std::function<void(std::size_t cell, const std::string&)>& fail) {
  LoneSeries series;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    LoneSeries own;
    if (!holds_series(cells[i])) {
      own = read_series_file(file_of(cells[i]));
    } else if (const std::string wrong = parse_series(cells[i], own); !wrong.empty()) {
      fail(i, wrong);
    }
    if (i == 0) {
      series = std::move(own);
    } else if (const std::string wrong = add_channels(own, series); !wrong.empty()) {
      fail(i, wrong);
    }
  }
  if (!cut_missing_end(series.values, series.channels)) fail(0, "the series has no values");
  return series;
}

void read_table_series(const spec::Project& project, const std::vector<std::string>& names,
                       Raw& raw, RunContext& run, FileFacts* facts) {
  Samples& samples = raw.samples;
  std::vector<Column> columns = take_columns(names, samples.carried);
  const std::string root = spec::data_path(project, "");
  UnreadableFiles unreadable(facts);
  SequencePool pool;
  for (std::int64_t row = 0; row < samples.count; ++row) {
    look_at_series(row, samples.count, run);
    const std::string& table = raw.paths[samples.file_index[row]];
    const auto fail = [&](std::size_t cell, const std::string& message) {
      input_error(table, samples.record[row], 0, "column " + names[cell] + ": " + message,
                  "write the values of a series as 1.5 2 ? 4, or name a file of one");
    };
    unreadable.reads(row, table, [&] {
      std::vector<std::string> cells;
      for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].is_missing(row)) fail(i, "there is no series");
        cells.push_back(columns[i].categories[columns[i].codes[row]]);
      }
      const LoneSeries series = series_of_cells(
          cells, [&](const std::string& cell) { return media_path(cell, root, table); }, fail);
      if (pool.count() > 0 && series.channels != pool.channels()) {
        fail(0, "the series has " + std::to_string(series.channels) + " channels, the first has " +
                    std::to_string(pool.channels()));
      }
      pool.add(series.values, series.channels);
    });
  }
  run.reporter.progress_done();
  unreadable.raise(UnreadableFiles::Counted::kAll);
  if (pool.count() == 0) unreadable.raise_first();
  for (Column& column : columns) {
    if (!names_files(column)) continue;
    column.info.meaning = Meaning::kId;  // messages and reports name the file beside the row
    samples.carried.columns.push_back(std::move(column));
  }
  samples.kind = Kind::kSequence;
  samples.sequences = pool.finish();
}

}  // namespace dlwork::data
