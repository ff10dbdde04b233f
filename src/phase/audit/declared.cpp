#include <algorithm>
#include <cmath>
#include <map>

#include "dlwork/data/survey.h"
#include "phase/audit/check.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Column;
using data::Part;

namespace {

constexpr std::size_t kShownOdd = 5;
constexpr double kMostCells = 10000;

void report_beyond(Audit& audit, const Column& column, double low, double high) {
  Rows beyond;
  for (std::int64_t row = 0; row < column.count(); ++row) {
    const double value = column.numbers[row];
    if (value < low || value > high) beyond.push_back(row);
  }
  if (beyond.empty()) return;
  audit.add_about(
      column, "out-of-declared-range", Severity::kError,
      count_of(beyond.size()) + " values of column " + column.name +
          " lie outside the declared range " + pretty_number(low) + " to " + pretty_number(high) +
          ", such as " + value_text(column, beyond.front()) + " at " +
          audit.samples().where(beyond.front()),
      {{"low", low}, {"high", high}, {"samples", beyond.size()}, {"rows", audit.places(beyond)}});
}

/// Slices of the declared range without a training sample.
void report_empty_slices(Audit& audit, const Column& column, double low, double high) {
  const auto bins = static_cast<std::size_t>(audit.limits().coverage_bins);
  std::vector<std::int64_t> counts(bins, 0);
  for (const double value : finite_values(column, audit.train())) {
    if (value < low || value > high) continue;
    const double place = (value - low) / (high - low) * static_cast<double>(bins);
    ++counts[std::min(bins - 1, static_cast<std::size_t>(place))];
  }
  std::vector<std::string> empty;
  const double width = (high - low) / static_cast<double>(bins);
  for (std::size_t i = 0; i < bins; ++i) {
    if (counts[i] > 0) continue;
    empty.push_back(pretty_number(low + width * static_cast<double>(i)) + " to " +
                    pretty_number(low + width * static_cast<double>(i + 1)));
  }
  if (empty.empty()) return;
  const double share = share_of(empty.size(), bins);
  audit.add_about(column, "space-range-coverage",
                  share > audit.limits().coverage_empty ? Severity::kError : Severity::kWarn,
                  audit.no_training_sample() + " has column " + column.name + " in " +
                      join_words(empty) + ", within its declared range",
                  {{"empty", empty}, {"share", share}});
}

/// A value as it stands in the file, as far as it is known.
std::string declared_text(const Column& column, std::int64_t row) {
  return column.type == data::ColumnType::kNumber ? number_text(column.numbers[row])
                                                  : column.categories[column.codes[row]];
}

const std::vector<std::string>& declared_categories(const Audit& audit, const std::string& name) {
  static const std::vector<std::string> none;
  const auto& columns = audit.context.project.data.columns;
  const auto found = columns.find(name);
  return found == columns.end() ? none : found->second.categories;
}

/// Of rows that were not drawn it is known what they hold, not which part they would be in.
bool occurs_anywhere(const Audit& audit, const std::string& name, const std::string& text) {
  const data::ColumnSurvey* column = audit.survey == nullptr ? nullptr : audit.survey->find(name);
  if (column == nullptr) return false;
  const auto& counts = column->counts.by_hash;
  return std::any_of(counts.begin(), counts.end(),
                     [&](const auto& entry) { return entry.second.text == text; });
}

void check_categories(Audit& audit, const Column& column, const std::vector<std::string>& allowed) {
  Rows undeclared;
  std::map<std::string, std::int64_t> odd, counts;
  for (std::int64_t row = 0; row < column.count(); ++row) {
    if (column.is_missing(row)) continue;
    const std::string text = declared_text(column, row);
    if (std::find(allowed.begin(), allowed.end(), text) != allowed.end()) continue;
    undeclared.push_back(row);
    ++odd[text];
  }
  for (const auto row : audit.train()) {
    if (!column.is_missing(row)) ++counts[declared_text(column, row)];
  }
  if (!undeclared.empty()) {
    std::vector<std::string> shown;
    for (const auto& [text, count] : odd) {
      if (shown.size() < kShownOdd) shown.push_back("'" + text + "' (" + grouped(count) + ")");
    }
    audit.add_about(
        column, "category-undeclared", Severity::kError,
        count_of(undeclared.size()) + " values of column " + column.name +
            " are none of its declared categories: " + join_words(shown) +
            (odd.size() > shown.size() ? " and others" : "") + ", the first at " +
            audit.samples().where(undeclared.front()),
        {{"samples", undeclared.size()}, {"categories", odd}, {"rows", audit.places(undeclared)}});
  }
  std::vector<std::string> empty;
  for (const std::string& category : allowed) {
    if (counts.count(category) > 0 || occurs_anywhere(audit, column.name, category)) continue;
    empty.push_back("'" + category + "'");
  }
  if (empty.empty()) return;
  audit.add_about(column, "space-range-coverage", Severity::kWarn,
                  audit.no_training_sample() + " has column " + column.name + " as " +
                      join_words(empty) + ", which is declared",
                  {{"empty", empty}, {"share", share_of(empty.size(), allowed.size())}});
}

/// The target with the range that is declared of it. Classes of numbers are numbers where they have
/// a range.
Column target_as_column(const Audit& audit) {
  const data::Target& target = audit.target();
  const auto& columns = audit.context.project.data.columns;
  const auto declared = columns.find(target.name);
  Column column;
  column.name = target.name;
  if (declared != columns.end() && declared->second.range.size() == 2) {
    column.info.low = declared->second.range[0];
    column.info.high = declared->second.range[1];
  }
  if (!target.is_class) {
    column.numbers = target.values;
  } else if (column.info.low) {
    for (const auto code : target.codes) {
      column.numbers.push_back(code < 0 ? NAN : parse_number(target.classes[code]).value_or(NAN));
    }
  } else {
    column.type = data::ColumnType::kCategory;
    column.codes = target.codes;
    column.categories = target.classes;
  }
  return column;
}

bool has_range(const Column& column) {
  const auto& info = column.info;
  return column.type == data::ColumnType::kNumber && info.low && info.high &&
         *info.low < *info.high;
}

/// One factor of a declared combination: its levels, and which of them each sample has (-1: none).
struct Factor {
  std::vector<std::string> levels;
  std::vector<std::int32_t> of;
};

Factor factor_of(const Column& column, const std::vector<std::string>& allowed) {
  Factor factor{allowed, std::vector<std::int32_t>(static_cast<std::size_t>(column.count()), -1)};
  std::map<std::string, std::int32_t> levels;
  for (const std::string& text : allowed) {
    levels.emplace(text, static_cast<std::int32_t>(levels.size()));
  }
  for (std::int64_t row = 0; row < column.count(); ++row) {
    if (column.is_missing(row)) continue;
    const std::string text = declared_text(column, row);
    if (!allowed.empty() && levels.count(text) == 0) continue;  // told as undeclared
    const auto [level, is_new] = levels.emplace(text, static_cast<std::int32_t>(levels.size()));
    if (is_new) factor.levels.push_back(text);
    factor.of[row] = level->second;
  }
  return factor;
}

Factor find_factor(Audit& audit, const std::string& name) {
  const data::Samples& samples = audit.samples();
  if (name == samples.target.name) {
    if (!samples.target.is_class) {
      throw Error(ExitStatus::kUsage,
                  "data.expect.combinations names the target, which is a number");
    }
    return {samples.target.classes, samples.target.codes};
  }
  for (const data::Table* table :
       {&samples.table, &samples.carried, &audit.facts.groupings().unused}) {
    const Column* column = table->find(name);
    if (column != nullptr) return factor_of(*column, declared_categories(audit, name));
  }
  throw Error(ExitStatus::kUsage,
              "data.expect.combinations names " + name + ", which is no column");
}

/// Counts of every combination, the last factor's level changing fastest; samples that lack a level
/// are in none.
std::vector<std::int64_t> cell_counts(const std::vector<Factor>& factors, const Rows& rows) {
  std::size_t cells = 1;
  for (const Factor& factor : factors) cells *= factor.levels.size();
  std::vector<std::int64_t> counts(cells, 0);
  for (const auto row : rows) {
    std::size_t cell = 0;
    bool whole = true;
    for (const Factor& factor : factors) {
      whole = whole && factor.of[row] >= 0;
      cell = cell * factor.levels.size() + static_cast<std::size_t>(std::max(0, factor.of[row]));
    }
    if (whole) ++counts[cell];
  }
  return counts;
}

std::string cell_text(const std::vector<Factor>& factors, std::size_t cell) {
  std::vector<std::string> levels;
  for (auto factor = factors.rbegin(); factor != factors.rend(); ++factor) {
    levels.push_back("'" + factor->levels[cell % factor->levels.size()] + "'");
    cell /= factor->levels.size();
  }
  std::reverse(levels.begin(), levels.end());
  return join(levels, " with ");
}

void check_combination(Audit& audit, const std::string& combination) {
  std::vector<Factor> factors;
  double cells = 1;
  for (const std::string& name : spec::combined_columns(combination)) {
    factors.push_back(find_factor(audit, name));
    cells *= static_cast<double>(factors.back().levels.size());
  }
  if (cells > kMostCells) {
    throw Error(ExitStatus::kUsage, "data.expect.combinations: " + combination + " makes " +
                                        pretty_number(cells) + " combinations; at most " +
                                        pretty_number(kMostCells) + " are checked");
  }
  const auto counts = cell_counts(factors, audit.train());
  std::vector<std::string> empty, few;
  for (std::size_t cell = 0; cell < counts.size(); ++cell) {
    if (counts[cell] == 0) {
      empty.push_back(cell_text(factors, cell));
    } else if (static_cast<double>(counts[cell]) < audit.limits().combination_samples) {
      few.push_back(cell_text(factors, cell) + " (" + grouped(counts[cell]) + ")");
    }
  }
  if (empty.empty() && few.empty()) return;
  const auto shown = [](std::vector<std::string> texts) {
    const bool more = texts.size() > kShownOdd;
    if (more) texts.resize(kShownOdd);
    return join_words(texts) + (more ? " and others" : "");
  };
  auto& finding = audit.add(
      "space-combination-coverage", empty.empty() ? Severity::kWarn : Severity::kError,
      "of the " + count_of(counts.size()) + " combinations of " + combination + " " +
          (empty.empty() ? ""
                         : count_of(empty.size()) + " have no training sample: " + shown(empty)) +
          (empty.empty() || few.empty() ? "" : "; ") +
          (few.empty() ? "" : count_of(few.size()) + " have few: " + shown(few)),
      {{"combination", combination}, {"cells", counts.size()}, {"empty", empty}, {"few", few}});
  finding.key = "data.expect.combinations";
}

}  // namespace

void check_declared_categories(Audit& audit) {
  for (const Column& column : audit.samples().table.columns) {
    const auto& allowed = declared_categories(audit, column.name);
    if (!allowed.empty()) check_categories(audit, column, allowed);
  }
  const auto& allowed = declared_categories(audit, audit.target().name);
  if (!allowed.empty()) check_categories(audit, target_as_column(audit), allowed);
}

void check_combinations(Audit& audit) {
  for (const auto& combination : audit.context.project.data.expect.combinations) {
    check_combination(audit, combination);
  }
}

void check_declared_ranges(Audit& audit) {
  for (const Column& column : audit.samples().table.columns) {
    if (!has_range(column)) continue;
    report_beyond(audit, column, *column.info.low, *column.info.high);
    report_empty_slices(audit, column, *column.info.low, *column.info.high);
  }
  const Column target = target_as_column(audit);
  if (!has_range(target)) return;
  report_beyond(audit, target, *target.info.low, *target.info.high);
  // Between classes there is nothing to cover.
  if (!audit.is_class()) report_empty_slices(audit, target, *target.info.low, *target.info.high);
}

}  // namespace dlwork::phase::audit
