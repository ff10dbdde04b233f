#include "phase/audit/comparison.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "dlwork/base/contingency.h"
#include "dlwork/base/text.h"
#include "dlwork/base/two_samples.h"
#include "phase/audit/check.h"
#include "phase/audit/figures.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Column;

namespace {

constexpr std::size_t kMostTelling = 5;
/// Values beyond others' extremes are told where they are so many times what chance brings.
constexpr double kTimesChance = 3;
constexpr std::int64_t kFewestBeyond = 3;

/// Recorded categories by name, in an order that is the same each time.
using CategoryCounts = std::map<std::string, double>;

CategoryCounts category_counts(const Json& recorded) {
  CategoryCounts counts;
  const Json &names = recorded.at("categories"), &found = recorded.at("counts");
  for (std::size_t i = 0; i < names.size(); ++i) {
    counts.emplace(names[i].get<std::string>(), found.at(i).get<double>());
  }
  return counts;
}

/// Quantiles as so many values of equal weight: the middles between them.
std::vector<double> middles(const std::vector<double>& quantiles) {
  std::vector<double> values;
  for (std::size_t i = 1; i < quantiles.size(); ++i) {
    values.push_back((quantiles[i - 1] + quantiles[i]) / 2);
  }
  return values;
}

/// As `difference_of_numbers`, from what was recorded of the training part.
Difference difference_from(const Json& recorded, const std::vector<double>& values) {
  Difference result;
  const auto n = recorded.at("finite").get<double>(), m = static_cast<double>(values.size());
  if (n < kFewestCompared || m < kFewestCompared) return result;
  const auto quantiles = recorded.at("quantiles").get<std::vector<double>>();
  result.effect = distance_to_quantiles(quantiles, values);
  result.p = kolmogorov_p(result.effect, n, m);
  const auto edges = recorded.at("edges").get<std::vector<double>>();
  result.stability =
      stability_index(recorded.at("between").get<std::vector<double>>(), bin_counts(values, edges));
  result.stability_chance = stability_by_chance(edges.size(), n, m);
  const auto deviation = recorded.at("deviation").get<double>();
  if (deviation > 0) result.wasserstein = wasserstein(middles(quantiles), values) / deviation;
  return result;
}

}  // namespace

double distance_to_quantiles(const std::vector<double>& quantiles, std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  const double steps = static_cast<double>(quantiles.size()) - 1;
  double distance = 0;
  // Between quantiles the recorded function is not known, so it is compared at them alone: just
  // below and at each, equal quantiles being a step.
  for (std::size_t i = 0; i < quantiles.size(); ++i) {
    const auto equal = std::equal_range(quantiles.begin(), quantiles.end(), quantiles[i]);
    const double below = static_cast<double>(equal.first - quantiles.begin()) / steps;
    const double up_to =
        std::min(1.0, static_cast<double>(equal.second - quantiles.begin() - 1) / steps);
    const auto found = std::equal_range(values.begin(), values.end(), quantiles[i]);
    const double found_below = static_cast<double>(found.first - values.begin()) / n;
    const double found_up_to = static_cast<double>(found.second - values.begin()) / n;
    distance = std::max({distance, std::abs(up_to - found_up_to),
                         equal.second - equal.first > 1 ? std::abs(below - found_below) : 0.0});
  }
  return distance;
}

std::string Comparison::subject_of(const Column& column) const {
  return column_subject(kind_, column.name);
}

void Comparison::add(const std::string& id, Severity severity, const std::string& message,
                     Json evidence) {
  result_.findings.push_back(artefact::make_finding(id, severity, message, std::move(evidence)));
}

void Comparison::schema(const Json& recorded, const std::vector<std::string>& names,
                        const std::string& target) {
  std::vector<std::string> lacking, known, extra;
  for (const Json& column : recorded) {
    known.push_back(column.at("name").get<std::string>());
    if (std::find(names.begin(), names.end(), known.back()) == names.end()) {
      lacking.push_back(known.back());
    }
  }
  if (!lacking.empty()) {
    add("against-schema", Severity::kError, "the new data lack " + join_words(lacking),
        {{"missing", lacking}});
  }
  for (const std::string& name : names) {
    if (name != target && std::find(known.begin(), known.end(), name) == known.end()) {
      extra.push_back(name);
    }
  }
  if (extra.empty()) return;
  add("against-schema", Severity::kInfo,
      "the new data have columns that are no inputs: " + join_words(extra), {{"extra", extra}});
}

void Comparison::column(const Json& recorded, const Column& found) {
  const bool number = recorded.at("type") == "number";
  if (number != (found.type == data::ColumnType::kNumber)) {
    add("against-type", Severity::kError,
        subject_of(found) + " held " + (number ? "numbers" : "categories") + ", now it holds " +
            (number ? "texts" : "numbers alone"),
        {{"column", found.name}});
    return;
  }
  gaps(recorded, found);
  if (!number) {
    categories(recorded, found);
    return;
  }
  const auto values = finite_values(found.numbers);
  ranges(recorded, found, values);
  numbers(subject_of(found), recorded, values);
}

