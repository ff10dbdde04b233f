#include <algorithm>
#include <cmath>
#include <limits>

#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"
#include "phase/readiness/models/lbfgs.h"
#include "phase/readiness/models/model.h"

namespace dlwork::phase::classical {
namespace {

/// Penalties tried, strongest first, so that each fit starts from the one before.
constexpr double kLambdas[] = {1e-1, 1e-2, 1e-3, 1e-4, 1e-5};
/// The same as settings to be given, the usual one first.
constexpr double kLambdaChoices[] = {1e-3, 1e-2, 1e-4, 1e-1, 1e-5};
constexpr int kChoosingIterations = 60;
constexpr int kFinalIterations = 200;
/// Rows whose sum of gradients is kept apart; fixed, so that threads do not change the sum.
constexpr std::int64_t kBlock = 1024;

/// Row-wise log-sum-exp; scores become probabilities.
Eigen::VectorXf softmax_rows(Matrix& scores) {
  const Eigen::VectorXf highest = scores.rowwise().maxCoeff();
  scores = (scores.colwise() - highest).array().exp();
  const Eigen::VectorXf sums = scores.rowwise().sum();
  scores = sums.cwiseInverse().asDiagonal() * scores;
  return highest.array() + sums.array().log();
}

/// Mean cross-entropy + lambda / 2 |W|^2 of weights W [D, K] and intercepts b [K], which are not
/// penalised (Bishop 2006, equations 4.108 and 4.109).
class CrossEntropy {
 public:
  CrossEntropy(const Matrix& features, std::vector<std::int32_t> classes, std::int64_t outputs,
               int threads)
      : features_(features), classes_(std::move(classes)), outputs_(outputs), threads_(threads) {}

  double lambda = 0;

  std::int64_t size() const { return (features_.cols() + 1) * outputs_; }

  double operator()(const Eigen::VectorXd& at, Eigen::VectorXd& gradient) const {
    const std::int64_t inputs = features_.cols();
    const Matrix weights =
        Eigen::Map<const Eigen::MatrixXd>(at.data(), inputs, outputs_).cast<float>();
    const Eigen::RowVectorXf intercepts = at.tail(outputs_).transpose().cast<float>();
    const std::int64_t blocks = (features_.rows() + kBlock - 1) / kBlock;
    std::vector<double> losses(blocks, 0.0);
    std::vector<Matrix> weight_sums(blocks);
    std::vector<Eigen::RowVectorXf> intercept_sums(blocks);
    for_each_block(features_.rows(), kBlock, threads_, [&](std::int64_t begin, std::int64_t end) {
      const auto rows = features_.middleRows(begin, end - begin);
      Matrix scores = (rows * weights).rowwise() + intercepts;
      double loss = 0;
      for (std::int64_t i = begin; i < end; ++i) loss -= scores(i - begin, classes_[i]);
      loss += softmax_rows(scores).cast<double>().sum();
      for (std::int64_t i = begin; i < end; ++i) scores(i - begin, classes_[i]) -= 1.0f;
      losses[begin / kBlock] = loss;
      weight_sums[begin / kBlock] = rows.transpose() * scores;
      intercept_sums[begin / kBlock] = scores.colwise().sum();
    });
    return gather(at, losses, weight_sums, intercept_sums, gradient);
  }

 private:
  double gather(const Eigen::VectorXd& at, const std::vector<double>& losses,
                const std::vector<Matrix>& weight_sums,
                const std::vector<Eigen::RowVectorXf>& intercept_sums,
                Eigen::VectorXd& gradient) const {
    const std::int64_t inputs = features_.cols();
    gradient.setZero(size());
    double loss = 0;
    Eigen::Map<Eigen::MatrixXd> weights(gradient.data(), inputs, outputs_);
    for (std::size_t block = 0; block < losses.size(); ++block) {
      loss += losses[block];
      weights += weight_sums[block].cast<double>();
      gradient.tail(outputs_) += intercept_sums[block].cast<double>().transpose();
    }
    const double scale = 1.0 / static_cast<double>(features_.rows());
    gradient *= scale;
    gradient.head(inputs * outputs_) += lambda * at.head(inputs * outputs_);
    return loss * scale + lambda / 2 * at.head(inputs * outputs_).squaredNorm();
  }

