#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/fit_problem.h"
#include "training/network_tests/tests.h"

namespace dlwork::training {

/// A network with one thing wrong, and the test that must say so.
struct BrokenNetwork {
  std::string what;
  std::string caught_by;  ///< id of a network test
  artefact::Severity severity = artefact::Severity::kError;
  std::string data;    ///< moons, bars, plane, ragged
  std::string layers;  ///< YAML
  /// Changes a learner after it was made, and one read back from its file.
  std::function<void(SupervisedLearner&)> tamper;
  std::function<void(FitOptions&)> settings;
  /// Another subject than the plain one.
  std::function<std::unique_ptr<Subject>(std::unique_ptr<SupervisedLearner>, const FitOptions&,
                                         RunContext&)>
      subject;
};

std::vector<BrokenNetwork> broken_networks();
/// Those of sequences (broken_sequences.cpp), which are among them.
std::vector<BrokenNetwork> broken_sequences();
/// And those that learn wrongly (broken_learning.cpp).
std::vector<BrokenNetwork> broken_learning();

/// Runs one test, or all with id "", of a network.
std::vector<artefact::Finding> test_broken(const BrokenNetwork& broken, const std::string& id);

}  // namespace dlwork::training
