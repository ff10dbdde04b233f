#include "training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "dlwork/base/error.h"
#include "dlwork/base/text.h"
#include "dlwork/training/supervised.h"

namespace dlwork::training {
namespace {

constexpr double kWarmShare = 0.3;
constexpr double kStartDivisor = 25;
constexpr double kEndDivisor = 25e4;
constexpr double kLowMomentum = 0.85;

/// Half a cosine from `from` to `to` as `share` goes from 0 to 1.
double anneal(double from, double to, double share) {
  return to + (from - to) * (1 + std::cos(std::numbers::pi * share)) / 2;
}

Rates one_cycle(double rate, double momentum, std::int64_t step, std::int64_t steps) {
  const double peak = std::max(1.0, kWarmShare * static_cast<double>(steps) - 1);
  const double low = std::min(momentum, kLowMomentum);
  const auto at = static_cast<double>(step);
  if (at <= peak) {
    return {anneal(rate / kStartDivisor, rate, at / peak), anneal(momentum, low, at / peak)};
  }
  const double rest = std::max(1.0, static_cast<double>(steps) - 1 - peak);
  const double share = std::min(1.0, (at - peak) / rest);
  return {anneal(rate, rate / kEndDivisor, share), anneal(low, momentum, share)};
}

Rates cosine(double rate, double momentum, std::int64_t step, std::int64_t steps) {
  return {anneal(rate, 0, static_cast<double>(step) / static_cast<double>(std::max<std::int64_t>(1, steps))),
          momentum};
}

Rates constant(double rate, double momentum, std::int64_t, std::int64_t) { return {rate, momentum}; }

struct Row {
  const char* name;
  Rates (*at)(double, double, std::int64_t, std::int64_t);
};
constexpr Row kSchedules[] = {{"one-cycle", one_cycle}, {"cosine", cosine}, {"constant", constant}};

}  // namespace

Rates rates_at(const std::string& schedule, double learning_rate, double momentum,
               std::int64_t step, std::int64_t steps) {
  for (const Row& row : kSchedules) {
    if (schedule == row.name) return row.at(learning_rate, momentum, step, steps);
  }
  throw Error(ExitStatus::kUsage,
              Diagnostic{{}, "training.schedule", "unknown schedule '" + schedule + "'",
                         "known: " + join_words(schedule_names())});
}

std::vector<std::string> schedule_names() {
  std::vector<std::string> names;
  for (const Row& row : kSchedules) names.emplace_back(row.name);
  return names;
}

}  // namespace dlwork::training
