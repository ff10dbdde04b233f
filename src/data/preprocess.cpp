#include "dlwork/data/preprocess.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <optional>

#include "data/datetime.h"
#include "data/moments.h"
#include "dlwork/base/error.h"
#include "dlwork/base/stats.h"

namespace dlwork::data {
namespace {

/// A deviation below this share of the range is rare outliers over a near-constant channel.
constexpr double kFloorOfRange = 0.01;
constexpr double kLeastPictureDeviation = 1e-8;
constexpr double kDay = 86400;  ///< seconds
/// Dates within so much of the year say nothing about its seasons.
constexpr double kMonthOfYear = 1.0 / 12;

/// The texts that occur in `rows`, at most `most`, the frequent ones first chosen, in the order of
/// their codes.
std::vector<std::string> categories_of(const Column& column, const std::vector<std::int64_t>& rows,
                                       std::size_t most) {
  std::vector<std::int64_t> counts(column.categories.size(), 0);
  for (const auto row : rows) {
    if (column.codes[row] >= 0) ++counts[column.codes[row]];
  }
  std::vector<std::size_t> chosen;
  for (std::size_t code = 0; code < counts.size(); ++code) {
    if (counts[code] > 0) chosen.push_back(code);
  }
  if (chosen.size() > most) {
    std::stable_sort(chosen.begin(), chosen.end(),
                     [&](std::size_t a, std::size_t b) { return counts[a] > counts[b]; });
    chosen.resize(most);
    std::sort(chosen.begin(), chosen.end());
  }
  std::vector<std::string> categories;
  for (const auto code : chosen) categories.push_back(column.categories[code]);
  return categories;
}

/// Finds which cycles the training rows go through, and takes mean and deviation in days.
void fit_datetime(const Column& column, const std::vector<std::int64_t>& rows,
                  Preprocessor::InputColumn& fitted) {
  fitted.mean /= kDay;
  fitted.fill /= kDay;
  if (!fitted.constant) fitted.deviation /= kDay;
  fitted.month_first = column.info.month_first;
  std::optional<Cycles> first;
  for (const auto row : rows) {
    if (!std::isfinite(column.numbers[row])) continue;
    const Cycles cycles = cycles_of(column.numbers[row]);
    if (!first) first = cycles;
    fitted.in_year = fitted.in_year || std::abs(cycles.year - first->year) > kMonthOfYear;
    fitted.in_week = fitted.in_week || std::floor(7 * cycles.week) != std::floor(7 * first->week);
    fitted.in_day = fitted.in_day || cycles.day != first->day;
  }
}

Preprocessor::InputColumn fit_number(const Column& column, const std::vector<std::int64_t>& rows) {
  Preprocessor::InputColumn fitted;
  fitted.name = column.name;
  std::vector<double> present;
  present.reserve(rows.size());
  RunningMoments running;
  for (const auto row : rows) {
    if (!std::isfinite(column.numbers[row])) continue;
    present.push_back(column.numbers[row]);
    running.add(column.numbers[row]);
  }
  const Moments moments = running.moments();
  fitted.mean = moments.mean;
  fitted.deviation = moments.deviation;
  fitted.constant = moments.constant;
  fitted.indicator = present.size() < rows.size() && !present.empty();
  if (!present.empty()) fitted.fill = quantile(std::move(present), 0.5);
  fitted.meaning = column.info.meaning;
  fitted.missing = column.info.missing;
  if (fitted.meaning == Meaning::kDatetime) fit_datetime(column, rows, fitted);
  return fitted;
}

/// Sine and cosine of each cycle that is a feature.
void write_cycles(const Preprocessor::InputColumn& fitted, double seconds, float* to) {
  const Cycles cycles = cycles_of(seconds);
  const std::pair<bool, double> each[] = {
      {fitted.in_year, cycles.year}, {fitted.in_week, cycles.week}, {fitted.in_day, cycles.day}};
  for (const auto& [is_feature, place] : each) {
    if (!is_feature) continue;
    *to++ = static_cast<float>(std::sin(2 * std::numbers::pi * place));
    *to++ = static_cast<float>(std::cos(2 * std::numbers::pi * place));
  }
}

const Column& find_column(const Table& table, std::size_t place, const std::string& name) {
  if (place < table.columns.size() && table.columns[place].name == name) {
    return table.columns[place];
  }
  const Column* column = table.find(name);
  DLWORK_ASSERT(column != nullptr, "the samples have the preprocessor's columns");
  return *column;
}

}  // namespace

std::int64_t FeatureShape::size() const {
  return std::accumulate(dims.begin(), dims.end(), std::int64_t{1}, std::multiplies<>());
}

Preprocessor Preprocessor::fit(const Samples& samples, const std::vector<std::int64_t>& rows,
                               Categories categories, const spec::Reduce& reduce) {
  DLWORK_ASSERT(!rows.empty(), "a preprocessor is fitted on rows");
  Preprocessor result;
  result.kind_ = samples.kind;
  result.categories_ = categories;
  result.media_columns_ = samples.media_columns;
  switch (samples.kind) {
    case Kind::kTable:
      result.fit_table(samples, rows);
      break;
    case Kind::kImage:
      result.fit_pictures(samples.pictures, rows);
      break;
    case Kind::kSequence:
      result.fit_sequences(samples.sequences, rows);
      break;
    case Kind::kText:
    case Kind::kEnvironment:
      DLWORK_ASSERT(false, "what has no features is learned by tasks of its own");
  }
  result.derive();
  if (reduce.given()) result.fit_reduction(samples, rows, reduce);
  return result;
}

void Preprocessor::fit_table(const Samples& samples, const std::vector<std::int64_t>& rows) {
  const std::size_t most = categories_ == Categories::kOneHot ? kMostOneHot : kMostCodes;
  for (const auto& column : samples.table.columns) {
    if (column.type == ColumnType::kNumber) {
      columns_.push_back(fit_number(column, rows));
    } else {
      InputColumn fitted;
      fitted.name = column.name;
      fitted.type = ColumnType::kCategory;
      fitted.categories = categories_of(column, rows, most);
      fitted.meaning = column.info.meaning;
      fitted.missing = column.info.missing;
      columns_.push_back(std::move(fitted));
    }
  }
}

void Preprocessor::fit_pictures(const Pictures& pictures, const std::vector<std::int64_t>& rows) {
  resizes_ = pictures.resized;
  channels_ = pictures.channels;
  height_ = pictures.height;
  width_ = pictures.width;
  const std::int64_t plane = height_ * width_;
  for (std::int64_t c = 0; c < channels_; ++c) {
    std::array<std::int64_t, 256> counts{};
    for (const auto row : rows) {
      const std::uint8_t* pixels = pictures.at(row) + c * plane;
      for (std::int64_t i = 0; i < plane; ++i) ++counts[pixels[i]];
    }
    // Counting first makes the sums exact.
    double sum = 0, total = 0;
    for (int p = 0; p < 256; ++p) {
      total += static_cast<double>(counts[p]);
      sum += static_cast<double>(counts[p]) * p / 255.0;
    }
    const double mean = sum / total;
    double squares = 0;
    int low = 255, high = 0;
    for (int p = 0; p < 256; ++p) {
      if (counts[p] == 0) continue;
      low = std::min(low, p);
      high = std::max(high, p);
      squares += static_cast<double>(counts[p]) * (p / 255.0 - mean) * (p / 255.0 - mean);
    }
    const double deviation = std::max(
        {std::sqrt(squares / total), kFloorOfRange * (high - low) / 255.0, kLeastPictureDeviation});
    const bool constant = low >= high;
    channel_scale_.push_back(constant ? 0.0f : static_cast<float>(1 / (255.0 * deviation)));
    channel_offset_.push_back(constant ? 0.0f : static_cast<float>(-mean / deviation));
  }
}

void Preprocessor::derive() {
  codes_.assign(columns_.size(), {});
  if (kind_ == Kind::kImage) {
    shape_.dims = {channels_, height_, width_};
    return;
  }
  if (kind_ == Kind::kSequence) {
    shape_.dims = {steps_, channels_};
    return;
  }
  for (const auto& column : columns_) {
    if (column.type != ColumnType::kNumber) continue;
    if (!column.constant) amounts_.push_back(static_cast<std::int64_t>(feature_names_.size()));
    feature_names_.push_back(column.name);
    if (column.indicator) feature_names_.push_back(column.name + " is missing");
    const std::pair<bool, const char*> cycles[] = {{column.in_year, " in the year"},
                                                   {column.in_week, " in the week"},
                                                   {column.in_day, " in the day"}};
    for (const auto& [is_feature, name] : cycles) {
      if (!is_feature) continue;
      feature_names_.push_back(column.name + name + ", sine");
      feature_names_.push_back(column.name + name + ", cosine");
    }
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto& column = columns_[i];
    if (column.type != ColumnType::kCategory) continue;
    for (const auto& text : column.categories) {
      codes_[i].emplace(text, static_cast<std::int32_t>(codes_[i].size()) + 1);
      if (categories_ == Categories::kOneHot) feature_names_.push_back(column.name + "=" + text);
    }
    if (categories_ == Categories::kCodes) {
      feature_names_.push_back(column.name);
      shape_.category_sizes.push_back(static_cast<std::int64_t>(column.categories.size()) + 1);
    }
  }
  shape_.dims = {static_cast<std::int64_t>(feature_names_.size())};
}

void Preprocessor::apply(const Samples& samples, const std::int64_t* rows, std::int64_t count,
                         float* out) const {
  if (reduction_) {
    apply_reduced(samples, rows, count, out);
  } else {
    apply_features(samples, rows, count, out);
  }
}

void Preprocessor::apply_features(const Samples& samples, const std::int64_t* rows,
                                  std::int64_t count, float* out) const {
  if (kind_ == Kind::kTable) {
    apply_table(samples, rows, count, out);
  } else if (kind_ == Kind::kSequence) {
    apply_sequences(samples.sequences, rows, count, out);
  } else {
    apply_pictures(samples.pictures, rows, count, out);
  }
}

void Preprocessor::apply_pictures(const Pictures& pictures, const std::int64_t* rows,
                                  std::int64_t count, float* out) const {
  DLWORK_ASSERT(
      pictures.channels == channels_ && pictures.height == height_ && pictures.width == width_,
      "the pictures have the preprocessor's size");
  const std::int64_t plane = height_ * width_;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint8_t* pixels = pictures.at(rows[i]);
    for (std::int64_t c = 0; c < channels_; ++c) {
      const float scale = channel_scale_[c], offset = channel_offset_[c];
      for (std::int64_t p = 0; p < plane; ++p) {
        *out++ = static_cast<float>(*pixels++) * scale + offset;
      }
    }
  }
}

