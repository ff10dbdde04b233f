#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "dlwork/base/ranks.h"
#include "dlwork/base/stats.h"
#include "phase/audit/series.h"
#include "phase/audit/stats/unit_root.h"
#include "phase/measuring.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Part;

namespace {

constexpr std::size_t kFewestForecasts = 20;
/// Steps that an autoregression sees.
constexpr std::size_t kOrder = 8;

/// Series of a part with their targets; those with too few values are left out.
struct Windows {
  std::vector<std::vector<double>> series;
  std::vector<double> targets;
};

Windows windows_of(const Audit& audit, const Rows& rows, std::int64_t channel, std::size_t least) {
  Windows windows;
  for (const auto row : rows) {
    auto values = present_values(audit.samples().sequences, row, channel);
    if (values.size() < least) continue;
    windows.series.push_back(std::move(values));
    windows.targets.push_back(audit.target().values[row]);
  }
  return windows;
}

std::vector<double> last_values(const Windows& windows) {
  std::vector<double> last;
  for (const auto& series : windows.series) last.push_back(series.back());
  return last;
}

/// The channel whose last value goes most with the target.
std::int64_t channel_of_target(const Audit& audit) {
  std::int64_t best = 0;
  double most = -1;
  for (std::int64_t channel = 0; channel < audit.samples().sequences.channels; ++channel) {
    const Windows windows = windows_of(audit, audit.train(), channel, 1);
    const double r = std::abs(pearson(last_values(windows), windows.targets));
    if (r > most) {
      most = r;
      best = channel;
    }
  }
  return best;
}

/// The most frequent season of some training series, where most of them have one; else 0.
std::int64_t season_of_most(const Audit& audit, const Windows& train) {
  Rows places(train.series.size());
  std::iota(places.begin(), places.end(), 0);
  Seasons seasons;
  for (const auto place : some_rows(places, kSeriesTested, audit.seed(), "audit seasons")) {
    const auto series = end_of(train.series[place]);
    if (series.size() < 3 * kOrder) continue;
    seasons.add(season_of(series, audit.limits().seasonal_correlation));
  }
  return seasons.usual();
}

/// Least squares of the target on a constant and the last steps.
Eigen::VectorXd fit_autoregression(const Windows& train) {
  const auto rows = static_cast<std::int64_t>(train.series.size());
  Eigen::MatrixXd inputs(rows, kOrder + 1);
  Eigen::VectorXd outputs(rows);
  for (std::int64_t i = 0; i < rows; ++i) {
    inputs(i, 0) = 1;
    for (std::size_t k = 1; k <= kOrder; ++k) {
      inputs(i, static_cast<std::int64_t>(k)) = train.series[i][train.series[i].size() - k];
    }
    outputs(i) = train.targets[i];
  }
  return inputs.colPivHouseholderQr().solve(outputs);
}

double autoregression(const Eigen::VectorXd& weights, const std::vector<double>& series) {
  double sum = weights(0);
  for (std::size_t k = 1; k <= kOrder; ++k) {
    sum += weights(static_cast<std::int64_t>(k)) * series[series.size() - k];
  }
  return sum;
}

template <class Forecast>
double mean_absolute_error(const Windows& windows, const Forecast& forecast) {
  double sum = 0;
  for (std::size_t i = 0; i < windows.series.size(); ++i) {
    sum += std::abs(forecast(windows.series[i]) - windows.targets[i]);
  }
  return sum / static_cast<double>(windows.series.size());
}

struct Method {
  std::string name;
  double error = 0;  ///< mean absolute, of the test part
};

std::vector<Method> measure_methods(const Windows& train, const Windows& test,
                                    std::int64_t season) {
  const double middle = quantile(train.targets, 0.5);
  const auto weights = fit_autoregression(train);
  std::vector<Method> methods{
      {"median of training", mean_absolute_error(test, [&](const auto&) { return middle; })},
      {"last value", mean_absolute_error(test, [](const auto& x) { return x.back(); })},
      {"drift", mean_absolute_error(test,
                                    [](const auto& x) {
                                      return x.back() + (x.back() - x.front()) /
                                                            static_cast<double>(x.size() - 1);
                                    })},
      {"autoregression of " + std::to_string(kOrder) + " steps",
       mean_absolute_error(test, [&](const auto& x) { return autoregression(weights, x); })}};
  if (season > 0) {
    methods.push_back({"value " + std::to_string(season) + " steps before",
                       mean_absolute_error(test, [&](const auto& x) {
                         const auto place = std::min<std::size_t>(x.size(), season);
                         return x[x.size() - place];
                       })});
  }
  std::stable_sort(methods.begin(), methods.end(),
                   [](const Method& a, const Method& b) { return a.error < b.error; });
  return methods;
}

/// Steps of the season that a calendar suggests for stamps so far apart; 0: none, as for numbers,
/// whose unit is not known.
std::int64_t calendar_season(const data::SeriesStamps& stamps) {
  if (!stamps.dates) return 0;
  const double period = stamps.period;
  constexpr double kHour = 3600, kDay = 24 * kHour, kYear = 365.25 * kDay;
  if (period >= 60 && period <= kHour) return std::llround(kDay / period);
  if (std::abs(period - kDay) < kHour) return 7;
  if (period > 27 * kDay && period < 32 * kDay) return 12;
  if (period > 85 * kDay && period < 95 * kDay) return std::llround(kYear / period);
  return 0;
}

}  // namespace

