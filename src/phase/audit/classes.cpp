#include <algorithm>
#include <cmath>

#include "dlwork/base/stats.h"
#include "dlwork/base/text.h"
#include "phase/audit/check.h"
#include "phase/measuring.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Part;

namespace {

std::vector<std::int64_t> counts_in(const Audit& audit, Part part) {
  return class_counts(audit.target(), audit.rows(part));
}

void report_absent(Audit& audit, const std::vector<std::string>& absent, Part part) {
  if (absent.empty()) return;
  audit.add("class-missing", part == Part::kTrain ? Severity::kError : Severity::kWarn,
            "no sample of " + join_words(absent) + " in the " + data::to_string(part) + " part",
            {{"part", data::to_string(part)}, {"classes", absent}});
}

void add_balance_figure(Audit& audit) {
  Json series = Json::array();
  for (const Part part : {Part::kTrain, Part::kValidation, Part::kTest}) {
    if (audit.rows(part).empty()) continue;
    const auto counts = counts_in(audit, part);
    Json shares = Json::array();
    for (const auto count : counts) {
      shares.push_back(static_cast<double>(count) / static_cast<double>(audit.rows(part).size()));
    }
    series.push_back({{"name", data::to_string(part)}, {"values", shares}});
  }
  artefact::Figure figure{"class-balance", "Class balance", "bars", {}, ""};
  figure.data = {{"y_label", "share of the part"},
                 {"labels", audit.samples().target.classes},
                 {"series", series}};
  audit.result.figures.push_back(std::move(figure));
}

void add_class_table(Audit& audit) {
  const auto train = counts_in(audit, Part::kTrain);
  const auto validation = counts_in(audit, Part::kValidation);
  const auto test = counts_in(audit, Part::kTest);
  artefact::Table table{
      "classes", "Classes", {"class", "train", "validation", "test"}, {false, true, true, true},
      {},        ""};
  for (std::size_t c = 0; c < train.size(); ++c) {
    table.rows.push_back({audit.samples().target.classes[c], grouped(train[c]),
                          grouped(validation[c]), grouped(test[c])});
  }
  if (audit.survey != nullptr) table.note = "of the rows drawn";
  audit.result.tables.push_back(std::move(table));
}

}  // namespace

void check_class_coverage(Audit& audit) {
  const auto& known = audit.samples().target.classes;
  std::vector<std::string> wanted = audit.context.project.data.expect.classes;
  for (const std::string& name : known) {
    if (std::find(wanted.begin(), wanted.end(), name) == wanted.end()) wanted.push_back(name);
  }
  for (const Part part : {Part::kTrain, Part::kValidation, Part::kTest}) {
    if (audit.rows(part).empty()) continue;
    const auto counts = counts_in(audit, part);
    std::vector<std::string> absent;
    for (const std::string& name : wanted) {
      const auto place = std::find(known.begin(), known.end(), name) - known.begin();
      if (place == static_cast<std::ptrdiff_t>(known.size()) || counts[place] == 0) {
        absent.push_back(name);
      }
    }
    report_absent(audit, absent, part);
  }
}

void check_class_balance(Audit& audit) {
  const auto& limits = audit.limits();
  add_class_table(audit);
  add_balance_figure(audit);
  const auto& names = audit.samples().target.classes;
  const auto counts = counts_in(audit, Part::kTrain);
  std::vector<std::string> few;
  bool too_few = false;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] == 0 || static_cast<double>(counts[c]) >= limits.class_few) continue;
    few.push_back(names[c] + " (" + std::to_string(counts[c]) + ")");
    too_few = too_few || static_cast<double>(counts[c]) < limits.class_too_few;
  }
  if (!few.empty()) {
    audit.add(
        "class-too-few", too_few ? Severity::kError : Severity::kWarn,
        "fewer than " + pretty_number(limits.class_few) + " training samples of " + join_words(few),
        {{"classes", few}});
  }
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  if (counts.size() < 2 || *least == 0) return;
  const double ratio = static_cast<double>(*most) / static_cast<double>(*least);
  if (ratio <= limits.imbalance_warn) return;
  std::string message = names[most - counts.begin()] + " is " + pretty_number(ratio, 3) +
                        " times as frequent as " + names[least - counts.begin()];
  if (ratio > limits.imbalance_strong && audit.context.metric() == "accuracy") {
    message += ": accuracy tells little here, take balanced-accuracy, macro-f1 or auroc";
  }
  audit.add("class-imbalance", Severity::kWarn, message, {{"ratio", ratio}});
}

/// Pearson's goodness of fit of the training counts to the declared shares, with the total
/// variation distance beside it: at large counts any difference is significant.
void check_declared_balance(Audit& audit) {
  const auto& declared = audit.context.project.data.expect.balance;
  if (declared.empty()) return;
  const auto& names = audit.samples().target.classes;
  const auto counts = counts_in(audit, Part::kTrain);
  double total = 0;
  for (const auto& [name, share] : declared) total += share;
  const auto n = static_cast<double>(audit.train().size());
  double statistic = 0, distance = 0;
  for (std::size_t c = 0; c < names.size(); ++c) {
    const auto entry = declared.find(names[c]);
    const double expected = entry == declared.end() ? 0 : entry->second / total;
    const double share = static_cast<double>(counts[c]) / n;
    distance += std::abs(share - expected) / 2;
    if (expected > 0) statistic += n * (share - expected) * (share - expected) / expected;
  }
  for (const auto& [name, share] : declared) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    distance += share / total / 2;
    statistic += n * share / total;
  }
  const double p =
      chi_square_tail(statistic, std::max(1.0, static_cast<double>(declared.size()) - 1));
  if (distance <= audit.limits().prior_distance_warn || p >= audit.limits().prior_significance)
    return;
  auto& finding =
      audit.add("prior-shift-declared",
                distance > audit.limits().prior_distance_error ? Severity::kError : Severity::kWarn,
                "the training part's class shares are " + percent(distance) +
                    " away from data.expect.balance (total variation; chi-square " +
                    pretty_number(statistic, 4) + ", p " + pretty_number(p, 2) + ")",
                {{"distance", distance}, {"chi_square", statistic}, {"p", p}});
  finding.key = "data.expect.balance";
}

}  // namespace dlwork::phase::audit
