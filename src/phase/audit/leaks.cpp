#include "phase/audit/leaks.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "dlwork/base/ranks.h"
#include "dlwork/base/stats.h"
#include "phase/audit/target_skill.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Column;
using data::Part;

namespace {

constexpr std::size_t kLeakColumnsShown = 10;
constexpr double kExact = 1e-6;

std::vector<std::int32_t> gaps_of(const Column& column, const Rows& rows) {
  std::vector<std::int32_t> groups;
  for (const auto row : rows) groups.push_back(column.is_missing(row) ? 1 : 0);
  return groups;
}

void show_skill(Audit& audit, const std::vector<Scored>& scored, const SkillTable& shown,
                std::size_t samples) {
  artefact::Table table{shown.id,      shown.title, {shown.header, "normalised score"},
                        {false, true}, {},          ""};
  for (std::size_t i = 0; i < scored.size() && i < kLeakColumnsShown; ++i) {
    table.rows.push_back({scored[i].label, pretty_number(scored[i].skill, 3)});
  }
  table.note = "1 - loss / loss without it, out of fold on " + count_of(samples) +
               " training samples; 1 is all, 0 nothing";
  audit.result.tables.push_back(std::move(table));
}

/// One value, or being missing, with how often each class occurs beside it.
struct Cell {
  const Column* column = nullptr;
  std::string text;
  bool missing = false;
  std::vector<std::int64_t> classes;
  Rows rows;
};

std::vector<Cell> cells_of(const Audit& audit, const Profile& profile) {
  std::map<double, Cell> cells;  // by value or code; NaN cannot be a key
  Cell gap{profile.column, "missing", true, {}, profile.missing};
  const bool few = !profile.is_number() || profile.kinds() < profile.present / 2;
  if (few) {
    for (const auto row : audit.train()) {
      if (profile.column->is_missing(row)) continue;
      const double key =
          profile.is_number() ? profile.column->numbers[row] : profile.column->codes[row];
      Cell& cell = cells[key];
      if (cell.rows.empty()) {
        cell.column = profile.column;
        cell.text = value_text(*profile.column, row);
      }
      cell.rows.push_back(row);
    }
  }
  std::vector<Cell> found;
  for (auto& [key, cell] : cells) found.push_back(std::move(cell));
  if (!gap.rows.empty()) found.push_back(std::move(gap));
  for (Cell& cell : found) {
    cell.classes.assign(audit.target().classes.size(), 0);
    for (const auto row : cell.rows) ++cell.classes[audit.target().codes[row]];
  }
  return found;
}

/// A cell nearly all of whose samples are of one class.
struct Pure {
  const Cell* cell = nullptr;
  std::int64_t samples = 0;  ///< of the class
  std::string name;          ///< of the class
  double chance = 1;
};

void report_pure_value(Audit& audit, const Pure& pure) {
  const Cell& cell = *pure.cell;
  audit.add_about(*cell.column, "leak-pure-value", cell.missing ? Severity::kWarn : Severity::kInfo,
                  "where column " + cell.column->name + " is " + cell.text + ", " +
                      grouped(pure.samples) + " of " + count_of(cell.rows.size()) +
                      " training samples are " + pure.name,
                  {{"value", cell.text},
                   {"class", pure.name},
                   {"samples", cell.rows.size()},
                   {"chance", pure.chance},
                   {"rows", audit.places(cell.rows)}});
}

/// So many samples lie at pure values that a model need not look at anything else.
void report_pure_column(Audit& audit, const std::vector<Pure>& pure, double share) {
  std::vector<std::string> shown;
  Json values = Json::array();
  Rows rows;
  for (const Pure& each : pure) {
    values.push_back(
        {{"value", each.cell->text}, {"class", each.name}, {"samples", each.cell->rows.size()}});
    rows.insert(rows.end(), each.cell->rows.begin(), each.cell->rows.end());
    if (shown.size() < kLeakColumnsShown) shown.push_back(each.cell->text + " (" + each.name + ")");
  }
  std::sort(rows.begin(), rows.end());
  const Column& column = *pure.front().cell->column;
  audit.add_about(column, "leak-pure-value", Severity::kError,
                  percent(share) + " of the training samples are at values of column " +
                      column.name + " that go with one class each: " + join_words(shown),
                  {{"share", share},
                   {"values", values},
                   {"samples", rows.size()},
                   {"rows", audit.places(rows)}});
}

}  // namespace

