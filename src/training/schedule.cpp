#include "training/schedule.h"

#include <algorithm>
#include <cmath>
#include <limits>
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

/// A schedule after warming up: `place` counts from its end.
Rates one_cycle(const spec::Training& training, const Place& place) {
  return one_cycle(training.learning_rate, training.momentum, place.step, place.steps);
}

Rates cosine(const spec::Training& training, const Place& place) {
  const auto steps = static_cast<double>(std::max<std::int64_t>(1, place.steps));
  return {anneal(training.learning_rate, 0, static_cast<double>(place.step) / steps),
          training.momentum};
}

Rates constant(const spec::Training& training, const Place&) {
  return {training.learning_rate, training.momentum};
}

Rates decayed(const spec::Training& training, std::int64_t times) {
  return {training.learning_rate * std::pow(training.rate_decay.factor, static_cast<double>(times)),
          training.momentum};
}

Rates step(const spec::Training& training, const Place& place) {
  return decayed(training, place.step / place.steps_an_epoch / training.rate_decay.every);
}

Rates plateau(const spec::Training& training, const Place& place) {
  return decayed(training, place.plateaus);
}

struct ScheduleRow {
  const char* name;
  Rates (*at)(const spec::Training&, const Place&);
};
constexpr ScheduleRow kSchedules[] = {{"one-cycle", one_cycle},
                                      {"cosine", cosine},
                                      {"step", step},
                                      {"plateau", plateau},
                                      {"constant", constant}};

const ScheduleRow& find_schedule(const std::string& schedule) {
  for (const ScheduleRow& row : kSchedules) {
    if (schedule == row.name) return row;
  }
  throw Error(ExitStatus::kUsage, Diagnostic{{},
                                             "training.schedule",
                                             "unknown schedule '" + schedule + "'",
                                             "known: " + join_words(schedule_names())});
}

}  // namespace

Rates rates_at(const spec::Training& training, const Place& place) {
  const ScheduleRow& row = find_schedule(training.schedule);
  Place at = place;
  at.step = std::min(at.step, averaging_start(training, place.steps));
  const bool warms_itself = training.schedule == "one-cycle";
  const auto warm =
      warms_itself ? 0 : std::llround(training.warmup * static_cast<double>(place.steps_an_epoch));
  if (at.step < warm) {
    return {training.learning_rate * static_cast<double>(at.step + 1) / static_cast<double>(warm),
            training.momentum};
  }
  // Epochs of `step` count from the start; what is stretched over the run starts after the warm-up.
  if (training.schedule == "cosine") {
    at.step -= warm;
    at.steps -= warm;
  }
  return row.at(training, at);
}

std::int64_t averaging_start(const spec::Training& training, std::int64_t steps) {
  if (training.averaging.method != "swa") return steps;
  return std::llround(training.averaging.start * static_cast<double>(steps));
}

std::int64_t plateaus_in(const std::vector<EpochRecord>& history, std::int64_t patience,
                         LossOf part) {
  constexpr double kThreshold = 1e-4;
  double best = std::numeric_limits<double>::infinity();
  std::int64_t without = 0, plateaus = 0;
  for (const EpochRecord& epoch : history) {
    const double loss = part == LossOf::kValidation ? epoch.validation_loss : epoch.train_loss;
    if (loss < best * (1 - kThreshold)) {
      best = loss;
      without = 0;
    } else if (++without > patience) {
      ++plateaus;
      without = 0;
    }
  }
  return plateaus;
}

std::vector<std::string> schedule_names() {
  std::vector<std::string> names;
  for (const ScheduleRow& row : kSchedules) names.emplace_back(row.name);
  return names;
}

}  // namespace dlwork::training
