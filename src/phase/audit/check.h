#pragma once

#include <string>
#include <vector>

#include "dlwork/artefact/result.h"
#include "dlwork/phase/phase.h"
#include "phase/audit/contents.h"

namespace dlwork::phase::audit {

/// What a check sees and where it leaves what it found.
struct Audit {
  Context& context;
  const data::Dataset& data;
  const Contents& contents;  ///< samples that are equal
  artefact::PhaseResult& result;

  const data::Samples& samples() const { return data.samples; }
  const std::vector<std::int64_t>& rows(data::Part part) const { return data.part(part); }
  const std::vector<std::int64_t>& train() const { return data.part(data::Part::kTrain); }
  bool is_class() const { return data.samples.target.is_class; }

  /// Adds a finding and gives it back to be filled further.
  artefact::Finding& add(const std::string& id, artefact::Severity severity,
                         const std::string& message, Json evidence = Json::object());
  /// Places of the first few of `rows`: ["train.csv:17", ...].
  Json places(const std::vector<std::int64_t>& rows) const;
};

enum class Applies { kAll, kTables, kPictures, kClasses };

/// One line of the table of checks. A check that throws becomes a finding that it could not run.
struct Check {
  const char* name;
  Applies applies;
  void (*run)(Audit& audit);
};
/// In the order in which findings are listed.
const std::vector<Check>& checks();

// sizes.cpp
void check_sizes(Audit& audit);
void check_unlabelled(Audit& audit);
void check_test_size(Audit& audit);
void check_row_order(Audit& audit);
// columns.cpp, values.cpp
void check_missing(Audit& audit);
void check_not_finite(Audit& audit);
void check_constant(Audit& audit);
void check_redundant(Audit& audit);
void check_identifiers(Audit& audit);
void check_cardinality(Audit& audit);
void check_new_categories(Audit& audit);
void check_outliers(Audit& audit);
// duplicates.cpp
void check_duplicates(Audit& audit);
void check_label_conflicts(Audit& audit);
void check_split_overlap(Audit& audit);
// classes.cpp
void check_class_coverage(Audit& audit);
void check_class_balance(Audit& audit);
void check_declared_balance(Audit& audit);
// pictures.cpp
void check_blank_pictures(Audit& audit);
void show_pictures(Audit& audit);
// scaling.cpp
void show_normalisation(Audit& audit);
void show_components(Audit& audit);

/// Share as "12.5 %".
std::string percent(double share);

}  // namespace dlwork::phase::audit
