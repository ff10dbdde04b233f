#include "training/network_tests/idle_bias.h"

#include <set>

#include "dlwork/base/text.h"
#include "model/shape_rules.h"
#include "training/network_tests/tests.h"

namespace dlwork::training {
namespace {

using model::PlannedLayer;

/// Layers whose output moves by as much as all of a channel did, by the shape that comes in.
struct PassesShift {
  const model::Shape& input;

  bool operator()(const spec::MaxPool2d&) const { return true; }
  bool operator()(const spec::AvgPool2d&) const { return true; }
  bool operator()(const spec::MaxPool1d&) const { return true; }
  bool operator()(const spec::AvgPool1d&) const { return true; }
  bool operator()(const spec::GlobalAvgPool&) const { return true; }
  bool operator()(const spec::GlobalMaxPool&) const { return true; }
  bool operator()(const spec::AdaptiveAvgPool&) const { return true; }
  bool operator()(const spec::AdaptiveMaxPool&) const { return true; }
  bool operator()(const spec::Upsample&) const { return true; }
  bool operator()(const spec::ToSequence&) const { return true; }
  bool operator()(const spec::Identity&) const { return true; }
  /// Each number of a flat picture moves by as much in all samples. Behind the end of a short
  /// series there is no bias.
  bool operator()(const spec::Flatten&) const { return !model::is_sequence(input); }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

/// Goes through a network from its end to its start. `taken` says of a place whether a shift of
/// channels is taken away behind it; each call gives that of the place before the layer.
class Backwards {
 public:
  bool layers(const std::vector<PlannedLayer>& all, const std::string& prefix, bool taken) {
    for (std::size_t i = all.size(); i-- > 0;) taken = layer(all[i], name(prefix, i), taken);
    return taken;
  }

  /// Where a bias would be idle, whether the layer there has one or not.
  std::set<std::string> places;

 private:
  static std::string name(const std::string& prefix, std::size_t i) {
    return prefix + std::to_string(i) + ".";
  }

  bool layer(const PlannedLayer& one, const std::string& prefix, bool taken) {
    const auto& options = one.spec.options;
    if (std::holds_alternative<spec::Concat>(options)) return branches(one.inner, prefix, taken);
    if (std::holds_alternative<spec::Sequential>(options)) return layers(one.inner, prefix, taken);
    if (std::holds_alternative<spec::Residual>(options)) {
      return layers(one.inner, prefix, taken) && taken;  // the shortcut passes it on
    }
    if (taken) places.insert(prefix + "bias");
    return std::holds_alternative<spec::BatchNorm>(options) ||
           (taken && std::visit(PassesShift{one.input}, options));
  }

  bool branches(const std::vector<PlannedLayer>& all, const std::string& prefix, bool taken) {
    bool by_all = true;
    for (std::size_t i = 0; i < all.size(); ++i) {
      by_all = layer(all[i], name(prefix, i), taken) && by_all;
    }
    return by_all;
  }
};

}  // namespace

std::vector<std::string> idle_biases(const model::Network& network) {
  Backwards backwards;
  backwards.layers(network.layers(), "", false);
  std::vector<std::string> names;
  for (const auto& [name, parameter] : network.parameters()) {
    // A layer norm over pictures shifts each pixel by another number.
    if (backwards.places.count(name) > 0 && parameter.dim() == 1) names.push_back(name);
  }
  return names;
}

artefact::Finding test_idle_biases(const model::Network& network) {
  const auto idle = idle_biases(network);
  return judge("net-idle-bias", idle.empty(),
               idle.empty() ? "no bias is taken away again by a batch norm"
                            : "a batch norm takes " + join_words(idle) + " away again",
               {{"biases", idle}}, artefact::Severity::kWarn);
}

}  // namespace dlwork::training
