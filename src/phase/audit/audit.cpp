#include <algorithm>
#include <new>

#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"
#include "phase/audit/check.h"
#include "phase/audit/waivers.h"

namespace dlwork::phase {

using artefact::Finding;
using artefact::PhaseResult;
using artefact::Severity;

namespace {

bool applies(audit::Applies applies, const data::Samples& samples) {
  switch (applies) {
    case audit::Applies::kAll:
      return true;
    case audit::Applies::kTables:
      return samples.kind == data::Kind::kTable;
    case audit::Applies::kPictures:
      return samples.kind == data::Kind::kImage;
    case audit::Applies::kClasses:
      return samples.target.is_class;
  }
  return false;
}

void report_failure(const audit::Check& check, const std::string& why, audit::Audit& audit) {
  Finding& finding = audit.add("check-not-run", Severity::kError,
                               std::string("the check of ") + check.name + " could not run: " + why,
                               {{"check", check.name}});
  finding.checked = false;
}

/// A check that fails on the data is a finding; a full disk or a stop ends the phase.
void run_check(const audit::Check& check, audit::Audit& audit) {
  try {
    check.run(audit);
  } catch (const Error& error) {
    if (error.status() != ExitStatus::kInput && error.status() != ExitStatus::kUsage) throw;
    report_failure(check, error.what(), audit);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    report_failure(check, error.what(), audit);
  }
}

/// Errors first, then warnings; checks keep their order within.
void sort_by_severity(std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return static_cast<int>(a.severity) > static_cast<int>(b.severity);
  });
}

std::string count_text(std::int64_t count, const std::string& what) {
  return grouped(count) + " " + what + (count == 1 ? "" : "s");
}

std::string headline(const audit::Audit& audit) {
  std::int64_t errors = 0, warnings = 0, waived = 0;
  for (const Finding& finding : audit.result.findings) {
    waived += finding.waived.empty() ? 0 : 1;
    if (!finding.waived.empty()) continue;
    errors += finding.severity == Severity::kError || !finding.checked ? 1 : 0;
    warnings += finding.severity == Severity::kWarn && finding.checked ? 1 : 0;
  }
  std::string text = count_text(audit.samples().count, "sample") + ", " +
                     count_text(errors, "error") + ", " + count_text(warnings, "warning");
  if (waived > 0) text += ", " + grouped(waived) + " accepted";
  return text;
}

}  // namespace

PhaseResult run_audit(Context& context) {
  PhaseResult result;
  const data::Dataset& data = context.dataset();
  const audit::Contents contents = audit::compare_contents(data.samples);
  audit::Audit audit{context, data, contents, result};
  const auto& checks = audit::checks();
  for (std::size_t i = 0; i < checks.size(); ++i) {
    if (context.run.stop.requested()) throw Error(ExitStatus::kInterrupted, "audit: stopped");
    context.run.reporter.progress({"audit", static_cast<double>(i),
                                   static_cast<double>(checks.size()), "checks", checks[i].name});
    if (applies(checks[i].applies, data.samples)) run_check(checks[i], audit);
  }
  context.run.reporter.progress_done();
  audit::apply_waivers(context.project.accept, context.project.file, utc_time().substr(0, 10),
                       result.findings);
  sort_by_severity(result.findings);
  result.headline = headline(audit);
  const bool failed = artefact::verdict_of(result.findings) == artefact::Verdict::kFail;
  result.next = failed ? artefact::NextStep{"dlwork audit", "mend the data, or accept a finding "
                                                            "with a reason, and run it again"}
                       : artefact::NextStep{"dlwork analogy",
                                            "find the closest solved problem"};
  return result;
}

}  // namespace dlwork::phase
