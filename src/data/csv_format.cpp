#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "data/csv.h"
#include "data/problem.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

constexpr std::size_t kLook = 64u << 10;
constexpr std::size_t kRecordsLooked = 200;

using Records = std::vector<std::vector<std::string>>;

/// The first records of a file under one separator. Looks further where not even two records end
/// within the first look, as in very wide tables. `complete`: the whole file was seen.
Records first_records(const std::string& path, char separator, bool* complete) {
  for (std::size_t look = kLook;; look *= 8) {
    CsvReader reader(path, separator, look);
    Records records;
    while (records.size() < kRecordsLooked && reader.next()) {
      auto& record = records.emplace_back();
      for (std::size_t i = 0; i < reader.cells().size(); ++i) {
        record.emplace_back(reader.text(i));
      }
    }
    *complete = !reader.cut() && records.size() < kRecordsLooked;
    if (records.size() >= 2 || !reader.cut() || look > kMostRecordBytes) return records;
  }
}

struct Candidate {
  char separator = ',';
  Records records;
  bool complete = false;
  std::size_t cells = 0;  ///< in most records
  double agreement = 0;   ///< share of the records that have so many
};

Candidate try_separator(const std::string& path, char separator) {
  Candidate candidate;
  candidate.separator = separator;
  candidate.records = first_records(path, separator, &candidate.complete);
  std::map<std::size_t, std::size_t> sizes;
  for (const auto& record : candidate.records) ++sizes[record.size()];
  std::size_t most = 0;
  for (const auto& [cells, records] : sizes) {
    if (records >= most) {
      most = records;
      candidate.cells = cells;
    }
  }
  if (!candidate.records.empty()) {
    candidate.agreement = static_cast<double>(most) / static_cast<double>(candidate.records.size());
  }
  return candidate;
}

/// Tab and semicolon before comma: commas are more often part of texts and decimals.
Candidate find_separator(const std::string& path) {
  constexpr char kSeparators[] = {'\t', ';', ',', '|'};
  Candidate best;
  std::optional<Error> failure;
  for (const char separator : kSeparators) {
    Candidate candidate;
    try {
      candidate = try_separator(path, separator);
    } catch (const Error& error) {
      // A wrong separator makes quotes look broken; the failure counts only if all fail.
      if (separator == ',' || !failure) failure = error;
      continue;
    }
    if (candidate.cells >= 2 && (best.cells < 2 || candidate.agreement > best.agreement)) {
      best = std::move(candidate);
    }
  }
  if (best.cells >= 2) return best;
  if (failure) throw *failure;
  return try_separator(path, ',');
}

bool is_missing(const std::string& cell, const CsvOptions& options) {
  return std::find(options.missing.begin(), options.missing.end(), cell) != options.missing.end();
}

/// Whether all cells of a column below the first line are numbers (or missing), and one is.
bool is_number_below(const Records& records, std::size_t column, const CsvOptions& options) {
  bool seen = false;
  for (std::size_t row = 1; row < records.size(); ++row) {
    if (column >= records[row].size() || is_missing(records[row][column], options)) continue;
    double value;
    if (!parse_cell(records[row][column], value)) return false;
    seen = true;
  }
  return seen;
}

bool occurs_below(const Records& records, std::size_t column) {
  for (std::size_t row = 1; row < records.size(); ++row) {
    if (column < records[row].size() && records[row][column] == records[0][column]) return true;
  }
  return false;
}

/// A first line is a header when it names a known column; otherwise when no cell of it is a number,
/// none comes twice, and below it either a column of numbers begins or none of its texts returns.
bool looks_like_header(const Records& records, const CsvOptions& options) {
  const auto& first = records[0];
  for (const auto& name : options.known_names) {
    if (std::find(first.begin(), first.end(), name) != first.end()) return true;
  }
  std::set<std::string> names;
  for (const auto& cell : first) {
    double value;
    if (parse_cell(cell, value)) return false;
    if (!cell.empty() && !names.insert(cell).second) return false;
  }
  if (names.empty()) return false;
  bool returns = false;
  for (std::size_t column = 0; column < first.size(); ++column) {
    if (first[column].empty()) continue;
    if (is_number_below(records, column, options)) return true;
    returns = returns || occurs_below(records, column);
  }
  return records.size() == 1 || !returns;
}

std::vector<std::string> header_names(const std::vector<std::string>& cells,
                                      const std::string& path) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string name = cells[i].empty() ? column_name(i) : cells[i];
    if (!is_utf8(name)) {
      input_error(path, 1, 0, "the header is not valid UTF-8",
                  "save the file as UTF-8, for instance: iconv -f LATIN1 -t UTF-8 FILE");
    }
    if (!seen.insert(name).second) {
      input_error(path, 1, 0, "the header names the column " + name + " twice",
                  "rename one of them");
    }
    names.push_back(name);
  }
  return names;
}

char declared_separator(const std::string& text) {
  if (text == "tab" || text == "\\t") return '\t';
  return text[0];
}

}  // namespace

std::string column_name(std::size_t index) { return "column_" + std::to_string(index + 1); }

CsvFormat find_format(const std::string& path, const CsvOptions& options) {
  const bool find = options.separator == "auto" || options.separator.empty();
  Candidate look =
      find ? find_separator(path) : try_separator(path, declared_separator(options.separator));
  CsvFormat format;
  format.separator = look.separator;
  if (look.records.empty()) {
    if (!look.complete) {
      input_error(path, 1, 0, "the record is longer than " + pretty_bytes(kMostRecordBytes),
                  "is a quote never closed, or data.separator wrong?");
    }
    input_error(path, 0, 0, "the file is empty", "a table needs a header line and data rows");
  }
  format.header = options.header == "yes" ||
                  (options.header != "no" && looks_like_header(look.records, options));
  if (format.header) {
    format.names = header_names(look.records[0], path);
    if (look.records.size() == 1 && look.complete) {
      input_error(path, 1, 0, "the file has a header line and no data rows",
                  "if this line is data, set data.header: no");
    }
  } else {
    for (std::size_t i = 0; i < look.records[0].size(); ++i) format.names.push_back(column_name(i));
  }
  return format;
}

}  // namespace dlwork::data
