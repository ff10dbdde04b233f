#include <algorithm>
#include <cmath>

#include "phase/readiness/models/more.h"

namespace dlwork::phase::classical {
namespace {

/// Added to every variance as a share of the largest, so that a constant feature divides by
/// something.
constexpr double kSmoothing = 1e-9;

/// Each feature of each class is a normal distribution of its own (Duda and Hart 1973; variances
/// smoothed as in scikit-learn's GaussianNB).
class Bayes final : public Model {
 public:
  std::string name() const override { return "naive Bayes"; }

  Fit fit(const Problem& problem, const Limits& limits) override {
    limits.check_stop();
    const std::int64_t columns = problem.features.cols();
    Eigen::VectorXd counts = Eigen::VectorXd::Zero(problem.outputs);
    means_ = Eigen::MatrixXd::Zero(problem.outputs, columns);
    variances_ = Eigen::MatrixXd::Zero(problem.outputs, columns);
    for (std::int64_t row = 0; row < problem.features.rows(); ++row) {
      counts[problem.classes[row]] += 1;
      means_.row(problem.classes[row]) += problem.features.row(row).cast<double>();
    }
    const Eigen::VectorXd divisors = counts.cwiseMax(1);
    means_ = divisors.cwiseInverse().asDiagonal() * means_;
    for (std::int64_t row = 0; row < problem.features.rows(); ++row) {
      const auto c = problem.classes[row];
      variances_.row(c) += (problem.features.row(row).cast<double>() - means_.row(c)).cwiseAbs2();
    }
    variances_ = divisors.cwiseInverse().asDiagonal() * variances_;
    variances_.array() += std::max(kSmoothing * largest_variance(problem.features), 1e-300);
    // A class without a row is never answered.
    priors_ = (counts / counts.sum()).array().log();
    return {"Gaussian", "", problem.features.rows()};
  }

  training::Outputs predict(const Matrix& features, const Limits& limits) override {
    training::Outputs outputs{features.rows(), means_.rows(), {}};
    outputs.values.resize(static_cast<std::size_t>(outputs.rows * outputs.columns));
    const Eigen::VectorXd constants =
        priors_ - 0.5 * variances_.array().log().matrix().rowwise().sum();
    constexpr std::int64_t kRows = 256;
    for_each_block(features.rows(), kRows, limits.threads,
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t row = begin; row < end; ++row) {
                       answer(features.row(row).cast<double>(), constants,
                              outputs.values.data() + row * outputs.columns);
                     }
                   });
    return outputs;
  }

 private:
  static double largest_variance(const Matrix& features) {
    const Eigen::RowVectorXd mean = features.cast<double>().colwise().mean();
    Eigen::RowVectorXd sums = Eigen::RowVectorXd::Zero(features.cols());
    for (std::int64_t row = 0; row < features.rows(); ++row) {
      sums += (features.row(row).cast<double>() - mean).cwiseAbs2();
    }
    return sums.size() == 0 ? 0 : sums.maxCoeff() / static_cast<double>(features.rows());
  }

  void answer(const Eigen::RowVectorXd& sample, const Eigen::VectorXd& constants,
              float* out) const {
    Eigen::VectorXd logs = constants;
    for (std::int64_t c = 0; c < logs.size(); ++c) {
      logs[c] -=
          0.5 * ((sample - means_.row(c)).array().square() / variances_.row(c).array()).sum();
    }
    const double highest = logs.maxCoeff();
    const Eigen::ArrayXd shares = (logs.array() - highest).exp();
    Eigen::Map<Eigen::ArrayXf>(out, logs.size()) = (shares / shares.sum()).cast<float>();
  }

  Eigen::MatrixXd means_, variances_;  ///< classes x features
  Eigen::VectorXd priors_;             ///< logarithms
};

}  // namespace

std::unique_ptr<Model> make_bayes() { return std::make_unique<Bayes>(); }

}  // namespace dlwork::phase::classical
