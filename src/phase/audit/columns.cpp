#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "dlwork/base/hash.h"
#include "dlwork/base/text.h"
#include "phase/audit/check.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Column;
using data::ColumnType;
using data::Part;
using Rows = std::vector<std::int64_t>;

namespace {

constexpr double kMissingWorthSaying = 0.05;
constexpr double kMissingMuch = 0.2;
constexpr double kMissingMost = 0.6;
constexpr double kNearlyConstant = 0.99;
constexpr std::int64_t kManyCategories = 50;
constexpr double kManyCategoriesShare = 0.05;
constexpr double kIdentifierShare = 0.99;
constexpr std::int64_t kFewestForIdentifier = 50;
constexpr double kNewCategories = 0.01;

Rows missing_rows(const Column& column, const Rows& rows) {
  Rows missing;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(missing),
               [&](std::int64_t row) { return column.is_missing(row); });
  return missing;
}

/// Present values of the training part as codes in order of first appearance, and how often each
/// occurs; -1 where missing.
struct Coded {
  std::vector<std::int32_t> codes;
  std::vector<std::int64_t> counts;
  std::int64_t present = 0;
};

Coded code_by_appearance(const Column& column, const Rows& rows) {
  Coded coded;
  coded.codes.reserve(rows.size());
  std::unordered_map<double, std::int32_t> seen;
  for (const auto row : rows) {
    if (column.is_missing(row)) {
      coded.codes.push_back(-1);
      continue;
    }
    const double value = column.type == ColumnType::kNumber ? column.numbers[row]
                                                            : static_cast<double>(column.codes[row]);
    const auto next = static_cast<std::int32_t>(coded.counts.size());
    const auto [entry, is_new] = seen.emplace(value, next);
    if (is_new) coded.counts.push_back(0);
    ++coded.counts[entry->second];
    ++coded.present;
    coded.codes.push_back(entry->second);
  }
  return coded;
}

std::string name_of(const Column& column, std::int64_t row) {
  return column.type == ColumnType::kNumber ? pretty_number(column.numbers[row])
                                            : "'" + column.categories[column.codes[row]] + "'";
}

std::int64_t first_present(const Column& column, const Rows& rows) {
  return *std::find_if(rows.begin(), rows.end(),
                       [&](std::int64_t row) { return !column.is_missing(row); });
}

artefact::Finding& about_column(artefact::Finding& finding, const Column& column) {
  finding.key = "data.columns." + column.name;
  return finding;
}

bool all_values_equal(const Column& a, const Column& b, const Rows& rows) {
  if (a.type != b.type || a.type != ColumnType::kNumber) return false;
  return std::all_of(rows.begin(), rows.end(), [&](std::int64_t row) {
    return a.numbers[row] == b.numbers[row] || (a.is_missing(row) && b.is_missing(row));
  });
}

bool named_like_identifier(const std::string& name) {
  const std::string text = lower(name);
  for (const char* word : {"id", "uuid", "guid", "key", "index"}) {
    if (text == word || text.ends_with("_" + std::string(word)) ||
        text.ends_with("-" + std::string(word)) || text.ends_with(" " + std::string(word))) {
      return true;
    }
  }
  return false;
}

/// Whole numbers that count up without a gap and without repeats.
bool counts_up(const Column& column, const Coded& coded, const Rows& rows) {
  if (column.type != ColumnType::kNumber || coded.present != static_cast<std::int64_t>(rows.size()) ||
      static_cast<std::int64_t>(coded.counts.size()) != coded.present) {
    return false;
  }
  double low = column.numbers[rows.front()], high = low;
  for (const auto row : rows) {
    const double value = column.numbers[row];
    if (value != std::floor(value)) return false;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  // The training part may have gaps where validation and test rows were taken out.
  return high - low + 1 <= 2.0 * static_cast<double>(rows.size());
}

}  // namespace

void check_missing(Audit& audit) {
  const Rows& rows = audit.train();
  for (const Column& column : audit.samples().table.columns) {
    const Rows missing = missing_rows(column, rows);
    const double share = static_cast<double>(missing.size()) / static_cast<double>(rows.size());
    const Json evidence = {{"column", column.name},
                           {"share", share},
                           {"samples", missing.size()},
                           {"rows", audit.places(missing)}};
    if (missing.size() == rows.size()) {
      about_column(audit.add("column-empty", Severity::kWarn,
                             "column " + column.name + " has no value in the training part",
                             evidence),
                   column);
      continue;
    }
    if (share <= kMissingWorthSaying) continue;
    auto& finding = audit.add(
        "missing-rate", share > kMissingMuch ? Severity::kWarn : Severity::kInfo,
        percent(share) + " of column " + column.name + " are missing, the first at " +
            audit.samples().where(missing.front()),
        evidence);
    about_column(finding, column);
    if (share > kMissingMost) finding.advice = "Consider dropping the column: it is mostly empty.";
  }
}

void check_not_finite(Audit& audit) {
  for (const Column& column : audit.samples().table.columns) {
    Rows infinite;
    for (std::size_t row = 0; row < column.numbers.size(); ++row) {
      if (std::isinf(column.numbers[row])) infinite.push_back(static_cast<std::int64_t>(row));
    }
    if (infinite.empty()) continue;
    about_column(audit.add("value-not-finite", Severity::kError,
                           grouped(static_cast<std::int64_t>(infinite.size())) +
                               " infinite values in column " + column.name + ", the first at " +
                               audit.samples().where(infinite.front()),
                           {{"column", column.name}, {"rows", audit.places(infinite)}}),
                 column);
  }
}

