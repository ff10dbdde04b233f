#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "dlwork/base/rng.h"
#include "dlwork/base/text.h"
#include "phase/readiness/models/lbfgs.h"
#include "phase/readiness/models/more.h"

namespace dlwork::phase::classical {
namespace {

constexpr std::int64_t kWaves = 1000;
constexpr std::int64_t kMostMachineRows = 10'000;
constexpr int kMachineIterations = 100;
/// Rows whose sum of gradients is kept apart; fixed, so that threads do not change the sum.
constexpr std::int64_t kMachineBlock = 512;
/// Numbers: what lies closer than this share of the deviation costs nothing.
constexpr float kInsensitive = 0.1f;
/// Settings to be given, the usual ones first.
struct MachineChoice {
  double cost;   ///< weight of the loss against the penalty, C of the literature
  double gamma;  ///< of the kernel, in terms of the usual one
};
constexpr MachineChoice kMachineChoices[] = {{1, 1},     {10, 1},  {1, 0.3}, {10, 0.3},
                                             {100, 0.1}, {0.1, 1}, {1, 3}};

/// sqrt(2/D) cos(w.x + b) with w ~ N(0, 2 gamma), b uniform: products of two of these are about
/// the kernel exp(-gamma |x - y|^2) (Rahimi and Recht 2007, algorithm 1).
struct Waves {
  Matrix directions;  ///< features x waves
  Eigen::RowVectorXf phases;

  static Waves draw(std::int64_t columns, double gamma, std::uint64_t seed) {
    Rng rng(seed, "machine waves");
    Waves waves{Matrix(columns, kWaves), Eigen::RowVectorXf(kWaves)};
    const double scale = std::sqrt(2 * gamma);
    for (std::int64_t i = 0; i < waves.directions.size(); ++i) {
      waves.directions.data()[i] = static_cast<float>(scale * rng.normal());
    }
    for (std::int64_t i = 0; i < kWaves; ++i) {
      waves.phases[i] = static_cast<float>(rng.uniform(0, 2 * std::numbers::pi));
    }
    return waves;
  }
  Matrix of(const Eigen::Ref<const Matrix>& rows) const {
    static const float kScale = std::sqrt(2.0f / static_cast<float>(kWaves));
    Matrix result = (rows * directions).rowwise() + phases;
    result = result.array().cos() * kScale;
    return result;
  }
};

/// |W|^2 / 2 + C sum of squared losses: one hinge a class against the rest (L2-SVM, Fan et al.
/// 2008, section 2), or what lies outside the tube of numbers.
class SquaredHinge {
 public:
  SquaredHinge(const Matrix& waves, const Problem& problem, const std::vector<std::int64_t>& rows,
               float middle, float scale, double cost, int threads)
      : waves_(waves),
        outputs_(problem.outputs),
        is_class_(problem.is_class),
        cost_(cost),
        threads_(threads) {
    for (const auto row : rows) {
      if (is_class_) {
        classes_.push_back(problem.classes[row]);
      } else {
        values_.push_back((problem.values[row] - middle) / scale);
      }
    }
  }

  double operator()(const Eigen::VectorXd& at, Eigen::VectorXd& gradient) const {
    const std::int64_t columns = waves_.cols();
    const Matrix weights =
        Eigen::Map<const Eigen::MatrixXd>(at.data(), columns, outputs_).cast<float>();
    const Eigen::RowVectorXf offsets = at.tail(outputs_).transpose().cast<float>();
    const auto blocks = (waves_.rows() + kMachineBlock - 1) / kMachineBlock;
    std::vector<double> losses(static_cast<std::size_t>(blocks), 0.0);
    std::vector<Matrix> slopes(static_cast<std::size_t>(blocks));
    std::vector<Eigen::RowVectorXf> sums(static_cast<std::size_t>(blocks));
    for_each_block(waves_.rows(), kMachineBlock, threads_,
                   [&](std::int64_t begin, std::int64_t end) {
                     const auto rows = waves_.middleRows(begin, end - begin);
                     Matrix scores = (rows * weights).rowwise() + offsets;
                     const auto block = static_cast<std::size_t>(begin / kMachineBlock);
                     losses[block] = make_slopes(scores, begin);
                     slopes[block] = rows.transpose() * scores;
                     sums[block] = scores.colwise().sum();
                   });
    gradient.setZero(at.size());
    Eigen::Map<Eigen::MatrixXd> of_weights(gradient.data(), columns, outputs_);
    double loss = 0;
    for (std::size_t block = 0; block < losses.size(); ++block) {
      loss += losses[block];
      of_weights += slopes[block].cast<double>();
      gradient.tail(outputs_) += sums[block].cast<double>().transpose();
    }
    // Divided by the rows, so that the tolerance means the same for any number of them.
    const double share = 1.0 / static_cast<double>(waves_.rows());
    const auto penalised = at.head(columns * outputs_);
    gradient *= cost_ * share;
    gradient.head(columns * outputs_) += share * penalised;
    return share * (cost_ * loss + penalised.squaredNorm() / 2);
  }

