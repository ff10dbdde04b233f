#include "phase/audit/patches.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "dlwork/base/files.h"
#include "dlwork/base/text.h"

namespace dlwork::phase::audit {
namespace {

namespace fs = std::filesystem;

/// One record of a file of cells: its bytes with the end of line, and where it begins.
struct Record {
  std::size_t begin = 0, end = 0;  ///< of the bytes, the end of line included
  std::int64_t line = 1;
};

/// Records of a text; quotes (RFC 4180) may hold ends of lines.
std::vector<Record> records_of(const std::string& text) {
  std::vector<Record> records;
  std::int64_t line = 1;
  for (std::size_t at = 0; at < text.size();) {
    Record record{at, at, line};
    bool quoted = false;
    while (at < text.size()) {
      const char c = text[at++];
      if (c == '"') quoted = !quoted;
      if (c != '\n') continue;
      ++line;
      if (!quoted) break;
    }
    record.end = at;
    records.push_back(record);
  }
  return records;
}

std::vector<std::string> cells_of_patch(std::string_view record, char separator) {
  while (!record.empty() && (record.back() == '\n' || record.back() == '\r')) {
    record.remove_suffix(1);
  }
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < record.size(); ++i) {
    const char c = record[i];
    if (c == '"' && quoted && i + 1 < record.size() && record[i + 1] == '"') {
      cells.back() += c;
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == separator && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  return cells;
}

/// The separator that takes the first record apart into the known columns.
char find_separator(std::string_view first, std::size_t columns, const std::string& name) {
  for (const char separator : {',', ';', '\t', '|', ' '}) {
    if (cells_of_patch(first, separator).size() == columns) return separator;
  }
  throw Error(ExitStatus::kInput, name + ": its records do not have " + std::to_string(columns) +
                                      " cells, so they cannot be mended");
}

std::string without_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  return std::string(text.substr(text.substr(0, 3) == kMark ? 3 : 0));
}

std::string end_of_line(std::string_view record) {
  if (record.size() >= 2 && record.substr(record.size() - 2) == "\r\n") return "\r\n";
  return !record.empty() && record.back() == '\n' ? "\n" : "";
}

std::string mend_record(std::string_view record, char separator,
                        const std::vector<std::string>& names,
                        const std::vector<CellChange*>& changes) {
  auto cells = cells_of_patch(record, separator);
  for (CellChange* change : changes) {
    const auto place = static_cast<std::size_t>(
        std::find(names.begin(), names.end(), change->column) - names.begin());
    if (place >= cells.size()) continue;
    change->before = cells[place];
    cells[place] = change->text;
  }
  std::vector<std::string> written;
  for (const std::string& cell : cells) written.push_back(csv_cell(cell, separator));
  return join(written, std::string(1, separator)) + end_of_line(record);
}

/// The changes of each file, in the files' order.
std::map<std::int32_t, std::vector<CellChange>> by_file(const data::Samples& samples,
                                                        std::vector<Patch> patches) {
  std::stable_sort(patches.begin(), patches.end(),
                   [](const Patch& a, const Patch& b) { return a.row < b.row; });
  std::set<std::pair<std::int64_t, std::string>> seen;
  std::map<std::int32_t, std::vector<CellChange>> changes;
  for (Patch& patch : patches) {
    // The first finding about a cell, or about leaving a row out, decides.
    if (!seen.insert({patch.row, patch.column}).second) continue;
    changes[samples.file_index[patch.row]].push_back(
        {samples.record[patch.row], patch.column, std::move(patch.text), std::move(patch.why)});
  }
  return changes;
}

bool is_sample(const data::Samples& samples, std::int32_t file, std::int64_t line) {
  for (std::size_t row = 0; row < samples.record.size(); ++row) {
    if (samples.file_index[row] == file && samples.record[row] == line) return true;
  }
  return false;
}

bool is_packed(const std::string& name) {
  return name.ends_with(".gz") || name.ends_with(".zst") || name.ends_with(".zip");
}

}  // namespace

std::string apply_changes(const std::string& text, const std::string& name,
                          const std::vector<std::string>& columns, bool has_header,
                          std::vector<CellChange>& changes) {
  std::map<std::int64_t, std::vector<CellChange*>> of_line;
  for (CellChange& change : changes) of_line[change.line].push_back(&change);
  const auto records = records_of(text);
  if (records.empty()) return text;
  const std::string first = without_mark(
      std::string_view(text).substr(records[0].begin, records[0].end - records[0].begin));
  const char separator = find_separator(first, columns.size(), name);
  std::vector<std::string> names = columns;
  if (has_header) {
    names = cells_of_patch(first, separator);
    for (std::string& cell : names) cell = trim(cell);
  }
  std::string result;
  result.reserve(text.size());
  for (const Record& record : records) {
    const std::string_view bytes =
        std::string_view(text).substr(record.begin, record.end - record.begin);
    const auto found = of_line.find(record.line);
    if (found == of_line.end()) {
      result += bytes;
      continue;
    }
    const auto& here = found->second;
    const bool out = std::any_of(here.begin(), here.end(),
                                 [](const CellChange* change) { return change->column.empty(); });
    if (!out) result += mend_record(bytes, separator, names, here);
    of_line.erase(found);
  }
  if (!of_line.empty()) {
    throw Error(ExitStatus::kInput,
                name + ": line " + std::to_string(of_line.begin()->first) +
                    " is no longer there; the file has changed",
                "run dlwork audit again");
  }
  return result;
}

Mended write_mended(Context& context, std::vector<Patch> patches, const fs::path& folder) {
  const data::Samples& samples = context.dataset().samples;
  const data::Probe probe = data::probe(context.project);
  auto changes = by_file(samples, std::move(patches));
  make_folder(folder);
  Mended mended;
  std::string list = "file,line,column,before,after,why\n";
  for (std::size_t f = 0; f < samples.files.size(); ++f) {
    const std::string& name = samples.files[f];
    auto& here = changes[static_cast<std::int32_t>(f)];
    if (samples.kind == data::Kind::kTable) {
      const fs::path source = data_path(context.project, name);
      const fs::path target = folder / fs::path(name).relative_path();
      if (fs::weakly_canonical(source) == fs::weakly_canonical(target)) {
        throw Error(ExitStatus::kUsage, "--fix-to names the folder of the data themselves",
                    "name another folder; the sources are never changed");
      }
      if (is_packed(name)) {
        throw Error(ExitStatus::kInput, name + " is packed, so no mended copy can be written",
                    "unpack it first");
      }
      const std::string text = read_file(source);
      // A header is a first record that is no sample.
      const bool header = !is_sample(samples, static_cast<std::int32_t>(f), 1);
      make_folder(target.parent_path());
      write_file(target, apply_changes(text, name, probe.columns, header, here));
      mended.files.push_back(target.string());
    }
    for (const CellChange& change : here) {
      (change.column.empty() ? mended.rows : mended.cells) += 1;
      list += join({csv_cell(name), std::to_string(change.line), csv_cell(change.column),
                    csv_cell(change.before),
                    change.column.empty() ? "(left out)" : csv_cell(change.text), change.why},
                   ",") +
              "\n";
    }
  }
  write_file(folder / "patches.csv", list);
  return mended;
}

}  // namespace dlwork::phase::audit
