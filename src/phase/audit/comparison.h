#pragma once

#include <string>
#include <vector>

#include "dlwork/artefact/result.h"
#include "dlwork/data/dataset.h"
#include "dlwork/spec/project.h"
#include "phase/audit/difference.h"

namespace dlwork::phase::audit {

/// Gathers findings about data that came after training, column by column, from what an audit
/// recorded of the training part.
class Comparison {
 public:
  /// `kind`: of the samples, as the profile has it.
  Comparison(const spec::AuditThresholds& limits, const std::string& kind,
             artefact::PhaseResult& result)
      : limits_(limits), kind_(kind), result_(result) {}

  void add(const std::string& id, artefact::Severity severity, const std::string& message,
           Json evidence = Json::object());
  /// Names of columns that the new data lack or have besides `recorded`.
  void schema(const Json& recorded, const std::vector<std::string>& names,
              const std::string& target);
  void column(const Json& recorded, const data::Column& found);
  /// Numbers that are no column: the target.
  void numbers(const std::string& subject, const Json& recorded, const std::vector<double>& values);
  /// Categories that are no column: the class.
  void counts(const std::string& subject, const Json& recorded,
              const std::vector<std::string>& names, const std::vector<std::int64_t>& found);
  /// Tells the differences; it needs all columns for the correction.
  void finish();
  /// The columns that differ most so far, the strongest first.
  Json telling() const;

 private:
  struct Drift {
    std::string subject;
    Difference difference;
  };
  void gaps(const Json& recorded, const data::Column& found);
  void ranges(const Json& recorded, const data::Column& found, const std::vector<double>& values);
  void categories(const Json& recorded, const data::Column& found);
  std::string subject_of(const data::Column& column) const;

  const spec::AuditThresholds& limits_;
  std::string kind_;
  artefact::PhaseResult& result_;
  std::vector<Drift> drifts_;
};

/// Distance of a recorded distribution, given by evenly spaced quantiles, to a list of values:
/// the largest difference of their distribution functions, exact to half the quantiles' spacing.
double distance_to_quantiles(const std::vector<double>& quantiles, std::vector<double> values);

}  // namespace dlwork::phase::audit
