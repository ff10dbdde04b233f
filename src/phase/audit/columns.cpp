#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "dlwork/base/hash.h"
#include "dlwork/base/text.h"
#include "dlwork/data/survey.h"
#include "phase/audit/check.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Column;
using data::ColumnType;
using data::Part;

namespace {

constexpr std::size_t kShownCategories = 5;

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
    const double value = column.type == ColumnType::kNumber
                             ? column.numbers[row]
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

std::int64_t first_present(const Column& column, const Rows& rows) {
  return *std::find_if(rows.begin(), rows.end(),
                       [&](std::int64_t row) { return !column.is_missing(row); });
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
  if (column.type != ColumnType::kNumber ||
      coded.present != static_cast<std::int64_t>(rows.size()) ||
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

/// How many training samples are of each category that occurs. Where rows were drawn, their share
/// of what all rows hold, so that those show that are too rare to be drawn.
std::vector<std::pair<std::string, double>> training_counts(const Audit& audit,
                                                            const Profile& profile) {
  std::vector<std::pair<std::string, double>> counts;
  const data::ColumnSurvey* column =
      audit.survey == nullptr ? nullptr : audit.survey->find(profile.name());
  if (column != nullptr && column->counts.complete) {
    const double share = static_cast<double>(audit.population(Part::kTrain)) /
                         static_cast<double>(std::max<std::int64_t>(1, audit.survey->rows));
    for (const auto& [hash, entry] : column->counts.by_hash) {
      counts.emplace_back(entry.text, share * static_cast<double>(entry.count));
    }
    std::sort(counts.begin(), counts.end());
    return counts;
  }
  for (std::size_t code = 0; code < profile.counts.size(); ++code) {
    if (profile.counts[code] == 0) continue;
    counts.emplace_back(profile.column->categories[code],
                        audit.of_all(Part::kTrain, profile.counts[code]));
  }
  return counts;
}

/// Whether rows that were not drawn have another value.
bool varies_elsewhere(const Audit& audit, const std::string& name) {
  const data::ColumnSurvey* column = audit.survey == nullptr ? nullptr : audit.survey->find(name);
  return column != nullptr && std::llround(column->distinct.estimate()) > 1;
}

}  // namespace

void check_constant(Audit& audit) {
  const Rows& rows = audit.train();
  for (const Column& column : audit.samples().table.columns) {
    const Coded coded = code_by_appearance(column, rows);
    if (coded.present == 0) continue;
    const std::int64_t most = *std::max_element(coded.counts.begin(), coded.counts.end());
    const double share = static_cast<double>(most) / static_cast<double>(rows.size());
    const bool constant = coded.counts.size() == 1 &&
                          most == static_cast<std::int64_t>(rows.size()) &&
                          !varies_elsewhere(audit, column.name);
    if (!constant && share < audit.limits().constant_share) continue;
    const std::string value =
        constant ? value_text(column, first_present(column, rows)) : "one value";
    audit.add_about(
        column, "column-constant", constant ? Severity::kWarn : Severity::kInfo,
        "column " + column.name + " is " + value + " in " +
            (constant ? "every training sample" : percent(share) + " of the training samples") +
            (audit.survey != nullptr ? " drawn" : ""),
        {{"share", share}});
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
    for (const Column* other :
         alike[hash64(coded.codes.data(), coded.codes.size() * sizeof(std::int32_t))]) {
      const bool equal = all_values_equal(column, *other, rows);
      if (!equal && (!telling || code_by_appearance(*other, rows).codes != coded.codes)) continue;
      audit.add_about(column, "column-redundant", Severity::kWarn,
                      "column " + column.name + " says the same as column " + other->name +
                          (equal ? " (equal values)" : " (one value for each of the other's)"),
                      {{"columns", {other->name, column.name}}, {"equal", equal}});
      break;
    }
    alike[hash64(coded.codes.data(), coded.codes.size() * sizeof(std::int32_t))].push_back(&column);
  }
}

void check_identifiers(Audit& audit) {
  const Rows& rows = audit.train();
  if (static_cast<double>(rows.size()) < audit.limits().identifier_rows) return;
  for (const Column& column : audit.samples().table.columns) {
    const Coded coded = code_by_appearance(column, rows);
    if (coded.present == 0) continue;
    const double distinct =
        static_cast<double>(coded.counts.size()) / static_cast<double>(coded.present);
    std::string why;
    if (counts_up(column, coded, rows)) {
      why = "counts up by one";
    } else if (column.type == ColumnType::kCategory && distinct > audit.limits().identifier_share) {
      why = "has another text in nearly every sample";
    } else if (named_like_identifier(column.name) && distinct > audit.limits().identifier_share) {
      why = "is named like one and hardly ever repeats";
    }
    if (why.empty()) continue;
    audit.add_about(column, "column-identifier", Severity::kWarn,
                    "column " + column.name + " looks like an identifier: it " + why,
                    {{"distinct_share", distinct}});
  }
}

void check_cardinality(Audit& audit) {
  const Rows& rows = audit.train();
  for (const Column& column : audit.samples().table.columns) {
    if (column.type != ColumnType::kCategory) continue;
    const auto distinct = static_cast<std::int64_t>(code_by_appearance(column, rows).counts.size());
    const double share = static_cast<double>(distinct) / static_cast<double>(rows.size());
    if (static_cast<double>(distinct) <= audit.limits().categories_many ||
        share <= audit.limits().categories_share)
      continue;
    audit.add_about(column, "category-high-cardinality", Severity::kWarn,
                    "column " + column.name + " has " + grouped(distinct) + " categories in " +
                        grouped(static_cast<std::int64_t>(rows.size())) + " training samples",
                    {{"categories", distinct}});
  }
}

void check_rare_categories(Audit& audit) {
  const auto& limits = audit.limits();
  for (const Profile& profile : audit.facts.profiles()) {
    if (profile.is_number()) continue;
    const auto counts = training_counts(audit, profile);
    if (counts.size() < 3) continue;
    const auto all_rows = static_cast<double>(audit.population(Part::kTrain));
    std::vector<std::string> rare;
    std::int64_t samples = 0;
    for (const auto& [text, count] : counts) {
      if (count >= limits.rare_samples && count >= limits.rare_share * all_rows) continue;
      samples += std::llround(count);
      rare.push_back("'" + text + "' (" + std::to_string(std::llround(count)) + ")");
    }
    if (rare.empty()) continue;
    const std::size_t all = rare.size();
    if (rare.size() > kShownCategories) rare.resize(kShownCategories);
    audit.add_about(*profile.column, "category-rare", Severity::kInfo,
                    count_of(all) + " categories of column " + profile.name() +
                        " have hardly any training samples: " + join_words(rare) +
                        (all > rare.size() ? " and others" : ""),
                    {{"categories", all}, {"samples", samples}});
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
    audit.add_about(column, "split-category-new",
                    share > audit.limits().new_category_share ? Severity::kWarn : Severity::kInfo,
                    grouped(static_cast<std::int64_t>(unseen.size())) +
                        " validation and test samples have a category of column " + column.name +
                        " that the training part has not, such as " +
                        value_text(column, unseen.front()) + " at " +
                        audit.samples().where(unseen.front()),
                    {{"share", share}, {"rows", audit.places(unseen)}});
  }
}

}  // namespace dlwork::phase::audit
