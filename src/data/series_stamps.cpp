#include "data/series_stamps.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/csv.h"
#include "data/datetime.h"
#include "data/problem.h"
#include "dlwork/base/stats.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

/// A time may miss its step by this share of one: stamps are rounded.
constexpr double kStampTolerance = 0.01;
/// And by this share it still tells which step is meant.
constexpr double kNearStep = 0.1;
/// Steps for each value that is there, at most.
constexpr double kMostStepsAValue = 100;
constexpr double kAlwaysAllowedSteps = 10'000;
constexpr double kMostMissingTold = 1e12;

/// `is_date` is set where the text is one, and else left.
std::optional<double> time_of(std::string_view text, bool& is_date) {
  double number;
  if (parse_cell(text, number) && std::isfinite(number)) return number;
  const auto moment = parse_moment(text);
  if (!moment) return std::nullopt;
  const double seconds = std::isnan(moment->day_first) ? moment->month_first : moment->day_first;
  if (std::isnan(seconds)) return std::nullopt;
  is_date = true;
  return seconds;
}

/// Period, gaps and jitter of rising times.
void describe_steps(const std::vector<double>& times, SeriesStamps& told) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < times.size(); ++i) steps.push_back(times[i] - times[i - 1]);
  std::vector<double> sorted = steps;
  std::sort(sorted.begin(), sorted.end());
  told.period = sorted[sorted.size() / 2];
  std::vector<double> single;  // of the period, more or less
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const double multiple = std::round(steps[i] / told.period);
    if (multiple <= 1) {
      single.push_back(steps[i]);
      continue;
    }
    if (told.first_gap == 0) told.first_gap = static_cast<std::int64_t>(i) + 1;
    told.missing += static_cast<std::int64_t>(std::min(multiple - 1, kMostMissingTold));
  }
  told.jitter = standard_deviation(single) / told.period;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char letter) { return letter == ' ' || letter == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split_stamped(std::string_view text) {
  std::vector<std::string_view> channels;
  std::size_t begin = 0;
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') inside = true;
    if (text[i] == ')') inside = false;
    if (text[i] != ':' || inside) continue;
    channels.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  channels.push_back(text.substr(begin));
  return channels;
}

std::optional<StampFault> read_stamped(std::string_view text, Stamps stamps,
                                       StampedChannel& channel) {
  channel = {};
  for (text = trimmed(text); !text.empty();) {
    const auto close = text.find(')');
    if (text.front() != '(' || close == std::string_view::npos) {
      return StampFault{text.data(), "a time and its value stand in parentheses, as (0,1.5)",
                        "pairs stand apart by ',', channels by ':'"};
    }
    const std::string_view pair = text.substr(1, close - 1);
    const auto comma = pair.rfind(',');
    const std::string_view stamp = trimmed(pair.substr(0, comma));
    const std::string_view value =
        comma == std::string_view::npos ? std::string_view() : trimmed(pair.substr(comma + 1));
    const auto time = time_of(stamp, channel.dates);
    if (!time) {
      return StampFault{stamp.data(), shown_text(stamp) + " is neither a number nor a date", ""};
    }
    double number = std::numeric_limits<double>::quiet_NaN();
    if (value != "?" && !parse_cell(value, number)) {
      return StampFault{value.empty() ? pair.data() : value.data(),
                        shown_text(value) + " is no number", "write ? for a missing value"};
    }
    const bool rises = channel.times.empty() || *time > channel.times.back();
    if (!rises && stamps == Stamps::kStrict) {
      return StampFault{
          stamp.data(),
          "times must rise, but " + shown_text(stamp) + " is not later than the one before", ""};
    }
    channel.times.push_back(*time);
    channel.values.push_back(number);
    text = trimmed(text.substr(close + 1));
    if (text.empty()) break;
    if (text.front() != ',') {
      return StampFault{text.data(), "there is text after a pair of time and value",
                        "pairs stand apart by ','"};
    }
    text = trimmed(text.substr(1));
  }
  return std::nullopt;
}

SeriesStamps mend_stamps(StampedChannel& channel) {
  SeriesStamps told;
  const std::size_t count = channel.times.size();
  told.count = static_cast<std::int64_t>(count);
  told.dates = channel.dates;
  std::vector<std::size_t> order(count);
  for (std::size_t i = 0; i < count; ++i) {
    order[i] = i;
    if (i == 0) continue;
    told.repeated += channel.times[i] == channel.times[i - 1] ? 1 : 0;
    told.falling += channel.times[i] < channel.times[i - 1] ? 1 : 0;
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return channel.times[a] < channel.times[b];
  });
  StampedChannel sorted;
  for (const std::size_t i : order) {
    if (!sorted.times.empty() && sorted.times.back() == channel.times[i]) {
      sorted.values.back() = channel.values[i];
      continue;
    }
    sorted.times.push_back(channel.times[i]);
    sorted.values.push_back(channel.values[i]);
  }
  if (sorted.times.size() > 1) describe_steps(sorted.times, told);
  channel = std::move(sorted);
  return told;
}

