#include "phase/diagnose/slices.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "dlwork/base/text.h"
#include "dlwork/data/value_text.h"
#include "phase/diagnose/properties.h"
#include "phase/diagnose/study.h"

namespace dlwork::phase::diagnose {
namespace {

constexpr std::size_t kFewestMembers = 10;
constexpr double kSmallestShare = 0.01;
constexpr int kBins = 5;
constexpr double kSecondsOfDay = 86400;
/// Slices of single columns that are crossed, at most: pairs grow with the square.
constexpr std::size_t kMostCrossed = 40;

std::size_t fewest(std::size_t rows) {
  return std::max(kFewestMembers,
                  static_cast<std::size_t>(std::ceil(kSmallestShare * static_cast<double>(rows))));
}

/// Keeps slices of sensible size: neither too few samples nor nearly all.
void keep(std::vector<Slice>& slices, Slice slice, std::size_t rows) {
  const std::size_t least = fewest(rows);
  if (slice.members.size() < least || rows - slice.members.size() < least) return;
  slices.push_back(std::move(slice));
}

/// Inner edges of the bins of `values`, ascending and distinct.
std::vector<double> edges_of(const std::vector<double>& values) {
  std::set<double> edges;
  for (int i = 1; i < kBins; ++i) edges.insert(quantile(values, static_cast<double>(i) / kBins));
  return {edges.begin(), edges.end()};
}

/// How an edge of a bin is written.
using EdgeText = std::function<std::string(double)>;

std::string plain_edge(double value) { return pretty_number(value); }

/// Edges as the column has its values. Those between dates without a time of day are days as well:
/// no value lies between an edge and the day's beginning.
EdgeText edge_text_of(const data::Column& column) {
  const bool whole_days =
      column.info.meaning == data::Meaning::kDatetime &&
      std::all_of(column.numbers.begin(), column.numbers.end(), [](double value) {
        return !std::isfinite(value) || std::fmod(value, kSecondsOfDay) == 0;
      });
  return [&column, whole_days](double value) {
    return data::value_text(column,
                            whole_days ? std::floor(value / kSecondsOfDay) * kSecondsOfDay : value);
  };
}

/// "age up to 25", "age 25 to 37", "age above 62".
std::string bin_name(const std::string& name, const std::vector<std::string>& edges,
                     std::size_t bin) {
  if (bin == 0) return name + " up to " + edges.front();
  if (bin == edges.size()) return name + " above " + edges.back();
  return name + " " + edges[bin - 1] + " to " + edges[bin];
}

/// Bins hold values above the edge before and up to their own.
void cut_number(const std::string& name, const std::vector<double>& fitted,
                const std::vector<double>& values, const EdgeText& edge_text,
                std::vector<Slice>& slices) {
  std::vector<double> present;
  for (const double value : fitted) {
    if (std::isfinite(value)) present.push_back(value);
  }
  if (present.empty()) return;
  const std::set<double> distinct(present.begin(), present.end());
  const bool few = distinct.size() <= kBins;
  const auto edges =
      few ? std::vector<double>(distinct.begin(), distinct.end()) : edges_of(present);
  std::vector<Slice> bins(edges.size() + 1);
  Slice missing{name + " missing", name, {}};
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      missing.members.push_back(i);
      continue;
    }
    bins[std::lower_bound(edges.begin(), edges.end(), values[i]) - edges.begin()].members.push_back(
        i);
  }
  std::vector<std::string> texts;
  for (const double edge : edges) texts.push_back(edge_text(edge));
  for (std::size_t bin = 0; bin < bins.size(); ++bin) {
    bins[bin].name =
        few && bin < edges.size() ? name + " = " + texts[bin] : bin_name(name, texts, bin);
    bins[bin].column = name;
    keep(slices, std::move(bins[bin]), values.size());
  }
  keep(slices, std::move(missing), values.size());
}

void cut_category(const data::Column& column, const std::vector<std::int64_t>& rows,
                  std::vector<Slice>& slices) {
  std::map<std::int32_t, Slice> by_code;
  for (std::size_t i = 0; i < rows.size(); ++i) by_code[column.codes[rows[i]]].members.push_back(i);
  for (auto& [code, slice] : by_code) {
    slice.name =
        code < 0 ? column.name + " missing" : column.name + " = " + column.categories[code];
    slice.column = column.name;
    keep(slices, std::move(slice), rows.size());
  }
}

void cut_properties(const data::Samples& samples, const std::vector<std::int64_t>& train_rows,
                    const std::vector<std::int64_t>& rows, std::vector<Slice>& slices) {
  const auto fitted = properties_of(samples, train_rows), seen = properties_of(samples, rows);
  for (std::size_t i = 0; i < seen.size() && i < fitted.size(); ++i) {
    cut_number(seen[i].name, fitted[i].values, seen[i].values, plain_edge, slices);
  }
}

bool are_counts(const std::vector<double>& errors) {
  return std::all_of(errors.begin(), errors.end(),
                     [](double error) { return error == 0 || error == 1; });
}

