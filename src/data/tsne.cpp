#include "dlwork/data/tsne.h"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <limits>

#include "dlwork/data/pca.h"

namespace dlwork::data {
namespace {

using Eigen::ArrayXd;
using Eigen::ArrayXXd;
using PointMatrix = Eigen::MatrixXd;

constexpr double kExaggeration = 12;  // of section 3.4, with the factor that became customary
constexpr int kExaggerated = 250;     // iterations
constexpr double kLeast = 1e-12;

/// Rows in the first components, which hold nearly all of the distances: [rows, components].
PointMatrix project(const float* values, std::int64_t rows, std::int64_t columns, std::int64_t most) {
  const Pca pca = fit_pca(values, rows, columns, Scaling::kCentre);
  const auto count = std::min<std::int64_t>(most, static_cast<std::int64_t>(pca.variances.size()));
  PointMatrix projected = PointMatrix::Zero(rows, most);
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t k = 0; k < count; ++k) {
      double sum = 0;
      for (std::int64_t c = 0; c < columns; ++c) {
        sum += (values[r * columns + c] - pca.mean[c]) * pca.components[k * columns + c];
      }
      projected(r, k) = sum;
    }
  }
  return projected;
}

PointMatrix squared_distances(const PointMatrix& points) {
  const Eigen::VectorXd squares = points.rowwise().squaredNorm();
  PointMatrix distances = -2 * points * points.transpose();
  distances.colwise() += squares;
  distances.rowwise() += squares.transpose();
  return distances.cwiseMax(0);
}

/// p(j|i) of equation 1 for one point: the width of its Gaussian is searched until the entropy is
/// that of the perplexity (section 2).
ArrayXd neighbours(const ArrayXd& distances, Eigen::Index self, double perplexity) {
  const double wanted = std::log(perplexity);
  double precision = 1, low = 0, high = std::numeric_limits<double>::infinity();
  // Shifted by the least, so that far points do not underflow all at once.
  ArrayXd others = distances;
  others(self) = std::numeric_limits<double>::infinity();
  others -= others.minCoeff();
  ArrayXd weights;
  for (int step = 0; step < 100; ++step) {
    weights = (-others * precision).exp();
    weights(self) = 0;
    const double sum = weights.sum();
    weights /= sum;
    double mean = 0;
    for (Eigen::Index j = 0; j < weights.size(); ++j) {
      if (weights(j) > 0) mean += weights(j) * others(j);
    }
    const double entropy = std::log(sum) + precision * mean;
    if (std::abs(entropy - wanted) < 1e-5) break;
    if (entropy > wanted) {
      low = precision;
      precision = std::isinf(high) ? precision * 2 : (precision + high) / 2;
    } else {
      high = precision;
      precision = (precision + low) / 2;
    }
  }
  return weights;
}

/// The joint probabilities of section 3.1: symmetric, summing to 1.
PointMatrix joint_probabilities(const PointMatrix& points, double perplexity) {
  const PointMatrix distances = squared_distances(points);
  const Eigen::Index n = points.rows();
  PointMatrix conditional(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    conditional.row(i) =
        neighbours(distances.row(i).transpose().array(), i, perplexity).transpose();
  }
  return ((conditional + conditional.transpose()) / (2.0 * static_cast<double>(n)))
      .cwiseMax(kLeast);
}

/// 1 / (1 + distance^2) between the map's points, 0 with itself.
PointMatrix closeness(const PointMatrix& map) {
  PointMatrix close = (1 + squared_distances(map).array()).inverse().matrix();
  close.diagonal().setZero();
  return close;
}

/// Gradient descent with momentum and a gain for each coordinate (section 3.4).
void descend(const PointMatrix& probabilities, int iterations, PointMatrix& map) {
  const auto n = static_cast<double>(map.rows());
  const double rate = std::max(n / kExaggeration / 4, 50.0);
  PointMatrix speed = PointMatrix::Zero(map.rows(), 2);
  ArrayXXd gains = ArrayXXd::Ones(map.rows(), 2);
  for (int iteration = 0; iteration < iterations; ++iteration) {
    const double factor = iteration < kExaggerated ? kExaggeration : 1;
    const PointMatrix close = closeness(map);
    const PointMatrix pull =
        ((factor * probabilities - (close / close.sum()).cwiseMax(kLeast)).array() * close.array())
            .matrix();
    // Equation 5: 4 sum_j (p_ij - q_ij) (y_i - y_j) / (1 + |y_i - y_j|^2).
    const PointMatrix gradient = 4 * (pull.rowwise().sum().asDiagonal() * map - pull * map);
    const auto turned = (gradient.array() * speed.array() < 0);
    gains = turned.select(gains + 0.2, gains * 0.8).max(0.01);
    const double momentum = iteration < kExaggerated ? 0.5 : 0.8;
    speed = momentum * speed - rate * (gains * gradient.array()).matrix();
    map += speed;
    map.rowwise() -= map.colwise().mean();
  }
}

double divergence_of(const PointMatrix& probabilities, const PointMatrix& map) {
  const PointMatrix close = closeness(map);
  const ArrayXXd q = (close / close.sum()).cwiseMax(kLeast).array();
  return (probabilities.array() * (probabilities.array() / q).log()).sum();
}

}  // namespace

std::vector<float> first_components(const float* values, std::int64_t rows, std::int64_t columns,
                                    std::int64_t most) {
  const std::int64_t count = std::min({most, columns, rows});
  const PointMatrix projected = project(values, rows, columns, count);
  std::vector<float> components;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t k = 0; k < count; ++k)
      components.push_back(static_cast<float>(projected(r, k)));
  }
  return components;
}

Map tsne(const float* values, std::int64_t rows, std::int64_t columns, const TsneOptions& options) {
  constexpr std::int64_t kComponents = 50, kLeastRows = 4;
  Map map{std::vector<double>(rows, 0), std::vector<double>(rows, 0), 0};
  if (rows < 2 || columns < 1) return map;
  const PointMatrix points =
      project(values, rows, columns, std::max<std::int64_t>(2, std::min(columns, kComponents)));
  PointMatrix flat = points.leftCols(2);
  const double deviation = std::sqrt((flat.col(0).array() - flat.col(0).mean()).square().mean());
  if (rows >= kLeastRows && deviation > 0) {
    flat *= 1e-4 / deviation;
    const double perplexity = std::min(options.perplexity, static_cast<double>(rows - 1) / 3);
    const PointMatrix probabilities = joint_probabilities(points, perplexity);
    descend(probabilities, options.iterations, flat);
    map.divergence = divergence_of(probabilities, flat);
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    map.x[r] = flat(r, 0);
    map.y[r] = flat(r, 1);
  }
  return map;
}

}  // namespace dlwork::data
