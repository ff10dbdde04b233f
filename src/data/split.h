#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dlwork/spec/project.h"

namespace dlwork::data {

/// How parts are taken from the training source.
struct SplitPlan {
  enum class Method { kRandom, kStratified, kGroup, kTime };
  Method method = Method::kRandom;
  std::uint64_t seed = 1;
  /// What to take for each part, the test part first; nullopt: the part has files of its own.
  std::optional<spec::Amount> test;
  std::optional<spec::Amount> validation;
  /// By sample row: its class (stratified), its group (group) or its place in time (time; equal
  /// times have equal places). Unused for random.
  std::vector<std::int64_t> keys;
};

/// "random", "stratified", "group", "time".
std::string to_string(SplitPlan::Method method);

/// Splits `rows` into train, validation and test: disjoint, covering, each ascending; the same for
/// the same plan. Shares of classes differ by less than one row; groups stay whole; times in
/// train are not later than in validation, nor those later than in test. Throws Error(kInput) with
/// the counts where a part would be empty.
std::array<std::vector<std::int64_t>, 3> split_rows(std::vector<std::int64_t> rows,
                                                    const SplitPlan& plan);

}  // namespace dlwork::data
