#include "phase/audit/groupings.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "dlwork/base/text.h"
#include "phase/audit/extra.h"
#include "phase/audit/stats/calendar.h"

namespace dlwork::phase::audit {

using data::Column;

namespace {

/// A group column repeats: between so few groups and a fifth of the samples.
constexpr std::int64_t kFewestGroups = 2;
constexpr std::int64_t kFewestInputGroups = 10;
constexpr std::int64_t kRepeats = 5;
constexpr std::size_t kMostUnused = 50;

bool has_word(const std::string& name, std::initializer_list<const char*> words) {
  const std::string text = lower(name);
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return text.find(word) != std::string::npos; });
}

bool named_like_group(const std::string& name) {
  return has_word(name, {"patient", "subject", "speaker", "user", "person", "customer", "session",
                         "group", "site", "batch", "device", "household", "animal", "plot"});
}

bool named_like_time(const std::string& name) {
  return has_word(name, {"date", "time", "year", "month", "timestamp"});
}

std::string key_of(const Column& column, std::int64_t row) {
  return column.type == data::ColumnType::kNumber ? number_text(column.numbers[row])
                                                  : column.categories[column.codes[row]];
}

Groups groups_of(const Column& column) {
  Groups groups{column.name,
                std::vector<std::int32_t>(static_cast<std::size_t>(column.count()), -1), 0, false,
                false};
  std::map<std::string, std::int32_t> known;
  for (std::int64_t row = 0; row < column.count(); ++row) {
    if (column.is_missing(row)) continue;
    groups.of[row] =
        known.emplace(key_of(column, row), static_cast<std::int32_t>(known.size())).first->second;
  }
  groups.count = static_cast<std::int64_t>(known.size());
  return groups;
}

std::vector<double> times_of(const Column& column) {
  if (column.type == data::ColumnType::kNumber) return column.numbers;
  std::vector<double> times(static_cast<std::size_t>(column.count()), NAN);
  for (std::int64_t row = 0; row < column.count(); ++row) {
    if (column.codes[row] < 0) continue;
    const auto day = parse_day(trim(column.categories[column.codes[row]]));
    if (day && day->exists) times[row] = static_cast<double>(day->number());
  }
  return times;
}

bool mostly_given(const std::vector<double>& times) {
  const auto given =
      std::count_if(times.begin(), times.end(), [](double time) { return !std::isnan(time); });
  return static_cast<double>(given) >= 0.9 * static_cast<double>(times.size());
}

/// An input says by its values alone that it is a time: a year or a month may as well be a size.
bool is_input_time(const Column& column, const std::vector<double>& times) {
  const bool dates = column.info.meaning == data::Meaning::kDatetime ||
                     (column.type == data::ColumnType::kCategory && named_like_time(column.name));
  return dates && mostly_given(times);
}

bool repeats(const Groups& groups, std::int64_t fewest) {
  return groups.count >= fewest &&
         groups.count * kRepeats <= static_cast<std::int64_t>(groups.of.size());
}

void add_input(const Column& column, Groupings& found) {
  auto times = times_of(column);
  if (is_input_time(column, times)) {
    found.times.push_back({column.name, std::move(times), false, true});
    return;
  }
  if (!named_like_group(column.name)) return;
  Groups groups = groups_of(column);
  groups.is_input = true;
  if (repeats(groups, kFewestInputGroups)) found.groups.push_back(std::move(groups));
}

void add_unused(const Column& column, const spec::Data& data, Groupings& found) {
  const auto options = data.columns.find(column.name);
  const std::string type = options == data.columns.end() ? "" : options->second.type;
  const bool splits =
      column.name == data.split.column ||
      (data.split.column.empty() && data.split.method == "time" && type == "datetime");
  auto times = times_of(column);
  const bool by_time = splits && data.split.method == "time";
  const bool like_time =
      named_like_time(column.name) || column.info.meaning == data::Meaning::kDatetime;
  if (by_time || (!splits && like_time && mostly_given(times))) {
    found.times.push_back({column.name, std::move(times), by_time, false});
    return;
  }
  Groups groups = groups_of(column);
  groups.declared = splits;
  if (splits || (named_like_group(column.name) && repeats(groups, kFewestGroups))) {
    found.groups.push_back(std::move(groups));
  }
}

}  // namespace

Groupings find_groupings(Context& context, const data::Samples& samples) {
  const spec::Data& data = context.project.data;
  Groupings found;
  for (const Column& column : samples.carried.columns) {
    if (column.info.meaning != data::Meaning::kGroup) continue;
    found.groups.push_back(groups_of(column));
    found.groups.back().declared = true;
  }
  for (const Column& column : samples.table.columns) {
    if (column.name == data.split.column) {
      add_unused(column, data, found);
    } else {
      add_input(column, found);
    }
  }
  const auto names = unused_columns(context);
  if (names.size() > kMostUnused) return found;
  found.unused = read_columns(context, names);
  for (const Column& column : found.unused.columns) add_unused(column, data, found);
  return found;
}

}  // namespace dlwork::phase::audit