void check_constant(Audit& audit) {
  const Rows& rows = audit.train();
  for (const Column& column : audit.samples().table.columns) {
    const Coded coded = code_by_appearance(column, rows);
    if (coded.present == 0) continue;
    const std::int64_t most = *std::max_element(coded.counts.begin(), coded.counts.end());
    const double share = static_cast<double>(most) / static_cast<double>(rows.size());
    const bool constant = coded.counts.size() == 1 && most == static_cast<std::int64_t>(rows.size());
    if (!constant && share < kNearlyConstant) continue;
    const std::string value =
        constant ? name_of(column, first_present(column, rows)) : "one value";
    about_column(audit.add("column-constant", constant ? Severity::kWarn : Severity::kInfo,
                           "column " + column.name + " is " + value + " in " +
                               (constant ? "every training sample"
                                         : percent(share) + " of the training samples"),
                           {{"column", column.name}, {"share", share}}),
                 column);
  }
}

void check_redundant(Audit& audit) {
  const Rows& rows = audit.train();
  std::map<std::uint64_t, std::vector<const Column*>> alike;
  const auto& columns = audit.samples().table.columns;
  for (const Column& column : columns) {
    const Coded coded = code_by_appearance(column, rows);
    if (coded.counts.size() < 2) continue;
    // All-different numbers have equal codes whatever they are: those have to be equal in value.
    const bool telling = static_cast<std::int64_t>(coded.counts.size()) <= coded.present / 2;
    for (const Column* other : alike[hash64(coded.codes.data(), coded.codes.size() * sizeof(std::int32_t))]) {
      const bool equal = all_values_equal(column, *other, rows);
      if (!equal && (!telling || code_by_appearance(*other, rows).codes != coded.codes)) continue;
      about_column(audit.add("column-redundant", Severity::kWarn,
                             "column " + column.name + " says the same as column " + other->name +
                                 (equal ? " (equal values)" : " (one value for each of the other's)"),
                             {{"columns", {other->name, column.name}}, {"equal", equal}}),
                   column);
      break;
    }
    alike[hash64(coded.codes.data(), coded.codes.size() * sizeof(std::int32_t))].push_back(&column);
  }
}

void check_identifiers(Audit& audit) {
  const Rows& rows = audit.train();
  if (static_cast<std::int64_t>(rows.size()) < kFewestForIdentifier) return;
  for (const Column& column : audit.samples().table.columns) {
    const Coded coded = code_by_appearance(column, rows);
    if (coded.present == 0) continue;
    const double distinct =
        static_cast<double>(coded.counts.size()) / static_cast<double>(coded.present);
    std::string why;
    if (counts_up(column, coded, rows)) {
      why = "counts up by one";
    } else if (column.type == ColumnType::kCategory && distinct > kIdentifierShare) {
      why = "has another text in nearly every sample";
    } else if (named_like_identifier(column.name) && distinct > kIdentifierShare) {
      why = "is named like one and hardly ever repeats";
    }
    if (why.empty()) continue;
    about_column(audit.add("column-identifier", Severity::kWarn,
                           "column " + column.name + " looks like an identifier: it " + why,
                           {{"column", column.name}, {"distinct_share", distinct}}),
                 column);
  }
}

void check_cardinality(Audit& audit) {
  const Rows& rows = audit.train();
  for (const Column& column : audit.samples().table.columns) {
    if (column.type != ColumnType::kCategory) continue;
    const auto distinct =
        static_cast<std::int64_t>(code_by_appearance(column, rows).counts.size());
    const double share = static_cast<double>(distinct) / static_cast<double>(rows.size());
    if (distinct <= kManyCategories || share <= kManyCategoriesShare) continue;
    about_column(audit.add("category-high-cardinality", Severity::kWarn,
                           "column " + column.name + " has " + grouped(distinct) +
                               " categories in " +
                               grouped(static_cast<std::int64_t>(rows.size())) +
                               " training samples",
                           {{"column", column.name}, {"categories", distinct}}),
                 column);
  }
}

void check_new_categories(Audit& audit) {
  for (const Column& column : audit.samples().table.columns) {
    if (column.type != ColumnType::kCategory) continue;
    std::vector<bool> known(column.categories.size(), false);
    for (const auto row : audit.train()) {
      if (column.codes[row] >= 0) known[column.codes[row]] = true;
    }
    Rows unseen;
    std::size_t all = 0;
    for (const Part part : {Part::kValidation, Part::kTest}) {
      all += audit.rows(part).size();
      for (const auto row : audit.rows(part)) {
        if (column.codes[row] >= 0 && !known[column.codes[row]]) unseen.push_back(row);
      }
    }
    if (unseen.empty()) continue;
    const double share = static_cast<double>(unseen.size()) / static_cast<double>(all);
    about_column(audit.add("split-category-new",
                           share > kNewCategories ? Severity::kWarn : Severity::kInfo,
                           grouped(static_cast<std::int64_t>(unseen.size())) +
                               " validation and test samples have a category of column " +
                               column.name + " that the training part has not, such as " +
                               name_of(column, unseen.front()) + " at " +
                               audit.samples().where(unseen.front()),
                           {{"column", column.name}, {"share", share}, {"rows", audit.places(unseen)}}),
                 column);
  }
}

}  // namespace dlwork::phase::audit
