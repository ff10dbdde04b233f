#include <algorithm>
#include <cmath>
#include <map>

#include "dlwork/base/contingency.h"
#include "dlwork/base/two_samples.h"
#include "phase/audit/check.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Column;
using data::Part;

namespace {

/// Pairs of columns whose gaps are compared, at most.
constexpr std::size_t kMostGappyColumns = 200;
constexpr std::size_t kFewestGaps = 10;

/// How strongly a column's gaps go with the target, with the p of chance.
struct Association {
  const Profile* profile = nullptr;
  double effect = 0;
  double p = 1;
  std::string text;
};

Association with_class(const Audit& audit, const Profile& profile) {
  const auto& target = audit.target();
  Contingency table(2, target.classes.size());
  for (const auto row : audit.train()) {
    table.add(profile.column->is_missing(row) ? 1 : 0, static_cast<std::size_t>(target.codes[row]));
  }
  std::size_t most = 0, least = 0;
  const auto share = [&](std::size_t c) {
    return table.column_sum(c) > 0 ? table.at(1, c) / table.column_sum(c) : 0;
  };
  for (std::size_t c = 0; c < target.classes.size(); ++c) {
    if (share(c) > share(most)) most = c;
    if (table.column_sum(c) > 0 && share(c) < share(least)) least = c;
  }
  return {&profile, cramers_v_corrected(table), chi_square(table).p,
          percent(share(most)) + " in class " + target.classes[most] + ", " +
              percent(share(least)) + " in class " + target.classes[least]};
}

Association with_number(const Audit& audit, const Profile& profile) {
  std::vector<double> missing, present;
  for (const auto row : audit.train()) {
    (profile.column->is_missing(row) ? missing : present).push_back(audit.target().values[row]);
  }
  const auto test = kolmogorov_smirnov(missing, present);
  return {&profile, test.distance, test.p,
          "the target's distribution differs by " + pretty_number(test.distance, 2) +
              " (Kolmogorov-Smirnov) where it is missing"};
}

std::vector<const Profile*> gappy(Audit& audit) {
  std::vector<const Profile*> found;
  for (const Profile& profile : audit.facts.profiles()) {
    if (profile.missing.size() >= kFewestGaps && profile.present > 0) found.push_back(&profile);
  }
  return found;
}

Rows both_missing(const Profile& a, const Profile& b) {
  Rows both;
  std::set_intersection(a.missing.begin(), a.missing.end(), b.missing.begin(), b.missing.end(),
                        std::back_inserter(both));
  return both;
}

/// A column of two values that tells just where another is missing.
bool is_mask_of(const Column& mask, const Profile& gaps, const Rows& rows) {
  std::map<std::pair<double, bool>, std::int64_t> seen;
  for (const auto row : rows) {
    if (mask.is_missing(row)) return false;
    const double value =
        mask.type == data::ColumnType::kNumber ? mask.numbers[row] : mask.codes[row];
    seen[{value, gaps.column->is_missing(row)}] += 1;
    if (seen.size() > 2) return false;
  }
  return seen.size() == 2 && seen.begin()->first.first != std::prev(seen.end())->first.first &&
         seen.begin()->first.second != std::prev(seen.end())->first.second;
}

}  // namespace

void check_missing(Audit& audit) {
  const auto& limits = audit.limits();
  for (const Profile& profile : audit.facts.profiles()) {
    const Rows& missing = profile.missing;
    const double share = profile.missing_share();
    const Json evidence = {
        {"share", share}, {"samples", missing.size()}, {"rows", audit.places(missing)}};
    if (profile.present == 0) {
      audit.add_about(*profile.column, "column-empty", Severity::kWarn,
                      "column " + profile.name() + " has no value in the training part", evidence);
      continue;
    }
    if (share <= limits.missing_info) continue;
    auto& finding =
        audit.add_about(*profile.column, "missing-rate",
                        share > limits.missing_warn ? Severity::kWarn : Severity::kInfo,
                        percent(share) + " of column " + profile.name() +
                            " are missing, the first at " + audit.samples().where(missing.front()),
                        evidence);
    if (share > limits.missing_most) {
      finding.advice = "Consider dropping the column: it is mostly empty.";
    }
  }
}

void check_missing_by_target(Audit& audit) {
  std::vector<Association> found;
  std::vector<double> p;
  for (const Profile* profile : gappy(audit)) {
    found.push_back(audit.is_class() ? with_class(audit, *profile) : with_number(audit, *profile));
    p.push_back(found.back().p);
  }
  const auto adjusted = adjust_holm(p);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i].effect < audit.limits().missing_association ||
        adjusted[i] >= audit.limits().missing_significance) {
      continue;
    }
    audit.add_about(
        *found[i].profile->column, "missing-by-class", Severity::kInfo,
        "gaps of column " + found[i].profile->name() + " go with the target: " + found[i].text,
        {{"effect", found[i].effect},
         {"p_adjusted", adjusted[i]},
         {"rows", audit.places(found[i].profile->missing)}});
  }
}