void check_forecasts(Audit& audit) {
  if (!audit.target().given() || audit.is_class()) return;
  const std::int64_t channel = channel_of_target(audit);
  const Windows train = windows_of(audit, audit.train(), channel, kOrder);
  const Windows test = windows_of(audit, audit.rows(Part::kTest), channel, kOrder);
  if (train.series.size() < kFewestForecasts || test.series.empty()) return;
  // The error of the last value in training is the unit (MASE).
  const double unit = mean_absolute_error(train, [](const auto& x) { return x.back(); });
  if (unit <= 0) return;
  const auto season = season_of_most(audit, train);
  const auto methods = measure_methods(train, test, season);
  artefact::Table table{"simple-forecasts",
                        "Forecasts without a network",
                        {"forecast", "mean absolute error", "in units of the last value's"},
                        {false, true, true},
                        {},
                        "from channel " + std::to_string(channel + 1) + ", on the test part"};
  Json figures = Json::array();
  for (const Method& method : methods) {
    table.rows.push_back(
        {method.name, pretty_number(method.error), pretty_number(method.error / unit, 3)});
    figures.push_back(
        {{"forecast", method.name}, {"error", method.error}, {"scaled", method.error / unit}});
  }
  audit.result.tables.push_back(std::move(table));
  const Method& best = methods.front();
  audit.add("series-baseline", Severity::kInfo,
            "the best forecast without a network is " + best.name + " of channel " +
                std::to_string(channel + 1) + ": mean absolute error " + pretty_number(best.error) +
                " on the test part, " + pretty_number(best.error / unit, 3) +
                " of the last value's in training",
            about_channel(channel, {{"best", best.name},
                                    {"error", best.error},
                                    {"scaled", best.error / unit},
                                    {"season", season},
                                    {"forecasts", std::move(figures)}}));
}

void check_history(Audit& audit) {
  if (!audit.target().given() || audit.is_class() || audit.train().empty()) return;
  std::vector<double> lengths;
  for (const auto row : audit.train()) lengths.push_back(audit.samples().sequences.lengths[row]);
  const double usual = quantile(lengths, 0.5);
  const auto& limits = audit.limits();
  const auto report = [&](const std::string& what, double needed, Json evidence) {
    evidence["steps"] = usual;
    evidence["needed"] = needed;
    audit.add("series-history-short", Severity::kWarn,
              "the input series have " + pretty_number(usual) + " steps, fewer than " + what +
                  " (" + pretty_number(needed) + ")",
              std::move(evidence));
  };
  if (usual < limits.history_horizons) {
    report(pretty_number(limits.history_horizons) + " for each step ahead", limits.history_horizons,
           Json::object());
  }
  if (audit.files.stamps.empty()) return;
  const std::int64_t season = calendar_season(audit.files.stamps[audit.train().front()]);
  const double needed = limits.history_seasons * static_cast<double>(season);
  if (season > 0 && usual < needed) {
    report(pretty_number(limits.history_seasons) + " seasons of " + grouped(season), needed,
           {{"season", season}});
  }
}

}  // namespace dlwork::phase::audit
