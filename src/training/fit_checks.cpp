#include "training/fit_checks.h"

#include <algorithm>

#include "dlwork/base/group.h"
#include "training/autocast.h"
#include "training/batch_size.h"
#include "training/mixing.h"

namespace dlwork::training {
std::int64_t least_batch(const SupervisedLearner& learner, int processes) {
  return processes > 1 && learner.network().has_batch_norm() ? 2 * processes : 2;
}

std::vector<std::int64_t> batch_bounds(std::int64_t samples, std::int64_t batch_size,
                                       std::int64_t least) {
  std::vector<std::int64_t> bounds;
  for (std::int64_t begin = 0; begin < samples; begin += batch_size) bounds.push_back(begin);
  if (bounds.size() > 1 && samples - bounds.back() < least) bounds.pop_back();
  bounds.push_back(samples);
  return bounds;
}

void check_batch_norm(const model::Network& network, std::int64_t batch_size,
                      std::int64_t samples) {
  if (!network.has_batch_norm() || std::min(samples, batch_size) >= 2) return;
  throw Error(ExitStatus::kUsage,
              Diagnostic{{},
                         "training.batch_size",
                         "batch_norm needs at least 2 samples in a batch, and there are " +
                             std::to_string(batch_size) + " in one and " + std::to_string(samples) +
                             " in all",
                         "raise training.batch_size, or use layer_norm"});
}

void check_batches(const SupervisedLearner& learner, const FitOptions& options, int processes) {
  const auto all = static_cast<std::int64_t>(options.train_rows.size());
  const std::int64_t samples = all / processes;
  if (all > 0 && samples == 0) {
    throw Error(ExitStatus::kUsage,
                options.label + ": " + std::to_string(processes) + " processes cannot share " +
                    std::to_string(all) + " training samples",
                "start fewer processes");
  }
  if (samples == 0) {
    throw Error(ExitStatus::kInput, options.label + ": the training part is empty");
  }
  check_batch_norm(learner.network(), options.training.batch_size, samples);
  check_memory(memory_need(learner), std::min(samples, options.training.batch_size),
               memory_for(options.training, learner.device()));
}

void check_precision(const spec::Training& training, const torch::Device& device) {
  if (training.precision != "float16" || device.is_cuda() || kHalfOnCpu) return;
  throw Error(ExitStatus::kUsage,
              Diagnostic{{},
                         "training.precision",
                         "float16 on the CPU needs LibTorch 2.4 or newer, and this is " +
                             std::string(TORCH_VERSION),
                         "use bfloat16, or a CUDA device"});
}

FitOptions checked_options(const SupervisedLearner& learner, const FitOptions& asked,
                           RunContext& run) {
  FitOptions options = with_batch_size(learner, asked, run);
  check_batches(learner, options, run.group ? run.group->size() : 1);
  check_augment(options.training.augment, learner.blueprint().preprocessor);
  check_precision(options.training, learner.device());
  return options;
}

void throw_out_of_memory(const MemoryNeed& need, const torch::Device& device,
                         const FitOptions& options, RunContext& run) {
  run.reporter.progress_done();
  throw out_of_memory(options.label + ": memory ran out", need, options.training.batch_size,
                      memory_for(options.training, device));
}

}  // namespace dlwork::training
