#include "data/column_builder.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/problem.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
/// Texts of this mean length, of which at least half are different, are no categories.
constexpr std::uint64_t kLettersOfText = 30;
constexpr std::size_t kFewestTexts = 50;
/// Bytes a std::string holds without memory of its own.
constexpr std::size_t kShortText = 15;

bool is_number(Meaning meaning) {
  return meaning == Meaning::kNumber || meaning == Meaning::kInteger || meaning == Meaning::kWeight;
}

}  // namespace

std::optional<bool> parse_truth(std::string_view text) {
  constexpr std::size_t kLongest = 5;
  if (text.empty() || text.size() > kLongest) return std::nullopt;
  const std::string word = lower(text);
  for (const char* yes : {"true", "t", "yes", "y", "1", "on"}) {
    if (word == yes) return true;
  }
  for (const char* no : {"false", "f", "no", "n", "0", "off"}) {
    if (word == no) return false;
  }
  return std::nullopt;
}

ColumnBuilder::ColumnBuilder(const WantedColumn& wanted, const std::vector<std::string>& missing)
    : hint_(wanted.hint),
      declared_(wanted.meaning.has_value()),
      lists_(wanted.lists),
      missing_(missing),
      order_(wanted.order) {
  missing_.insert(missing_.end(), wanted.missing.begin(), wanted.missing.end());
  if (hint_.empty()) {
    hint_ = "correct it (decimals take a point), add it to data.missing, or set data.columns." +
            wanted.name + ": category";
  }
  column_.name = wanted.name;
  column_.info.missing = wanted.missing;
  for (const auto& token : missing_) {
    double value;
    missing_numbers_ = missing_numbers_ || (parse_cell(token, value) && !std::isnan(value));
  }
  if (wanted.as_texts) become_categories();
  if (!declared_) return;
  column_.info.meaning = *wanted.meaning;
  if (is_number(*wanted.meaning)) {
    state_ = State::kNumber;
  } else if (*wanted.meaning == Meaning::kDatetime) {
    state_ = State::kDatetime;
  } else {
    become_categories();
    if (*wanted.meaning == Meaning::kBoolean) {
      state_ = State::kBoolean;
      column_.categories = {"false", "true"};
    }
  }
}

void ColumnBuilder::fix_categories(const std::vector<std::string>& categories) {
  if (state_ == State::kBoolean) return;
  fixed_categories_ = true;
  for (const auto& text : categories) {
    column_.categories.push_back(text);
    codes_.add_last(column_.categories);
  }
}

void ColumnBuilder::become_categories() {
  state_ = State::kCategory;
  column_.type = ColumnType::kCategory;
  column_.codes.reserve(column_.numbers.capacity());
  column_.codes.assign(column_.numbers.size(), -1);
  std::vector<double>().swap(column_.numbers);
}

void ColumnBuilder::reserve(std::size_t rows) {
  if (column_.type == ColumnType::kCategory) {
    column_.codes.reserve(rows);
  } else if (state_ != State::kLate) {
    column_.numbers.reserve(rows);
  }
}

std::size_t ColumnBuilder::count() const { return static_cast<std::size_t>(column_.count()); }

std::uint64_t ColumnBuilder::bytes() const {
  return sizeof(double) * (column_.numbers.capacity() + month_first_numbers_.capacity()) +
         sizeof(std::int32_t) * column_.codes.capacity() + text_bytes_;
}

bool ColumnBuilder::late() const {
  return state_ == State::kLate ||
         (!declared_ && !month_first_numbers_.empty() && day_first_ && month_first_);
}

bool ColumnBuilder::ambiguous() const {
  return declared_ && !month_first_numbers_.empty() && day_first_ && month_first_;
}

bool ColumnBuilder::is_missing(std::string_view text) const {
  return text.empty() || std::find(missing_.begin(), missing_.end(), text) != missing_.end();
}

void ColumnBuilder::add(RecordReader& records, std::size_t index) {
  if (state_ == State::kLate) return;
  const Value value = lists_ ? records.list(index) : records.value(index);
  switch (value.kind) {
    case Value::Kind::kMissing:
      add_missing();
      break;
    case Value::Kind::kNumber:
      add_number(records, index, value.number);
      break;
    case Value::Kind::kText:
      add_text(records, index, value.text);
      break;
  }
}

void ColumnBuilder::add_missing() {
  if (column_.type == ColumnType::kCategory) {
    column_.codes.push_back(-1);
    return;
  }
  column_.numbers.push_back(kMissing);
  if (!month_first_numbers_.empty()) month_first_numbers_.push_back(kMissing);
}

/// What the declared meaning cannot be; of a meaning that was found, it was found wrongly.
void ColumnBuilder::not_fitting(RecordReader& records, std::size_t index, std::string_view text,
                                const char* what) {
  if (declared_) {
    records.fail(index,
                 "column " + column_.name + " holds " + what + ", but this is " + shown_text(text),
                 hint_);
  }
  state_ = State::kLate;
  std::vector<double>().swap(column_.numbers);
  std::vector<double>().swap(month_first_numbers_);
}

void ColumnBuilder::add_number(RecordReader& records, std::size_t index, double value) {
  if (missing_numbers_ && is_missing(number_text(value))) return add_missing();
  if (state_ == State::kNumber || state_ == State::kUndecided) {
    return add_decided(records, index, value);
  }
  const std::string text = number_text(value);
  add_text(records, index, text);
}