void Comparison::gaps(const Json& recorded, const Column& found) {
  std::size_t missing = 0;
  for (std::int64_t row = 0; row < found.count(); ++row) missing += found.is_missing(row) ? 1 : 0;
  const double now = share_of(missing, static_cast<std::size_t>(found.count()));
  const double then =
      share_of(recorded.at("missing").get<std::size_t>(), recorded.at("rows").get<std::size_t>());
  if (now - then < limits_.missing_shift) return;
  add("against-missing", Severity::kWarn,
      percent(now) + " of " + subject_of(found) + " are missing, " + percent(then) +
          " in the training part",
      {{"column", found.name}, {"share", now}, {"train_share", then}});
}

void Comparison::ranges(const Json& recorded, const Column& found,
                        const std::vector<double>& values) {
  const Json& quantiles = recorded.at("quantiles");
  if (values.empty() || quantiles.empty()) return;
  const double low = quantiles.front().get<double>(), high = quantiles.back().get<double>();
  // A few samples just beyond the extremes of others are to be expected: a tenth of the range, and
  // 2 / (n + 1) of them beyond those of n by chance.
  const double margin = 0.1 * (high - low);
  const auto beyond = std::count_if(values.begin(), values.end(), [&](double value) {
    return value < low - margin || value > high + margin;
  });
  const double part = share_of(static_cast<std::size_t>(beyond), values.size());
  const double chance = 2 / (recorded.at("finite").get<double>() + 1);
  if (part <= limits_.range_share || part <= kTimesChance * chance || beyond < kFewestBeyond) {
    return;
  }
  add("against-range", Severity::kWarn,
      percent(part) + " of " + subject_of(found) + " lie well outside " + pretty_number(low) +
          " to " + pretty_number(high) + ", the training part's range",
      {{"column", found.name}, {"share", part}, {"low", low}, {"high", high}});
}

void Comparison::categories(const Json& recorded, const Column& found) {
  const CategoryCounts known = category_counts(recorded);
  const auto now = code_counts(found.codes, found.categories.size());
  std::int64_t unseen = 0, present = 0;
  std::string example;
  for (std::size_t code = 0; code < now.size(); ++code) {
    present += now[code];
    if (now[code] == 0 || known.contains(found.categories[code])) continue;
    unseen += now[code];
    if (example.empty()) example = found.categories[code];
  }
  const double part = share_of(static_cast<std::size_t>(unseen), static_cast<std::size_t>(present));
  if (unseen > 0) {
    add("against-category", part > limits_.new_category_share ? Severity::kWarn : Severity::kInfo,
        grouped(unseen) + " values of " + subject_of(found) +
            " are categories that training has not, such as '" + example + "'",
        {{"column", found.name}, {"samples", unseen}, {"share", part}});
  }
  counts(subject_of(found), recorded, found.categories, now);
}

void Comparison::numbers(const std::string& subject, const Json& recorded,
                         const std::vector<double>& values) {
  drifts_.push_back({subject, difference_from(recorded, values)});
}

void Comparison::counts(const std::string& subject, const Json& recorded,
                        const std::vector<std::string>& names,
                        const std::vector<std::int64_t>& found) {
  CategoryCounts known = category_counts(recorded);
  std::vector<double> then, now;
  double all = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto count = known.find(names[i]);
    then.push_back(count == known.end() ? 0 : count->second);
    now.push_back(static_cast<double>(found[i]));
    all += now.back();
    if (count != known.end()) known.erase(count);
  }
  for (const auto& [name, count] : known) {
    then.push_back(count);
    now.push_back(0);
  }
  if (all < static_cast<double>(kFewestCompared)) return;
  drifts_.push_back({subject, difference_of_counts(then, now)});
}

void Comparison::finish() {
  std::vector<double> p;
  for (const Drift& drift : drifts_) p.push_back(drift.difference.p);
  const auto q = adjust_false_discovery(p);
  const DifferenceIds ids{"against-drift", "against-psi", "against-wasserstein"};
  for (std::size_t i = 0; i < drifts_.size(); ++i) {
    for (auto& finding : tell_difference(drifts_[i].difference, q[i], drifts_[i].subject,
                                         "in the new data", limits_, ids)) {
      finding.evidence["name"] = drifts_[i].subject;
      result_.findings.push_back(std::move(finding));
    }
  }
}

Json Comparison::telling() const {
  std::vector<const Drift*> order;
  for (const Drift& drift : drifts_) order.push_back(&drift);
  std::stable_sort(order.begin(), order.end(), [](const Drift* a, const Drift* b) {
    return a->difference.effect > b->difference.effect;
  });
  if (order.size() > kMostTelling) order.resize(kMostTelling);
  Json list = Json::array();
  for (const Drift* drift : order) {
    list.push_back({{"name", drift->subject}, {"distance", drift->difference.effect}});
  }
  return list;
}

}  // namespace dlwork::phase::audit
