#include <Eigen/Cholesky>

#include <cmath>
#include <limits>

#include "dlwork/base/text.h"
#include "phase/readiness/models/model.h"

namespace dlwork::phase::classical {
namespace {

constexpr double kRidgeLambdas[] = {1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10};
/// The same as settings to be given, the usual one first.
constexpr double kRidgeChoices[] = {1e-3, 1e-2, 1e-1, 1, 1e-4, 10, 1e-5};
constexpr std::int64_t kRidgeBlock = 4096;

/// Normal equations of centred features and targets, in double: X'X / N and X'y / N.
struct Moments {
  Eigen::RowVectorXd mean;
  double target_mean = 0;
  Eigen::MatrixXd squares;
  Eigen::VectorXd products;
};

Moments moments_of(const Matrix& features, const Eigen::VectorXf& values) {
  Moments moments;
  const auto count = static_cast<double>(features.rows());
  moments.mean = features.cast<double>().colwise().sum() / count;
  moments.target_mean = values.cast<double>().sum() / count;
  moments.squares.setZero(features.cols(), features.cols());
  moments.products.setZero(features.cols());
  for (std::int64_t begin = 0; begin < features.rows(); begin += kRidgeBlock) {
    const std::int64_t rows = std::min<std::int64_t>(kRidgeBlock, features.rows() - begin);
    const Eigen::MatrixXd centred =
        features.middleRows(begin, rows).cast<double>().rowwise() - moments.mean;
    moments.squares.selfadjointView<Eigen::Lower>().rankUpdate(centred.transpose());
    moments.products.noalias() +=
        centred.transpose() *
        (values.segment(begin, rows).cast<double>().array() - moments.target_mean).matrix();
  }
  moments.squares /= count;
  moments.products /= count;
  return moments;
}

struct Plane {
  Eigen::VectorXd weights;
  double intercept = 0;
};

/// (X'X / N + lambda I) w = X'y / N (Hoerl and Kennard 1970, equation 2.1, with lambda N as k).
Plane solve(const Moments& moments, double lambda) {
  Eigen::MatrixXd system = moments.squares.selfadjointView<Eigen::Lower>();
  system.diagonal().array() += lambda;
  Plane plane;
  plane.weights = system.ldlt().solve(moments.products);
  plane.intercept = moments.target_mean - moments.mean.dot(plane.weights);
  return plane;
}

Eigen::VectorXd values_on(const Plane& plane, const Matrix& features) {
  return (features * plane.weights.cast<float>()).cast<double>().array() + plane.intercept;
}

class Ridge final : public Model {
 public:
  std::string name() const override { return "ridge regression"; }
  std::size_t choices() const override { return std::size(kRidgeChoices); }

  Fit fit(const Problem& problem, const Limits& limits) override {
    limits.check_stop();
    const double lambda = is_chosen()                   ? kRidgeChoices[choice_]
                          : problem.inner_check.empty() ? 1e-3
                                                        : choose(problem, limits);
    plane_ = solve(moments_of(problem.features, problem.values), lambda);
    return {"lambda " + number_text(lambda), "", problem.features.rows()};
  }

  training::Outputs predict(const Matrix& features, const Limits&) override {
    const Eigen::VectorXf values = values_on(plane_, features).cast<float>();
    return {values.size(), 1, {values.data(), values.data() + values.size()}};
  }

 private:
  static double choose(const Problem& problem, const Limits& limits) {
    const auto targets = [&](const std::vector<std::int64_t>& rows) {
      Eigen::VectorXf values(static_cast<std::int64_t>(rows.size()));
      for (std::size_t i = 0; i < rows.size(); ++i) {
        values[static_cast<std::int64_t>(i)] = problem.values[rows[i]];
      }
      return values;
    };
    const Moments moments =
        moments_of(take_rows(problem.features, problem.inner_train), targets(problem.inner_train));
    const Matrix check = take_rows(problem.features, problem.inner_check);
    const Eigen::VectorXd truth = targets(problem.inner_check).cast<double>();
    double best = kRidgeLambdas[0], least = std::numeric_limits<double>::infinity();
    int tried = 0;
    for (const double lambda : kRidgeLambdas) {
      limits.check_stop();
      const double error = (values_on(solve(moments, lambda), check) - truth).squaredNorm();
      limits.progress(++tried, std::size(kRidgeLambdas), "penalties");
      if (error < least) {
        least = error;
        best = lambda;
      }
    }
    return best;
  }

  Plane plane_;
};

}  // namespace

std::unique_ptr<Model> make_ridge() { return std::make_unique<Ridge>(); }

}  // namespace dlwork::phase::classical
