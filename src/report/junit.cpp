#include <map>

#include "dlwork/base/text.h"
#include "dlwork/report/render.h"
#include "report/escape.h"
#include "report/summary.h"

namespace dlwork::report {
namespace {

using artefact::Finding;
using artefact::PhaseResult;
using artefact::Verdict;

struct Counts {
  std::int64_t tests = 0, failures = 0, errors = 0, skipped = 0;
  double seconds = 0;

  void add(const Counts& other) {
    tests += other.tests;
    failures += other.failures;
    errors += other.errors;
    skipped += other.skipped;
    seconds += other.seconds;
  }
};

bool is_skipped(const Finding& finding) {
  return standing_of(finding) == Standing::kInfo && !finding.skipped.empty();
}

Counts counts_of(const PhaseResult& result) {
  Counts counts;
  counts.seconds = seconds_of(result);
  counts.tests = 1 + static_cast<std::int64_t>(result.findings.size());
  if (result.verdict == Verdict::kFail) ++counts.failures;
  for (const Finding& finding : result.findings) {
    const Standing standing = standing_of(finding);
    if (standing == Standing::kError) ++counts.failures;
    if (standing == Standing::kUnchecked) ++counts.errors;
    if (standing == Standing::kWaived || is_skipped(finding)) ++counts.skipped;
  }
  return counts;
}

std::string attribute(const std::string& name, const std::string& value) {
  return " " + name + "=\"" + xml_text(value) + "\"";
}

std::string attributes(const Counts& counts) {
  return attribute("tests", std::to_string(counts.tests)) +
         attribute("failures", std::to_string(counts.failures)) +
         attribute("errors", std::to_string(counts.errors)) +
         attribute("skipped", std::to_string(counts.skipped)) +
         attribute("time", number_text(counts.seconds));
}

std::string element(const std::string& name, const std::string& message, const std::string& text) {
  std::string xml = "      <" + name;
  if (!message.empty()) xml += attribute("message", message);
  return xml + ">" + xml_text(text) + "</" + name + ">\n";
}

std::string details(const Finding& finding) {
  std::string text = message_text(finding) + "\n";
  if (!finding.at.file.empty()) text += "at: " + place_text(finding.at) + "\n";
  if (!finding.key.empty()) text += "key: " + finding.key + "\n";
  if (const std::string advice = advice_of(finding); !advice.empty()) {
    text += "do: " + advice + "\n";
  }
  if (!finding.evidence.empty()) text += "evidence: " + json_text(finding.evidence) + "\n";
  return text;
}

std::string outcome(const Finding& finding) {
  switch (standing_of(finding)) {
    case Standing::kError:
      return element("failure", finding.message, details(finding));
    case Standing::kUnchecked:
      return element("error", message_text(finding), details(finding));
    case Standing::kWaived:
      return element("skipped", "waived: " + finding.waived, "") +
             element("system-out", "", details(finding));
    case Standing::kWarn:
      return element("system-out", "", "warning: " + details(finding));
    case Standing::kInfo:
      if (is_skipped(finding)) return element("skipped", finding.skipped, "");
      return element("system-out", "", details(finding));
  }
  assertion_failed("standing", "a standing outside of its enumeration", __FILE__, __LINE__);
}

std::string opened_case(const std::string& suite, const std::string& name) {
  return "    <testcase" + attribute("classname", suite) + attribute("name", name);
}

std::string gate_case(const PhaseResult& result, const std::string& suite) {
  const std::string headline =
      result.headline.empty() ? to_string(result.verdict) : result.headline;
  std::string xml = opened_case(suite, "gate");
  xml += attribute("time", number_text(seconds_of(result))) + ">\n";
  xml += result.verdict == Verdict::kFail
             ? element("failure", headline, headline)
             : element("system-out", "", verdict_word(result.verdict) + ": " + headline);
  return xml + "    </testcase>\n";
}

std::string finding_cases(const PhaseResult& result, const std::string& suite) {
  std::string xml;
  std::map<std::string, int> seen;  // readers tell cases apart by name
  for (const Finding& finding : result.findings) {
    const int times = ++seen[finding.id];
    std::string name = finding.id;
    if (times > 1) name += " (" + std::to_string(times) + ")";
    xml += opened_case(suite, name);
    if (!finding.at.file.empty()) xml += attribute("file", finding.at.file);
    if (finding.at.line > 0) xml += attribute("line", std::to_string(finding.at.line));
    xml += attribute("time", "0") + ">\n" + outcome(finding) + "    </testcase>\n";
  }
  return xml;
}

std::string properties(const PhaseResult& result) {
  if (result.metrics.empty()) return "";
  std::string xml = "    <properties>\n";
  for (const auto& metric : result.metrics) {
    std::string name = metric.name;
    if (!metric.part.empty()) name += "." + metric.part;
    if (!metric.of.empty()) name += "." + metric.of;
    xml += "      <property" + attribute("name", name) +
           attribute("value", number_text(metric.value)) + "/>\n";
  }
  return xml + "    </properties>\n";
}

}  // namespace

std::string to_junit(const std::vector<PhaseResult>& results) {
  Counts total;
  std::string suites;
  for (const PhaseResult& result : results) {
    const Counts counts = counts_of(result);
    const std::string suite = "dlwork." + result.phase;
    total.add(counts);
    suites += "  <testsuite" + attribute("name", suite) + attributes(counts) + ">\n";
    suites += properties(result) + gate_case(result, suite) + finding_cases(result, suite);
    suites += "  </testsuite>\n";
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + attribute("name", "dlwork") +
         attributes(total) + ">\n" + suites + "</testsuites>\n";
}

}  // namespace dlwork::report
