#include "phase/features/projection.h"

#include <Eigen/QR>
#include <Eigen/SVD>

#include <algorithm>

#include "dlwork/base/rng.h"

namespace dlwork::phase {
namespace {

/// Directions drawn beyond those kept, and passes over the samples; on pictures they leave the
/// kept space within 1 % of the best (Halko et al., section 1.3).
constexpr std::int64_t kOversampling = 16;
constexpr int kPowerIterations = 2;

Matrix orthonormal(const Matrix& columns) {
  const Eigen::HouseholderQR<Matrix> qr(columns);
  return qr.householderQ() * Matrix::Identity(columns.rows(), columns.cols());
}

Matrix random_normal(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  Rng rng(seed, "random projection");
  Matrix drawn(rows, columns);
  for (std::int64_t i = 0; i < drawn.size(); ++i) drawn.data()[i] = static_cast<float>(rng.normal());
  return drawn;
}

}  // namespace

Projection Projection::fit(const Matrix& samples, std::int64_t components, std::uint64_t seed) {
  const std::int64_t most = std::min<std::int64_t>(samples.rows(), samples.cols());
  const std::int64_t kept = std::min(components, most);
  const std::int64_t drawn = std::min(kept + kOversampling, most);
  Projection projection;
  projection.mean_ = samples.colwise().mean();
  const Matrix centred = samples.rowwise() - projection.mean_;
  Matrix range = orthonormal(centred * random_normal(samples.cols(), drawn, seed));
  for (int i = 0; i < kPowerIterations; ++i) {
    range = orthonormal(centred * orthonormal(centred.transpose() * range));
  }
  const Eigen::MatrixXf small = range.transpose() * centred;  // [drawn, features]
  const Eigen::BDCSVD<Eigen::MatrixXf> svd(small, Eigen::ComputeThinV);
  projection.basis_ = svd.matrixV().leftCols(kept);
  const double total = centred.cast<double>().squaredNorm();
  const double held = svd.singularValues().head(kept).cast<double>().squaredNorm();
  projection.kept_variance_ = total > 0 ? held / total : 1;
  return projection;
}

Matrix Projection::apply(const Matrix& samples) const {
  return (samples.rowwise() - mean_) * basis_;
}

}  // namespace dlwork::phase
