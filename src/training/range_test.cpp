#include "training/range_test.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "training/fit_checks.h"
#include "training/fit_clock.h"
#include "training/runner.h"

namespace dlwork::training {
namespace {

/// Smith, Cyclical Learning Rates for Training Neural Networks (2015, 1506.01186), section 3.3, and
/// A Disciplined Approach to Neural Network Hyper-Parameters (2018, 1803.09820), section 4.1: rates
/// from 1e-7 to 10, here by equal factors.
constexpr double kFirst = 1e-7, kLast = 10;
constexpr int kRangeSteps = 160;
constexpr double kSmoothing = 0.95;
/// Past this multiple of the lowest smoothed loss nothing more is to be learned.
constexpr double kBlownUp = 4;
/// The maximum lies below where the loss begins to rise, by a factor of 2 to 10.
constexpr double kBelow = 10;
constexpr double kFell = 0.05;

/// Batches of the training rows, over and over.
class RowCycle {
 public:
  RowCycle(const FitOptions& options, std::int64_t batch_size, const RowOrder& order)
      : order_(order), rng_(options.seed, "range test") {
    size_ =
        std::min<std::int64_t>(batch_size, static_cast<std::int64_t>(options.train_rows.size()));
    rows_ = order_(options.train_rows, rng_);
  }
  const std::int64_t* next() {
    if (begin_ + size_ > static_cast<std::int64_t>(rows_.size())) {
      rows_ = order_(std::move(rows_), rng_);
      begin_ = 0;
    }
    begin_ += size_;
    return rows_.data() + begin_ - size_;
  }
  std::int64_t size() const { return size_; }

 private:
  const RowOrder& order_;
  Rng rng_;
  std::vector<std::int64_t> rows_;
  std::int64_t size_ = 0, begin_ = 0;
};

std::string to_text(const std::vector<RatePoint>& points) {
  Json json = Json::array();
  for (const RatePoint& point : points) json.push_back({point.rate, point.loss, point.smoothed});
  return json.dump();
}

std::vector<RatePoint> from_text(const std::string& text) {
  std::vector<RatePoint> points;
  for (const auto& point : Json::parse(text)) {
    points.push_back(
        {point.at(0).get<double>(), point.at(1).get<double>(), point.at(2).get<double>()});
  }
  return points;
}

}  // namespace

RangeTest choose_rate(std::vector<RatePoint> points) {
  RangeTest test;
  test.points = std::move(points);
  const auto lowest = std::min_element(
      test.points.begin(), test.points.end(),
      [](const RatePoint& a, const RatePoint& b) { return a.smoothed < b.smoothed; });
  if (lowest == test.points.end()) return test;
  const auto start = std::max_element(
      test.points.begin(), lowest + 1,
      [](const RatePoint& a, const RatePoint& b) { return a.smoothed < b.smoothed; });
  if (start->smoothed - lowest->smoothed < kFell * std::abs(start->smoothed)) return test;
  test.lowest_at = lowest->rate;
  test.rate = lowest->rate / kBelow;
  return test;
}

std::vector<std::int64_t> shuffled(std::vector<std::int64_t> rows, Rng& rng) {
  rng.shuffle(rows);
  return rows;
}

std::vector<RatePoint> rate_points(const FitOptions& options, std::int64_t batch_size,
                                   const RowOrder& order,
                                   const std::function<double(const RateStep&)>& step,
                                   RunContext& run) {
  RowCycle feed(options, batch_size, order);
  std::vector<RatePoint> points;
  double mean = 0, lowest = std::numeric_limits<double>::infinity();
  for (int number = 0; number < kRangeSteps; ++number) {
    if (run.stop.requested()) throw Error(ExitStatus::kInterrupted, options.label + ": stopped");
    const double rate =
        kFirst * std::pow(kLast / kFirst, static_cast<double>(number) / (kRangeSteps - 1));
    const double loss = step({feed.next(), feed.size(), rate, static_cast<std::uint64_t>(number)});
    if (!std::isfinite(loss)) break;
    mean = kSmoothing * mean + (1 - kSmoothing) * loss;
    points.push_back({rate, loss, mean / (1 - std::pow(kSmoothing, number + 1))});
    lowest = std::min(lowest, points.back().smoothed);
    if (points.back().smoothed > kBlownUp * lowest) break;
    run.reporter.progress({options.label + ": learning rates", static_cast<double>(number + 1),
                           static_cast<double>(kRangeSteps), "steps", ""});
  }
  run.reporter.progress_done();
  return points;
}

RangeTest SupervisedLearner::range_test(const FitOptions& asked, RunContext& run) {
  const FitOptions options = checked_options(*this, asked, run);
  auto points = telling_memory(memory_need(*this), device_, options, run,
                               [&] { return rate_points(options, run); });
  if (run.group == nullptr) return choose_rate(std::move(points));
  // Each takes the batches that all take together, so that none waits long for another; the
  // first's figures count.
  std::string told = to_text(points);
  run.group->broadcast(told);
  return choose_rate(from_text(told));
}

std::vector<RatePoint> SupervisedLearner::rate_points(const FitOptions& options, RunContext& run) {
  const int processes = run.group ? run.group->size() : 1;
  const auto held = copies(*this);
  Batches batches(dataset().samples, blueprint().preprocessor, blueprint().coding, device());
  batches.prepare();
  FlatParameters flat(network().parameters());
  const auto optimizer = make_optimizer(options.training.optimizer, flat);
  LossScale scale(options.training.precision, device());
  const auto runner =
      make_training_runner(*this, loss_settings(options.training, options.train_rows),
                           options.training, &scale, processes);
  const std::uint64_t noise = derive_seed(options.seed, "range test dropout");
  FitClock clock(device(), !options.trace_file.empty());
  bool steps = true;
  const auto step = [&](const RateStep& at) {
    double loss = std::nan("");
    if (!steps && scale.spent()) return loss;
    clock.time("data", [&] { runner->gather({batches, at.rows, at.count}); });
    clock.time("forward",
               [&] { loss = runner->forward(model::Network::Mode::kTrain, noise + at.number); });
    if (!std::isfinite(loss)) return loss;
    clock.time("backward", [&] { runner->backward(); });
    clock.time("optimizer", [&] {
      const torch::NoGradGuard no_grad;
      steps = scale.unscale(flat.gradients);
      if (!steps) return;
      optimizer->step(flat, {at.rate, options.training.momentum, options.training.weight_decay});
    });
    return loss;
  };
  auto points =
      training::rate_points(options, options.training.batch_size * processes, shuffled, step, run);
  put_back(*this, held);
  if (!options.trace_file.empty()) clock.trace().write(options.trace_file);
  return points;
}

}  // namespace dlwork::training
