#include "training/batch_size.h"

#include <algorithm>
#include <optional>

#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"

namespace dlwork::training {
namespace {

constexpr std::int64_t kLargestBatch = 512;
constexpr std::int64_t kSmallestBatch = 16;
constexpr std::int64_t kStepsAnEpoch = 50;
constexpr std::uint64_t kMostToEvaluate = std::uint64_t{1} << 30;  ///< bytes
constexpr std::uint64_t kPartToEvaluate = 4;                       ///< of the machine's memory

/// Where a batch of this size would not fit.
std::optional<BatchSize> what_fits(const MemoryNeed& need, std::int64_t size,
                                   std::uint64_t available) {
  const std::int64_t fits = std::max<std::int64_t>(1, batch_that_fits(need, available));
  if (fits >= size) return std::nullopt;
  return BatchSize{fits, "more would not fit: a sample takes " + pretty_bytes(need.per_sample) +
                             " beside " + pretty_bytes(need.fixed) + " for the weights, and " +
                             pretty_bytes(available) + " are there"};
}

}  // namespace

BatchSize choose_batch_size(const MemoryNeed& need, std::int64_t samples, std::uint64_t available) {
  std::int64_t size = kLargestBatch;
  while (size > kSmallestBatch && samples / size < kStepsAnEpoch) size /= 2;
  if (const auto less = what_fits(need, size, available)) return *less;
  if (size == kLargestBatch) return {size, "the largest that is tried"};
  const std::string of_samples = " of " + grouped(samples) + " samples";
  if (samples / size < kStepsAnEpoch) {
    return {size, "the smallest that is tried, for an epoch" + of_samples + " has few steps"};
  }
  return {size, "a larger one would leave an epoch" + of_samples + " less than " +
                    std::to_string(kStepsAnEpoch) + " steps"};
}

std::int64_t evaluation_batch(const MemoryNeed& need, std::uint64_t machine_bytes) {
  MemoryNeed values = need;
  values.fixed = 0;  // of what training adds to the weights nothing is new here
  const std::uint64_t room = std::min(kMostToEvaluate, machine_bytes / kPartToEvaluate);
  return std::clamp<std::int64_t>(batch_that_fits(values, room), 1, kLargestBatch);
}

std::int64_t evaluation_batch(const SupervisedLearner& learner) {
  return evaluation_batch(memory_need(learner), usable_memory_bytes());
}

BatchSize usual_batch_size(const MemoryNeed& need, std::int64_t usual, std::uint64_t available) {
  if (const auto less = what_fits(need, usual, available)) return *less;
  return {usual, "the usual one, for how many samples an epoch has is not known before it"};
}

FitOptions with_batch_size(const FitOptions& options, const BatchSize& chosen, RunContext& run) {
  FitOptions sized = options;
  if (options.training.batch_size > 0) return sized;
  sized.training.batch_size = chosen.size;
  run.reporter.info(options.label + ": batch size " + std::to_string(chosen.size) + ": " +
                    chosen.why);
  return sized;
}

FitOptions with_batch_size(const SupervisedLearner& learner, const FitOptions& options,
                           RunContext& run) {
  const auto samples = static_cast<std::int64_t>(options.train_rows.size());
  return with_batch_size(options,
                         choose_batch_size(memory_need(learner), samples,
                                           memory_for(options.training, learner.device())),
                         run);
}

}  // namespace dlwork::training
