#include "data/survey_column.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "dlwork/base/hash.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

/// Texts without a single date among them before dates are no longer looked for.
constexpr std::int64_t kTextsBeforeGivingUp = 1000;
/// Bytes that are kept of a text.
constexpr std::size_t kTextKept = 200;
constexpr std::uint64_t kHashOfGap = 0x9AB0D1E5C0FFEE11u;

void note(std::vector<Place>& places, Place place) {
  if (places.size() < kMostPlaces) places.push_back(place);
}

}  // namespace

ColumnSurveyor::ColumnSurveyor(const WantedColumn& wanted, const std::vector<std::string>& missing,
                               double low, double high, std::uint64_t seed)
    : missing_(missing), low_(low), high_(high) {
  survey_.name = wanted.name;
  survey_.quantiles = QuantileSketch(seed);
  missing_.insert(missing_.end(), wanted.missing.begin(), wanted.missing.end());
  for (const auto& token : missing_) {
    double value;
    missing_numbers_ = missing_numbers_ || (parse_cell(token, value) && !std::isnan(value));
  }
  month_first_ = wanted.order == DateOrder::kMonthFirst;
  if (!wanted.meaning) return;
  as_texts_ = *wanted.meaning != Meaning::kNumber && *wanted.meaning != Meaning::kInteger &&
              *wanted.meaning != Meaning::kWeight && *wanted.meaning != Meaning::kDatetime;
  may_be_dates_ = *wanted.meaning == Meaning::kDatetime;
}

void ColumnSurveyor::expect(const std::vector<std::string>& categories) {
  expected_.insert(categories.begin(), categories.end());
}

void ColumnSurveyor::check_declared(std::string_view text, Place place) {
  if (expected_.empty() || expected_.contains(text)) return;
  ++survey_.undeclared;
  note(survey_.undeclared_at, place);
  const std::string odd(text.substr(0, kTextKept));
  const auto known = survey_.undeclared_texts.find(odd);
  if (known != survey_.undeclared_texts.end()) {
    ++known->second;
  } else if (survey_.undeclared_texts.size() < kMostPlaces) {
    survey_.undeclared_texts.emplace(odd, 1);
  }
}

void ColumnSurveyor::check_declared_number(double value, Place place) {
  if (!expected_.empty()) check_declared(number_text(value), place);
}

void ColumnSurveyor::add(SurveyBatch& batch, std::size_t column, std::int32_t file,
                         std::size_t source) {
  source_ = source;
  std::uint64_t* hashes = batch.hashes.data() + column * batch.rows();
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    hashes[row] = add_value(batch.value(row, column), {file, batch.record(row)});
  }
  survey_.rows += static_cast<std::int64_t>(batch.rows());
}

std::uint64_t ColumnSurveyor::add_value(const Value& value, Place place) {
  if (value.kind == Value::Kind::kText) return add_text(value.text, place);
  if (value.kind == Value::Kind::kMissing || std::isnan(value.number)) return add_missing(place);
  check_declared_number(value.number, place);
  return add_number(value.number, place);
}

bool ColumnSurveyor::is_missing(std::string_view text) const {
  return std::find(missing_.begin(), missing_.end(), text) != missing_.end();
}

std::uint64_t ColumnSurveyor::add_missing(Place place) {
  ++survey_.missing;
  note(survey_.missing_at, place);
  return kHashOfGap;
}

std::uint64_t ColumnSurveyor::add_text(std::string_view text, Place place) {
  if (text.empty() || (missing_numbers_ && is_missing(text))) return add_missing(place);
  double value;
  if (!as_texts_ && parse_cell(text, value)) {
    if (std::isnan(value)) return add_missing(place);
    if (!expected_.contains(text)) check_declared_number(value, place);
    return add_number(value, place);
  }
  if (is_missing(text)) return add_missing(place);
  check_declared(text, place);
  if (text == survey_.name) {
    ++survey_.headers;
    note(survey_.headers_at, place);
  }
  const std::uint64_t hash = hash64(text.data(), text.size());
  survey_.distinct.add(hash);
  if (may_be_dates_) {
    const auto moment = parse_moment(text);
    const double seconds = !moment                                            ? NAN
                           : month_first_ && !std::isnan(moment->month_first) ? moment->month_first
                           : std::isnan(moment->day_first)                    ? moment->month_first
                                                                              : moment->day_first;
    if (!std::isnan(seconds)) {
      ++survey_.dates;
      add_finite(seconds, place);
      return hash;
    }
    may_be_dates_ = survey_.dates > 0 || survey_.texts < kTextsBeforeGivingUp;
  }
  ++survey_.texts;
  if (survey_.text_at.size() < kMostPlaces) survey_.odd_texts.emplace_back(text.substr(0, 60));
  note(survey_.text_at, place);
  count_text(text, hash, place);
  return hash;
}

std::uint64_t ColumnSurveyor::add_number(double value, Place place) {
  ++survey_.numbers;
  note(survey_.number_at, place);
  const std::uint64_t hash = mix_bits(std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value));
  survey_.distinct.add(hash);
  if (std::isinf(value)) {
    ++survey_.infinite;
    note(survey_.infinite_at, place);
    return hash;
  }
  survey_.whole = survey_.whole && value == std::floor(value);
  if (survey_.counts.complete) count_number(value, hash, place);
  if (value < low_ || value > high_) {
    ++survey_.outside;
    note(survey_.outside_at, place);
  }
  add_finite(value, place);
  return hash;
}

void ColumnSurveyor::add_finite(double value, Place place) {
  if (survey_.sums.count() == 0 || value < survey_.low) {
    survey_.low = value;
    survey_.low_at = place;
  }
  if (survey_.sums.count() == 0 || value > survey_.high) {
    survey_.high = value;
    survey_.high_at = place;
  }
  survey_.sums.add(value);
  survey_.quantiles.add(value);
}

void ColumnSurveyor::count_again(TextCounts::Entry& entry) {
  ++entry.count;
  ++entry.of_source[source_];
}

void ColumnSurveyor::count_text(std::string_view text, std::uint64_t hash, Place place) {
  TextCounts& counts = survey_.counts;
  const auto found = counts.by_hash.find(hash);
  if (found != counts.by_hash.end()) {
    count_again(found->second);
  } else if (counts.by_hash.size() < kMostCounted) {
    TextCounts::Entry entry{std::string(text.substr(0, kTextKept)), 0, place, {}};
    count_again(counts.by_hash.emplace(hash, std::move(entry)).first->second);
  } else {
    counts.complete = false;
  }
}

/// Whole numbers may be classes or codes; others are not counted.
void ColumnSurveyor::count_number(double value, std::uint64_t hash, Place place) {
  TextCounts& counts = survey_.counts;
  const auto found = counts.by_hash.find(hash);
  if (found != counts.by_hash.end()) {
    count_again(found->second);
  } else if (survey_.whole && counts.by_hash.size() < kMostCounted) {
    TextCounts::Entry entry{number_text(value), 0, place, {}};
    count_again(counts.by_hash.emplace(hash, std::move(entry)).first->second);
  } else {
    counts.complete = false;
  }
}

ColumnSurvey ColumnSurveyor::take() { return std::move(survey_); }

}  // namespace dlwork::data
