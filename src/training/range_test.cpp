#include "training/range_test.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "training/batch_size.h"
#include "training/supervised_learner.h"

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

std::vector<torch::Tensor> copies(const SupervisedLearner& learner) {
  std::vector<torch::Tensor> all;
  for (const auto& [name, tensor] : learner.named_tensors()) all.push_back(tensor.detach().clone());
  return all;
}

void put_back(const SupervisedLearner& learner, const std::vector<torch::Tensor>& held) {
  torch::NoGradGuard no_grad;
  std::size_t i = 0;
  for (auto [name, tensor] : learner.named_tensors()) tensor.copy_(held[i++]);
}

/// Batches of shuffled rows, over and over.
class RowCycle {
 public:
  explicit RowCycle(const FitOptions& options)
      : rows_(options.train_rows), rng_(options.seed, "range test") {
    size_ = std::min<std::int64_t>(options.training.batch_size,
                                   static_cast<std::int64_t>(rows_.size()));
    rng_.shuffle(rows_);
  }
  const std::int64_t* next() {
    if (begin_ + size_ > static_cast<std::int64_t>(rows_.size())) {
      rng_.shuffle(rows_);
      begin_ = 0;
    }
    begin_ += size_;
    return rows_.data() + begin_ - size_;
  }
  std::int64_t size() const { return size_; }

 private:
  std::vector<std::int64_t> rows_;
  Rng rng_;
  std::int64_t size_ = 0, begin_ = 0;
};

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

RangeTest SupervisedLearner::range_test(const FitOptions& asked, RunContext& run) {
  const FitOptions options = with_batch_size(*this, asked, run);
  const auto held = copies(*this);
  Batches batches(dataset().samples, blueprint().preprocessor, blueprint().coding, device());
  batches.prepare();
  FlatParameters flat(network().parameters());
  const auto optimizer = make_optimizer(options.training.optimizer, flat);
  const auto settings = loss_settings(options.training, options.train_rows);
  network().set_mode(model::Network::Mode::kTrain);
  torch::manual_seed(derive_seed(options.seed, "range test dropout"));
  RowCycle feed(options);
  std::vector<RatePoint> points;
  double mean = 0, lowest = std::numeric_limits<double>::infinity();
  for (int step = 0; step < kRangeSteps; ++step) {
    if (run.stop.requested()) throw Error(ExitStatus::kInterrupted, options.label + ": stopped");
    const double rate =
        kFirst * std::pow(kLast / kFirst, static_cast<double>(step) / (kRangeSteps - 1));
    const std::int64_t* rows = feed.next();
    flat.zero_gradients();
    const auto loss = compute_loss(blueprint().loss,
                                   network().forward_padded(batches.inputs(rows, feed.size()),
                                                            batches.lengths(rows, feed.size())),
                                   batches.targets(rows, feed.size()), settings);
    const double value = loss.item<double>();
    if (!std::isfinite(value)) break;
    mean = kSmoothing * mean + (1 - kSmoothing) * value;
    points.push_back({rate, value, mean / (1 - std::pow(kSmoothing, step + 1))});
    lowest = std::min(lowest, points.back().smoothed);
    if (points.back().smoothed > kBlownUp * lowest) break;
    loss.backward();
    torch::NoGradGuard no_grad;
    optimizer->step(flat, {rate, options.training.momentum, options.training.weight_decay});
    run.reporter.progress({options.label + ": learning rates", static_cast<double>(step + 1),
                           static_cast<double>(kRangeSteps), "steps", ""});
  }
  run.reporter.progress_done();
  put_back(*this, held);
  return choose_rate(std::move(points));
}

}  // namespace dlwork::training