void report_single_features(Audit& audit, std::vector<Scored> scored, const SkillTable& table,
                            Severity certain, std::size_t samples) {
  if (scored.empty()) return;
  const auto& limits = audit.limits();
  std::stable_sort(scored.begin(), scored.end(),
                   [](const Scored& a, const Scored& b) { return a.skill > b.skill; });
  show_skill(audit, scored, table, samples);
  for (std::size_t i = 0; i < scored.size() && scored[i].skill >= limits.skill_warn; ++i) {
    const double next = i + 1 < scored.size() ? scored[i + 1].skill : 0;
    const bool alone = i == 0 && scored[i].skill >= limits.skill_ratio * next;
    const bool is_certain = scored[i].skill >= limits.skill_error;
    if (!is_certain && !alone) continue;
    audit.add_about(scored[i].about, "leak-single-feature", is_certain ? certain : Severity::kWarn,
                    scored[i].about.name + " alone tells the target (score " +
                        pretty_number(scored[i].skill, 3) + ", the next best " +
                        pretty_number(next, 3) + ")",
                    {{"score", scored[i].skill}, {"next", next}, {"samples", samples}});
  }
}

bool copies_classes(const data::Target& target, const std::vector<double>& values,
                    const Rows& rows) {
  std::map<double, std::int32_t> class_of;
  std::map<std::int32_t, double> value_of;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::int32_t code = target.codes[rows[i]];
    if (std::isnan(values[i]) || class_of.emplace(values[i], code).first->second != code ||
        value_of.emplace(code, values[i]).first->second != values[i]) {
      return false;
    }
  }
  return class_of.size() == target.classes.size();
}

void report_target_copy(Audit& audit, const Subject& subject) {
  audit.add_about(
      subject, "leak-target-copy", Severity::kError,
      subject.name + " is the target in other words: one value of the one for each of the other");
}

void check_single_features(Audit& audit) {
  const auto& limits = audit.limits();
  const Rows rows = shuffled_sample(audit);
  if (rows.size() < kFewestForSkill) return;
  std::vector<Scored> scored;
  for (const Profile& profile : audit.facts.profiles()) {
    if (profile.kinds() < 2 && profile.missing.empty()) continue;
    scored.push_back({subject_of(*profile.column), profile.name(),
                      skill_of_column(audit, *profile.column, rows)});
    const double of_gaps =
        profile.missing.empty() ? 0 : skill_of_groups(audit, gaps_of(*profile.column, rows), rows);
    if (of_gaps < limits.missing_skill) continue;
    audit.add_about(
        *profile.column, "leak-missingness", Severity::kError,
        "whether column " + profile.name() + " is missing tells the target (score " +
            pretty_number(of_gaps, 3) + ")",
        {{"score", of_gaps}, {"samples", rows.size()}, {"rows", audit.places(profile.missing)}});
  }
  report_single_features(audit, std::move(scored),
                         {"column-skill", "What each column alone tells of the target", "column"},
                         Severity::kError, rows.size());
}

