#include "data/split.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numeric>

#include "dlwork/base/error.h"
#include "dlwork/base/rng.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

using Rows = std::vector<std::int64_t>;

/// Rows by key, ascending in both.
std::map<std::int64_t, Rows> by_key(const Rows& rows, const Rows& keys) {
  std::map<std::int64_t, Rows> groups;
  for (const auto row : rows) groups[keys[row]].push_back(row);
  return groups;
}

Rows take_random(Rows rows, std::int64_t wanted, Rng& rng) {
  rng.shuffle(rows);
  rows.resize(static_cast<std::size_t>(wanted));
  return rows;
}

/// Each class gives its share, rounded so that the total is right (largest remainder first).
Rows take_stratified(const Rows& rows, std::int64_t wanted, const Rows& keys, Rng& rng) {
  const auto classes = by_key(rows, keys);
  const double share = static_cast<double>(wanted) / static_cast<double>(rows.size());
  std::vector<std::int64_t> counts;
  std::vector<std::pair<double, std::size_t>> remainders;
  for (const auto& [key, members] : classes) {
    const double ideal = share * static_cast<double>(members.size());
    counts.push_back(static_cast<std::int64_t>(std::floor(ideal + 1e-9)));
    remainders.emplace_back(static_cast<double>(counts.back()) - ideal, remainders.size());
  }
  std::sort(remainders.begin(), remainders.end());
  auto left = wanted - std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  for (std::size_t i = 0; i < remainders.size() && left > 0; ++i, --left) {
    ++counts[remainders[i].second];
  }
  Rows taken;
  std::size_t next = 0;
  for (const auto& [key, members] : classes) {
    const Rows chosen = take_random(members, counts[next++], rng);
    taken.insert(taken.end(), chosen.begin(), chosen.end());
  }
  return taken;
}

/// Whole groups in random order, each taken while it brings the total nearer to what is wanted;
/// always one, never all.
Rows take_groups(const Rows& rows, std::int64_t wanted, const Rows& keys, Rng& rng) {
  const auto groups = by_key(rows, keys);
  std::vector<const Rows*> members;
  for (const auto& group : groups) members.push_back(&group.second);
  const auto order = rng.permutation(static_cast<std::int64_t>(members.size()));
  Rows taken;
  std::size_t groups_left = members.size();
  for (const auto index : order) {
    const auto have = static_cast<std::int64_t>(taken.size());
    const auto with = have + static_cast<std::int64_t>(members[index]->size());
    if (groups_left == 1 || std::abs(with - wanted) >= std::abs(have - wanted)) continue;
    taken.insert(taken.end(), members[index]->begin(), members[index]->end());
    --groups_left;
  }
  if (taken.empty() && members.size() > 1) {
    taken = **std::min_element(members.begin(), members.end(),
                               [](const Rows* a, const Rows* b) { return a->size() < b->size(); });
  }
  return taken;
}

/// The latest rows. The cut moves to the nearest change of time, so that equal times stay together.
Rows take_latest(Rows rows, std::int64_t wanted, const Rows& keys) {
  std::stable_sort(rows.begin(), rows.end(),
                   [&](std::int64_t a, std::int64_t b) { return keys[a] < keys[b]; });
  const auto count = static_cast<std::int64_t>(rows.size());
  const auto is_change = [&](std::int64_t at) { return keys[rows[at - 1]] != keys[rows[at]]; };
  const std::int64_t cut = count - wanted;
  for (std::int64_t distance = 0; distance < count; ++distance) {
    for (const std::int64_t at : {cut + distance, cut - distance}) {
      if (at > 0 && at < count && is_change(at)) return {rows.begin() + at, rows.end()};
    }
  }
  return {rows.begin() + cut, rows.end()};
}

[[noreturn]] void fail_empty(const SplitPlan& plan, std::int64_t rows, const char* part,
                             std::int64_t wanted, std::int64_t have) {
  std::string message = std::string("the ") + to_string(plan.method) +
                        " split leaves no rows: the training source has " + grouped(rows) +
                        " labelled rows, the " + part + " part takes " + grouped(wanted) + " of " +
                        grouped(have);
  if (plan.method == SplitPlan::Method::kGroup) message += ", and groups stay whole";
  throw Error(ExitStatus::kInput, message,
              "give more data, take less for validation and test, or give them files of their own");
}

/// Moves a part out of `rows`.
Rows take(Rows& rows, const spec::Amount& amount, const char* part, std::int64_t all,
          const SplitPlan& plan, Rng& rng) {
  const auto have = static_cast<std::int64_t>(rows.size());
  const double exact = amount.is_fraction ? amount.value * static_cast<double>(have) : amount.value;
  const auto wanted = std::max<std::int64_t>(1, std::llround(exact));
  if (wanted >= have) fail_empty(plan, all, part, wanted, have);
  Rows taken;
  switch (plan.method) {
    case SplitPlan::Method::kRandom:
      taken = take_random(rows, wanted, rng);
      break;
    case SplitPlan::Method::kStratified:
      taken = take_stratified(rows, wanted, plan.keys, rng);
      break;
    case SplitPlan::Method::kGroup:
      taken = take_groups(rows, wanted, plan.keys, rng);
      break;
    case SplitPlan::Method::kTime:
      taken = take_latest(rows, wanted, plan.keys);
      break;
  }
  std::sort(taken.begin(), taken.end());
  Rows left;
  std::set_difference(rows.begin(), rows.end(), taken.begin(), taken.end(),
                      std::back_inserter(left));
  if (taken.empty() || left.empty()) fail_empty(plan, all, part, wanted, have);
  rows = std::move(left);
  return taken;
}

}  // namespace

std::string to_string(SplitPlan::Method method) {
  switch (method) {
    case SplitPlan::Method::kRandom:
      return "random";
    case SplitPlan::Method::kStratified:
      return "stratified";
    case SplitPlan::Method::kGroup:
      return "group";
    case SplitPlan::Method::kTime:
      return "time";
  }
  return "";
}

std::array<Rows, 3> split_rows(Rows rows, const SplitPlan& plan) {
  Rng rng(plan.seed, "split");
  std::sort(rows.begin(), rows.end());
  const auto all = static_cast<std::int64_t>(rows.size());
  std::array<Rows, 3> parts;
  if (plan.test) parts[2] = take(rows, *plan.test, "test", all, plan, rng);
  if (plan.validation) parts[1] = take(rows, *plan.validation, "validation", all, plan, rng);
  parts[0] = std::move(rows);
  return parts;
}

}  // namespace dlwork::data
