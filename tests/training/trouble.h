#pragma once

#include <gtest/gtest.h>

#include <string>

#include "support/fit_problem.h"
#include "training/supervised_learner.h"

namespace dlwork::training {

struct Setting {
  SilentReporter reporter;
  StopFlag stop;
  RunContext context{reporter, stop};
};

/// Keeps what it is told.
struct Heard final : Reporter {
  std::string text;
  void debug(const std::string&) override {}
  void info(const std::string& message) override { text += message + "\n"; }
  void warn(const std::string&) override {}
  void progress(const Progress&) override {}
  void progress_done() override {}
};

/// The error that `work` ends with.
template <class Work>
Error error_of(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  return Error(ExitStatus::kOk, "no error");
}

inline std::unique_ptr<SupervisedLearner> learner_of(const data::Dataset& dataset,
                                                     const std::string& layers, RunContext& run) {
  auto made = make_supervised(testing::problem(dataset, layers), run);
  return std::unique_ptr<SupervisedLearner>(static_cast<SupervisedLearner*>(made.release()));
}

inline torch::Tensor weights(const SupervisedLearner& learner, const std::string& name) {
  for (const auto& [key, tensor] : learner.network().parameters()) {
    if (key == name) return tensor;
  }
  return {};
}

}  // namespace dlwork::training
