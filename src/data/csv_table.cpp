#include "data/csv_table.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/problem.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kRowsBetweenLooks = 65536;

std::string quoted_start(std::string_view text) {
  constexpr std::size_t kShown = 40;
  std::string shown(text.substr(0, kShown));
  while (!is_utf8(shown) && !shown.empty()) shown.pop_back();
  return "'" + shown + (text.size() > kShown ? "...'" : "'");
}

/// For each wanted column its place in a file.
std::vector<std::size_t> find_places(const std::string& file, const CsvFormat& format,
                                     const std::vector<WantedColumn>& wanted) {
  std::vector<std::size_t> places;
  for (const auto& column : wanted) {
    const auto found = std::find(format.names.begin(), format.names.end(), column.name);
    if (found == format.names.end()) {
      input_error(file, 1, 0, "the column " + column.name + " is missing",
                  suggest(column.name, format.names));
    }
    places.push_back(static_cast<std::size_t>(found - format.names.begin()));
  }
  return places;
}

/// Rows a file probably has, from the length of its first records; for reserving, not for sizes.
std::size_t guess_rows(CsvReader& reader, const std::string& file, char separator) {
  if (reader.source().compressed()) return 0;
  constexpr std::size_t kLook = 64u << 10;
  CsvReader look(file, separator, kLook);
  std::size_t records = 0;
  while (look.next()) ++records;
  const double share = static_cast<double>(reader.source().file_size()) / kLook;
  return look.cut() ? static_cast<std::size_t>(static_cast<double>(records) * share * 1.02)
                    : records;
}

/// One pass over all files.
class TablePass {
 public:
  TablePass(const std::vector<std::string>& files, const std::vector<CsvFormat>& formats,
            const CsvOptions& options, RunContext& run)
      : files_(files), formats_(formats), options_(options), run_(run) {}

  /// Fills `table` rows only when it is given.
  std::vector<ColumnBuilder> read(const std::vector<WantedColumn>& wanted, CsvTable* table) {
    std::vector<ColumnBuilder> builders;
    for (const auto& column : wanted) builders.emplace_back(column, options_.missing);
    for (std::size_t f = 0; f < files_.size(); ++f) read_file(f, wanted, builders, table);
    run_.reporter.progress_done();
    return builders;
  }

 private:
  void read_file(std::size_t f, const std::vector<WantedColumn>& wanted,
                 std::vector<ColumnBuilder>& builders, CsvTable* table) {
    const auto places = find_places(files_[f], formats_[f], wanted);
    CsvReader reader(files_[f], formats_[f].separator);
    const std::size_t rows = guess_rows(reader, files_[f], formats_[f].separator);
    for (auto& builder : builders) builder.reserve(builder.count() + rows);
    if (table != nullptr) {
      table->file_index.reserve(table->file_index.size() + rows);
      table->line.reserve(table->line.size() + rows);
    }
    if (formats_[f].header) reader.next();
    const std::size_t cells = formats_[f].names.size();
    std::int64_t count = 0;
    for (; reader.next(); ++count) {
      if (reader.cells().size() != cells) fail_ragged(reader, formats_[f]);
      for (std::size_t i = 0; i < builders.size(); ++i) builders[i].add(reader, places[i]);
      if (table != nullptr) {
        table->file_index.push_back(static_cast<std::int32_t>(f));
        table->line.push_back(reader.line());
      }
      if (count % kRowsBetweenLooks == kRowsBetweenLooks - 1) report(reader);
    }
    if (count == 0) input_error(files_[f], 0, 0, "the file has no data rows");
    if (table != nullptr) table->rows_of_file.push_back(count);
  }

  [[noreturn]] static void fail_ragged(const CsvReader& reader, const CsvFormat& format) {
    const std::string first = format.header ? "the header" : "the first row";
    input_error(reader.source().path(), reader.line(), 0,
                "the row has " + std::to_string(reader.cells().size()) + " cells, " + first +
                    " has " + std::to_string(format.names.size()),
                "quote cells that hold the separator, or set data.separator");
  }

  void report(const CsvReader& reader) {
    if (run_.stop.requested()) throw Error(ExitStatus::kInterrupted, "stopped while reading data");
    run_.reporter.progress({"reading " + reader.source().path(),
                            static_cast<double>(reader.source().position()),
                            static_cast<double>(reader.source().file_size()), "bytes", ""});
  }

  const std::vector<std::string>& files_;
  const std::vector<CsvFormat>& formats_;
  const CsvOptions& options_;
  RunContext& run_;
};

/// Formats of all files; later ones have a header where the first has one.
std::vector<CsvFormat> find_formats(const std::vector<std::string>& files, CsvOptions options) {
  std::vector<CsvFormat> formats;
  for (const auto& file : files) {
    formats.push_back(find_format(file, options));
    options.header = formats.front().header ? "yes" : "no";
  }
  return formats;
}

}  // namespace

