#pragma once

#include <cstdint>
#include <vector>

#include "dlwork/base/rng.h"
#include "dlwork/data/dataset.h"

namespace dlwork::task {

/// Rows in an order in which each `batch_size` of them, one after the other, are some classes with
/// several samples of each (Hermans, Beyer and Leibe 2017, section 2: P classes, K samples of
/// each). Classes are dealt round, whatever their size: rows of a small one come again, and of a
/// large one some do not come in every order. No row is twice in a batch.
///
/// `samples`: of each class in a batch, at least, where the class has as many; the classes are
/// batch_size / samples or all there are. Returns as many rows as it is given, if
/// these are different.
std::vector<std::int64_t> class_order(const data::Target& target,
                                      const std::vector<std::int64_t>& rows,
                                      std::int64_t batch_size, std::int64_t samples, Rng& rng);

/// Whether a triplet can be made of these rows: two of a class and one of another.
bool has_triplets(const data::Target& target, const std::vector<std::int64_t>& rows);

/// Classes of which there is one row alone, ascending.
std::vector<std::int32_t> lone_classes(const data::Target& target,
                                       const std::vector<std::int64_t>& rows);

}  // namespace dlwork::task
