#include "training/memory.h"

#include <c10/core/DeviceGuard.h>
#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <new>
#include <optional>

#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"
#include "dlwork/training/supervised.h"
#include "model/shape_rules.h"

namespace dlwork::training {
namespace {

/// Weights, gradients, up to two moments, and the best epoch's weights.
constexpr std::uint64_t kCopiesOfWeights = 5;
/// On top of what is kept: gradients on their way down and the workspace of convolutions.
constexpr double kTransientFactor = 1.5;
/// Share of the memory that training should leave to the data and the system.
constexpr double kSpare = 0.2;

/// Of this program, on this machine.
std::atomic<std::uint64_t> processes_here{1};

std::uint64_t own_memory_bytes() { return usable_memory_bytes() / processes_here; }

/// What the CUDA runtime that LibTorch has loaded says; a LibTorch without CUDA has none to link
/// to.
std::optional<std::uint64_t> free_cuda_bytes(const torch::Device& device) {
  using MemoryOf = int (*)(std::size_t * free, std::size_t * total);
  const auto ask = reinterpret_cast<MemoryOf>(::dlsym(RTLD_DEFAULT, "cudaMemGetInfo"));
  if (ask == nullptr) return std::nullopt;
  c10::OptionalDeviceGuard guard;
  if (device.has_index()) guard.reset_device(device);
  std::size_t free = 0, total = 0;
  if (ask(&free, &total) != 0) return std::nullopt;
  return free;
}

std::uint64_t bytes_of(const model::Shape& shape) {
  std::uint64_t bytes = sizeof(float);
  for (const auto size : shape) bytes *= static_cast<std::uint64_t>(size);
  return bytes;
}

/// Scores of T x T steps, their softmax and what dropout leaves of it. T: steps.
std::uint64_t attention_weights(const model::PlannedLayer& layer, std::int64_t heads) {
  return bytes_of({3 * heads, layer.input[0], layer.input[0]});
}

/// What does not show in the output's shape: of recurrent layers the gates of every step, their
/// inputs' sums and the states; of attention its weights, and all between input and output.
std::uint64_t kept_inside(const model::PlannedLayer& layer) {
  const auto of = [&](const auto& options) {
    const std::int64_t directions = options.bidirectional ? 2 : 1;
    return bytes_of({layer.input[0], options.layers * directions, 6 * options.units});
  };
  if (const auto* gru = std::get_if<spec::Gru>(&layer.spec.options)) return of(*gru);
  if (const auto* lstm = std::get_if<spec::Lstm>(&layer.spec.options)) return of(*lstm);
  if (const auto* attention = std::get_if<spec::Attention>(&layer.spec.options)) {
    return attention_weights(layer, attention->heads) +
           bytes_of({layer.input[0], 3 * layer.input[1]});
  }
  if (const auto* encoder = std::get_if<spec::TransformerEncoder>(&layer.spec.options)) {
    const std::int64_t channels = layer.input[1];
    const std::int64_t width = 8 * channels + 2 * model::feedforward_width(*encoder, channels);
    return static_cast<std::uint64_t>(encoder->layers) *
           (attention_weights(layer, encoder->heads) + bytes_of({layer.input[0], width}));
  }
  return 0;
}

void add_outputs(const std::vector<model::PlannedLayer>& layers, MemoryNeed& need) {
  for (const auto& layer : layers) {
    add_outputs(layer.inner, need);
    need.per_sample += kept_inside(layer);
    if (need.largest_name.empty() || bytes_of(layer.output) > bytes_of(need.largest_shape)) {
      need.largest_name = layer.name;
      need.largest_shape = layer.output;
    }
    const bool in_place =
        layer.may_overwrite && std::holds_alternative<spec::Relu>(layer.spec.options);
    if (!in_place) need.per_sample += bytes_of(layer.output);
  }
}

std::string sizes_text(const MemoryNeed& need, std::int64_t batch_size, std::uint64_t available) {
  model::Shape largest{batch_size};
  largest.insert(largest.end(), need.largest_shape.begin(), need.largest_shape.end());
  return "weights, gradients and moments take " + pretty_bytes(need.fixed) + "; a batch of " +
         grouped(batch_size) + " at least " +
         pretty_bytes(static_cast<std::uint64_t>(batch_size) * need.per_sample) + ", " +
         pretty_bytes(need.per_sample) + " a sample, the largest tensor " +
         model::to_text(largest) + " of layer " + need.largest_name + " " +
         pretty_bytes(bytes_of(largest)) + "; " + pretty_bytes(available) + " may be taken";
}

std::string advice(const MemoryNeed& need, std::int64_t batch_size, std::uint64_t available) {
  const std::int64_t fits = std::min(batch_that_fits(need, available), batch_size / 2);
  if (fits < 1) return "make the network's layers smaller, or pool before the first linear layer";
  return "set training.batch_size: " + std::to_string(fits) + ", which should fit";
}

}  // namespace

std::uint64_t weight_bytes(std::int64_t parameters) {
  return kCopiesOfWeights * sizeof(float) * static_cast<std::uint64_t>(parameters);
}

MemoryNeed memory_need(const std::vector<model::PlannedLayer>& layers,
                       const data::FeatureShape& features) {
  MemoryNeed need;
  need.fixed = weight_bytes(model::parameter_count(layers, features));
  need.per_sample = bytes_of(features.dims);
  add_outputs(layers, need);
  return need;
}

MemoryNeed memory_need(const SupervisedLearner& learner) {
  return memory_need(learner.network().layers(), learner.blueprint().preprocessor.shape());
}

std::int64_t batch_that_fits(const MemoryNeed& need, std::uint64_t available) {
  const double room =
      (1 - kSpare) * static_cast<double>(available) - static_cast<double>(need.fixed);
  const double samples = room / (kTransientFactor * static_cast<double>(need.per_sample));
  std::int64_t batch = 1;
  while (2 * static_cast<double>(batch) <= samples) batch *= 2;
  return samples < 1 ? 0 : batch;
}

void set_up_memory(int processes) { processes_here = static_cast<std::uint64_t>(processes); }

std::uint64_t available_memory_bytes(const torch::Device& device) {
  if (!device.is_cuda()) return own_memory_bytes();
  static std::mutex mutex;
  static std::map<int, std::uint64_t> first;
  const std::lock_guard<std::mutex> lock(mutex);
  const auto [known, is_new] = first.emplace(device.index(), 0);
  if (is_new) known->second = free_cuda_bytes(device).value_or(own_memory_bytes());
  return known->second;
}

std::uint64_t memory_for(const spec::Training& training, const torch::Device& device) {
  const std::uint64_t available = available_memory_bytes(device);
  const auto most = static_cast<std::uint64_t>(training.memory.bytes);
  return most > 0 ? std::min(available, most) : available;
}

bool is_out_of_memory(const std::exception& problem) {
  if (dynamic_cast<const std::bad_alloc*>(&problem) != nullptr) return true;
  // Ours are told already, by another process perhaps, whose sizes are its own.
  if (dynamic_cast<const Error*>(&problem) != nullptr) return false;
  const std::string text = problem.what();
  // "can't allocate memory" of LibTorch on Linux, "out of memory" of CUDA.
  for (const char* words : {"not enough memory", "out of memory", "allocate memory"}) {
    if (text.find(words) != std::string::npos) return true;
  }
  return false;
}

FitError out_of_memory(const std::string& what, const MemoryNeed& need, std::int64_t batch_size,
                       std::uint64_t available) {
  return {FitError::Cause::kMemory, what + ": " + sizes_text(need, batch_size, available),
          advice(need, batch_size, available)};
}

void check_memory(const MemoryNeed& need, std::int64_t batch_size, std::uint64_t available) {
  if (need.of(batch_size) <= available) return;
  throw out_of_memory("not enough memory to train", need, batch_size, available);
}

}  // namespace dlwork::training
