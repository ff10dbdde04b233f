#pragma once

#include <cstdint>
#include <vector>

#include "phase/audit/check.h"

/// How much something known of the samples tells of their target, out of fold (stats/skill.h).
namespace dlwork::phase::audit {

/// Fewer samples tell nothing.
inline constexpr std::size_t kFewestForSkill = 50;

/// The sampled training rows in a drawn order, so that folds dealt by place do not follow the
/// files.
Rows shuffled_sample(const Audit& audit);

/// `groups` and `values`: of `rows`, in their order. 0 without a target.
double skill_of_groups(const Audit& audit, const std::vector<std::int32_t>& groups,
                       const Rows& rows);
double skill_of_numbers(const Audit& audit, const std::vector<double>& values, const Rows& rows);
double skill_of_column(const Audit& audit, const data::Column& column, const Rows& rows);

/// Codes of texts in the order of their first appearance.
std::vector<std::int32_t> codes_of_texts(const std::vector<std::string>& texts);

}  // namespace dlwork::phase::audit