void check_missing_together(Audit& audit) {
  auto columns = gappy(audit);
  for (const Profile* gaps : columns) {
    for (const Profile& mask : audit.facts.profiles()) {
      if (mask.kinds() != 2 || !is_mask_of(*mask.column, *gaps, audit.train())) continue;
      audit.add_about(
          *mask.column, "column-mask-pair", Severity::kInfo,
          "column " + mask.name() + " tells just where column " + gaps->name() + " is missing",
          {{"of", gaps->name()}});
    }
  }
  if (columns.size() > kMostGappyColumns) columns.resize(kMostGappyColumns);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (std::size_t j = i + 1; j < columns.size(); ++j) {
      const Rows both = both_missing(*columns[i], *columns[j]);
      const double jaccard = share_of(
          both.size(), columns[i]->missing.size() + columns[j]->missing.size() - both.size());
      if (jaccard < audit.limits().missing_overlap ||
          share_of(both.size(), audit.train().size()) < audit.limits().missing_overlap_share) {
        continue;
      }
      audit.add_about(
          *columns[j]->column, "missing-cooccurrence", Severity::kInfo,
          "columns " + columns[i]->name() + " and " + columns[j]->name() +
              " are missing in the same " + count_of(both.size()) + " samples",
          {{"with", columns[i]->name()}, {"jaccard", jaccard}, {"rows", audit.places(both)}});
    }
  }
}

void check_missing_rows(Audit& audit) {
  const auto& columns = audit.samples().table.columns;
  if (columns.empty() || audit.train().empty()) return;
  Rows empty, mostly;
  std::size_t complete = 0;
  for (const auto row : audit.train()) {
    const auto gaps = static_cast<std::size_t>(
        std::count_if(columns.begin(), columns.end(),
                      [&](const Column& column) { return column.is_missing(row); }));
    complete += gaps == 0 ? 1 : 0;
    if (gaps == columns.size()) {
      empty.push_back(row);
    } else if (share_of(gaps, columns.size()) > audit.limits().row_missing) {
      mostly.push_back(row);
    }
  }
  if (!empty.empty()) {
    audit.leave_out(empty, "row-all-missing");
    audit.add("row-all-missing", Severity::kWarn,
              count_of(empty.size()) + " training samples have no value at all, the first at " +
                  audit.samples().where(empty.front()),
              {{"samples", empty.size()}, {"rows", audit.places(empty)}});
  }
  if (!mostly.empty()) {
    audit.add("row-mostly-missing", Severity::kInfo,
              count_of(mostly.size()) + " training samples lack more than " +
                  percent(audit.limits().row_missing) + " of their inputs, the first at " +
                  audit.samples().where(mostly.front()),
              {{"samples", mostly.size()}, {"rows", audit.places(mostly)}});
  }
  const double share = share_of(complete, audit.train().size());
  if (share >= audit.limits().complete_share) return;
  audit.add("rows-complete-few", Severity::kInfo,
            "only " + percent(share) + " of the training samples are without a gap",
            {{"share", share}, {"complete", complete}});
}

void check_missing_shift(Audit& audit) {
  for (const Profile& profile : audit.facts.profiles()) {
    for (const Part part : {Part::kValidation, Part::kTest}) {
      const Rows& rows = audit.rows(part);
      if (rows.empty()) continue;
      Rows missing;
      std::copy_if(rows.begin(), rows.end(), std::back_inserter(missing),
                   [&](std::int64_t row) { return profile.column->is_missing(row); });
      const double share = share_of(missing.size(), rows.size());
      Contingency table(2, 2);
      table.add(0, 0, static_cast<double>(profile.present));
      table.add(0, 1, static_cast<double>(profile.missing.size()));
      table.add(1, 0, static_cast<double>(rows.size() - missing.size()));
      table.add(1, 1, static_cast<double>(missing.size()));
      const double p = chi_square(table).p;
      if (std::abs(share - profile.missing_share()) < audit.limits().missing_shift ||
          p >= audit.limits().missing_significance) {
        continue;
      }
      audit.add_about(*profile.column, "missing-shift-split", Severity::kWarn,
                      percent(share) + " of column " + profile.name() + " are missing in the " +
                          data::to_string(part) + " part, " + percent(profile.missing_share()) +
                          " in the training part",
                      {{"part", data::to_string(part)},
                       {"share", share},
                       {"train_share", profile.missing_share()},
                       {"p", p},
                       {"rows", audit.places(missing)}});
    }
  }
}

void check_not_finite(Audit& audit) {
  for (const Column& column : audit.samples().table.columns) {
    Rows infinite;
    for (std::size_t row = 0; row < column.numbers.size(); ++row) {
      if (std::isinf(column.numbers[row])) infinite.push_back(static_cast<std::int64_t>(row));
    }
    if (infinite.empty()) continue;
    audit.mend(column, "value-not-finite", "",
               [&](std::int64_t row) { return std::isinf(column.numbers[row]); });
    audit.add_about(column, "value-not-finite", Severity::kError,
                    count_of(infinite.size()) + " infinite values in column " + column.name +
                        ", the first at " + audit.samples().where(infinite.front()),
                    {{"rows", audit.places(infinite)}});
  }
}

}  // namespace dlwork::phase::audit