 private:
  /// Scores become the loss's slopes; gives the loss.
  double make_slopes(Matrix& scores, std::int64_t begin) const {
    double loss = 0;
    for (std::int64_t i = 0; i < scores.rows(); ++i) {
      const auto row = static_cast<std::size_t>(begin + i);
      for (std::int64_t k = 0; k < outputs_; ++k) {
        float& score = scores(i, k);
        float over = 0, sign = 0;
        if (is_class_) {
          sign = classes_[row] == k ? -1.0f : 1.0f;
          over = std::max(0.0f, 1 + sign * score);
        } else {
          const float away = score - values_[row];
          sign = away > 0 ? 1.0f : -1.0f;
          over = std::max(0.0f, std::abs(away) - kInsensitive);
        }
        loss += static_cast<double>(over) * over;
        score = 2 * sign * over;
      }
    }
    return loss;
  }

  const Matrix& waves_;
  std::int64_t outputs_;
  bool is_class_;
  double cost_;
  int threads_;
  std::vector<std::int32_t> classes_;
  std::vector<float> values_;
};

/// A support vector machine with a radial kernel, the kernel by random waves.
class Machine final : public Model {
 public:
  std::string name() const override { return "support vector machine"; }
  std::size_t choices() const override { return std::size(kMachineChoices); }

  Fit fit(const Problem& problem, const Limits& limits) override {
    limits.check_stop();
    is_class_ = problem.is_class;
    outputs_ = problem.outputs;
    std::vector<std::int64_t> rows =
        Rng(limits.seed, "machine rows").permutation(problem.features.rows());
    Fit fit;
    if (static_cast<std::int64_t>(rows.size()) > kMostMachineRows) {
      rows.resize(kMostMachineRows);
      fit.cut = "taught with some of the rows";
    }
    std::sort(rows.begin(), rows.end());
    const Matrix features = take_rows(problem.features, rows);
    const MachineChoice choice = kMachineChoices[is_chosen() ? choice_ : 0];
    const double gamma = choice.gamma / std::max(1e-12, variance_of(features) *
                                                            static_cast<double>(features.cols()));
    waves_ = Waves::draw(features.cols(), gamma, limits.seed);
    set_scale(problem, rows);
    const Matrix waves = waves_of(features, limits);
    const SquaredHinge objective(waves, problem, rows, middle_, scale_, choice.cost,
                                 limits.threads);
    Eigen::VectorXd point = Eigen::VectorXd::Zero((waves.cols() + 1) * outputs_);
    LbfgsOptions options;
    options.iterations = kMachineIterations;
    options.tolerance = 1e-4;
    options.should_stop = [&limits] {
      limits.check_stop();
      return limits.out_of_time();
    };
    const auto found = minimise(objective, point, options);
    weights_ =
        Eigen::Map<const Eigen::MatrixXd>(point.data(), waves.cols(), outputs_).cast<float>();
    offsets_ = point.tail(outputs_).transpose().cast<float>();
    if (is_class_) choose_sharpness(problem, limits);
    limits.progress(1, 1, "fits");
    fit.rows = static_cast<std::int64_t>(rows.size());
    fit.settings = "radial kernel by " + std::to_string(kWaves) + " random waves, C " +
                   pretty_number(choice.cost) + ", gamma " + pretty_number(gamma, 2) + ", " +
                   std::to_string(found.iterations) + " iterations";
    if (!found.converged && found.iterations < kMachineIterations && limits.out_of_time()) {
      fit.cut = "time was up before it converged";
    }
    return fit;
  }

