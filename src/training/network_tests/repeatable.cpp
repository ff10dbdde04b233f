#include <algorithm>
#include <cmath>

#include "dlwork/base/temporary_folder.h"
#include "dlwork/base/text.h"
#include "training/network_tests/tests.h"

/// That the same comes out again: by another way, from a file, from a seed, on another device.
namespace dlwork::training {
namespace {

using artefact::Finding;
using model::Network;

/// Steps after which two networks of one seed are compared.
constexpr int kSameSeedSteps = 3;

Finding save_load(Probe& probe) {
  const auto subject = probe.fresh();
  probe.descend(*subject, probe.batch(), 2);  // so that running means, too, have something to keep
  const TemporaryFolder folder;
  const Outputs before = subject->predict(probe.batch());
  const auto again = subject->reload(folder.path() / "model.safetensors");
  const bool same =
      before.values == again->predict(subject->learner().dataset().samples, probe.batch()).values;
  return judge("net-save-load", same,
               same ? "saved, loaded and asked again, the network gives the same bits"
                    : "saved and loaded, the network gives other outputs",
               {{"samples", probe.batch().size()}});
}

Finding same_seed(Probe& probe) {
  const auto first = probe.fresh(), second = probe.fresh();
  probe.descend(*first, probe.batch(), kSameSeedSteps);
  probe.descend(*second, probe.batch(), kSameSeedSteps);
  std::vector<std::string> differ;
  const auto a = first->learner().named_tensors(), b = second->learner().named_tensors();
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!torch::equal(a[i].second, b[i].second)) differ.push_back(a[i].first);
  }
  const std::string steps = " after " + std::to_string(kSameSeedSteps) + " steps";
  return judge("net-same-seed", differ.empty(),
               differ.empty()
                   ? "two networks of one seed are the same bits" + steps
                   : "two networks of one seed differ" + steps + " from " + differ.front() + " on",
               {{"steps", kSameSeedSteps}, {"differ", differ}});
}

/// CUDA sums in another order, so the figures agree to a tolerance alone.
Finding devices(Probe& probe) {
  if (!torch::cuda::is_available())
    return skip("net-devices", "LibTorch sees no CUDA device to compare with the CPU");
  const auto here = probe.fresh();
  here->set_mode(Network::Mode::kEvaluate);
  const auto x = here->inputs(probe.batch());
  const auto on = [&](torch::DeviceType device) {
    return x.mapped([&](const torch::Tensor& part) { return part.to(device); });
  };
  here->network().to(torch::kCPU);
  const auto on_cpu = here->outputs(on(torch::kCPU));
  here->network().to(torch::kCUDA);
  const auto on_cuda = here->outputs(on(torch::kCUDA)).to(torch::kCPU);
  const double off = largest(on_cpu - on_cuda) / std::max(1e-12, largest(on_cpu));
  const double most = probe.thresholds().device_tolerance;
  return judge(
      "net-devices", off <= most,
      "outputs on the CPU and on CUDA differ by " + percent(off) + ", at most " + percent(most),
      {{"off", off}});
}

/// One training step's loss, gradients and outputs, by one of the two ways.
struct Passed {
  double loss = 0;
  torch::Tensor gradients, outputs;
};

Passed pass(Subject& subject, Runner& runner, const Probe& probe) {
  const auto& rows = probe.batch();
  runner.gather({subject.batches(), rows.data(), static_cast<std::int64_t>(rows.size())});
  Passed passed;
  passed.loss = runner.forward(Network::Mode::kTrain, probe.options().seed);
  runner.backward();
  passed.gradients = subject.step().flat().gradients.clone();
  Outputs outputs;
  runner.append_outputs(outputs);
  passed.outputs = torch::tensor(outputs.values);
  return passed;
}

/// Training goes by planned kernels where every layer has one. The other tests look at LibTorch's
/// autograd, and so at both where the two agree.
Finding planned_path(Probe& probe) {
  const auto fast = probe.fresh(), plain = probe.fresh();
  const auto planned = fast->runner(RunnerChoice::kFastest);
  if (planned->path() != "planned") {
    return skip("net-planned-path", "training goes by " + planned->path());
  }
  const auto autograd = plain->runner(RunnerChoice::kAutograd);
  const Passed a = pass(*fast, *planned, probe), b = pass(*plain, *autograd, probe);
  const double loss = std::abs(a.loss - b.loss) / std::max(1e-12, std::abs(b.loss));
  const double gradients = rms(a.gradients - b.gradients) / std::max(1e-30, rms(b.gradients));
  const double outputs = largest(a.outputs - b.outputs) / std::max(1e-12, largest(b.outputs));
  const double most = probe.thresholds().device_tolerance;
  return judge("net-planned-path", loss <= most && gradients <= most && outputs <= most,
               "planned kernels and autograd differ by " + percent(loss) + " in the loss, " +
                   percent(gradients) + " in gradients and " + percent(outputs) +
                   " in outputs, at most " + percent(most),
               {{"loss", loss}, {"gradients", gradients}, {"outputs", outputs}});
}

}  // namespace

std::vector<TestRow> repeatable_tests() {
  return {{"net-planned-path", planned_path},
          {"net-save-load", save_load},
          {"net-same-seed", same_seed},
          {"net-devices", devices}};
}

}  // namespace dlwork::training
