#include <cstdlib>
#include <string_view>

#include "training/graph_runner.h"

namespace dlwork::training {
namespace {

constexpr char kSwitch[] = "DLWORK_CUDA_GRAPHS";

/// A graph does the same work each time, without asking the device anything between. cuDNN's
/// recurrent layers copy lengths from the host; the gradient of an embedding counts on the host
/// how many rows were met.
bool asks_the_host(const model::PlannedLayer& layer) {
  const auto& options = layer.spec.options;
  return std::holds_alternative<spec::Gru>(options) ||
         std::holds_alternative<spec::Lstm>(options) ||
         std::holds_alternative<spec::Embedding>(options) ||
         std::holds_alternative<spec::TokenEmbedding>(options);
}

std::string obstacle_among(const std::vector<model::PlannedLayer>& layers) {
  for (const auto& layer : layers) {
    if (asks_the_host(layer)) return layer.name + " cannot be captured as a CUDA graph";
    const std::string inside = obstacle_among(layer.inner);
    if (!inside.empty()) return inside;
  }
  return "";
}

}  // namespace

std::string graph_obstacle(const SupervisedLearner& learner, const spec::Training& training,
                           int processes) {
  const char* asked = std::getenv(kSwitch);
  if (asked != nullptr && std::string_view(asked) == "off") return std::string(kSwitch) + "=off";
  // NCCL looks after its work on a thread of its own, with calls that end a capture on any other.
  if (processes > 1) return "processes train together";
  if (training.augment.mixup > 0 || training.augment.cutmix > 0) return "samples are mixed";
  if (is_ragged(learner.dataset().samples, learner.blueprint().preprocessor)) {
    return "series end early";
  }
  if (learner.network().has_replaced()) return "a layer was replaced by another module";
  return obstacle_among(learner.network().layers());
}

}  // namespace dlwork::training
