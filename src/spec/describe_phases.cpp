#include "spec/fields.h"

namespace dlwork::spec {

void describe(NetworkTest& test, Fields& f) {
  f.add("initial_loss_tolerance", test.initial_loss_tolerance,
        "Share by which the first loss may differ from its theoretical value.")
      .above(0);
  f.add("overfit_samples", test.overfit_samples, "Samples in the batch that is learned by heart.")
      .unit("samples")
      .at_least(2)
      .at_most(4096);
  f.add("overfit_steps", test.overfit_steps, "Steps to learn it.").unit("steps").at_least(1);
  f.add("overfit_loss_ratio", test.overfit_loss_ratio,
        "The last loss must be below this share of the first.")
      .above(0)
      .below(1);
  f.add("independence_tolerance", test.independence_tolerance,
        "How much one sample's output may change with the others of its batch.")
      .above(0);
}

void describe(Baseline& baseline, Fields& f) {
  f.group("model", baseline.model, "Its network; empty: the analogy's.");
  f.add("subset", baseline.subset, "Training rows used, at most.").unit("rows").at_least(2);
  f.add("epochs", baseline.epochs, "Passes over them.").unit("epochs").at_least(1).at_most(1e6);
  f.add("min_gain", baseline.min_gain,
        "By how much the interval's end must beat the trivial predictor.")
      .at_least(0);
}

void describe(Diagnose& diagnose, Fields& f) {
  f.add("mistakes", diagnose.mistakes, "Most confident mistakes shown.").at_least(0).at_most(1000);
  f.add("bias_tolerance", diagnose.bias_tolerance,
        "The training figure may miss the goal by this before it counts as bias.")
      .at_least(0);
  f.add("variance_tolerance", diagnose.variance_tolerance,
        "Validation may be worse than training by this before it counts as variance.")
      .at_least(0);
  f.add("epochs", diagnose.epochs, "Epochs of the diagnosed run; 0: training.epochs.")
      .unit("epochs")
      .at_least(0)
      .at_most(1e6);
}

void describe(Dimension& dimension, Fields& f) {
  f.add("low", dimension.low, "Smallest value.");
  f.add("high", dimension.high, "Largest value.");
  f.add("log", dimension.log, "Spread evenly over powers of ten.");
  f.add("integer", dimension.integer, "Whole numbers only.");
}

void describe(Tune& tune, Fields& f) {
  f.add("method", tune.method, "How settings are chosen.").one_of({"random", "one-at-a-time"});
  f.add("trials", tune.trials, "Settings tried, at most.").unit("trials").at_least(1).at_most(1e6);
  f.add("time", tune.time, "Wall time for all trials; 0: goal.budget.time.").unit("time");
  f.add("epochs", tune.epochs, "Epochs of a trial; 0: training.epochs.")
      .unit("epochs")
      .at_least(0)
      .at_most(1e6);
  f.add("space", tune.space,
        "What is varied: a key path with a list of values, or {low, high, log, integer}.");
  f.add("prune", tune.prune, "Stop trials that are worse than the median at the same epoch.");
}

void describe(Ensemble& ensemble, Fields& f) {
  f.add("members", ensemble.members, "Networks in the ensemble.").at_least(2).at_most(1000);
  f.add("epochs", ensemble.epochs, "Epochs of a member; 0: training.epochs.")
      .unit("epochs")
      .at_least(0)
      .at_most(1e6);
  f.add("use_best_trials", ensemble.use_best_trials,
        "Members take the settings of the best trials.");
}

void describe(Waiver& waiver, Fields& f) {
  f.add("finding", waiver.finding, "Id of the finding.").required();
  f.add("reason", waiver.reason, "Why it is accepted.").required();
  f.add("until", waiver.until, "Last day on which it is, as 2027-01-31.").required();
}

}  // namespace dlwork::spec