  const Matrix& features_;
  std::vector<std::int32_t> classes_;
  std::int64_t outputs_;
  int threads_;
};

class Logistic final : public Model {
 public:
  std::string name() const override { return "logistic regression"; }
  std::size_t choices() const override { return std::size(kLambdaChoices); }

  Fit fit(const Problem& problem, const Limits& limits) override {
    outputs_ = problem.outputs;
    inputs_ = problem.features.cols();
    Eigen::VectorXd point = Eigen::VectorXd::Zero((inputs_ + 1) * outputs_);
    double lambda = 1e-3;
    Fit fit;
    fit.rows = problem.features.rows();
    if (is_chosen()) {
      lambda = kLambdaChoices[choice_];
    } else if (!problem.inner_check.empty()) {
      lambda = choose(problem, limits, point);
    }
    CrossEntropy objective(problem.features, problem.classes, outputs_, limits.threads);
    objective.lambda = lambda;
    const auto result = minimise(objective, point, options(limits, kFinalIterations));
    parameters_ = point;
    fit.settings =
        "lambda " + number_text(lambda) + ", " + std::to_string(result.iterations) + " iterations";
    if (!result.converged && result.iterations < kFinalIterations && limits.out_of_time()) {
      fit.cut = "time was up before it converged";
    }
    return fit;
  }

  training::Outputs predict(const Matrix& features, const Limits&) override {
    Matrix scores = scores_of(features, parameters_);
    softmax_rows(scores);
    return {scores.rows(), outputs_, {scores.data(), scores.data() + scores.size()}};
  }

 private:
  static LbfgsOptions options(const Limits& limits, int iterations) {
    LbfgsOptions options;
    options.iterations = iterations;
    options.should_stop = [&limits] {
      limits.check_stop();
      return limits.out_of_time();
    };
    return options;
  }

  Matrix scores_of(const Matrix& features, const Eigen::VectorXd& point) const {
    const Matrix weights =
        Eigen::Map<const Eigen::MatrixXd>(point.data(), inputs_, outputs_).cast<float>();
    const Eigen::RowVectorXf intercepts = point.tail(outputs_).transpose().cast<float>();
    return (features * weights).rowwise() + intercepts;
  }

  double log_loss(const Matrix& features, const std::vector<std::int32_t>& classes,
                  const Eigen::VectorXd& point) const {
    Matrix scores = scores_of(features, point);
    double loss = 0;
    for (std::int64_t i = 0; i < scores.rows(); ++i) loss -= scores(i, classes[i]);
    return (loss + softmax_rows(scores).cast<double>().sum()) / static_cast<double>(scores.rows());
  }

  /// The penalty with the lowest log-loss on the inner check rows; `point` becomes its weights.
  double choose(const Problem& problem, const Limits& limits, Eigen::VectorXd& point) {
    const auto labels = [&](const std::vector<std::int64_t>& rows) {
      std::vector<std::int32_t> codes;
      for (const auto row : rows) codes.push_back(problem.classes[row]);
      return codes;
    };
    const Matrix check = take_rows(problem.features, problem.inner_check);
    const auto check_labels = labels(problem.inner_check);
    const Matrix features = take_rows(problem.features, problem.inner_train);
    CrossEntropy objective(features, labels(problem.inner_train), outputs_, limits.threads);
    // Half of the time is for choosing, the rest for the fit on all rows.
    Limits half = limits;
    half.deadline = (limits.deadline + monotonic_seconds()) / 2;
    double best_lambda = kLambdas[0], best_loss = std::numeric_limits<double>::infinity();
    Eigen::VectorXd current = point;
    int tried = 0;
    for (const double lambda : kLambdas) {
      if (tried > 0 && half.out_of_time()) break;
      objective.lambda = lambda;
      minimise(objective, current, options(half, kChoosingIterations));
      const double loss = log_loss(check, check_labels, current);
      limits.progress(++tried, std::size(kLambdas), "penalties");
      if (loss >= best_loss) break;  // weaker penalties only overfit more
      best_loss = loss;
      best_lambda = lambda;
      point = current;
    }
    return best_lambda;
  }

  std::int64_t inputs_ = 0, outputs_ = 0;
  Eigen::VectorXd parameters_;  ///< weights [D, K] by columns, then intercepts [K]
};

}  // namespace

std::unique_ptr<Model> make_logistic() { return std::make_unique<Logistic>(); }

}  // namespace dlwork::phase::classical
