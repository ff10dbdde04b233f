#include <algorithm>
#include <cmath>

#include "dlwork/base/stats.h"
#include "dlwork/data/words.h"
#include "phase/audit/check.h"
#include "phase/audit/dates.h"
#include "phase/audit/stats/spelling.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Column;

namespace {

constexpr std::size_t kShownTexts = 5;
/// Free texts of fewer kinds are categories, whose lengths say nothing.
constexpr std::int64_t kFewestTexts = 50;
constexpr double kLeastLengthRange = 3;

/// Categories of a column for which `holds` is true, with their training samples.
struct Found {
  std::vector<bool> of_code;
  std::size_t samples = 0;
  Json texts = Json::array();  ///< the first few
};

template <class Holds>
Found find_texts(const Profile& profile, const Holds& holds) {
  Found found;
  found.of_code.resize(profile.counts.size());
  for (std::size_t code = 0; code < profile.counts.size(); ++code) {
    if (profile.counts[code] == 0 || !holds(profile.column->categories[code])) continue;
    found.of_code[code] = true;
    found.samples += static_cast<std::size_t>(profile.counts[code]);
    if (found.texts.size() < kShownTexts) found.texts.push_back(profile.column->categories[code]);
  }
  return found;
}

Rows rows_of(const Audit& audit, const Profile& profile, const Found& found) {
  Rows rows;
  for (const auto row : audit.train()) {
    const auto code = profile.column->codes[row];
    if (code >= 0 && found.of_code[code]) rows.push_back(row);
  }
  return rows;
}

std::string quoted(const Json& texts) {
  std::vector<std::string> words;
  for (const auto& text : texts) words.push_back("'" + text.get<std::string>() + "'");
  return join_words(words);
}

/// A finding about some texts of a column, with rows and the texts themselves. Those of free texts
/// and identifiers stay out of the report: they are long, or tell about persons.
artefact::Finding& report(Audit& audit, const Profile& profile, const Found& found,
                          const std::string& id, Severity severity, const std::string& message) {
  const Rows rows = rows_of(audit, profile, found);
  const auto meaning = profile.column->info.meaning;
  const bool shows = meaning != data::Meaning::kText && meaning != data::Meaning::kId;
  Json evidence = {{"samples", found.samples}, {"rows", audit.places(rows)}};
  if (shows) evidence["texts"] = found.texts;
  return audit.add_about(*profile.column, id, severity,
                         message + (shows ? ": " + quoted(found.texts) : "") + ", the first at " +
                             audit.samples().where(rows.front()),
                         std::move(evidence));
}

template <class Work>
void for_each_text_column(Audit& audit, const Work& work) {
  for (const Profile& profile : audit.facts.profiles()) {
    if (!profile.is_number() && profile.present > 0) work(profile);
  }
}

bool is_plain_number(const std::string& text) { return parse_number(trim(text)).has_value(); }

void check_lengths(Audit& audit, const Profile& profile) {
  if (profile.kinds() < kFewestTexts) return;
  std::vector<double> lengths;
  for (std::size_t code = 0; code < profile.counts.size(); ++code) {
    if (profile.counts[code] > 0) {
      lengths.push_back(static_cast<double>(profile.column->categories[code].size()));
    }
  }
  const Spread spread = spread_of(lengths);
  const double reach = audit.limits().length_ranges * std::max(spread.range(), kLeastLengthRange);
  const Found odd = find_texts(profile, [&](const std::string& text) {
    const auto length = static_cast<double>(text.size());
    return length > spread.upper_quartile + reach || length < spread.lower_quartile - reach;
  });
  if (odd.samples == 0) return;
  const Rows rows = rows_of(audit, profile, odd);
  audit.add_about(
      *profile.column, "string-length-outlier", Severity::kInfo,
      count_of(odd.samples) + " texts of column " + profile.name() +
          " are far longer or shorter than the usual " + pretty_number(spread.median, 3) +
          " bytes, the first at " + audit.samples().where(rows.front()),
      {{"samples", odd.samples}, {"median_bytes", spread.median}, {"rows", audit.places(rows)}});
}

Layout layout_of(const Column& column) {
  return column.info.meaning == data::Meaning::kText ? Layout::kProse : Layout::kLine;
}

void mend_edges(Audit& audit, const Column& column) {
  for (std::size_t row = 0; row < column.codes.size(); ++row) {
    if (column.codes[row] < 0) continue;
    const std::string& text = column.categories[column.codes[row]];
    const std::string mended = tidied(text, layout_of(column));
    if (mended != text) {
      audit.patches.push_back(
          {static_cast<std::int64_t>(row), column.name, mended, "text-edge-space"});
    }
  }
}

void check_faults(Audit& audit, const Profile& profile) {
  const Found garbled = find_texts(profile, is_doubly_encoded);
  if (share_of(garbled.samples, static_cast<std::size_t>(profile.present)) >
      audit.limits().mojibake_share) {
    report(audit, profile, garbled, "text-mojibake", Severity::kWarn,
           count_of(garbled.samples) + " texts of column " + profile.name() +
               " were read in the wrong encoding once");
  }
  const Layout layout = layout_of(*profile.column);
  const Found edged =
      find_texts(profile, [&](const std::string& text) { return is_untidy(text, layout); });
  if (edged.samples > 0) {
    mend_edges(audit, *profile.column);
    report(audit, profile, edged, "text-edge-space", Severity::kWarn,
           count_of(edged.samples) + " texts of column " + profile.name() +
               " begin or end with a blank, or hold control characters");
  }
  check_lengths(audit, profile);
}

/// Of a column of free text, samples that say nothing.
void check_empty_texts(Audit& audit, const Profile& profile) {
  const Found wordless =
      find_texts(profile, [](const std::string& text) { return data::line_words(text).empty(); });
  Rows empty = rows_of(audit, profile, wordless);
  empty.insert(empty.end(), profile.missing.begin(), profile.missing.end());
  if (empty.empty()) return;
  std::sort(empty.begin(), empty.end());
  const double share = share_of(empty.size(), static_cast<std::size_t>(profile.rows));
  audit.add_about(*profile.column, "text-empty-lines",
                  share > audit.limits().empty_lines ? Severity::kWarn : Severity::kInfo,
                  count_of(empty.size()) + " texts of column " + profile.name() + " (" +
                      percent(share) + ") hold no word, the first at " +
                      audit.samples().where(empty.front()),
                  {{"samples", empty.size()}, {"share", share}, {"rows", audit.places(empty)}});
}

}  // namespace

