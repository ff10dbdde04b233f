#include "phase/audit/facts.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "phase/features/gradients.h"
#include "phase/features/projection.h"
#include "phase/measuring.h"
#include "phase/readiness/features.h"

namespace dlwork::phase::audit {
namespace {

/// Boosting costs a tree a class and round; beyond these it would take most of the audit's time.
constexpr std::int64_t kMostBoostedClasses = 10;
/// Of the slopes of pictures, by so many rows.
constexpr std::int64_t kSlopeComponents = 128;
constexpr std::size_t kProjectedRows = 5000;

/// Of all columns together.
float variance_of(const Matrix& features) {
  const Matrix centred = features.rowwise() - features.colwise().mean();
  return centred.squaredNorm() / static_cast<float>(std::max<std::int64_t>(1, features.rows()));
}

Matrix beside(const Matrix& left, const Matrix& right) {
  Matrix both(left.rows(), left.cols() + right.cols());
  both << left, right;
  return both;
}

}  // namespace

std::vector<std::unique_ptr<classical::Model>> judges(const data::Samples& samples,
                                                      const classical::Problem& problem) {
  std::vector<std::unique_ptr<classical::Model>> models;
  models.push_back(problem.is_class ? classical::make_logistic() : classical::make_ridge());
  // Trees on pixels are slow and no better; tables are what they are good at.
  if (samples.kind == data::Kind::kTable && problem.outputs <= kMostBoostedClasses) {
    models.push_back(classical::make_boosted());
  } else {
    models.push_back(classical::make_neighbours());
  }
  return models;
}

const std::vector<Profile>& Facts::profiles() {
  if (!profiles_) profiles_ = make_profiles(data_.samples.table, data_.part(data::Part::kTrain));
  return *profiles_;
}

const std::vector<Profile>& Facts::carried() {
  if (!carried_) carried_ = make_profiles(data_.samples.carried, data_.part(data::Part::kTrain));
  return *carried_;
}

const EqualPairs& Facts::equal_rows() {
  if (!equal_rows_) equal_rows_ = equal_pairs(data_.samples.table);
  return *equal_rows_;
}

const Groupings& Facts::groupings() {
  if (!groupings_) groupings_ = find_groupings(context_, data_.samples);
  return *groupings_;
}

const Sampled& Facts::sampled() {
  if (!sampled_) make_samples();
  return *sampled_;
}

const Sampled& Facts::tested() {
  if (!tested_) make_samples();
  return *tested_;
}

/// Both at once, since the features of test samples are fitted on the training samples.
void Facts::make_samples() {
  const auto seed = static_cast<std::uint64_t>(context_.project.seed);
  const std::int64_t fits =
      classical::kMostValues / std::max<std::int64_t>(1, classical::count_features(data_.samples));
  const std::int64_t most = std::min(context_.project.audit.rows, fits);
  Sampled train, test;
  train.rows = some_rows(data_.part(data::Part::kTrain), most, seed, "audit rows");
  test.rows = some_rows(data_.part(data::Part::kTest), most, seed, "audit test rows");
  auto features = classical::make_features(data_, train.rows, test.rows, seed);
  const bool compact = features.compact_train.size() > 0;
  train.problem = std::move(features.train);
  if (compact) train.problem.features = std::move(features.compact_train);
  test.problem.features = std::move(compact ? features.compact_validation : features.validation);
  classical::fill_targets(data_.samples.target, test.rows, test.problem);
  sampled_ = std::move(train);
  tested_ = std::move(test);
}

const classical::Problem& Facts::judged() {
  if (data_.samples.kind != data::Kind::kImage) return sampled().problem;
  if (!judged_) make_judged();
  return *judged_;
}

const Matrix& Facts::judged_tests() {
  if (data_.samples.kind != data::Kind::kImage) return tested().problem.features;
  if (!judged_) make_judged();
  return judged_tests_;
}

void Facts::make_judged() {
  const Sampled& train = sampled();
  const auto slopes_of = [&](const Rows& rows) {
    return oriented_gradients(data_.samples.pictures, rows, context_.run.threads);
  };
  const Matrix slopes = slopes_of(train.rows);
  Rows some(std::min(train.rows.size(), kProjectedRows));
  std::iota(some.begin(), some.end(), 0);  // which rows were sampled is chance already
  const auto projection = Projection::fit(classical::take_rows(slopes, some), kSlopeComponents,
                                          static_cast<std::uint64_t>(context_.project.seed));
  const Matrix shapes = projection.apply(slopes);
  // Both kinds of features weigh the same before a model's penalty.
  const float scale =
      std::sqrt(variance_of(train.problem.features) / std::max(variance_of(shapes), 1e-12f));
  judged_ = train.problem;
  judged_->features = beside(train.problem.features, scale * shapes);
  judged_tests_ =
      beside(tested().problem.features, scale * projection.apply(slopes_of(tested().rows)));
}

const std::vector<PictureFacts>& Facts::pictures() {
  if (pictures_) return *pictures_;
  const data::Pictures& pictures = data_.samples.pictures;
  std::vector<PictureFacts> facts(static_cast<std::size_t>(pictures.count));
  constexpr std::int64_t kBlock = 64;
  for_each_block(pictures.count, kBlock, context_.run.threads,
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t row = begin; row < end; ++row) {
                     facts[row] = picture_facts(pictures, row);
                   }
                 });
  pictures_ = std::move(facts);
  return *pictures_;
}

const Graph& Facts::neighbours() {
  if (!neighbours_) {
    neighbours_ = nearest_others(sampled().problem.features, kNeighbours, context_.run.threads);
  }
  return *neighbours_;
}

const Predictions& Facts::predictions() {
  if (predictions_) return *predictions_;
  const classical::Problem& problem = judged();
  Predictions predictions;
  predictions.rows = sampled().rows;
  predictions.folds = kFolds;
  const auto limits = audit_limits(context_, "folds");
  const auto folds = fold_of_rows(problem, kFolds, limits.seed);
  for (const auto& model : judges(data_.samples, problem)) {
    Judged judged;
    judged.model = model->name();
    judged.outputs = out_of_fold(*model, problem, folds, limits);
    judged.error = error_of(judged.outputs, problem);
    predictions.models.push_back(std::move(judged));
  }
  std::stable_sort(predictions.models.begin(), predictions.models.end(),
                   [](const Judged& a, const Judged& b) { return a.error < b.error; });
  predictions_ = std::move(predictions);
  return *predictions_;
}

}  // namespace dlwork::phase::audit
