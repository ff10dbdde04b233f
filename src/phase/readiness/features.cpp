#include "phase/readiness/features.h"

#include <algorithm>
#include <map>

#include "dlwork/base/rng.h"
#include "dlwork/base/text.h"
#include "dlwork/data/preprocess.h"
#include "phase/features/projection.h"
#include "phase/features/shrink.h"

namespace dlwork::phase::classical {
namespace {

using Rows = std::vector<std::int64_t>;

/// Categories a column may have to become one column each; wider ones become their frequency.
constexpr std::size_t kMostOneHot = 50;
/// More features than this are projected for linear models and neighbours.
constexpr std::int64_t kCompact = 128;
constexpr std::size_t kProjectionRows = 5000;
/// Share of the training rows kept back to choose settings, and its bounds.
constexpr double kInnerShare = 0.1;
constexpr std::int64_t kFewestInner = 10;
constexpr std::int64_t kMostInner = 5000;

/// How often each category of a wide column occurs among the training rows, as a number.
data::Column frequencies(const data::Column& column, const Rows& train_rows) {
  std::vector<double> counts(column.categories.size(), 0.0);
  for (const auto row : train_rows) {
    if (column.codes[row] >= 0) counts[column.codes[row]] += 1;
  }
  data::Column result;
  result.name = column.name;
  result.type = data::ColumnType::kNumber;
  result.numbers.resize(column.codes.size(), 0.0);
  for (std::size_t row = 0; row < column.codes.size(); ++row) {
    if (column.codes[row] >= 0) result.numbers[row] = counts[column.codes[row]];
  }
  return result;
}

Matrix apply(const data::Preprocessor& preprocessor, const data::Samples& samples,
             const Rows& rows) {
  Matrix matrix(static_cast<std::int64_t>(rows.size()), preprocessor.shape().size());
  preprocessor.apply(samples, rows.data(), matrix.rows(), matrix.data());
  return matrix;
}

void fill_prepared(const data::Samples& samples, const Rows& train_rows,
                   const Rows& validation_rows, const spec::Reduce& reduce, Features& features) {
  const auto preprocessor =
      data::Preprocessor::fit(samples, train_rows, data::Categories::kOneHot, reduce);
  features.train.features = apply(preprocessor, samples, train_rows);
  features.validation = apply(preprocessor, samples, validation_rows);
  if (preprocessor.reduction()) features.notes.push_back(preprocessor.reduction()->text());
}

void fill_from_table(const data::Samples& samples, const Rows& train_rows,
                     const Rows& validation_rows, const spec::Reduce& reduce, Features& features) {
  std::vector<std::string> wide;
  data::Samples view;
  view.kind = samples.kind;
  view.count = samples.count;
  view.table.rows = samples.table.rows;
  for (const data::Column& column : samples.table.columns) {
    const bool is_wide =
        column.type == data::ColumnType::kCategory && column.categories.size() > kMostOneHot;
    if (is_wide) wide.push_back(column.name);
    view.table.columns.push_back(is_wide ? frequencies(column, train_rows) : column);
  }
  fill_prepared(view, train_rows, validation_rows, reduce, features);
  if (!wide.empty()) {
    features.notes.push_back("columns of more than " + std::to_string(kMostOneHot) +
                             " categories taken by their frequency: " + join_words(wide));
  }
}

Matrix shrunk(const data::Pictures& pictures, const Rows& rows, Features& features) {
  const ShrunkPictures small = shrink(pictures, rows);
  if (small.block > 1 && features.notes.empty()) {
    features.notes.push_back("pictures taken as means of " + std::to_string(small.block) + " x " +
                             std::to_string(small.block) + " pixels");
  }
  return Eigen::Map<const Matrix>(small.values.data(), static_cast<std::int64_t>(rows.size()),
                                  small.columns);
}

void keep_inner_rows(Problem& problem, std::uint64_t seed) {
  const std::int64_t count = problem.features.rows();
  const auto share = static_cast<std::int64_t>(kInnerShare * static_cast<double>(count));
  const std::int64_t inner = std::clamp(share, kFewestInner, kMostInner);
  if (inner > count / 2) return;  // too few rows to keep any back: models take fixed settings
  const auto order = Rng(seed, "readiness inner split").permutation(count);
  problem.inner_check.assign(order.begin(), order.begin() + inner);
  problem.inner_train.assign(order.begin() + inner, order.end());
  std::sort(problem.inner_check.begin(), problem.inner_check.end());
  std::sort(problem.inner_train.begin(), problem.inner_train.end());
}

void make_compact(Features& features, std::uint64_t seed) {
  const Matrix& all = features.train.features;
  if (all.cols() <= kCompact) return;
  auto order = Rng(seed, "readiness projection rows").permutation(all.rows());
  order.resize(std::min(order.size(), kProjectionRows));
  const auto projection = Projection::fit(take_rows(all, order), kCompact, seed);
  features.compact_train = projection.apply(all);
  features.compact_validation = projection.apply(features.validation);
  features.notes.push_back(
      "all models but boosted trees see " + std::to_string(features.compact_train.cols()) +
      " principal components, " + pretty_number(100 * projection.kept_variance(), 3) +
      " % of the variance of " + grouped(all.cols()) + " features");
}

}  // namespace

void fill_targets(const data::Target& target, const Rows& rows, Problem& problem) {
  problem.is_class = target.is_class;
  problem.outputs = target.is_class ? static_cast<std::int64_t>(target.classes.size()) : 1;
  if (target.is_class) {
    for (const auto row : rows) problem.classes.push_back(target.codes[row]);
    return;
  }
  if (!target.given()) return;  // features alone: texts are neither
  problem.values.resize(static_cast<std::int64_t>(rows.size()));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    problem.values[static_cast<std::int64_t>(i)] = static_cast<float>(target.values[rows[i]]);
  }
}

std::int64_t count_features(const data::Samples& samples) {
  if (samples.kind == data::Kind::kImage) {
    return std::min(samples.pictures.size(), 2 * kMostPictureFeatures);
  }
  if (samples.kind == data::Kind::kSequence) return samples.sequences.size();
  if (samples.kind == data::Kind::kText) return 1;  // words are no features
  std::int64_t count = 0;
  for (const data::Column& column : samples.table.columns) {
    const bool one_hot =
        column.type == data::ColumnType::kCategory && column.categories.size() <= kMostOneHot;
    count += one_hot ? static_cast<std::int64_t>(column.categories.size()) + 1 : 2;
  }
  return std::max<std::int64_t>(count, 1);
}

Features make_features(const data::Dataset& dataset, const Rows& train_rows,
                       const Rows& validation_rows, std::uint64_t seed,
                       const spec::Reduce& reduce) {
  Features features;
  const data::Samples& samples = dataset.samples;
  if (samples.kind == data::Kind::kImage && !reduce.given()) {
    features.train.features = shrunk(samples.pictures, train_rows, features);
    features.validation = shrunk(samples.pictures, validation_rows, features);
  } else if (samples.kind == data::Kind::kTable) {
    fill_from_table(samples, train_rows, validation_rows, reduce, features);
  } else {
    fill_prepared(samples, train_rows, validation_rows, reduce, features);
  }
  fill_targets(samples.target, train_rows, features.train);
  keep_inner_rows(features.train, seed);
  make_compact(features, seed);
  return features;
}

}  // namespace dlwork::phase::classical
