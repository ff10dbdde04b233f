#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dlwork/task/task.h"

namespace dlwork::testing {

/// The real classification, for tasks that differ from it in a few things.
class OverRealTask : public task::Task {
 public:
  const task::Task& real = task::find_task("classification");
  std::string name() const override { return real.name(); }
  std::string default_metric() const override { return real.default_metric(); }
  std::string default_loss() const override { return real.default_loss(); }
  std::vector<std::string> metrics() const override { return real.metrics(); }
  training::TargetCoding code(const data::Dataset& d) const override { return real.code(d); }
  double uninformed_loss(const spec::Project& p, const data::Dataset& d,
                         RunContext& run) const override {
    return real.uninformed_loss(p, d, run);
  }
  task::Rival trivial(const spec::Project& p, const data::Dataset& d,
                      const std::vector<std::int64_t>& fit,
                      const std::vector<std::int64_t>& rows) const override {
    return real.trivial(p, d, fit, rows);
  }
  std::vector<artefact::Figure> figures(const training::Outputs& o, const data::Dataset& d,
                                        const std::vector<std::int64_t>& r) const override {
    return real.figures(o, d, r);
  }
  std::vector<task::Mistake> worst(const training::Outputs& o, const data::Dataset& d,
                                   const std::vector<std::int64_t>& r,
                                   std::int64_t n) const override {
    return real.worst(o, d, r, n);
  }
  std::vector<double> errors(const training::Outputs& o, const data::Dataset& d,
                             const std::vector<std::int64_t>& r) const override {
    return real.errors(o, d, r);
  }
  bool says_shares() const override { return real.says_shares(); }
  std::vector<std::int32_t> guesses(const training::Outputs& o, const data::Dataset& d,
                                    const std::vector<std::int64_t>& r) const override {
    return real.guesses(o, d, r);
  }
  std::vector<double> doubts(const training::Outputs& o) const override { return real.doubts(o); }
  std::unique_ptr<training::Learner> make_learner(const spec::Project& p, const data::Dataset& d,
                                                  const spec::Model& m, std::uint64_t seed,
                                                  RunContext& run) const override {
    return real.make_learner(p, d, m, seed, run);
  }
  std::unique_ptr<training::Learner> load_learner(const std::filesystem::path& f,
                                                  RunContext& run) const override {
    return real.load_learner(f, run);
  }
  std::unique_ptr<task::Predictor> make_predictor(const task::PredictorOptions& o,
                                                  RunContext& run) const override {
    return real.make_predictor(o, run);
  }
};

}  // namespace dlwork::testing
