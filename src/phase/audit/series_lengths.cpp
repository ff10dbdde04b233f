#include <algorithm>

#include "dlwork/base/contingency.h"
#include "dlwork/base/two_samples.h"
#include "phase/audit/check.h"
#include "phase/audit/stats/skill.h"
#include "phase/audit/target_skill.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Part;

namespace {

std::vector<double> lengths_of(const Audit& audit, const Rows& rows) {
  std::vector<double> lengths;
  for (const auto row : rows) lengths.push_back(audit.samples().sequences.lengths[row]);
  return lengths;
}

void add_length_row(artefact::Table& table, const std::string& name,
                    const std::vector<double>& all) {
  if (all.empty()) return;
  const Spread spread = spread_of(all);
  table.rows.push_back({name, count_of(all.size()), pretty_number(spread.low),
                        pretty_number(spread.lower_quartile), pretty_number(spread.median),
                        pretty_number(spread.upper_quartile), pretty_number(spread.high)});
}

/// Lengths by part and, in the training part, by class.
void show_lengths(Audit& audit) {
  artefact::Table table{
      "series-lengths",
      "Lengths of the series in steps",
      {"of", "series", "least", "lower quartile", "median", "upper quartile", "most"},
      {false, true, true, true, true, true, true},
      {},
      ""};
  for (const Part part : {Part::kTrain, Part::kValidation, Part::kTest}) {
    add_length_row(table, data::to_string(part), lengths_of(audit, audit.rows(part)));
  }
  for (std::size_t c = 0; audit.is_class() && c < audit.target().classes.size(); ++c) {
    Rows rows;
    for (const auto row : audit.train()) {
      if (audit.target().codes[row] == static_cast<std::int32_t>(c)) rows.push_back(row);
    }
    add_length_row(table, "class " + audit.target().classes[c], lengths_of(audit, rows));
  }
  audit.result.tables.push_back(std::move(table));
}

void report_odd_lengths(Audit& audit) {
  const Spread spread = spread_of(lengths_of(audit, audit.train()));
  const double reach = audit.limits().series_length_ranges * spread.range();
  if (reach <= 0) return;
  Rows odd;
  const auto& lengths = audit.samples().sequences.lengths;
  for (std::size_t row = 0; row < lengths.size(); ++row) {
    if (lengths[row] > spread.upper_quartile + reach ||
        lengths[row] < spread.lower_quartile - reach) {
      odd.push_back(static_cast<std::int64_t>(row));
    }
  }
  if (odd.empty()) return;
  audit.add("series-length", Severity::kInfo,
            count_of(odd.size()) + " series are far longer or shorter than the others (median " +
                pretty_number(spread.median) + " steps), the first at " +
                audit.samples().where(odd.front()) + " with " + grouped(lengths[odd.front()]),
            {{"series", odd.size()},
             {"median", spread.median},
             {"steps", lengths[odd.front()]},
             {"rows", audit.places(odd)}});
}

void report_lengths_by_part(Audit& audit) {
  std::vector<double> effects, p;
  const Part parts[] = {Part::kValidation, Part::kTest};
  for (const Part part : parts) {
    const auto test =
        kolmogorov_smirnov(lengths_of(audit, audit.train()), lengths_of(audit, audit.rows(part)));
    effects.push_back(test.distance);
    p.push_back(test.p);
  }
  const auto q = adjust_false_discovery(p);
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (effects[i] < audit.limits().drift_effect || q[i] >= audit.limits().drift_significance) {
      continue;
    }
    audit.add("series-length", Severity::kWarn,
              "the series of the " + data::to_string(parts[i]) +
                  " part have other lengths than those of training (Kolmogorov-Smirnov " +
                  pretty_number(effects[i], 2) + ", q " + pretty_number(q[i], 2) + ")",
              {{"part", data::to_string(parts[i])}, {"effect", effects[i]}, {"q", q[i]}});
  }
}

void report_cut_recordings(Audit& audit) {
  Rows cut;
  for (std::size_t row = 0; row < audit.files.sounds.size(); ++row) {
    if (audit.files.sounds[row].cut) cut.push_back(static_cast<std::int64_t>(row));
  }
  const double share = share_of(cut.size(), audit.files.sounds.size());
  if (share <= audit.limits().series_cut_info) return;
  auto& finding = audit.add(
      "series-length", share > audit.limits().series_cut_warn ? Severity::kWarn : Severity::kInfo,
      count_of(cut.size()) + " recordings (" + percent(share) +
          ") are longer than data.sound.length and are cut to it, the first " +
          audit.samples().where(cut.front()),
      {{"cut", cut.size()}, {"share", share}, {"rows", audit.places(cut)}});
  finding.key = "data.sound.length";
}

}  // namespace

void check_series_lengths(Audit& audit) {
  report_cut_recordings(audit);
  const auto& lengths = audit.samples().sequences.lengths;
  const auto [least, most] = std::minmax_element(lengths.begin(), lengths.end());
  if (least == lengths.end() || *least == *most || audit.train().empty()) return;
  show_lengths(audit);
  report_odd_lengths(audit);
  report_lengths_by_part(audit);
  if (audit.samples().sequences.sound || !audit.target().given())
    return;  // durations are told apart
  const Rows rows = shuffled_sample(audit);
  const double score = skill_of_groups(audit, group_numbers(lengths_of(audit, rows)), rows);
  if (score < audit.limits().property_warn) return;
  audit.add(
      "spurious-property",
      score >= audit.limits().property_error ? Severity::kError : Severity::kWarn,
      "the length of the series alone tells the target (score " + pretty_number(score, 3) + ")",
      {{"property", "length"}, {"score", score}, {"samples", rows.size()}});
}

}  // namespace dlwork::phase::audit
