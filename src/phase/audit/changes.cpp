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

/// One line of a text: its bytes with the end of line.
struct Line {
  std::string_view bytes;
  std::int64_t number = 1;
};

/// The lines of a text, whatever ends them.
std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    at = std::min(text.find_first_of("\r\n", at), text.size());
    if (at < text.size()) at += text.compare(at, 2, "\r\n") == 0 ? 2 : 1;
    lines.push_back({text.substr(begin, at - begin), static_cast<std::int64_t>(lines.size()) + 1});
  }
  return lines;
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

/// Puts a text together again, record after record: others as they are, those with changes mended
/// or left out.
class MendedText {
 public:
  MendedText(std::string name, std::vector<CellChange>& changes, MendRecord mend)
      : name_(std::move(name)), mend_(std::move(mend)) {
    for (CellChange& change : changes) of_line_[change.line].push_back(&change);
  }

  void add(std::int64_t line, std::string_view record) {
    const auto found = of_line_.find(line);
    if (found == of_line_.end()) {
      text_ += record;
      return;
    }
    if (!leaves_out(found->second)) text_ += mend_(record, found->second);
    of_line_.erase(found);
  }
  std::string finish() {
    if (!of_line_.empty()) fail_as_changed(name_, of_line_.begin()->first);
    return std::move(text_);
  }

 private:
  std::string name_;
  MendRecord mend_;
  std::map<std::int64_t, ChangesOfRecord> of_line_;
  std::string text_;
};

std::string change_lines(const std::string& text, const std::string& name,
                         std::vector<CellChange>& changes, MendRecord mend) {
  MendedText mended(name, changes, std::move(mend));
  for (const Line& line : lines_of(text)) mended.add(line.number, line.bytes);
  return mended.finish();
}

/// A table of one column has cells with nothing in them in quotes: without, the reader takes the
/// line for a blank one.
std::string record_text(std::vector<std::string> cells, char separator) {
  if (cells == std::vector<std::string>{""}) return "\"\"";
  for (std::string& cell : cells) cell = csv_cell(cell, separator);
  return join(cells, std::string(1, separator));
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

std::string apply_changes(const data::CopyPlan& plan, const std::string& name,
                          std::vector<CellChange>& changes) {
  data::TextRecords records(plan.path, plan.separator);
  MendedText mended(name, changes, [&](std::string_view record, const ChangesOfRecord& here) {
    auto cells = records.cells();
    change_cells(cells, plan.columns, here);
    return record_text(std::move(cells), plan.separator) + std::string(end_of_line(record));
  });
  while (records.next()) mended.add(records.line(), records.bytes());
  return (records.has_byte_order_mark() ? std::string(kByteOrderMark) : "") + mended.finish();
}

std::string apply_object_changes(const std::string& text, const std::string& name,
                                 std::vector<CellChange>& changes) {
  return change_lines(text, name, changes, [&](std::string_view line, const ChangesOfRecord& here) {
    return mend_object(line, name, here);
  });
}

std::string leave_lines_out(const std::string& text, const std::string& name,
                            std::vector<CellChange>& changes) {
  return change_lines(text, name, changes, [](std::string_view line, const ChangesOfRecord&) {
    return std::string(line);
  });
}

}  // namespace dlwork::phase::audit
