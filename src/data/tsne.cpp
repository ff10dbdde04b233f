#include "dlwork/data/tsne.h"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/tsne_forces.h"
#include "dlwork/data/pca.h"

namespace dlwork::data {
namespace {

using Eigen::ArrayXd;
using PointMatrix = Eigen::MatrixXd;
using Probabilities = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr double kExaggeration = 12;  // of section 3.4, with the factor that became customary
constexpr int kExaggerated = 250;     // iterations
constexpr double kLeast = 1e-12;

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
Probabilities joint_probabilities(const PointMatrix& points, double perplexity) {
  const PointMatrix distances = squared_distances(points);
  const Eigen::Index n = points.rows();
  Probabilities conditional(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    conditional.row(i) =
        neighbours(distances.col(i).array(), i, perplexity).cast<float>().matrix().transpose();
  }
  Probabilities joint = conditional + conditional.transpose();
  joint /= 2 * static_cast<float>(n);
  return joint.cwiseMax(static_cast<float>(kLeast));
}

/// A map whose points are moved.
struct Points {
  std::vector<float> x, y;
};

void centre(std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) sum += value;
  const auto mean = static_cast<float>(sum / static_cast<double>(values.size()));
  for (float& value : values) value -= mean;
}

/// One coordinate of a point: its speed and gain (section 3.4).
struct Motion {
  float speed = 0, gain = 1;
  float step(float gradient, float momentum, float rate) {
    gain = gradient * speed < 0 ? gain + 0.2F : std::max(gain * 0.8F, 0.01F);
    speed = momentum * speed - rate * gain * gradient;
    return speed;
  }
};

/// Gradient descent with momentum and a gain for each coordinate (section 3.4).
void descend(const Probabilities& probabilities, int iterations, Points& map) {
  const auto n = static_cast<std::int64_t>(map.x.size());
  const auto rate = static_cast<float>(std::max(static_cast<double>(n) / kExaggeration / 4, 50.0));
  std::vector<Motion> along_x(n), along_y(n);
  std::vector<MapForce> forces(n);
  for (int iteration = 0; iteration < iterations; ++iteration) {
    const bool early = iteration < kExaggerated;
    const float factor = early ? static_cast<float>(kExaggeration) : 1,
                momentum = early ? 0.5F : 0.8F;
    double closeness = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      forces[i] = force_on(map.x.data(), map.y.data(), probabilities.row(i).data(), n, i);
      closeness += forces[i].closeness;
    }
    const auto share = static_cast<float>(1 / closeness);
    for (std::int64_t i = 0; i < n; ++i) {
      const MapForce& force = forces[i];
      map.x[i] +=
          along_x[i].step(4 * (factor * force.pull_x - share * force.push_x), momentum, rate);
      map.y[i] +=
          along_y[i].step(4 * (factor * force.pull_y - share * force.push_y), momentum, rate);
    }
    centre(map.x);
    centre(map.y);
  }
}

/// Kullback-Leibler, of q from p.
double divergence_of(const Probabilities& probabilities, const Points& map) {
  const auto n = static_cast<std::int64_t>(map.x.size());
  double closeness = 0, sum = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    closeness += force_on(map.x.data(), map.y.data(), probabilities.row(i).data(), n, i).closeness;
  }
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      if (i == j) continue;
      const double dx = map.x[i] - map.x[j], dy = map.y[i] - map.y[j];
      const double q = std::max(kLeast, 1 / (1 + dx * dx + dy * dy) / closeness);
      sum += probabilities(i, j) * std::log(probabilities(i, j) / q);
    }
  }
  return sum;
}

}  // namespace

Map tsne(const float* values, std::int64_t rows, std::int64_t columns, const TsneOptions& options) {
  constexpr std::int64_t kComponents = 50, kLeastRows = 4;
  Map map{std::vector<double>(rows, 0), std::vector<double>(rows, 0), 0};
  if (rows < 2 || columns < 1) return map;
  // The first components hold nearly all of the distances.
  const Scores scores = principal_scores(values, rows, columns, kComponents);
  const Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>
      components(scores.values.data(), rows, scores.columns);
  const PointMatrix points = components.cast<double>();
  PointMatrix flat = PointMatrix::Zero(rows, 2);
  flat.leftCols(std::min<Eigen::Index>(2, points.cols())) =
      points.leftCols(std::min<Eigen::Index>(2, points.cols()));
  const double deviation = std::sqrt((flat.col(0).array() - flat.col(0).mean()).square().mean());
  if (rows >= kLeastRows && deviation > 0) {
    flat *= 1e-4 / deviation;
    const double perplexity = std::min(options.perplexity, static_cast<double>(rows - 1) / 3);
    const Probabilities probabilities = joint_probabilities(points, perplexity);
    Points moved;
    for (std::int64_t r = 0; r < rows; ++r) {
      moved.x.push_back(static_cast<float>(flat(r, 0)));
      moved.y.push_back(static_cast<float>(flat(r, 1)));
    }
    descend(probabilities, options.iterations, moved);
    map.divergence = divergence_of(probabilities, moved);
    map.x.assign(moved.x.begin(), moved.x.end());
    map.y.assign(moved.y.begin(), moved.y.end());
    return map;
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    map.x[r] = flat(r, 0);
    map.y[r] = flat(r, 1);
  }
  return map;
}

}  // namespace dlwork::data