void lay_on_period(double period, StampedChannel& channel) {
  if (period <= 0) return;
  StampedChannel laid;
  for (std::size_t i = 0; i < channel.times.size(); ++i) {
    const double step = std::round((channel.times[i] - channel.times[0]) / period);
    const double time = channel.times[0] + step * period;
    if (!laid.times.empty() && time <= laid.times.back()) {
      laid.values.back() = channel.values[i];
      continue;
    }
    laid.times.push_back(time);
    laid.values.push_back(channel.values[i]);
  }
  channel = std::move(laid);
}

std::optional<StampFault> lay_on_steps(const std::vector<StampedChannel>& channels,
                                       std::int64_t& steps, std::vector<float>& values) {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  double first = kNone, last = -kNone, step = kNone;
  std::size_t count = 0;
  for (const StampedChannel& channel : channels) {
    if (channel.times.empty()) continue;
    first = std::min(first, channel.times.front());
    last = std::max(last, channel.times.back());
    count += channel.times.size();
    for (std::size_t i = 1; i < channel.times.size(); ++i) {
      step = std::min(step, channel.times[i] - channel.times[i - 1]);
    }
  }
  if (count == 0) return StampFault{nullptr, "the series has no values", ""};
  // One value a channel: there is no step, unless the channels are apart.
  if (step == kNone) step = last > first ? last - first : 1;
  // Dates in seconds since 1970 have about 2e-7 of a second: the farther a value, the better it
  // tells the step.
  for (const StampedChannel& channel : channels) {
    for (const double time : channel.times) {
      const double place = (time - first) / step, at = std::round(place);
      if (at > 0 && std::abs(place - at) < kNearStep) step = (time - first) / at;
    }
  }
  const double wanted = std::round((last - first) / step) + 1;
  const double allowed =
      std::max(kAlwaysAllowedSteps, kMostStepsAValue * static_cast<double>(count));
  if (!(wanted * static_cast<double>(channels.size()) <= allowed)) {
    return StampFault{nullptr,
                      "the times reach over " + pretty_number(wanted, 3) +
                          " steps of the smallest distance between two, for " +
                          std::to_string(count) + " values",
                      "bring the series to equal steps of time first"};
  }
  steps = static_cast<std::int64_t>(wanted);
  values.assign(static_cast<std::size_t>(steps) * channels.size(),
                std::numeric_limits<float>::quiet_NaN());
  for (std::size_t c = 0; c < channels.size(); ++c) {
    for (std::size_t i = 0; i < channels[c].times.size(); ++i) {
      const double place = (channels[c].times[i] - first) / step;
      const double at = std::round(place);
      if (std::abs(place - at) > kStampTolerance) {
        return StampFault{nullptr,
                          "value " + std::to_string(i + 1) + " of channel " +
                              std::to_string(c + 1) + " lies between two equal steps of time",
                          "bring the series to equal steps of time first"};
      }
      values[c * static_cast<std::size_t>(steps) + static_cast<std::size_t>(at)] =
          static_cast<float>(channels[c].values[i]);
    }
  }
  return std::nullopt;
}

}  // namespace dlwork::data
