#include "training/label_dynamics.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dlwork::training {
namespace {

/// The logarithm of softmax's shares differs as the logits do, so that no logits are needed: eq. 1
/// of Pleiss et al. 2020. A share that float32 holds as 0 counts as its least one, 87 below.
double margin_of(const float* shares, std::int64_t classes, std::int32_t label) {
  constexpr float kLeast = std::numeric_limits<float>::min();
  float other = 0;
  for (std::int64_t c = 0; c < classes; ++c) {
    if (c != label) other = std::max(other, shares[c]);
  }
  return std::log(static_cast<double>(std::max(shares[label], kLeast))) -
         std::log(static_cast<double>(std::max(other, kLeast)));
}

/// Places of rows in `train_rows`, by row.
std::vector<std::size_t> places_of(const std::vector<std::int64_t>& train_rows,
                                   std::size_t samples) {
  std::vector<std::size_t> places(samples, 0);
  for (std::size_t i = 0; i < train_rows.size(); ++i) places[train_rows[i]] = i;
  return places;
}

}  // namespace

void add_epoch(LabelDynamics& dynamics, const Outputs& seen, const std::vector<std::int64_t>& order,
               const data::Target& target, const std::vector<std::int64_t>& train_rows) {
  for (auto* means : {&dynamics.margin, &dynamics.confidence, &dynamics.variability}) {
    means->resize(train_rows.size(), 0);
  }
  const auto places = places_of(train_rows, target.codes.size());
  const auto before = static_cast<double>(dynamics.epochs);
  const double now = before + 1;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t place = places[order[i]];
    const auto label = target.codes[order[i]];
    const float* shares = seen.row(static_cast<std::int64_t>(i));
    dynamics.margin[place] +=
        (margin_of(shares, seen.columns, label) - dynamics.margin[place]) / now;
    // Welford's update (1962): the squares' sum grows by the distances from the old and new mean.
    double& mean = dynamics.confidence[place];
    double& deviation = dynamics.variability[place];
    const double off = shares[label] - mean;
    mean += off / now;
    deviation = std::sqrt((deviation * deviation * before + off * (shares[label] - mean)) / now);
  }
  ++dynamics.epochs;
}

}  // namespace dlwork::training
