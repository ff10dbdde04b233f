#include "task/similarity/plain_vectors.h"

#include <algorithm>

#include "dlwork/base/machine.h"
#include "dlwork/base/rng.h"
#include "dlwork/data/pca.h"
#include "dlwork/data/preprocess.h"

namespace dlwork::task {
namespace {

using training::Outputs;
using Rows = std::vector<std::int64_t>;

constexpr std::int64_t kRandomWidth = 8;
constexpr std::int64_t kMostComponents = 32;

Outputs prepared(const data::Preprocessor& preprocessor, const data::Samples& samples,
                 const Rows& rows) {
  Outputs vectors{static_cast<std::int64_t>(rows.size()), preprocessor.shape().size(), {}};
  vectors.values.resize(static_cast<std::size_t>(vectors.rows * vectors.columns));
  preprocessor.apply(samples, rows.data(), vectors.rows, vectors.values.data());
  return vectors;
}

Outputs in_components(const Outputs& vectors, const data::Pca& pca, std::int64_t count) {
  Outputs scores{vectors.rows, count, {}};
  scores.values.reserve(static_cast<std::size_t>(vectors.rows * count));
  for (std::int64_t row = 0; row < vectors.rows; ++row) {
    const float* values = vectors.row(row);
    for (std::int64_t k = 0; k < count; ++k) {
      const double* component = pca.components.data() + k * vectors.columns;
      double sum = 0;
      for (std::int64_t j = 0; j < vectors.columns; ++j) {
        sum += (values[j] - pca.mean[j]) * component[j];
      }
      scores.values.push_back(static_cast<float>(sum));
    }
  }
  return scores;
}

}  // namespace

Rival random_vectors(std::uint64_t seed, const Rows& fit_rows, const Rows& rows) {
  Rng rng(seed, "random vectors");
  Outputs outputs{static_cast<std::int64_t>(rows.size()), kRandomWidth, {}};
  for (std::int64_t i = 0; i < outputs.rows * outputs.columns; ++i) {
    outputs.values.push_back(static_cast<float>(rng.normal()));
  }
  return {"trivial", "a random order", static_cast<std::int64_t>(fit_rows.size()), outputs};
}

std::vector<Rival> input_vectors(const spec::Project& project, const data::Samples& samples,
                                 const Rows& fit_rows, const Rows& rows) {
  const double start = monotonic_seconds();
  const auto preprocessor =
      data::Preprocessor::fit(samples, fit_rows, data::Categories::kOneHot, project.data.reduce);
  const auto fitted = static_cast<std::int64_t>(fit_rows.size());
  Rival inputs{"inputs", "standardised, as they are", fitted, prepared(preprocessor, samples, rows),
               0};
  inputs.seconds = monotonic_seconds() - start;
  if (fitted < 2 || inputs.outputs.columns < 2) return {inputs};

  const Outputs fit = prepared(preprocessor, samples, fit_rows);
  const auto pca =
      data::fit_first_components(fit.values.data(), fit.rows, fit.columns, kMostComponents);
  const auto count = std::min(kMostComponents, static_cast<std::int64_t>(pca.variances.size()));
  Rival components{"components", "the first " + std::to_string(count) + " principal components",
                   fitted, in_components(inputs.outputs, pca, count), 0};
  components.seconds = monotonic_seconds() - start;
  return {inputs, components};
}

}  // namespace dlwork::task