ColumnBuilder::ColumnBuilder(const WantedColumn& wanted, const std::vector<std::string>& missing)
    : hint_(wanted.hint), declared_(wanted.type.has_value()), missing_(missing) {
  if (hint_.empty()) {
    hint_ = "correct it (decimals take a point), add it to data.missing, or set data.columns." +
            wanted.name + ": category";
  }
  column_.name = wanted.name;
  if (declared_) {
    column_.type = *wanted.type;
    state_ = *wanted.type == ColumnType::kNumber ? State::kNumber : State::kCategory;
  }
  for (const auto& token : missing_) {
    double value;
    missing_numbers_ = missing_numbers_ || (parse_cell(token, value) && !std::isnan(value));
    codes_.emplace(token, -1);
  }
  codes_.emplace("", -1);
}

void ColumnBuilder::fix_categories(const std::vector<std::string>& categories) {
  column_.categories = categories;
  fixed_categories_ = true;
  for (std::size_t i = 0; i < categories.size(); ++i) {
    codes_.emplace(categories[i], static_cast<std::int32_t>(i));
  }
}

void ColumnBuilder::reserve(std::size_t rows) {
  if (state_ == State::kCategory) {
    column_.codes.reserve(rows);
  } else if (state_ != State::kLate) {
    column_.numbers.reserve(rows);
  }
}

std::size_t ColumnBuilder::count() const {
  return state_ == State::kCategory ? column_.codes.size() : column_.numbers.size();
}

bool ColumnBuilder::is_missing(std::string_view text) const {
  const auto found = codes_.find(text);
  return found != codes_.end() && found->second < 0;
}

void ColumnBuilder::add(CsvReader& reader, std::size_t index) {
  if (state_ == State::kLate) return;
  const std::string_view text = reader.text(index);
  if (state_ == State::kCategory) {
    add_text(reader, index, text);
  } else {
    add_number(reader, index, text);
  }
}

void ColumnBuilder::add_number(CsvReader& reader, std::size_t index, std::string_view text) {
  double value;
  if (text.empty() || (missing_numbers_ && is_missing(text))) {
    column_.numbers.push_back(kMissing);
  } else if (parse_cell(text, value)) {
    column_.numbers.push_back(value);
    // A text such as "nan" that is a missing token says nothing about the type.
    if (state_ == State::kUndecided && !std::isnan(value)) state_ = State::kNumber;
  } else if (is_missing(text)) {
    column_.numbers.push_back(kMissing);
  } else if (declared_) {
    reader.fail(index,
                "column " + column_.name + " holds numbers, but this is " + quoted_start(text),
                hint_);
  } else if (state_ == State::kNumber) {
    state_ = State::kLate;
    std::vector<double>().swap(column_.numbers);
  } else {
    state_ = State::kCategory;
    column_.type = ColumnType::kCategory;
    column_.codes.assign(column_.numbers.size(), -1);
    column_.codes.reserve(column_.numbers.capacity());
    std::vector<double>().swap(column_.numbers);
    add_text(reader, index, text);
  }
}

void ColumnBuilder::add_text(CsvReader& reader, std::size_t index, std::string_view text) {
  const auto found = codes_.find(text);
  if (found != codes_.end()) {
    column_.codes.push_back(found->second);
    return;
  }
  if (fixed_categories_) {
    column_.codes.push_back(-1);
    return;
  }
  if (!is_utf8(text)) {
    reader.fail(index, "the text of this cell is not valid UTF-8",
                "save the file as UTF-8, for instance: iconv -f LATIN1 -t UTF-8 FILE");
  }
  const auto code = static_cast<std::int32_t>(column_.categories.size());
  column_.categories.emplace_back(text);
  codes_.emplace(text, code);
  column_.codes.push_back(code);
}

Column ColumnBuilder::take() {
  Column taken = std::move(column_);
  column_ = Column();
  column_.name = taken.name;
  column_.type = taken.type;
  if (fixed_categories_) column_.categories = taken.categories;
  return taken;
}

CsvTable read_tables(const std::vector<std::string>& files, const CsvOptions& options,
                     const std::vector<WantedColumn>& wanted, RunContext& run) {
  const auto formats = find_formats(files, options);
  TablePass pass(files, formats, options, run);
  CsvTable table;
  auto builders = pass.read(wanted, &table);
  std::vector<WantedColumn> again;
  for (std::size_t i = 0; i < builders.size(); ++i) {
    if (builders[i].late()) again.push_back({wanted[i].name, ColumnType::kCategory, ""});
  }
  std::vector<ColumnBuilder> second;
  if (!again.empty()) second = pass.read(again, nullptr);
  std::size_t next = 0;
  for (auto& builder : builders) {
    table.columns.push_back(builder.late() ? second[next++].take() : builder.take());
    if (table.columns.back().count() != static_cast<std::int64_t>(table.line.size())) {
      input_error(files[0], 0, 0, "the file changed while it was read", "run the command again");
    }
  }
  return table;
}

}  // namespace dlwork::data
