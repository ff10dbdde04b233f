#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "dlwork/base/machine.h"
#include "dlwork/base/rng.h"
#include "phase/readiness/models/model.h"

namespace dlwork::phase::classical {
namespace {

constexpr std::array<std::int64_t, 3> kChoices{1, 5, 15};
/// The same as settings to be given, the usual one first.
constexpr std::array<std::int64_t, 3> kNeighbourChoices{5, 15, 1};
constexpr std::int64_t kMost = 15;
constexpr std::int64_t kQueryBlock = 128;
/// Rows that choose k, at most.
constexpr std::size_t kMostChecked = 1000;
constexpr std::int64_t kFewestRows = 100;

/// Places of the nearest rows of one query, nearest first; ties go to the earlier row.
using Nearest = std::array<std::int64_t, kMost>;

class Neighbours final : public Model {
 public:
  std::string name() const override { return "k-nearest neighbours"; }
  std::size_t choices() const override { return kNeighbourChoices.size(); }

  Fit fit(const Problem& problem, const Limits& limits) override {
    is_class_ = problem.is_class;
    outputs_ = problem.outputs;
    double seconds_per_pair = 0;
    if (!problem.inner_check.empty()) seconds_per_pair = choose(problem, limits);
    if (is_chosen()) k_ = kNeighbourChoices[choice_];
    std::vector<std::int64_t> rows(problem.features.rows());
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int64_t>(i);
    Fit fit;
    const double left = limits.deadline - monotonic_seconds();
    const double wanted = seconds_per_pair * static_cast<double>(limits.queries);
    if (wanted * static_cast<double>(rows.size()) > left) {
      const auto fits = static_cast<std::int64_t>(std::max(0.0, left) / wanted);
      thin_out(rows, std::max(fits, kFewestRows), limits.seed);
      fit.cut = "time allows only some of the rows";
    }
    remember(problem, rows);
    fit.rows = static_cast<std::int64_t>(rows.size());
    fit.settings = "k " + std::to_string(k_);
    return fit;
  }

  training::Outputs predict(const Matrix& features, const Limits& limits) override {
    const auto nearest = search(features, limits);
    training::Outputs outputs{features.rows(), outputs_, {}};
    outputs.values.assign(features.rows() * outputs_, 0.0f);
    for (std::int64_t i = 0; i < features.rows(); ++i) {
      answer(nearest[i], k_, outputs.values.data() + i * outputs_);
    }
    return outputs;
  }

 private:
  static void thin_out(std::vector<std::int64_t>& rows, std::int64_t count, std::uint64_t seed) {
    if (count >= static_cast<std::int64_t>(rows.size())) return;
    Rng(seed, "neighbours").shuffle(rows);
    rows.resize(count);
    std::sort(rows.begin(), rows.end());
  }

  void remember(const Problem& problem, const std::vector<std::int64_t>& rows) {
    rows_ = take_rows(problem.features, rows);
    squares_ = rows_.rowwise().squaredNorm();
    classes_.clear();
    values_.clear();
    shares_.assign(outputs_, 0.0f);
    for (const auto row : rows) {
      if (is_class_) {
        classes_.push_back(problem.classes[row]);
        shares_[problem.classes[row]] += 1.0f / static_cast<float>(rows.size());
      } else {
        values_.push_back(problem.values[row]);
      }
    }
  }

  /// |q - x|^2 = |q|^2 - 2 q.x + |x|^2 as one matrix product a block; |q|^2 does not change the
  /// order and is left out.
  std::vector<Nearest> search(const Matrix& queries, const Limits& limits) const {
    std::vector<Nearest> found(queries.rows());
    for_each_block(queries.rows(), kQueryBlock, limits.threads,
                   [&](std::int64_t begin, std::int64_t end) {
                     limits.check_stop();
                     Matrix distances = queries.middleRows(begin, end - begin) * rows_.transpose();
                     distances = (-2.0f * distances).rowwise() + squares_.transpose();
                     for (std::int64_t i = begin; i < end; ++i) {
                       found[i] = smallest(distances.row(i - begin).data(), distances.cols());
                     }
                   });
    return found;
  }

  static Nearest smallest(const float* distances, std::int64_t count) {
    Nearest nearest;
    nearest.fill(-1);
    std::array<float, kMost> held;
    held.fill(std::numeric_limits<float>::infinity());
    for (std::int64_t i = 0; i < count; ++i) {
      if (distances[i] >= held[kMost - 1]) continue;
      std::int64_t place = kMost - 1;
      for (; place > 0 && distances[i] < held[place - 1]; --place) {
        held[place] = held[place - 1];
        nearest[place] = nearest[place - 1];
      }
      held[place] = distances[i];
      nearest[place] = i;
    }
    return nearest;
  }

  /// Classes: votes with one more vote spread over the classes by their shares, so that no
  /// probability is 0. Numbers: the mean.
  void answer(const Nearest& nearest, std::int64_t k, float* out) const {
    std::int64_t count = 0;
    std::fill(out, out + outputs_, 0.0f);
    for (std::int64_t i = 0; i < k && nearest[i] >= 0; ++i, ++count) {
      if (is_class_) {
        out[classes_[nearest[i]]] += 1.0f;
      } else {
        out[0] += values_[nearest[i]];
      }
    }
    const auto votes = static_cast<float>(count);
    if (!is_class_) {
      out[0] /= std::max(votes, 1.0f);
      return;
    }
    for (std::int64_t c = 0; c < outputs_; ++c) out[c] = (out[c] + shares_[c]) / (votes + 1.0f);
  }

  /// Sets k to the choice with the least error on the inner check rows; gives the seconds that one
  /// query against one row took.
  double choose(const Problem& problem, const Limits& limits) {
    auto rows = problem.inner_train;
    auto checked = problem.inner_check;
    thin_out(checked, kMostChecked, limits.seed);
    remember(problem, rows);
    const double start = monotonic_seconds();
    const auto nearest = search(take_rows(problem.features, checked), limits);
    const double seconds = monotonic_seconds() - start;
    std::vector<float> out(outputs_);
    double least = std::numeric_limits<double>::infinity();
    for (const auto k : kChoices) {
      double error = 0;
      for (std::size_t i = 0; i < checked.size(); ++i) {
        answer(nearest[i], k, out.data());
        error += is_class_ ? (std::max_element(out.begin(), out.end()) - out.begin() ==
                                      problem.classes[checked[i]]
                                  ? 0.0
                                  : 1.0)
                           : std::pow(out[0] - problem.values[checked[i]], 2.0);
      }
      if (error < least) {
        least = error;
        k_ = k;
      }
    }
    limits.progress(1, 2, "searches");
    return seconds / (static_cast<double>(checked.size()) * static_cast<double>(rows.size()));
  }

  bool is_class_ = true;
  std::int64_t outputs_ = 1;
  std::int64_t k_ = 5;
  Matrix rows_;
  Eigen::VectorXf squares_;
  std::vector<std::int32_t> classes_;
  std::vector<float> values_;
  std::vector<float> shares_;
};

}  // namespace

std::unique_ptr<Model> make_neighbours() { return std::make_unique<Neighbours>(); }

}  // namespace dlwork::phase::classical