void check_types(Audit& audit) {
  for_each_text_column(audit, [&](const Profile& profile) {
    const Found numbers = find_texts(profile, is_plain_number);
    const Found texts = find_texts(profile, [](const std::string& text) {
      return !is_plain_number(text) && !is_missing_word(text);
    });
    const double share = share_of(numbers.samples, numbers.samples + texts.samples);
    const double most = audit.limits().mixed_share;
    if (texts.samples > 0 && numbers.samples > 0 && 1 - share <= most) {
      report(audit, profile, texts, "type-mixed", Severity::kWarn,
             "column " + profile.name() + " is taken as categories because " +
                 count_of(texts.samples) + " of its values are no numbers");
    } else if (numbers.samples > 0 && share > 0 && share <= most && profile.kinds() > 2) {
      report(audit, profile, numbers, "type-mixed", Severity::kInfo,
             count_of(numbers.samples) + " values of column " + profile.name() +
                 " are numbers among texts");
    }
    const Found dressed = find_texts(profile, is_dressed_number);
    const double all =
        share_of(dressed.samples + numbers.samples, static_cast<std::size_t>(profile.present));
    if (dressed.samples > 0 && all >= audit.limits().numeric_text_share && profile.kinds() > 2 &&
        share_of(dressed.samples, static_cast<std::size_t>(profile.present)) > most) {
      report(audit, profile, dressed, "numeric-as-text", Severity::kWarn,
             "column " + profile.name() +
                 " holds numbers with units or signs, so it is taken as "
                 "categories");
    }
  });
}

void check_missing_tokens(Audit& audit) {
  for_each_text_column(audit, [&](const Profile& profile) {
    const Found words = find_texts(profile, is_missing_word);
    if (words.samples == 0) return;
    const Found numbers = find_texts(profile, is_plain_number);
    // A column of numbers that a token turns into categories is lost for any model.
    const bool numeric = numbers.samples > 0 && numbers.samples + words.samples >=
                                                    static_cast<std::size_t>(profile.present);
    audit.mend(*profile.column, "missing-token-mixed", "", [&](std::int64_t row) {
      const auto code = profile.column->codes[row];
      return numeric && code >= 0 && is_missing_word(profile.column->categories[code]);
    });
    report(audit, profile, words, "missing-token-mixed",
           numeric ? Severity::kError : Severity::kInfo,
           count_of(words.samples) + " values of column " + profile.name() +
               (numeric ? ", which else holds numbers, are words for missing"
                        : " are words for missing, taken as a category"));
  });
}

void check_header_rows(Audit& audit) {
  const auto& columns = audit.samples().table.columns;
  Rows found;
  for (std::int64_t row = 0; row < audit.samples().count; ++row) {
    std::size_t own = 0, texts = 0;
    for (const Column& column : columns) {
      if (column.type != data::ColumnType::kCategory) continue;
      ++texts;
      own += column.codes[row] >= 0 && column.categories[column.codes[row]] == column.name ? 1 : 0;
    }
    if (own > 0 && 2 * own >= texts) found.push_back(row);
  }
  if (found.empty()) return;
  audit.leave_out(found, "header-as-data");
  audit.add("header-as-data", Severity::kError,
            count_of(found.size()) + " samples repeat the column names, the first at " +
                audit.samples().where(found.front()),
            {{"samples", found.size()}, {"rows", audit.places(found)}});
}

void check_dates(Audit& audit) {
  for_each_text_column(audit, [&](const Profile& profile) {
    const Found dates = find_texts(
        profile, [](const std::string& text) { return parse_day(trim(text)).has_value(); });
    if (share_of(dates.samples, static_cast<std::size_t>(profile.present)) <
        audit.limits().date_share) {
      return;
    }
    audit.add_about(*profile.column, "date-as-text", Severity::kInfo,
                    "column " + profile.name() + " holds dates, taken as categories",
                    {{"samples", dates.samples}, {"texts", dates.texts}});
    const Found wrong = find_texts(profile, [&](const std::string& text) {
      const auto day = parse_day(trim(text));
      return !day || !is_plausible(audit, *day);
    });
    if (wrong.samples == 0) return;
    report(audit, profile, wrong, "date-implausible", Severity::kWarn,
           count_of(wrong.samples) + " dates of column " + profile.name() +
               " do not exist, or lie too early or in the future");
  });
}

void check_text_faults(Audit& audit) {
  for_each_text_column(audit, [&](const Profile& profile) { check_faults(audit, profile); });
  for (const Profile& profile : audit.facts.carried()) {
    if (profile.is_number() || profile.present == 0) continue;
    check_faults(audit, profile);
    if (profile.column->info.meaning == data::Meaning::kText) check_empty_texts(audit, profile);
  }
}

}  // namespace dlwork::phase::audit
