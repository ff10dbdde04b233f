#include <algorithm>
#include <cmath>

#include "dlwork/base/agreement.h"
#include "dlwork/base/stats.h"
#include "phase/audit/check.h"
#include "phase/audit/extra.h"

namespace dlwork::phase::audit {

using artefact::Severity;

namespace {

constexpr std::size_t kFewestOthers = 2;

/// The people's labels as codes: classes of the target first, then what else they wrote.
struct Panel {
  std::vector<std::string> people;
  Ratings ratings;  ///< by sample
  std::vector<Rows::value_type> rows;
  std::size_t classes = 0;
};

std::string text_of(const data::Column& column, std::int64_t row) {
  return column.type == data::ColumnType::kCategory ? column.categories[column.codes[row]]
                                                    : number_text(column.numbers[row]);
}

Panel read_panel(Audit& audit, const std::vector<std::string>& names) {
  const data::Table table = read_columns(audit.context, names);
  std::vector<std::string> known = audit.target().classes;
  Panel panel;
  for (std::int64_t row = 0; row < audit.samples().count; ++row) {
    std::vector<std::int32_t> codes;
    for (const data::Column& column : table.columns) {
      if (column.is_missing(row)) {
        codes.push_back(-1);
        continue;
      }
      const std::string text = text_of(column, row);
      const auto at = std::find(known.begin(), known.end(), text);
      codes.push_back(static_cast<std::int32_t>(at - known.begin()));
      if (at == known.end()) known.push_back(text);
    }
    panel.ratings.push_back(std::move(codes));
    panel.rows.push_back(row);
  }
  for (const data::Column& column : table.columns) panel.people.push_back(column.name);
  panel.classes = known.size();
  return panel;
}

std::vector<std::int32_t> codes_of(const Panel& panel, std::size_t person) {
  std::vector<std::int32_t> codes;
  for (const auto& item : panel.ratings) codes.push_back(item[person]);
  return codes;
}

/// Mean kappa of each person with those who labelled samples of theirs too; NaN where nobody did.
std::vector<double> mean_kappas(const Panel& panel) {
  std::vector<double> sums(panel.people.size(), 0.0), pairs(panel.people.size(), 0.0);
  for (std::size_t a = 0; a < panel.people.size(); ++a) {
    for (std::size_t b = a + 1; b < panel.people.size(); ++b) {
      const double kappa = cohen_kappa(codes_of(panel, a), codes_of(panel, b), panel.classes);
      if (!std::isfinite(kappa)) continue;
      sums[a] += kappa;
      sums[b] += kappa;
      ++pairs[a];
      ++pairs[b];
    }
  }
  for (std::size_t i = 0; i < sums.size(); ++i) {
    sums[i] = pairs[i] > 0 ? sums[i] / pairs[i] : NAN;
  }
  return sums;
}

Json known_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }
std::string known_text(double value) {
  return std::isfinite(value) ? pretty_number(value, 3) : "-";
}

/// The measures, whether or not they are good.
void show_agreement(Audit& audit, const Panel& panel, const std::vector<double>& kappas,
                    double alpha, const Interval& interval, double fleiss) {
  artefact::Table table{"agreement",
                        "How people agree on the labels",
                        {"measure", "value", "95 %"},
                        {false, true, true},
                        {},
                        ""};
  table.rows.push_back({"Krippendorff's alpha", pretty_number(alpha, 3),
                        pretty_number(interval.low, 3) + " to " + pretty_number(interval.high, 3)});
  table.rows.push_back({"Fleiss' kappa", known_text(fleiss), "-"});
  Json cohen = Json::object();
  for (std::size_t i = 0; i < panel.people.size(); ++i) {
    cohen[panel.people[i]] = known_or_null(kappas[i]);
    table.rows.push_back({"Cohen's kappa of " + panel.people[i] + " with the others, mean",
                          known_text(kappas[i]), "-"});
  }
  audit.result.tables.push_back(std::move(table));
  audit.result.values["label_agreement"] = alpha;
  audit.result.values["label_kappas"] = {{"fleiss", known_or_null(fleiss)}, {"cohen", cohen}};
}

Rows disagreements(const Panel& panel) {
  Rows rows;
  for (std::size_t i = 0; i < panel.ratings.size(); ++i) {
    std::int32_t seen = -1;
    for (const auto code : panel.ratings[i]) {
      if (code < 0) continue;
      if (seen >= 0 && code != seen) {
        rows.push_back(panel.rows[i]);
        break;
      }
      seen = code;
    }
  }
  return rows;
}

void report_agreement(Audit& audit, const Panel& panel, const std::vector<double>& kappas) {
  const auto& limits = audit.limits();
  const double alpha = krippendorff_alpha(panel.ratings, panel.classes);
  if (!std::isfinite(alpha)) {
    throw Error(ExitStatus::kInput, "no sample has labels of two of audit.annotators");
  }
  Rng rng(audit.seed(), "audit agreement");
  constexpr int kResamples = 200;
  const Interval interval = bootstrap(
      static_cast<std::int64_t>(panel.ratings.size()),
      [&](const std::vector<std::int64_t>& drawn) {
        Ratings some;
        for (const auto i : drawn) some.push_back(panel.ratings[i]);
        return krippendorff_alpha(some, panel.classes);
      },
      kResamples, rng);
  const Rows rows = disagreements(panel);
  show_agreement(audit, panel, kappas, alpha, interval, fleiss_kappa(panel.ratings, panel.classes));
  if (alpha >= limits.agreement_info) return;
  const Severity severity = alpha < limits.agreement_error  ? Severity::kError
                            : alpha < limits.agreement_warn ? Severity::kWarn
                                                            : Severity::kInfo;
  audit.add("label-agreement", severity,
            "people agree on the labels by " + pretty_number(alpha, 3) +
                " (Krippendorff's alpha [" + pretty_number(interval.low, 3) + ", " +
                pretty_number(interval.high, 3) + "]); " + count_of(rows.size()) +
                " samples are in dispute",
            {{"alpha", alpha},
             {"low", interval.low},
             {"high", interval.high},
             {"fleiss_kappa", audit.result.values["label_kappas"]["fleiss"]},
             {"mean_kappa", audit.result.values["label_kappas"]["cohen"]},
             {"disputed", rows.size()},
             {"rows", audit.places(rows)}});
}

void report_outliers(Audit& audit, const Panel& panel, const std::vector<double>& kappas) {
  for (std::size_t i = 0; i < panel.people.size(); ++i) {
    if (!std::isfinite(kappas[i])) continue;
    std::vector<double> others;
    for (std::size_t j = 0; j < panel.people.size(); ++j) {
      if (j != i && std::isfinite(kappas[j])) others.push_back(kappas[j]);
    }
    if (others.size() < kFewestOthers) return;
    const double deviation = std::max(standard_deviation(others), 0.02);
    const double below = (mean(others) - kappas[i]) / deviation;
    if (below <= audit.limits().annotator_deviations) continue;
    audit.add("label-annotator-outlier", Severity::kWarn,
              panel.people[i] + " agrees with the others by " + pretty_number(kappas[i], 2) +
                  " only, they among themselves by " + pretty_number(mean(others), 2),
              {{"annotator", panel.people[i]}, {"kappa", kappas[i]}, {"deviations", below}});
  }
}

}  // namespace

void check_agreement(Audit& audit) {
  const auto& names = audit.context.project.audit.annotators;
  if (names.empty()) return;
  for (const std::string& name : names) {
    if (audit.samples().table.find(name) == nullptr) continue;
    auto& finding = audit.add("annotator-is-input", Severity::kError,
                              "column " + name + " holds a person's labels and is an input too",
                              {{"column", name}});
    finding.key = "audit.annotators";
  }
  if (names.size() < 2) {
    throw Error(ExitStatus::kUsage, "audit.annotators names one column; agreement needs two");
  }
  const Panel panel = read_panel(audit, names);
  const auto kappas = mean_kappas(panel);
  report_agreement(audit, panel, kappas);
  report_outliers(audit, panel, kappas);
}

}  // namespace dlwork::phase::audit