void Preprocessor::apply_table(const Samples& samples, const std::int64_t* rows, std::int64_t count,
                               float* out) const {
  const std::int64_t width = feature_count();
  std::int64_t feature = 0;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const InputColumn& fitted = columns_[c];
    if (fitted.type != ColumnType::kNumber) continue;
    const Column& column = find_column(samples.table, c, fitted.name);
    const bool is_moment = fitted.meaning == Meaning::kDatetime;
    for (std::int64_t i = 0; i < count; ++i) {
      const double value = is_moment ? column.numbers[rows[i]] / kDay : column.numbers[rows[i]];
      const double filled = std::isfinite(value) ? value : fitted.fill;
      float* to = out + i * width + feature;
      *to++ = fitted.constant ? 0.0f : clamped((filled - fitted.mean) / fitted.deviation);
      if (fitted.indicator) *to++ = std::isfinite(value) ? 0.0f : 1.0f;
      if (is_moment) write_cycles(fitted, kDay * filled, to);
    }
    feature += fitted.features();
  }
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const InputColumn& fitted = columns_[c];
    if (fitted.type != ColumnType::kCategory) continue;
    const Column& column = find_column(samples.table, c, fitted.name);
    const auto wide = static_cast<std::int64_t>(fitted.categories.size());
    // From the samples' codes to ours, looked up once for each text met.
    constexpr std::int32_t kNotMet = -1;
    std::vector<std::int32_t> ours(column.categories.size(), kNotMet);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int32_t code = column.codes[rows[i]];
      if (code >= 0 && ours[code] == kNotMet) {
        const auto found = codes_[c].find(column.categories[code]);
        ours[code] = found == codes_[c].end() ? 0 : found->second;
      }
      const std::int32_t our_code = code < 0 ? 0 : ours[code];
      float* to = out + i * width + feature;
      if (categories_ == Categories::kCodes) {
        *to = static_cast<float>(our_code);
        continue;
      }
      std::fill(to, to + wide, 0.0f);
      if (our_code > 0) to[our_code - 1] = 1.0f;
    }
    feature += categories_ == Categories::kCodes ? 1 : wide;
  }
}

}  // namespace dlwork::data
