#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>

#include "phase/readiness/models/more.h"
#include "phase/readiness/models/tree.h"

namespace dlwork::phase::classical {
namespace {

constexpr std::int64_t kTrees = 200;
/// Leaves of fewer samples repeat the noise of numbers.
constexpr std::int64_t kLeastOfNumbers = 5;

/// Settings to be given, the usual ones first.
struct ForestChoice {
  double columns;      ///< that a node looks at, in terms of the usual number
  std::int64_t depth;  ///< 0: grown to the end
};
constexpr ForestChoice kForestChoices[] = {{1, 0}, {2, 0}, {1, 8}, {2, 8}};

/// Trees on samples drawn with replacement, each node looking at some columns only; their mean
/// (Breiman 2001).
class Forest final : public Model {
 public:
  std::string name() const override { return "random forest"; }
  std::size_t choices() const override { return std::size(kForestChoices); }

  Fit fit(const Problem& problem, const Limits& limits) override {
    outputs_ = problem.outputs;
    TreeTargets targets{problem.outputs, problem.classes, {}};
    if (!problem.is_class) {
      targets.values.assign(problem.values.data(), problem.values.data() + problem.values.size());
    }
    TreeOptions options;
    const ForestChoice choice = kForestChoices[is_chosen() ? choice_ : 0];
    const auto columns = static_cast<double>(problem.features.cols());
    const double usual =
        std::max(1.0, std::floor(problem.is_class ? std::sqrt(columns) : columns / 3));
    options.columns_tried = static_cast<std::int64_t>(std::min(choice.columns * usual, columns));
    options.most_depth = choice.depth;
    options.least_rows = problem.is_class ? 1 : kLeastOfNumbers;
    const Binned binned = bin_features(problem.features, limits.threads);
    trees_.assign(kTrees, Tree());
    std::atomic<std::int64_t> done{0};
    for_each_block(kTrees, 1, limits.threads, [&](std::int64_t t, std::int64_t) {
      limits.check_stop();
      if (t > 0 && limits.out_of_time()) return;
      Rng rng(limits.seed, "forest tree " + std::to_string(t));
      std::vector<std::int32_t> rows(static_cast<std::size_t>(problem.features.rows()));
      for (auto& row : rows) row = static_cast<std::int32_t>(rng.below(rows.size()));
      trees_[static_cast<std::size_t>(t)] =
          Tree::grow(binned, targets, std::move(rows), options, rng);
      ++done;
    });
    std::erase_if(trees_, [](const Tree& tree) { return tree.nodes() == 0; });
    limits.progress(static_cast<double>(done), kTrees, "trees");
    Fit fit{std::to_string(trees_.size()) + " trees", "", problem.features.rows()};
    if (is_chosen()) {
      fit.settings += ", " + std::to_string(options.columns_tried) + " of " +
                      std::to_string(problem.features.cols()) + " features a node";
      if (choice.depth > 0) fit.settings += ", depth " + std::to_string(choice.depth);
    }
    if (done < kTrees) fit.cut = "time was up after " + std::to_string(done) + " trees";
    return fit;
  }

  training::Outputs predict(const Matrix& features, const Limits& limits) override {
    training::Outputs outputs{features.rows(), outputs_, {}};
    outputs.values.assign(static_cast<std::size_t>(features.rows() * outputs_), 0.0f);
    constexpr std::int64_t kRows = 64;
    for_each_block(features.rows(), kRows, limits.threads,
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t row = begin; row < end; ++row) {
                       float* out = outputs.values.data() + row * outputs_;
                       for (const Tree& tree : trees_) {
                         tree.add_answer(features.row(row).data(), out);
                       }
                       for (std::int64_t k = 0; k < outputs_; ++k) {
                         out[k] /= static_cast<float>(trees_.size());
                       }
                     }
                   });
    return outputs;
  }

 private:
  std::int64_t outputs_ = 1;
  std::vector<Tree> trees_;
};

}  // namespace

std::unique_ptr<Model> make_forest() { return std::make_unique<Forest>(); }

}  // namespace dlwork::phase::classical
