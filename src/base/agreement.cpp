#include "dlwork/base/agreement.h"

#include <algorithm>
#include <limits>

#include "dlwork/base/error.h"

namespace dlwork {
namespace {

double beyond_chance(double observed, double expected) {
  return expected < 1 ? (observed - expected) / (1 - expected) : 1;
}

/// How often each code was given to an item; `count` is how many people rated it.
std::vector<double> votes(const std::vector<std::int32_t>& item, std::size_t classes,
                          double& count) {
  std::vector<double> given(classes, 0.0);
  count = 0;
  for (const auto code : item) {
    if (code < 0) continue;
    given[code] += 1;
    count += 1;
  }
  return given;
}

}  // namespace

double cohen_kappa(const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b,
                   std::size_t classes) {
  DLWORK_ASSERT(a.size() == b.size(), "two codes an item");
  std::vector<double> first(classes, 0.0), second(classes, 0.0);
  double agree = 0, count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] < 0 || b[i] < 0) continue;
    first[a[i]] += 1;
    second[b[i]] += 1;
    agree += a[i] == b[i] ? 1 : 0;
    count += 1;
  }
  if (count == 0) return std::numeric_limits<double>::quiet_NaN();
  double expected = 0;
  for (std::size_t c = 0; c < classes; ++c) expected += first[c] * second[c] / (count * count);
  return beyond_chance(agree / count, expected);
}

double fleiss_kappa(const Ratings& ratings, std::size_t classes) {
  std::vector<double> shares(classes, 0.0);
  double agreement = 0, items = 0, people = 0;
  for (const auto& item : ratings) {
    double count = 0;
    const auto given = votes(item, classes, count);
    if (count < 2 || count < static_cast<double>(item.size())) continue;
    people = count;
    double pairs = 0;
    for (std::size_t c = 0; c < classes; ++c) {
      pairs += given[c] * (given[c] - 1);
      shares[c] += given[c];
    }
    agreement += pairs / (count * (count - 1));
    items += 1;
  }
  if (items == 0) return std::numeric_limits<double>::quiet_NaN();
  double expected = 0;
  for (const double share : shares) {
    expected += share / (items * people) * (share / (items * people));
  }
  return beyond_chance(agreement / items, expected);
}

double krippendorff_alpha(const Ratings& ratings, std::size_t classes) {
  std::vector<double> totals(classes, 0.0);
  double all = 0, disagree = 0;
  for (const auto& item : ratings) {
    double count = 0;
    const auto given = votes(item, classes, count);
    if (count < 2) continue;
    double same = 0;
    for (std::size_t c = 0; c < classes; ++c) {
      same += given[c] * (given[c] - 1);
      totals[c] += given[c];
    }
    disagree += (count * (count - 1) - same) / (count - 1);
    all += count;
  }
  if (all < 2) return std::numeric_limits<double>::quiet_NaN();
  double expected = all * (all - 1);
  for (const double total : totals) expected -= total * (total - 1);
  return expected > 0 ? 1 - (all - 1) * disagree / expected : 1;
}

}  // namespace dlwork
