#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "data/moments.h"
#include "dlwork/base/error.h"
#include "dlwork/base/text.h"
#include "dlwork/data/pca.h"
#include "dlwork/data/preprocess.h"

namespace dlwork::data {
namespace {

using RowVector = Eigen::RowVectorXd;

/// Samples that components are fitted on, at most, spread evenly over the training part; and
/// values, which bound the memory.
constexpr std::int64_t kMostRows = 20000;
constexpr std::int64_t kMostReducedValues = std::int64_t{1} << 25;
/// Up to so many rows or features all components are found; beyond, as many as are needed.
constexpr std::int64_t kMostExact = 1024;
constexpr std::int64_t kFirstGuess = 64;
/// Samples whose features are held while their components are found.
constexpr std::int64_t kReducedBlock = 256;

[[noreturn]] void refuse_reduction(const spec::Reduce& reduce, const std::string& key,
                                   const std::string& message, const std::string& hint) {
  throw Error(ExitStatus::kUsage, Diagnostic{reduce.at, key, message, hint});
}

/// Enough components for what `keep` asks.
Pca enough_components(const float* values, std::int64_t rows, std::int64_t columns, double keep) {
  const std::int64_t all = std::min(rows, columns);
  if (all <= kMostExact) return fit_pca(values, rows, columns, Scaling::kCentre);
  if (keep >= 1) {
    return fit_first_components(values, rows, columns, static_cast<std::int64_t>(keep));
  }
  for (std::int64_t most = kFirstGuess;; most *= 2) {
    Pca pca = fit_first_components(values, rows, columns, std::min(most, all));
    const auto found = static_cast<std::int64_t>(pca.variances.size());
    if (found >= all || pca.explained().back() >= keep) return pca;
  }
}

std::vector<std::int64_t> spread(const std::vector<std::int64_t>& rows, std::int64_t most) {
  const auto count = static_cast<std::int64_t>(rows.size());
  if (count <= most) return rows;
  std::vector<std::int64_t> taken(most);
  for (std::int64_t i = 0; i < most; ++i) taken[i] = rows[i * count / most];
  return taken;
}

}  // namespace

std::string Preprocessor::Reduction::text() const {
  return grouped(components()) + " principal components keep " + pretty_number(100 * kept, 4) +
         " % of the variance of " + grouped(features()) + " features";
}

void Preprocessor::fit_reduction(const Samples& samples, const std::vector<std::int64_t>& rows,
                                 const spec::Reduce& reduce) {
  if (kind_ != Kind::kTable && kind_ != Kind::kImage) {
    refuse_reduction(
        reduce, "data.reduce",
        "principal components are made of tables and pictures, and these are of kind " +
            to_string(kind_),
        "take it out");
  }
  const std::int64_t features = shape_.size();
  const auto fitted =
      spread(rows, std::clamp<std::int64_t>(kMostReducedValues / features, 2, kMostRows));
  const auto count = static_cast<std::int64_t>(fitted.size());
  const std::int64_t most = std::min(count - 1, features);
  if (reduce.keep > static_cast<double>(std::max<std::int64_t>(1, most))) {
    refuse_reduction(reduce, "data.reduce.keep",
                     grouped(static_cast<std::int64_t>(reduce.keep)) +
                         " components cannot be had of " + grouped(features) + " features and " +
                         grouped(count) + " training samples",
                     "keep at most " + grouped(most));
  }
  std::vector<float> values(count * features);
  apply_features(samples, fitted.data(), count, values.data());
  const Pca pca =
      count < 2 ? Pca{} : enough_components(values.data(), count, features, reduce.keep);
  if (!(pca.total_variance > 0)) {
    refuse_reduction(reduce, "data.reduce",
                     "the training samples are all alike, so there are no components",
                     "take it out");
  }
  const std::int64_t kept =
      reduce.keep < 1 ? pca.components_for(reduce.keep) : static_cast<std::int64_t>(reduce.keep);
  Reduction reduction;
  reduction.mean = pca.mean;
  reduction.basis.resize(features * kept);
  double variance = 0;
  for (std::int64_t k = 0; k < kept; ++k) {
    variance += pca.variances[k];
    for (std::int64_t f = 0; f < features; ++f) {
      reduction.basis[f * kept + k] = static_cast<float>(pca.components[k * features + f]);
    }
  }
  reduction.kept = std::min(1.0, variance / pca.total_variance);
  reduction.scale = std::sqrt(static_cast<double>(kept) / variance);
  reduction_ = std::move(reduction);
  derive_reduced();
}

void Preprocessor::derive_reduced() {
  feature_names_.clear();
  shape_ = {};
  shape_.dims = {reduction_->components()};
  amounts_.resize(static_cast<std::size_t>(reduction_->components()));
  std::iota(amounts_.begin(), amounts_.end(), 0);
  for (std::int64_t k = 1; k <= reduction_->components(); ++k) {
    feature_names_.push_back("component " + std::to_string(k));
  }
}

/// Each sample by itself, so that its components are the same bits in whatever company it comes.
void Preprocessor::apply_reduced(const Samples& samples, const std::int64_t* rows,
                                 std::int64_t count, float* out) const {
  const std::int64_t features = reduction_->features(), components = reduction_->components();
  const Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>
      basis(reduction_->basis.data(), features, components);
  std::vector<float> block(std::min(count, kReducedBlock) * features);
  RowVector sum(components);
  for (std::int64_t first = 0; first < count; first += kReducedBlock) {
    const std::int64_t here = std::min(kReducedBlock, count - first);
    apply_features(samples, rows + first, here, block.data());
    for (std::int64_t i = 0; i < here; ++i, out += components) {
      sum.setZero();
      for (std::int64_t f = 0; f < features; ++f) {
        const double away = block[i * features + f] - reduction_->mean[f];
        if (away != 0) sum += away * basis.row(f).cast<double>();
      }
      for (std::int64_t k = 0; k < components; ++k) out[k] = clamped(sum[k] * reduction_->scale);
    }
  }
}

}  // namespace dlwork::data
