#include "phase/audit/dates.h"

#include <algorithm>

#include "dlwork/base/machine.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Column;

namespace {

constexpr std::size_t kShownDates = 5;

/// Of a column that was read as dates: the calendar has them all, but not every year is believed.
void check_read_dates(Audit& audit, const Column& column) {
  if (column.info.meaning != data::Meaning::kDatetime) return;
  Rows wrong;
  Json texts = Json::array();
  for (std::int64_t row = 0; row < column.count(); ++row) {
    if (column.is_missing(row)) continue;
    const Day day = day_of(column.numbers[row]);
    if (is_plausible(audit, day)) continue;
    wrong.push_back(row);
    const std::string text = day_text(day);
    const bool known = std::find(texts.begin(), texts.end(), text) != texts.end();
    if (!known && texts.size() < kShownDates) texts.push_back(text);
  }
  if (wrong.empty()) return;
  audit.add_about(column, "date-implausible", Severity::kWarn,
                  count_of(wrong.size()) + " dates of column " + column.name +
                      " lie too early or in the future, such as " +
                      texts.front().get<std::string>() + " at " +
                      audit.samples().where(wrong.front()),
                  {{"samples", wrong.size()}, {"texts", texts}, {"rows", audit.places(wrong)}});
}

}  // namespace

bool is_plausible(const Audit& audit, const Day& day) {
  constexpr int kSafestFutureDays = 1;
  const auto today = parse_day(utc_time().substr(0, 10));
  return day.exists && day.year >= audit.limits().date_first_year &&
         day.number() <= today->number() + kSafestFutureDays;
}

void check_times(Audit& audit) {
  for (const Column& column : audit.samples().table.columns) check_read_dates(audit, column);
  for (const Column& column : audit.facts.groupings().unused.columns) {
    check_read_dates(audit, column);
  }
}

}  // namespace dlwork::phase::audit