/// A mean as a figure with its interval: Wilson's for shares, Student's otherwise.
artefact::Metric mean_figure(const std::vector<double>& values, bool counts) {
  artefact::Metric metric;
  metric.value = mean(values);
  Interval interval;
  if (counts) {
    interval = wilson(std::llround(metric.value * static_cast<double>(values.size())),
                      static_cast<std::int64_t>(values.size()));
  } else {
    const Difference own = mean_of_pairs(values);
    interval = {own.low, own.high};
  }
  metric.low = interval.low;
  metric.high = interval.high;
  return metric;
}

}  // namespace

std::vector<Slice> slices_of(const data::Dataset& dataset,
                             const std::vector<std::int64_t>& train_rows,
                             const std::vector<std::int64_t>& rows) {
  const auto& samples = dataset.samples;
  std::vector<Slice> slices;
  cut_properties(samples, train_rows, rows, slices);
  for (const auto& column : samples.table.columns) {
    if (column.type == data::ColumnType::kCategory) {
      cut_category(column, rows, slices);
      continue;
    }
    std::vector<double> fitted, values;
    for (const auto row : train_rows) fitted.push_back(column.numbers[row]);
    for (const auto row : rows) values.push_back(column.numbers[row]);
    cut_number(column.name, fitted, values, edge_text_of(column), slices);
  }
  return slices;
}

std::vector<Slice> crossed(const std::vector<Slice>& singles, std::size_t row_count) {
  std::vector<const Slice*> largest;
  for (const auto& single : singles) largest.push_back(&single);
  std::stable_sort(largest.begin(), largest.end(), [](const Slice* a, const Slice* b) {
    return a->members.size() > b->members.size();
  });
  largest.resize(std::min(largest.size(), kMostCrossed));
  std::sort(largest.begin(), largest.end());  // named in the columns' order
  std::vector<Slice> slices;
  for (std::size_t a = 0; a < largest.size(); ++a) {
    for (std::size_t b = a + 1; b < largest.size(); ++b) {
      const Slice &first = *largest[a], &second = *largest[b];
      if (first.column == second.column) continue;
      Slice both{first.name + " and " + second.name, first.column + " and " + second.column, {}};
      std::set_intersection(first.members.begin(), first.members.end(), second.members.begin(),
                            second.members.end(), std::back_inserter(both.members));
      // The same samples under a longer name tell nothing new.
      if (both.members.size() == first.members.size() ||
          both.members.size() == second.members.size())
        continue;
      keep(slices, std::move(both), row_count);
    }
  }
  return slices;
}

std::vector<JudgedSlice> judge_slices(const std::vector<Slice>& slices,
                                      const std::vector<double>& errors) {
  const bool counts = are_counts(errors);
  double total = 0;
  for (const double error : errors) total += error;
  std::vector<JudgedSlice> judged;
  std::vector<double> p;
  for (const auto& slice : slices) {
    std::vector<double> inside, outside;
    for (std::size_t i = 0, next = 0; i < errors.size(); ++i) {
      const bool member = next < slice.members.size() && slice.members[next] == i;
      (member ? inside : outside).push_back(errors[i]);
      next += member ? 1 : 0;
    }
    const auto in = mean_figure(inside, counts), out = mean_figure(outside, counts);
    JudgedSlice one{&slice, in.value, out.value, difference_of(in, out), 1, 1, 0};
    const auto n = static_cast<double>(inside.size()), m = static_cast<double>(outside.size());
    one.p = counts ? fisher_greater(
                         std::llround(in.value * n), static_cast<std::int64_t>(inside.size()),
                         std::llround(out.value * m), static_cast<std::int64_t>(outside.size()))
                   : mann_whitney_greater(inside, outside);
    if (total > 0) one.explains = std::max(0.0, (in.value - out.value) * n / total);
    p.push_back(one.p);
    judged.push_back(one);
  }
  const auto q = false_discovery(p);
  for (std::size_t i = 0; i < judged.size(); ++i) judged[i].q = q[i];
  return judged;
}

WeakFrom weak_from(const Study& study, const std::vector<double>& errors) {
  const double scale = study.dataset().samples.target.is_class ? 1 : mean(errors);
  return {study.settings().slice_discovery, study.settings().slice_tolerance * scale};
}

bool is_weak(const JudgedSlice& judged, const WeakFrom& limits) {
  return judged.q < limits.discovery && judged.gap.value > limits.gap && judged.gap.low > 0;
}

void sort_by_worth(std::vector<JudgedSlice>& judged, const WeakFrom& limits) {
  std::stable_sort(judged.begin(), judged.end(), [&](const auto& a, const auto& b) {
    const bool weak_a = is_weak(a, limits), weak_b = is_weak(b, limits);
    return weak_a != weak_b ? weak_a : a.explains > b.explains;
  });
}

}  // namespace dlwork::phase::diagnose
