#include "phase/features/projection.h"

#include <Eigen/Eigenvalues>
#include <Eigen/QR>

#include <algorithm>
#include <cmath>

#include "dlwork/base/rng.h"

namespace dlwork::phase {
namespace {

/// Directions drawn beyond those kept, and passes over the samples; on pictures they leave the
/// kept space within 1 % of the best (Halko et al., section 1.3).
constexpr std::int64_t kOversampling = 16;
constexpr int kPowerIterations = 2;
/// Share of the first component's variance below which a direction is rounding, and left zero.
constexpr double kNoVariance = 1e-12;

Matrix orthonormal(const Matrix& columns) {
  const Eigen::HouseholderQR<Matrix> qr(columns);
  return qr.householderQ() * Matrix::Identity(columns.rows(), columns.cols());
}

Matrix random_normal(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  Rng rng(seed, "random projection");
  Matrix drawn(rows, columns);
  for (std::int64_t i = 0; i < drawn.size(); ++i)
    drawn.data()[i] = static_cast<float>(rng.normal());
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
  const Eigen::MatrixXd small = (range.transpose() * centred).cast<double>();  // [drawn, features]
  // Its right singular vectors by way of the left ones, of which there are few. Eigenvalues ascend.
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> left(small * small.transpose());
  const Eigen::VectorXd squares = left.eigenvalues().tail(kept).reverse().cwiseMax(0);
  projection.basis_ = Matrix::Zero(samples.cols(), kept);
  for (std::int64_t i = 0; i < kept && squares[i] > kNoVariance * squares[0]; ++i) {
    const Eigen::VectorXd vector = small.transpose() * left.eigenvectors().col(drawn - 1 - i);
    projection.basis_.col(i) = (vector / std::sqrt(squares[i])).cast<float>();
  }
  const double total = centred.cast<double>().squaredNorm();
  const double held = squares.sum();
  projection.kept_variance_ = total > 0 ? held / total : 1;
  return projection;
}

Matrix Projection::apply(const Matrix& samples) const {
  return (samples.rowwise() - mean_) * basis_;
}

}  // namespace dlwork::phase
