#include <algorithm>
#include <new>

#include "dlwork/base/files.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"
#include "phase/audit/against.h"
#include "phase/audit/check.h"
#include "phase/audit/recorded.h"
#include "phase/audit/sample.h"
#include "phase/audit/survey.h"
#include "phase/waivers.h"

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
    case audit::Applies::kTexts:
      return samples.kind == data::Kind::kText;
    case audit::Applies::kSequences:
      return samples.kind == data::Kind::kSequence;
    case audit::Applies::kSeries:
      return samples.kind == data::Kind::kSequence && !samples.sequences.sound;
    case audit::Applies::kSounds:
      return samples.kind == data::Kind::kSequence && samples.sequences.sound.has_value();
    case audit::Applies::kTargets:
      return samples.target.given();
    case audit::Applies::kClasses:
      return samples.target.given() && samples.target.is_class;
    case audit::Applies::kNumbers:
      return samples.target.given() && !samples.target.is_class;
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

std::string audit_headline(const audit::Audit& audit, std::int64_t samples) {
  std::int64_t errors = 0, warnings = 0, waived = 0;
  for (const Finding& finding : audit.result.findings) {
    waived += finding.waived.empty() ? 0 : 1;
    if (!finding.waived.empty()) continue;
    errors += finding.severity == Severity::kError || !finding.checked ? 1 : 0;
    warnings += finding.severity == Severity::kWarn && finding.checked ? 1 : 0;
  }
  std::string text = count_text(samples, "sample") + ", " + count_text(errors, "error") + ", " +
                     count_text(warnings, "warning");
  if (waived > 0) text += ", " + grouped(waived) + " accepted";
  return text;
}

/// What was written where, and what was not.
std::string mended_message(const audit::Mended& mended, const std::string& where) {
  if (mended.files.empty() && mended.sample_files == 0 && mended.not_copied.empty()) {
    return "the samples are not read from files, so there is nothing to copy";
  }
  if (mended.files.empty() && mended.sample_files == 0) {
    return count_text(mended.rows, "sample") + " to leave out stand in patches.csv in " + where +
           ", which is all that was written: arrays of pictures or series are not copied; leave "
           "them out where the arrays are made";
  }
  std::string text = count_text(mended.cells, "cell") + " changed and " +
                     count_text(mended.rows, "row") + " left out in the copies in " + where +
                     "; every change stands in patches.csv there";
  if (!mended.renamed.empty()) {
    const auto& [source, copy] = *mended.renamed.begin();
    text += "; name " + copy + " in the data section in place of " + source;
    if (mended.renamed.size() > 1) text += ", and the other copies likewise";
  }
  if (!mended.not_copied.empty()) {
    text += "; " + count_text(static_cast<std::int64_t>(mended.not_copied.size()), "file") +
            " not copied, such as " + mended.not_copied.front();
  }
  return text;
}

void write_fixes(Context& context, std::vector<audit::Patch> patches, PhaseResult& result) {
  const auto folder =
      context.fix_to.empty() ? context.folder.file("fixed") : std::filesystem::path(context.fix_to);
  const auto mended = audit::write_mended(context, std::move(patches), folder);
  const std::string where = std::filesystem::absolute(folder).string();
  result.findings.push_back(artefact::make_finding("data-mended", Severity::kInfo,
                                                   mended_message(mended, where),
                                                   {{"folder", where},
                                                    {"cells", mended.cells},
                                                    {"rows", mended.rows},
                                                    {"files", mended.files},
                                                    {"sample_files", mended.sample_files},
                                                    {"renamed", mended.renamed},
                                                    {"not_copied", mended.not_copied}}));
  if (context.fix_to.empty()) {
    result.artefacts.push_back({"patches", "fixed/patches.csv", "changes that mend the data"});
  }
}

}  // namespace

PhaseResult audit::audit_project(Context& context, const StreamLimits& limits) {
  PhaseResult result;
  data::FileFacts files;
  if (context.fix && is_streamed(context.project, limits)) {
    throw Error(ExitStatus::kUsage,
                "audit --fix needs every row at hand, but the tables are larger than " +
                    pretty_number(limits.megabytes) + " MB",
                "mend a part of the files at a time");
  }
  if (!context.loaded) {
    context.loaded = std::make_unique<data::Dataset>(
        audit::load_for_audit(context.project, limits, context, context.survey, files));
  }
  const data::Dataset& data = context.dataset();
  const data::Survey* survey = context.survey ? &*context.survey : nullptr;
  const audit::Contents contents = audit::compare_contents(data.samples);
  audit::Facts facts(context, data);
  std::vector<audit::Patch> patches;
  audit::Audit audit{context, data, files, contents, result, facts, patches, survey};
  if (survey) audit::report_survey(audit, *survey);
  const std::size_t first_of_sample = result.findings.size();
  const auto& checks = audit::checks();
  for (std::size_t i = 0; i < checks.size(); ++i) {
    if (context.run.stop.requested()) throw Error(ExitStatus::kInterrupted, "audit: stopped");
    context.run.reporter.progress({"audit", static_cast<double>(i),
                                   static_cast<double>(checks.size()), "checks", checks[i].name});
    if (applies(checks[i].applies, data.samples)) run_check(checks[i], audit);
  }
  context.run.reporter.progress_done();
  if (survey) audit::drop_what_survey_knows(*survey, first_of_sample, result);
  context.task.examine(context.project, data, result);
  audit::record_profile(context, files, facts, result);
  if (context.fix) write_fixes(context, std::move(patches), result);
  apply_waivers(context.project.accept, utc_time().substr(0, 10), result.findings);
  for (Finding& finding : check_waivers(context.project.accept, context.project.file)) {
    result.findings.push_back(std::move(finding));
  }
  sort_by_severity(result.findings);
  result.headline = audit_headline(audit, survey ? survey->rows : audit.samples().count);
  const bool failed = artefact::verdict_of(result.findings) == artefact::Verdict::kFail;
  result.next = failed ? artefact::NextStep{"dlwork audit",
                                            "mend the data, or accept a finding "
                                            "with a reason, and run it again"}
                       : artefact::NextStep{"dlwork analogy", "find the closest solved problem"};
  return result;
}

PhaseResult run_audit(Context& context) {
  if (!context.against.empty()) return audit::audit_against(context, context.against);
  return audit::audit_project(context, {});
}

}  // namespace dlwork::phase
