#include "training/network_tests/tests.h"

#include "dlwork/base/text.h"

namespace dlwork::training {
namespace {

using artefact::Finding;
using artefact::Severity;

/// What kept a test from running, in one line; LibTorch's own messages carry a call stack.
std::string reason(const std::exception& problem) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&problem);
  const std::string text = torch_error ? torch_error->what_without_backtrace() : problem.what();
  return text.substr(0, text.find('\n'));
}

Finding not_run(const char* id, const std::exception& error) {
  Finding finding = artefact::make_finding(id, Severity::kError, "could not run: " + reason(error));
  finding.checked = false;
  return finding;
}

Finding run_one(const TestRow& test, Probe& probe) {
  try {
    return test.run(probe);
  } catch (const Error& error) {
    if (error.status() == ExitStatus::kInterrupted) throw;
    return not_run(test.id, error);
  } catch (const std::exception& error) {
    return not_run(test.id, error);
  }
}

}  // namespace

std::vector<TestRow> all_network_tests() {
  std::vector<TestRow> all;
  for (const auto& group : {output_tests(), sequence_tests(), signal_tests(), gradient_tests(),
                            learning_tests(), repeatable_tests()}) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

std::vector<Finding> run_network_tests(Probe& probe) {
  const auto tests = all_network_tests();
  std::vector<Finding> findings;
  for (const TestRow& test : tests) {
    if (probe.run().stop.requested()) {
      throw Error(ExitStatus::kInterrupted, probe.options().label + ": stopped");
    }
    probe.run().reporter.progress({probe.options().label, static_cast<double>(findings.size()),
                                   static_cast<double>(tests.size()), "tests", test.id});
    findings.push_back(run_one(test, probe));
  }
  probe.run().reporter.progress_done();
  return findings;
}

Finding judge(const std::string& id, bool passed, const std::string& message, const Json& evidence,
              Severity severity) {
  return artefact::make_finding(id, passed ? Severity::kInfo : severity, message, evidence);
}

Finding skip(const std::string& id, const std::string& why) {
  Finding finding = artefact::make_finding(id, Severity::kInfo, "skipped: " + why);
  finding.skipped = why;
  return finding;
}

std::vector<Finding> SupervisedLearner::test_network(const spec::NetworkTest& thresholds,
                                                     const FitOptions& options, RunContext& run) {
  const auto make = [&](std::uint64_t seed) {
    Blueprint blueprint = blueprint_;
    blueprint.seed = seed;
    return std::make_unique<Subject>(
        std::make_unique<SupervisedLearner>(std::move(blueprint), &dataset(), run), options, run);
  };
  Probe probe(make, blueprint_.seed, thresholds, options, run);
  return run_network_tests(probe);
}

}  // namespace dlwork::training
