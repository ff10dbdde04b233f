#pragma once

#include "phase/readiness/models/model.h"

namespace dlwork::phase::classical {

/// Gaussian naive Bayes, of classes.
std::unique_ptr<Model> make_bayes();
/// A support vector machine with a radial kernel, by random waves; of at most 10,000 rows.
std::unique_ptr<Model> make_machine();
/// 200 trees on drawn samples.
std::unique_ptr<Model> make_forest();

}  // namespace dlwork::phase::classical