void check_pure_values(Audit& audit) {
  const auto& limits = audit.limits();
  const auto n = static_cast<double>(audit.train().size());
  std::vector<Cell> cells;
  for (const Profile& profile : audit.facts.profiles()) {
    for (Cell& cell : cells_of(audit, profile)) {
      if (static_cast<double>(cell.rows.size()) >=
          std::max(limits.pure_samples, limits.pure_share * n)) {
        cells.push_back(std::move(cell));
      }
    }
  }
  std::vector<double> shares(audit.target().classes.size(), 0.0);
  for (const auto row : audit.train()) shares[audit.target().codes[row]] += 1 / n;
  std::vector<Pure> pure;
  for (const Cell& cell : cells) {
    const auto most = std::max_element(cell.classes.begin(), cell.classes.end());
    const auto which = static_cast<std::size_t>(most - cell.classes.begin());
    const auto support = static_cast<double>(cell.rows.size());
    const double chance = std::pow(shares[which], support) * static_cast<double>(cells.size());
    if (static_cast<double>(*most) < limits.pure_purity * support ||
        chance >= limits.pure_significance) {
      continue;
    }
    pure.push_back({&cell, *most, audit.target().classes[which], chance});
  }
  // Cells of one column follow each other.
  for (std::size_t begin = 0, end = 0; begin < pure.size(); begin = end) {
    std::size_t covered = 0;
    for (end = begin; end < pure.size() && pure[end].cell->column == pure[begin].cell->column;) {
      covered += pure[end++].cell->rows.size();
    }
    const double share = static_cast<double>(covered) / n;
    if (share >= limits.pure_covered) {
      report_pure_column(audit,
                         {pure.begin() + static_cast<std::ptrdiff_t>(begin),
                          pure.begin() + static_cast<std::ptrdiff_t>(end)},
                         share);
      continue;
    }
    for (std::size_t i = begin; i < end; ++i) report_pure_value(audit, pure[i]);
  }
}

void check_target_copies(Audit& audit) {
  const data::Target& target = audit.target();
  for (const Profile& profile : audit.facts.profiles()) {
    const Column& column = *profile.column;
    bool copy = false;
    if (target.is_class) {
      if (profile.kinds() != std::ssize(target.classes) || !profile.missing.empty()) continue;
      std::vector<double> values;
      for (const auto row : audit.train()) {
        values.push_back(profile.is_number() ? column.numbers[row] : column.codes[row]);
      }
      copy = copies_classes(target, values, audit.train());
    } else if (profile.is_number() && profile.kinds() >= 10) {
      std::vector<double> values, targets;
      for (const auto row : audit.train()) {
        if (!std::isfinite(column.numbers[row])) continue;
        values.push_back(column.numbers[row]);
        targets.push_back(target.values[row]);
      }
      copy = std::abs(spearman(values, targets)) >= audit.limits().copy_correlation;
    }
    if (copy) report_target_copy(audit, subject_of(column));
  }
}

void check_early_scaling(Audit& audit) {
  Rows all;
  for (const Part part : {Part::kTrain, Part::kValidation, Part::kTest}) {
    all.insert(all.end(), audit.rows(part).begin(), audit.rows(part).end());
  }
  std::vector<std::string> scaled;
  for (const Profile& profile : audit.facts.profiles()) {
    if (!profile.is_number() || profile.kinds() < 10) continue;
    const auto values = finite_values(*profile.column, all);
    const double middle = mean(values);
    double square = 0;
    for (const double value : values) square += (value - middle) * (value - middle);
    const auto n = static_cast<double>(values.size());
    const double deviation = std::sqrt(square / n);
    const bool centred = std::abs(middle) < kExact * deviation;
    const bool unit = std::abs(deviation - 1) < kExact ||
                      std::abs(std::sqrt(square / (n - 1)) - 1) < kExact ||
                      std::abs(square - 1) < kExact;
    const double of_train = std::abs(mean(profile.values)) / deviation;
    if (centred && unit && of_train > 10 * kExact) scaled.push_back(profile.name());
  }
  if (scaled.empty()) return;
  const std::size_t count = scaled.size();
  if (scaled.size() > kLeakColumnsShown) scaled.resize(kLeakColumnsShown);
  audit.add("leak-preproc-scope", Severity::kWarn,
            count_of(count) +
                " columns have mean 0 and deviation 1 over all parts together, so "
                "they were scaled before the split: " +
                join_words(scaled),
            {{"columns", scaled}, {"count", count}});
}

}  // namespace dlwork::phase::audit
