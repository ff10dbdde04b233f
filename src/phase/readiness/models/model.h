#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dlwork/base/reporter.h"
#include "dlwork/training/learner.h"
#include "phase/features/matrix.h"

/// Classical models: what a network has to beat. Each learns from a matrix within a time limit.
namespace dlwork::phase::classical {

/// Samples with known targets, [N, D] features. `inner` marks the rows kept back to choose a
/// model's own settings; they belong to the training part.
struct Problem {
  Matrix features;
  bool is_class = true;
  std::int64_t outputs = 1;           ///< classes, or 1 for a number
  std::vector<std::int32_t> classes;  ///< N codes; empty for numbers
  Eigen::VectorXf values;             ///< N numbers; empty for classes
  std::vector<std::int64_t> inner_train;
  std::vector<std::int64_t> inner_check;
};

/// How long and on what a model may work.
struct Limits {
  double deadline = 0;  ///< monotonic seconds
  int threads = 1;
  std::uint64_t seed = 1;
  std::int64_t queries = 0;  ///< rows that `predict` will be asked for
  const StopFlag* stop = nullptr;
  std::function<void(double done, double total, const std::string& unit)> progress;
  bool out_of_time() const;
  /// Throws Error(kInterrupted) when the run was asked to stop.
  void check_stop() const;
};

/// What a fit did, for the table.
struct Fit {
  std::string settings;   ///< "lambda 0.001, 43 iterations"
  std::string cut;        ///< why it did less than it wanted, or ""
  std::int64_t rows = 0;  ///< training rows it used
};

class Model {
 public:
  static constexpr std::size_t kUnchosen = static_cast<std::size_t>(-1);

  virtual ~Model() = default;
  virtual std::string name() const = 0;
  /// How many settings it can be given; number 0 are the usual ones.
  virtual std::size_t choices() const { return 1; }
  /// Fits with these settings from now on. kUnchosen, as a new model: with what the problem's inner
  /// rows say, or the usual ones.
  void set_choice(std::size_t choice) { choice_ = choice; }
  virtual Fit fit(const Problem& problem, const Limits& limits) = 0;
  /// Probabilities or values for [M, D] features.
  virtual training::Outputs predict(const Matrix& features, const Limits& limits) = 0;

 protected:
  bool is_chosen() const { return choice_ != kUnchosen; }
  std::size_t choice_ = kUnchosen;
};

/// Multinomial logistic regression with an L2 penalty, fitted by L-BFGS.
std::unique_ptr<Model> make_logistic();
/// Ridge regression in closed form.
std::unique_ptr<Model> make_ridge();
/// k nearest neighbours by Euclidean distance, k from 1, 5, 15.
std::unique_ptr<Model> make_neighbours();
/// Gradient-boosted trees (XGBoost).
std::unique_ptr<Model> make_boosted();

/// The rows of a matrix, in this order.
Matrix take_rows(const Matrix& features, const std::vector<std::int64_t>& rows);

}  // namespace dlwork::phase::classical
