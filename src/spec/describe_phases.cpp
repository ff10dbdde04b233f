#include "spec/fields.h"

namespace dlwork::spec {

void describe(AuditThresholds& thresholds, Fields& f) {
#define THRESHOLD(finding, key, value, least, most, unit_name, help) \
  f.add(#key, thresholds.key, help).unit(unit_name).at_least(least).at_most(most);
#include "dlwork/spec/audit_thresholds.def"
#undef THRESHOLD
}

void describe(Audit& audit, Fields& f) {
  f.add("rows", audit.rows, "Most samples that costly checks look at, drawn with the seed.")
      .unit("rows")
      .at_least(200);
  f.add("annotators", audit.annotators,
        "Columns that hold other people's labels of the target, for their agreement.");
  f.group("thresholds", audit.thresholds, "Limits of the checks, by finding.");
}

void describe(NetworkTest& test, Fields& f) {
  f.add("initial_loss_tolerance", test.initial_loss_tolerance,
        "Share by which the first loss may differ from its theoretical value.")
      .above(0);
  f.add("overfit_samples", test.overfit_samples, "Samples in the batch that is learned by heart.")
      .unit("samples")
      .at_least(2)
      .at_most(4096);
  f.add("overfit_steps", test.overfit_steps,
        "Steps to learn it; sound networks take 10 to 1500. One whose loss has not fallen by a "
        "tenth after a tenth of them (100 at least) is given up.")
      .unit("steps")
      .at_least(1);
  f.add("overfit_loss_ratio", test.overfit_loss_ratio,
        "The last loss must be below this share of the first: near zero, which most networks reach "
        "within 100 steps.")
      .above(0)
      .below(1);
  f.add("independence_tolerance", test.independence_tolerance,
        "How much one sample's output may change with the others of its batch.")
      .above(0);
  f.add("padding_tolerance", test.padding_tolerance,
        "Share of their size by which outputs, and gradients, may change with what stands past the "
        "end of sequences.")
      .above(0);
  f.add("causality_tolerance", test.causality_tolerance,
        "Share of its size by which a step's output may change with later steps, in layers that "
        "are declared causal.")
      .above(0);
  f.add("share_sum_tolerance", test.share_sum_tolerance,
        "How far from 1 a sample's class probabilities may add up to.")
      .above(0);
  f.add("output_range", test.output_range,
        "Deviations of the target within which an untrained network's values must lie of its mean.")
      .above(0);
  f.add("dead_units", test.dead_units,
        "Share of a layer's units that may say the same of every sample.")
      .at_least(0)
      .at_most(1);
  f.add("saturated", test.saturated,
        "Share of a layer's activations that may be within 1 % of their function's bounds.")
      .at_least(0)
      .at_most(1);
  f.add("signal_ratio", test.signal_ratio,
        "Factor between layers by which activations, and gradients, may differ in size.")
      .above(1);
  f.add("gradient_tolerance", test.gradient_tolerance,
        "Share by which a gradient may be off: against another batch before it, differences of the "
        "loss, and float64.")
      .above(0);
  f.add("update_ratio_low", test.update_ratio_low,
        "A step must change weights by at least this share of their starting size; 0.001 is best, "
        "0.001 to 0.05 usual on a small batch.")
      .at_least(0);
  f.add("update_ratio_high", test.update_ratio_high,
        "And by at most this; large rates give a network of one layer up to 0.08.")
      .above(0);
  f.add("least_lost", test.least_lost,
        "Share of what a batch's loss fell by that must be lost again without its inputs.")
      .above(0)
      .at_most(1);
  f.add("unread_inputs", test.unread_inputs,
        "Share of a sample's numbers that no output needs to answer to.")
      .at_least(0)
      .at_most(1);
  f.add("label_steps", test.label_steps, "Steps on true and on shuffled targets.")
      .unit("steps")
      .at_least(1)
      .at_most(100000);
  f.add("label_deviations", test.label_deviations,
        "Deviations by which the held-out loss may be better than chance on shuffled targets.")
      .above(0);
  f.add("label_least", test.label_least,
        "Deviations by which it should be better than chance on true ones.");
  f.add("device_tolerance", test.device_tolerance,
        "Share by which outputs on the CPU and on CUDA, and steps by planned kernels and by "
        "autograd, "
        "may differ.")
      .above(0);
}

void describe(Baseline& baseline, Fields& f) {
  f.group("model", baseline.model, "Its network; empty: the analogy's.");
  f.add("subset", baseline.subset,
        "Training rows used, at most; 0: doubled until more of them no longer tell.")
      .unit("rows")
      .at_least(0);
  f.add("epochs", baseline.epochs, "Passes over them.").unit("epochs").at_least(1).at_most(1e6);
  f.add("min_gain", baseline.min_gain,
        "By how much the interval's end must beat the trivial predictor.")
      .at_least(0);
  f.add("range_test", baseline.range_test,
        "Try a range of learning rates first; where none is set, the one it finds is taken.");
  f.add("decay_grid", baseline.decay_grid,
        "Try other weight decays in short runs first; where none is set, the best is taken.");
  f.add("decay_gain", baseline.decay_gain,
        "Share by which a weight decay's validation loss must be lower than the default's for it "
        "to be taken.")
      .at_least(0)
      .below(1);
  f.add("trial_work", baseline.trial_work,
        "Work that one run of the learning curve or of the weight decays may take, about as many "
        "tenths of a second on one core; more: it is left out. 0: no limit.")
      .unit("billion multiply-adds")
      .at_least(0);
}

void describe(Costs& costs, Fields& f) {
  f.add("positive", costs.positive,
        "The class to be found, against all others; empty: the rarer one of two.");
  f.add("missed", costs.missed, "Cost of a positive sample taken for a negative one.").above(0);
  f.add("false_alarm", costs.false_alarm, "Cost of a negative sample taken for a positive one.")
      .above(0);
}

void describe(Diagnose& diagnose, Fields& f) {
  f.add("mistakes", diagnose.mistakes, "Most confident mistakes shown.").at_least(0).at_most(1000);
  f.add("bias_tolerance", diagnose.bias_tolerance,
        "The training figure may miss the best attainable by this before it counts as bias.")
      .at_least(0);
  f.add("variance_tolerance", diagnose.variance_tolerance,
        "Validation may be worse than training by this before it counts as variance.")
      .at_least(0);
  f.add("shift_tolerance", diagnose.shift_tolerance,
        "Validation may differ from samples held out of the training source by this.")
      .at_least(0);
  f.add("epochs", diagnose.epochs, "Epochs of the diagnosed run; 0: training.epochs.")
      .unit("epochs")
      .at_least(0)
      .at_most(1e6);
  f.add("time", diagnose.time,
        "Wall time for trainings beside the diagnosed one: learning curve, capacity, samples held "
        "out. Finished ones are kept, so a second run goes on where the time ended.")
      .unit("time");
  f.add("probe_steps", diagnose.probe_steps,
        "Steps of each learning rate that is probed; 0: no probe.")
      .unit("steps")
      .at_least(0)
      .at_most(1e6);
  f.add("gradient_ratio", diagnose.gradient_ratio,
        "The smallest layer's gradient over the largest's, each relative to its weights, below "
        "which gradients vanish.")
      .at_least(0)
      .below(1);
  f.add("dead_tolerance", diagnose.dead_tolerance,
        "Share of a layer's rectifiers that may be 0 for every sample.")
      .at_least(0)
      .at_most(1);
  f.add("curve_points", diagnose.curve_points,
        "Sizes of the learning curve below the whole training part, each half the one above; 0: no "
        "curve.")
      .at_least(0)
      .at_most(12);
  f.add("curve_repeats", diagnose.curve_repeats, "Subsets drawn for each size below a half.")
      .at_least(1)
      .at_most(100);
  f.add("capacity", diagnose.capacity, "Train narrower and wider networks for comparison.");
  f.add("label_noise_tolerance", diagnose.label_noise_tolerance,
        "Share of a class's labels that the network may contradict with confidence.")
      .at_least(0)
      .at_most(1);
  f.add(
      "label_margin", diagnose.label_margin,
      "Logit of a training sample's label less the largest other one, as mean over the first half "
      "of the epochs, below which the sample is listed as hard to learn.");
  f.add("slice_tolerance", diagnose.slice_tolerance,
        "A slice may be worse than all other samples by this (errors of numbers: a share of "
        "theirs).")
      .at_least(0);
  f.add("slice_discovery", diagnose.slice_discovery,
        "Expected share of false alarms among the slices named.")
      .above(0)
      .below(1);
  f.add("clusters", diagnose.clusters,
        "Clusters of the network's own view of the samples; 0: none.")
      .at_least(0)
      .at_most(1000);
  f.add("calibration_tolerance", diagnose.calibration_tolerance,
        "Expected calibration error that may pass.")
      .at_least(0)
      .at_most(1);
  f.group("costs", diagnose.costs, "What wrong decisions cost, to choose a threshold.");
  f.add("leak_share", diagnose.leak_share,
        "Share of what the network knows that one column may give alone.")
      .above(0)
      .at_most(1);
  f.add("attributed", diagnose.attributed,
        "Samples whose answer is traced to their input; 0: none.")
      .at_least(0)
      .at_most(1000);
  f.add("ablate", diagnose.ablate,
        "Take components out one at a time and train anew: augmentation, dropout, normalisation, "
        "layer groups, columns, channels of series, weight decay, schedule.");
  f.add("ablate_seeds", diagnose.ablate_seeds, "Trainings of each ablation.")
      .at_least(2)
      .at_most(1000);
  f.add("ablate_time", diagnose.ablate_time, "Wall time for all ablations; 0: no limit.")
      .unit("time");
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
