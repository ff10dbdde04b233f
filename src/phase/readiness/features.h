#pragma once

#include <string>
#include <vector>

#include "dlwork/data/dataset.h"
#include "phase/readiness/models/model.h"

namespace dlwork::phase::classical {

/// Training and validation samples as classical models take them. Everything fitted (means,
/// categories, projection) is fitted on the training rows.
struct Features {
  Problem train;
  Matrix validation;
  /// The same samples in fewer dimensions, for models that measure distances or fit a weight a
  /// feature; empty where the features are few enough as they are.
  Matrix compact_train;
  Matrix compact_validation;
  std::vector<std::string> notes;  ///< what was done to the inputs, for the table
};

/// Components in place of the features where `reduce` says so, as a network gets them.
Features make_features(const data::Dataset& dataset, const std::vector<std::int64_t>& train_rows,
                       const std::vector<std::int64_t>& validation_rows, std::uint64_t seed,
                       const spec::Reduce& reduce = {});

/// What is to be learned of these rows, into a problem that has none yet.
void fill_targets(const data::Target& target, const std::vector<std::int64_t>& rows,
                  Problem& problem);

/// Most values (rows x features) that a matrix of samples may hold: 400 MB of floats.
inline constexpr std::int64_t kMostValues = 100'000'000;
/// Features a sample will have, before any is fitted; bounds the rows that fit `kMostValues`.
std::int64_t count_features(const data::Samples& samples);

}  // namespace dlwork::phase::classical