  training::Outputs predict(const Matrix& features, const Limits& limits) override {
    Matrix scores = scores_of(features, limits);
    if (is_class_) {
      make_shares(scores, sharpness_);
    } else {
      scores = (scores.array() * scale_ + middle_).matrix();
    }
    return {scores.rows(), outputs_, {scores.data(), scores.data() + scores.size()}};
  }

 private:
  /// Over all values, as scikit-learn's gamma "scale".
  static double variance_of(const Matrix& features) {
    const double mean = features.cast<double>().mean();
    double sum = 0;
    for (std::int64_t row = 0; row < features.rows(); ++row) {
      sum += (features.row(row).cast<double>().array() - mean).square().sum();
    }
    return sum / static_cast<double>(std::max<std::int64_t>(1, features.size()));
  }

  void set_scale(const Problem& problem, const std::vector<std::int64_t>& rows) {
    if (is_class_) return;
    double sum = 0, squares = 0;
    for (const auto row : rows) sum += problem.values[row];
    const double mean = sum / static_cast<double>(rows.size());
    for (const auto row : rows)
      squares += (problem.values[row] - mean) * (problem.values[row] - mean);
    middle_ = static_cast<float>(mean);
    scale_ = static_cast<float>(std::sqrt(squares / static_cast<double>(rows.size())));
    if (!(scale_ > 0)) scale_ = 1;
  }

  Matrix waves_of(const Matrix& features, const Limits& limits) const {
    Matrix waves(features.rows(), kWaves);
    for_each_block(
        features.rows(), kMachineBlock, limits.threads, [&](std::int64_t begin, std::int64_t end) {
          limits.check_stop();
          waves.middleRows(begin, end - begin) = waves_.of(features.middleRows(begin, end - begin));
        });
    return waves;
  }

  Matrix scores_of(const Matrix& features, const Limits& limits) const {
    Matrix scores(features.rows(), outputs_);
    for_each_block(
        features.rows(), kMachineBlock, limits.threads, [&](std::int64_t begin, std::int64_t end) {
          limits.check_stop();
          scores.middleRows(begin, end - begin) =
              (waves_.of(features.middleRows(begin, end - begin)) * weights_).rowwise() + offsets_;
        });
    return scores;
  }

  static void make_shares(Matrix& scores, float sharpness) {
    for (std::int64_t row = 0; row < scores.rows(); ++row) {
      const float highest = scores.row(row).maxCoeff();
      scores.row(row) = ((scores.row(row).array() - highest) * sharpness).exp();
      scores.row(row) /= scores.row(row).sum();
    }
  }

  /// A machine gives distances, not probabilities: the factor before softmax under which the rows
  /// kept back are likeliest. They helped to teach it, so it is rather too sure.
  void choose_sharpness(const Problem& problem, const Limits& limits) {
    if (problem.inner_check.empty()) return;
    const Matrix scores = scores_of(take_rows(problem.features, problem.inner_check), limits);
    double least = std::numeric_limits<double>::infinity();
    for (const float sharpness : {0.5f, 1.0f, 2.0f, 4.0f, 8.0f}) {
      Matrix shares = scores;
      make_shares(shares, sharpness);
      double loss = 0;
      for (std::size_t i = 0; i < problem.inner_check.size(); ++i) {
        loss -= std::log(std::max(
            1e-12f, shares(static_cast<std::int64_t>(i), problem.classes[problem.inner_check[i]])));
      }
      if (loss >= least) continue;
      least = loss;
      sharpness_ = sharpness;
    }
  }

  bool is_class_ = true;
  std::int64_t outputs_ = 1;
  Waves waves_;
  Matrix weights_;  ///< waves x outputs
  Eigen::RowVectorXf offsets_;
  float middle_ = 0, scale_ = 1, sharpness_ = 2;
};

}  // namespace

std::unique_ptr<Model> make_machine() { return std::make_unique<Machine>(); }

}  // namespace dlwork::phase::classical
