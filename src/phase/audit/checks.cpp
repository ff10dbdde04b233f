#include "phase/audit/check.h"

#include "dlwork/base/text.h"

namespace dlwork::phase::audit {

/// Rows named in a finding, at most.
constexpr std::size_t kMostPlaces = 10;

const std::vector<Check>& checks() {
  static const std::vector<Check> all{
      {"sizes", Applies::kAll, check_sizes},
      {"missing targets", Applies::kAll, check_unlabelled},
      {"class coverage", Applies::kClasses, check_class_coverage},
      {"class balance", Applies::kClasses, check_class_balance},
      {"declared balance", Applies::kClasses, check_declared_balance},
      {"missing values", Applies::kTables, check_missing},
      {"finite values", Applies::kTables, check_not_finite},
      {"constant columns", Applies::kTables, check_constant},
      {"redundant columns", Applies::kTables, check_redundant},
      {"identifier columns", Applies::kTables, check_identifiers},
      {"category counts", Applies::kTables, check_cardinality},
      {"new categories", Applies::kTables, check_new_categories},
      {"outliers", Applies::kTables, check_outliers},
      {"duplicates", Applies::kAll, check_duplicates},
      {"label conflicts", Applies::kClasses, check_label_conflicts},
      {"split overlap", Applies::kAll, check_split_overlap},
      {"test size", Applies::kClasses, check_test_size},
      {"row order", Applies::kAll, check_row_order},
      {"blank pictures", Applies::kPictures, check_blank_pictures},
      {"sample pictures", Applies::kPictures, show_pictures},
      {"normalisation", Applies::kAll, show_normalisation},
      {"principal components", Applies::kAll, show_components},
  };
  return all;
}

artefact::Finding& Audit::add(const std::string& id, artefact::Severity severity,
                              const std::string& message, Json evidence) {
  result.findings.push_back(artefact::make_finding(id, severity, message, std::move(evidence)));
  return result.findings.back();
}

Json Audit::places(const std::vector<std::int64_t>& found) const {
  Json places = Json::array();
  for (std::size_t i = 0; i < found.size() && i < kMostPlaces; ++i) {
    places.push_back(samples().where(found[i]));
  }
  return places;
}

std::string percent(double share) { return pretty_number(100 * share, 3) + " %"; }

}  // namespace dlwork::phase::audit
