#include "phase/audit/changes.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "dlwork/base/error.h"
#include "dlwork/base/json.h"
#include "dlwork/base/text.h"

namespace dlwork::phase::audit {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// One record of a text: its bytes with the end of line, and where it begins.
struct Record {
  std::size_t begin = 0, end = 0;  ///< of the bytes, the end of line included
  std::int64_t line = 1;
};

/// Records of a text with separators; quotes (RFC 4180) may hold ends of lines.
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

/// The lines of a text, whatever ends them.
std::vector<Record> lines_of(const std::string& text) {
  std::vector<Record> records;
  for (std::size_t at = 0; at < text.size();) {
    Record record{at, at, static_cast<std::int64_t>(records.size()) + 1};
    at = std::min(text.find_first_of("\r\n", at), text.size());
    if (at < text.size()) at += text.compare(at, 2, "\r\n") == 0 ? 2 : 1;
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

std::string_view mark_of(std::string_view text) {
  return text.substr(0, text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
}

std::string_view end_of_line(std::string_view record) {
  const auto last = record.find_last_not_of("\r\n");
  return record.substr(last == std::string_view::npos ? 0 : last + 1);
}

using ChangesOfRecord = std::vector<CellChange*>;
/// Gives a record anew.
using MendRecord = std::function<std::string(std::string_view record, const ChangesOfRecord&)>;

/// Goes through the records: others as they are, those with changes mended or left out.
std::string change_records(const std::string& text, const std::vector<Record>& records,
                           const std::string& name, std::vector<CellChange>& changes,
                           const MendRecord& mend) {
  std::map<std::int64_t, ChangesOfRecord> of_line;
  for (CellChange& change : changes) of_line[change.line].push_back(&change);
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
    if (!leaves_out(found->second)) result += mend(bytes, found->second);
    of_line.erase(found);
  }
  if (!of_line.empty()) fail_as_changed(name, of_line.begin()->first);
  return result;
}

std::string text_of_value(const Json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : json_text(value);
}

/// The new text as a value of the kind that was there.
Json value_of_text(const std::string& text, const Json& before) {
  if (text.empty()) return nullptr;
  if (before.is_boolean() && (text == "true" || text == "false")) return text == "true";
  const auto number = before.is_number() ? parse_number(text) : std::nullopt;
  if (!number) return text;
  constexpr double kMostExact = 9007199254740992.0;
  const bool whole = std::abs(*number) <= kMostExact && *number == std::floor(*number);
  return whole ? Json(static_cast<std::int64_t>(*number)) : Json(*number);
}

std::string mend_object(std::string_view bytes, const std::string& name,
                        const ChangesOfRecord& changes) {
  const std::string_view mark = mark_of(bytes), end = end_of_line(bytes);
  Json object =
      parse_json(bytes.substr(mark.size(), bytes.size() - mark.size() - end.size()), name);
  if (!object.is_object()) fail_as_changed(name, changes.front()->line);
  for (CellChange* change : changes) {
    Json& value = object[change->column];
    change->before = text_of_value(value);
    value = value_of_text(change->text, value);
  }
  return std::string(mark) + json_text(object) + std::string(end);
}

}  // namespace

bool leaves_out(const std::vector<CellChange*>& changes) {
  return std::any_of(changes.begin(), changes.end(),
                     [](const CellChange* change) { return change->column.empty(); });
}

void change_cells(std::vector<std::string>& cells, const std::vector<std::string>& names,
                  const std::vector<CellChange*>& changes) {
  for (CellChange* change : changes) {
    const auto place = static_cast<std::size_t>(
        std::find(names.begin(), names.end(), change->column) - names.begin());
    if (place >= cells.size()) continue;
    change->before = cells[place];
    cells[place] = change->text;
  }
}

void fail_as_changed(const std::string& name, std::int64_t line) {
  throw Error(ExitStatus::kInput,
              name + ": line " + std::to_string(line) + " is no longer there; the file has changed",
              "run dlwork audit again");
}

std::string apply_changes(const std::string& text, const std::string& name,
                          const std::vector<std::string>& columns, bool has_header,
                          std::vector<CellChange>& changes) {
  const auto records = records_of(text);
  if (records.empty()) return text;
  std::string_view first = std::string_view(text).substr(0, records.front().end);
  first.remove_prefix(mark_of(first).size());
  const char separator = find_separator(first, columns.size(), name);
  std::vector<std::string> names = columns;
  if (has_header) {
    names = cells_of_patch(first, separator);
    for (std::string& cell : names) cell = trim(cell);
  }
  return change_records(
      text, records, name, changes, [&](std::string_view record, const ChangesOfRecord& here) {
        auto cells = cells_of_patch(record, separator);
        change_cells(cells, names, here);
        for (std::string& cell : cells) cell = csv_cell(cell, separator);
        return join(cells, std::string(1, separator)) + std::string(end_of_line(record));
      });
}

std::string apply_object_changes(const std::string& text, const std::string& name,
                                 std::vector<CellChange>& changes) {
  return change_records(text, lines_of(text), name, changes,
                        [&](std::string_view line, const ChangesOfRecord& here) {
                          return mend_object(line, name, here);
                        });
}

std::string leave_lines_out(const std::string& text, const std::string& name,
                            std::vector<CellChange>& changes) {
  return change_records(
      text, lines_of(text), name, changes,
      [](std::string_view line, const ChangesOfRecord&) { return std::string(line); });
}

}  // namespace dlwork::phase::audit
