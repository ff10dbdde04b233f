#include <algorithm>
#include <map>
#include <utility>

#include "training/metric_functions.h"
#include "training/vector_distances.h"

namespace dlwork::training {
namespace {

/// What stands how far away, and whether it is of the same class.
using Near = std::pair<float, bool>;

/// A row's figure from all others, of which `alike` are of its class.
using FigureOfRow = double(std::vector<Near>& others, std::int64_t alike);

/// Musgrave, Belongie and Lim count the nearest by rank; among equally far ones, in any order,
/// their share.
double alike_of_nearest(std::vector<Near>& others, std::int64_t) {
  const float least = std::min_element(others.begin(), others.end())->first;
  double all = 0, same = 0;
  for (const auto& [distance, is_same] : others) {
    if (distance != least) continue;
    all += 1;
    same += is_same ? 1 : 0;
  }
  return same / all;
}

/// Mean over the first `alike` places of the precision there, where one of the class stands; over
/// the orders of equally far ones the expected value: given that one of a run of `length` is of the
/// class, so is each other with a chance of (same - 1) / (length - 1).
double precision_at_alike(std::vector<Near>& others, std::int64_t alike) {
  std::nth_element(others.begin(), others.begin() + (alike - 1), others.end());
  const float last = others[alike - 1].first;
  const auto end = std::partition(others.begin() + alike, others.end(),
                                  [&](const Near& each) { return each.first == last; });
  std::sort(others.begin(), end);
  double sum = 0, before = 0;
  for (auto run = others.begin(); run != end && run - others.begin() < alike;) {
    const auto run_end =
        std::find_if(run, end, [&](const Near& each) { return each.first != run->first; });
    const auto length = static_cast<double>(run_end - run);
    const auto same =
        static_cast<double>(std::count_if(run, run_end, [](const Near& n) { return n.second; }));
    const double others_same = length > 1 ? (same - 1) / (length - 1) : 0;
    const auto start = run - others.begin();
    for (std::int64_t k = 0; k < run_end - run && start + k < alike; ++k) {
      const double found = before + 1 + static_cast<double>(k) * others_same;
      sum += same / length * found / static_cast<double>(start + k + 1);
    }
    before += same;
    run = run_end;
  }
  return sum / static_cast<double>(alike);
}

Judged judge_each(const Outputs& outputs, const data::Target& target, const MetricRows& rows,
                  FigureOfRow* figure_of) {
  std::map<std::int32_t, std::int64_t> of_class;
  std::map<std::int64_t, std::int64_t> of_row;  // an epoch's batches may have a row twice
  for (const auto row : rows) {
    ++of_class[target.codes[row]];
    ++of_row[row];
  }
  std::vector<std::int64_t> alike;
  for (const auto row : rows) alike.push_back(of_class[target.codes[row]] - of_row[row]);
  std::vector<float> figures(rows.size());
  visit_distances(outputs, [&](std::int64_t at, const float* distances) {
    if (alike[at] == 0) return;
    const auto code = target.codes[rows[at]];
    std::vector<Near> others;
    others.reserve(rows.size());
    for (std::int64_t other = 0; other < outputs.rows; ++other) {
      if (rows[other] == rows[at]) continue;
      others.emplace_back(distances[other], target.codes[rows[other]] == code);
    }
    figures[at] = static_cast<float>(figure_of(others, alike[at]));
  });
  Judged judged{{0, 1, {}}, {}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (alike[i] == 0) continue;
    judged.outputs.values.push_back(figures[i]);
    judged.rows.push_back(rows[i]);
  }
  judged.outputs.rows = static_cast<std::int64_t>(judged.rows.size());
  return judged;
}

}  // namespace

Judged nearest_alike(const Outputs& outputs, const data::Target& target, const MetricRows& rows) {
  return judge_each(outputs, target, rows, alike_of_nearest);
}

Judged precision_at_r(const Outputs& outputs, const data::Target& target, const MetricRows& rows) {
  return judge_each(outputs, target, rows, precision_at_alike);
}

}  // namespace dlwork::training