void ColumnBuilder::add_decided(RecordReader& records, std::size_t index, double value) {
  const bool whole = value == std::floor(value) || !std::isfinite(value);
  const Meaning meaning = column_.info.meaning;
  if (declared_ && meaning == Meaning::kInteger && !whole) {
    return not_fitting(records, index, number_text(value), "whole numbers");
  }
  if (declared_ && meaning == Meaning::kWeight && !(value >= 0 && std::isfinite(value))) {
    return not_fitting(records, index, number_text(value), "weights, which are at least 0");
  }
  whole_ = whole_ && whole;
  column_.numbers.push_back(value);
  // A text such as "nan" that is a missing token says nothing about the meaning.
  if (state_ == State::kUndecided && !std::isnan(value)) state_ = State::kNumber;
}

void ColumnBuilder::add_text(RecordReader& records, std::size_t index, std::string_view text) {
  if (state_ == State::kCategory) return add_category(records, index, text);
  if (text.empty() || (missing_numbers_ && is_missing(text))) return add_missing();
  if (state_ == State::kBoolean) return add_boolean(records, index, text);
  double value;
  if (state_ == State::kDatetime) {
    std::optional<Moment> moment = parse_moment(text);
    if (!moment && declared_ && parse_cell(text, value)) {
      if (const auto seconds = moment_of_number(value)) moment = Moment{*seconds, *seconds};
    }
    return add_moment(records, index, text, moment);
  }
  if (parse_cell(text, value)) return add_decided(records, index, value);
  if (is_missing(text)) return add_missing();
  if (state_ == State::kNumber) return not_fitting(records, index, text, "numbers");
  if (const auto moment = parse_moment(text)) {
    state_ = State::kDatetime;
    column_.info.meaning = Meaning::kDatetime;
    return add_moment(records, index, text, moment);
  }
  become_categories();
  add_category(records, index, text);
}

void ColumnBuilder::add_moment(RecordReader& records, std::size_t index, std::string_view text,
                               const std::optional<Moment>& moment) {
  if (!moment && is_missing(text)) return add_missing();
  Moment read = moment.value_or(Moment{kMissing, kMissing});
  if (order_ == DateOrder::kDayFirst) read.month_first = read.day_first;
  if (order_ == DateOrder::kMonthFirst) read.day_first = read.month_first;
  const bool one_order = read.day_first == read.month_first;
  day_first_ = day_first_ && !std::isnan(read.day_first);
  month_first_ = month_first_ && !std::isnan(read.month_first);
  if (!day_first_ && !month_first_) return not_fitting(records, index, text, "dates");
  if (!one_order && month_first_numbers_.empty()) month_first_numbers_ = column_.numbers;
  const bool keeps_both = !one_order || !month_first_numbers_.empty();
  column_.numbers.push_back(read.day_first);
  if (keeps_both) month_first_numbers_.push_back(read.month_first);
}

void ColumnBuilder::add_boolean(RecordReader& records, std::size_t index, std::string_view text) {
  if (const auto truth = parse_truth(text)) {
    column_.codes.push_back(*truth ? 1 : 0);
  } else if (is_missing(text)) {
    column_.codes.push_back(-1);
  } else {
    not_fitting(records, index, text, "true or false");
  }
}

void ColumnBuilder::add_category(RecordReader& records, std::size_t index, std::string_view text) {
  if (is_missing(text)) return add_missing();
  const std::int32_t known = codes_.find(text, column_.categories);
  if (known >= 0 || fixed_categories_) {
    column_.codes.push_back(known);
    return;
  }
  if (!is_utf8(text)) {
    records.fail(index, "the text of this cell is not valid UTF-8",
                 "save the file as UTF-8, for instance: iconv -f LATIN1 -t UTF-8 FILE");
  }
  column_.codes.push_back(static_cast<std::int32_t>(column_.categories.size()));
  column_.categories.emplace_back(text);
  codes_.add_last(column_.categories);
  letters_ += text.size();
  text_bytes_ += sizeof(std::string) + 12 + (text.size() > kShortText ? text.size() + 1 : 0);
}

Meaning ColumnBuilder::found_meaning() const {
  if (state_ == State::kDatetime) return Meaning::kDatetime;
  if (column_.type == ColumnType::kNumber) {
    return state_ == State::kNumber && whole_ ? Meaning::kInteger : Meaning::kNumber;
  }
  const std::size_t texts = column_.categories.size();
  const bool is_text = texts >= kFewestTexts && 2 * texts >= column_.codes.size() &&
                       letters_ >= kLettersOfText * texts;
  return is_text ? Meaning::kText : Meaning::kCategory;
}

Column ColumnBuilder::take() {
  if (!declared_) column_.info.meaning = found_meaning();
  if (!month_first_numbers_.empty() && !day_first_) {
    column_.numbers = std::move(month_first_numbers_);
    column_.info.month_first = true;
  }
  if (order_ == DateOrder::kMonthFirst) column_.info.month_first = true;
  Column taken = std::move(column_);
  column_ = Column();
  column_.name = taken.name;
  column_.type = taken.type;
  column_.info = taken.info;
  if (fixed_categories_ || state_ == State::kBoolean) column_.categories = taken.categories;
  return taken;
}

}  // namespace dlwork::data
