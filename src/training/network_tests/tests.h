#pragma once

#include <string>
#include <vector>

#include "dlwork/artefact/result.h"
#include "training/network_tests/probe.h"

namespace dlwork::training {

/// Training samples that a test looks at, at most; fewer of a task with a loss of its own, whose
/// tests train on them.
inline constexpr std::size_t kTestedSamples = 512, kTestedOfOwnLoss = 64;

/// One unit test of a network. It makes the copies it changes.
struct TestRow {
  const char* id;  ///< its row in findings.def
  artefact::Finding (*run)(Probe& probe);
};

/// The tests by group, each a file with its own table.
std::vector<TestRow> output_tests();      ///< what comes out of an untrained network
std::vector<TestRow> sequence_tests();    ///< where sequences end, and what looks ahead
std::vector<TestRow> signal_tests();      ///< weights, activations and gradients by layer
std::vector<TestRow> gradient_tests();    ///< that gradients are there, fresh and right
std::vector<TestRow> learning_tests();    ///< what a few steps change
std::vector<TestRow> repeatable_tests();  ///< files, seeds, devices

/// All of them, in the order in which a fault is best looked for.
std::vector<TestRow> all_network_tests();

/// One finding a test; one that could not run says why. Throws Error(kInterrupted).
std::vector<artefact::Finding> run_network_tests(Probe& probe);

/// Information where the test passed, else of that severity.
artefact::Finding judge(const std::string& id, bool passed, const std::string& message,
                        const Json& evidence,
                        artefact::Severity severity = artefact::Severity::kError);
/// A test that has nothing to look at here.
artefact::Finding skip(const std::string& id, const std::string& why);

}  // namespace dlwork::training
