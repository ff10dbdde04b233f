#include <algorithm>
#include <cmath>
#include <numeric>

#include "dlwork/base/stats.h"
#include "dlwork/base/text.h"
#include "phase/audit/check.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Part;

namespace {

constexpr Part kParts[] = {Part::kTrain, Part::kValidation, Part::kTest};
constexpr std::size_t kFewestTest = 100;
constexpr std::int64_t kFewestTestOfClass = 10;
/// Half-widths of the 95 % interval of the test figure: two points are worth a word; ten points
/// cannot tell a good model from a poor one.
constexpr double kWideHalf = 0.02;
constexpr double kUselessHalf = 0.1;
/// The figure the test part is judged at where the goal gives none.
constexpr double kUsualTarget = 0.9;
constexpr double kOrderedZ = -5;
constexpr double kOrderedCorrelation = 0.3;

void add_size_table(Audit& audit) {
  artefact::Table table{"parts", "Samples", {"part", "samples"}, {false, true}, {}, ""};
  for (const Part part : kParts) {
    table.rows.push_back(
        {data::to_string(part), grouped(static_cast<std::int64_t>(audit.rows(part).size()))});
  }
  table.note = audit.data.split;
  audit.result.tables.push_back(std::move(table));
}

/// Runs of equal classes in file order against what a random order gives (Mood 1940; Wald and
/// Wolfowitz 1940 for two classes): strongly negative where rows are sorted by class.
double runs_z(const std::vector<std::int32_t>& codes, std::size_t classes) {
  std::vector<double> counts(classes, 0.0);
  double runs = codes.empty() ? 0 : 1;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    counts[codes[i]] += 1;
    if (i > 0 && codes[i] != codes[i - 1]) runs += 1;
  }
  const auto n = static_cast<double>(codes.size());
  double squares = 0, cubes = 0;
  for (const double count : counts) {
    squares += count * count;
    cubes += count * count * count;
  }
  const double expected = (n * (n + 1) - squares) / n;
  const double variance =
      (squares * (squares + n * (n + 1)) - 2 * n * cubes - n * n * n) / (n * n * (n - 1));
  return variance > 0 ? (runs - expected) / std::sqrt(variance) : 0;
}

/// Ranks with ties shared (mean rank).
std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> result(values.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    for (end = begin; end < order.size() && values[order[end]] == values[order[begin]]; ++end) {
    }
    const double rank = 0.5 * static_cast<double>(begin + end - 1);
    for (std::size_t i = begin; i < end; ++i) result[order[i]] = rank;
  }
  return result;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const double mean_a = mean(a), mean_b = mean(b);
  double both = 0, square_a = 0, square_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    both += (a[i] - mean_a) * (b[i] - mean_b);
    square_a += (a[i] - mean_a) * (a[i] - mean_a);
    square_b += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return square_a > 0 && square_b > 0 ? both / std::sqrt(square_a * square_b) : 0;
}

}  // namespace

void check_sizes(Audit& audit) {
  add_size_table(audit);
  const auto all = static_cast<std::int64_t>(audit.train().size() + audit.rows(Part::kValidation).size() +
                                             audit.rows(Part::kTest).size());
  const std::int64_t expected = audit.context.project.data.expect.rows;
  if (all < expected) {
    auto& finding = audit.add("rows-missing", Severity::kError,
                              grouped(all) + " labelled samples, but data.expect.rows says " +
                                  grouped(expected),
                              {{"samples", all}, {"expected", expected}});
    finding.key = "data.expect.rows";
  }
  for (const Part part : kParts) {
    if (!audit.rows(part).empty()) continue;
    audit.add("part-empty", Severity::kError, "the " + data::to_string(part) + " part is empty",
              {{"part", data::to_string(part)}});
  }
}

void check_unlabelled(Audit& audit) {
  const auto& rows = audit.data.unlabelled;
  if (rows.empty()) return;
  audit.add("missing-target", Severity::kError,
            grouped(static_cast<std::int64_t>(rows.size())) + " samples have no " +
                (audit.samples().target.name.empty() ? "label" : audit.samples().target.name) +
                ", the first at " + audit.samples().where(rows.front()),
            {{"samples", rows.size()}, {"rows", audit.places(rows)}});
}

void check_test_size(Audit& audit) {
  const auto& rows = audit.rows(Part::kTest);
  const auto count = static_cast<std::int64_t>(rows.size());
  if (count == 0) return;
  const double goal = audit.context.project.goal.target.value_or(kUsualTarget);
  const double target = goal > 0 && goal < 1 ? goal : kUsualTarget;
  const Interval interval =
      wilson(static_cast<std::int64_t>(std::llround(target * static_cast<double>(count))), count);
  const double half = (interval.high - interval.low) / 2;
  if (half > kWideHalf) {
    audit.add("test-size", half > kUselessHalf ? Severity::kError : Severity::kWarn,
              "on " + grouped(count) + " test samples a figure of " + pretty_number(target) +
                  " is known to within " + pretty_number(half, 2) + " only (95 %)",
              {{"test_samples", count}, {"figure", target}, {"half_width", half}});
  }
  std::vector<std::int64_t> counts(audit.samples().target.classes.size(), 0);
  for (const auto row : rows) ++counts[audit.samples().target.codes[row]];
  std::vector<std::string> few;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] < kFewestTestOfClass) {
      few.push_back(audit.samples().target.classes[c] + " (" + std::to_string(counts[c]) + ")");
    }
  }
  if (few.empty() && rows.size() >= kFewestTest) return;
  audit.add("split-size", Severity::kWarn,
            few.empty() ? "the test part has only " + grouped(count) + " samples"
                        : "fewer than " + std::to_string(kFewestTestOfClass) +
                              " test samples of " + join_words(few),
            {{"test_samples", count}, {"few", few}});
}

void check_row_order(Audit& audit) {
  const data::Target& target = audit.samples().target;
  // The training part keeps the files' order; shuffling happens later, in training.
  const auto& rows = audit.train();
  if (rows.size() < 50) return;
  std::string how;
  Json evidence;
  if (target.is_class) {
    std::vector<std::int32_t> codes;
    for (const auto row : rows) codes.push_back(target.codes[row]);
    const double z = runs_z(codes, target.classes.size());
    if (z >= kOrderedZ) return;
    evidence = {{"runs_z", z}};
    how = "rows of the same class stand together in the files (runs test z " +
          pretty_number(z, 3) + ")";
  } else {
    std::vector<double> values, places;
    for (const auto row : rows) {
      values.push_back(target.values[row]);
      places.push_back(static_cast<double>(row));
    }
    const double rho = correlation(ranks(values), places);
    if (std::abs(rho) <= kOrderedCorrelation) return;
    evidence = {{"rank_correlation", rho}};
    how = "the target goes with the row number (rank correlation " + pretty_number(rho, 3) + ")";
  }
  audit.add("row-order-by-target", Severity::kInfo, how, evidence);
}

}  // namespace dlwork::phase::audit
