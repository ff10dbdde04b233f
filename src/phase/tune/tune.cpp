#include <algorithm>
#include <cmath>

#include "dlwork/base/hash.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/stats.h"
#include "dlwork/base/text.h"
#include "dlwork/training/fit_error.h"
#include "phase/measuring.h"
#include "phase/profile.h"
#include "phase/sharing.h"
#include "phase/tune/journal.h"
#include "phase/tune/trial_events.h"

namespace dlwork::phase {

using artefact::PhaseResult;
using artefact::Severity;

namespace {

/// Finished trials that median pruning waits for.
constexpr std::size_t kPruneAfterTrials = 3;

struct Limits {
  std::int64_t trials;
  double seconds;  ///< 0: none
};

Limits limits_of(const spec::Project& project) {
  const auto& budget = project.goal.budget;
  Limits limits{project.tune.trials, project.tune.time.seconds};
  if (budget.trials > 0) limits.trials = std::min(limits.trials, budget.trials);
  if (limits.seconds == 0) limits.seconds = budget.time.seconds;
  return limits;
}

/// A metric that is not a number is worse than any.
bool is_better(const Context& context, double value, double than) {
  if (std::isnan(than)) return !std::isnan(value);
  return better_by(context, value, than) > 0;
}

/// Median rule (Golovin et al., Google Vizier, 2017, section 3.2.2): a trial whose best so far is
/// worse than the median of those before it at the same epoch is stopped. Of those that this
/// process takes: what others have finished meanwhile is a matter of chance.
bool hopeless(const Context& context, const Trial& running, const Share& share,
              const Journal& journal) {
  const std::vector<double>& so_far = running.by_epoch;
  std::vector<double> others;
  for (const auto& [number, trial] : journal.trials()) {
    if (number >= running.number || !share.takes(number)) continue;
    if (trial.state != "complete" || trial.by_epoch.size() < so_far.size()) continue;
    const double then = trial.by_epoch[so_far.size() - 1];
    if (!std::isnan(then)) others.push_back(then);
  }
  if (others.size() < kPruneAfterTrials) return false;
  double best = so_far.front();
  for (const double value : so_far) best = is_better(context, value, best) ? value : best;
  return is_better(context, quantile(others, 0.5), best);
}

Trial run_trial(Context& context, const Journal& journal, const Share& share,
                std::int64_t number, const Settings& settings) {
  Trial trial{number, settings, "complete", 0, {}, 0, "", ""};
  const double start = monotonic_seconds();
  const spec::Project project = with_settings(context.project, settings);
  const std::string name = "trial-" + std::to_string(number);
  // Every trial starts from the same weights and order, so that settings are all that differs.
  const std::uint64_t seed = derive_seed(project.seed, "trial");
  auto learner =
      context.task.make_learner(project, context.dataset(), project.model, seed, context.run);
  spec::Training training = project.training;
  if (project.tune.epochs > 0) training.epochs = project.tune.epochs;
  auto options = fit_options(context, training, "tune: trial " + std::to_string(number), seed);
  options.checkpoint_folder = context.folder.file(name + "-checkpoint");
  options.events_folder = trial_events_folder(context, number);
  tell_trial_start(context, number, project);
  const auto judge = [&] {
    return project.tune.prune && hopeless(context, trial, share, journal)
               ? training::AfterEpoch::kStop
               : training::AfterEpoch::kGoOn;
  };
  options.after_epoch = [&, log = options.after_epoch](const training::EpochRecord& epoch) {
    log(epoch);
    trial.by_epoch.push_back(epoch.validation_metric);
    return judge();
  };
  // No checkpoint says that a trial was to be pruned: it is judged by its last epoch once more.
  options.resumed = [&](const std::vector<training::EpochRecord>& epochs) {
    for (const auto& epoch : epochs) trial.by_epoch.push_back(epoch.validation_metric);
    return judge();
  };
  try {
    const auto report = fit(context, *learner, options);
    trial.value = report.best_metric;
    trial.by_epoch.clear();
    for (const auto& epoch : report.history) trial.by_epoch.push_back(epoch.validation_metric);
    if (static_cast<std::int64_t>(report.history.size()) < training.epochs &&
        report.stopped == "pruned") {
      trial.state = "pruned";
    }
    const auto file = context.folder.file(name + ".safetensors");
    learner->save(file);
    trial.model = std::filesystem::relative(file, context.workspace.folder()).string();
  } catch (const training::FitError& error) {
    // A network that diverges or is too large is a result of the search; anything else ends it.
    trial.state = "failed";
    trial.note = error.what();
  }
  std::filesystem::remove_all(options.checkpoint_folder);
  tell_trial_end(context, trial);
  trial.seconds = monotonic_seconds() - start;
  return trial;
}

/// Usable trials, best first; ties go to the earlier one, which is the simpler change.
std::vector<Trial> ranked(const Context& context, const Journal& journal) {
  std::vector<Trial> trials;
  for (const auto& [number, trial] : journal.trials()) {
    if (trial.state != "failed") trials.push_back(trial);
  }
  std::stable_sort(trials.begin(), trials.end(), [&](const Trial& a, const Trial& b) {
    return is_better(context, a.value, b.value);
  });
  return trials;
}

artefact::Table trial_table(const Context& context, const Journal& journal,
                            const std::vector<Trial>& best_first) {
  artefact::Table table{"trials", "Trials, best first", {}, {}, {}, ""};
  table.columns = {"trial", context.metric(), "epochs", "seconds", "state", "settings"};
  table.right = {true, true, true, true, false, false};
  auto add = [&](const Trial& trial) {
    table.rows.push_back({std::to_string(trial.number),
                          trial.state == "failed" ? "-" : pretty_number(trial.value),
                          std::to_string(trial.by_epoch.size()), pretty_number(trial.seconds, 3),
                          trial.state, settings_text(trial.settings)});
  };
  for (const Trial& trial : best_first) add(trial);
  for (const auto& [number, trial] : journal.trials()) {
    if (trial.state == "failed") add(trial);
  }
  return table;
}

artefact::Figure trial_figure(const Context& context, const Journal& journal) {
  Json x = Json::array(), y = Json::array(), best_y = Json::array();
  std::optional<double> best;
  for (const auto& [number, trial] : journal.trials()) {
    if (trial.state == "failed") continue;
    if (!best || is_better(context, trial.value, *best)) best = trial.value;
    x.push_back(number);
    y.push_back(trial.value);
    best_y.push_back(*best);
  }
  artefact::Figure figure{"trials", "Validation metric by trial", "lines", {}, ""};
  figure.data = {{"x_label", "trial"},
                 {"y_label", context.metric()},
                 {"series", Json::array({{{"name", "trial"}, {"x", x}, {"y", y}},
                                         {{"name", "best so far"}, {"x", x}, {"y", best_y}}})}};
  if (context.project.goal.target) {
    figure.data["marks"] = Json::array({{{"y", *context.project.goal.target}, {"label", "goal"}}});
  }
  return figure;
}

/// How the search ended: the goal, the budget, or every planned trial.
artefact::Finding outcome(const Context& context, const Trial& best, const std::string& stopped,
                          std::size_t trials) {
  const Json evidence = {{"best", best.value},
                         {"trial", best.number},
                         {"settings", phase::to_json(best.settings)},
                         {"trials", trials},
                         {"stopped", stopped}};
  const std::string figure = context.metric() + " " + pretty_number(best.value) + " (trial " +
                             std::to_string(best.number) + ": " + settings_text(best.settings) +
                             ")";
  const auto reached = goal_reached(context, best.value);
  if (reached.value_or(false)) {
    return artefact::make_finding("tune-goal-met", Severity::kInfo,
                                  "the goal is met on the validation part: " + figure, evidence);
  }
  if (!reached) {
    return artefact::make_finding(
        "tune-no-target", Severity::kWarn,
        "goal.target is not set; the search ended with its " + stopped + ": " + figure, evidence);
  }
  return artefact::make_finding("tune-goal-not-met", Severity::kWarn,
                                "the goal is not met and the " + stopped + " is spent after " +
                                    std::to_string(trials) + " trials: best " + figure,
                                evidence);
}

Json to_values(const std::vector<Trial>& best_first) {
  Json trials = Json::array();
  for (const Trial& trial : best_first) {
    trials.push_back({{"number", trial.number},
                      {"settings", phase::to_json(trial.settings)},
                      {"value", trial.value},
                      {"state", trial.state}});
  }
  return {{"trials", trials}};
}

/// Whether a trial stands in the journal and its network is still on disk.
bool usable(const Context& context, const Journal& journal, std::int64_t number) {
  const auto known = journal.trials().find(number);
  if (known == journal.trials().end()) return false;
  return known->second.state == "failed" ||
         std::filesystem::exists(context.workspace.folder() / known->second.model);
}

/// What ended the search: as the journal stands.
std::string ended_by(const Context& context, const Journal& journal) {
  const auto planned = plan_trials(context.project, limits_of(context.project).trials).size();
  for (std::size_t number = 0; number < planned; ++number) {
    if (!usable(context, journal, static_cast<std::int64_t>(number))) return "time budget";
    const Trial& trial = journal.trials().at(static_cast<std::int64_t>(number));
    if (trial.state == "complete" && goal_reached(context, trial.value).value_or(false)) {
      return "goal";
    }
  }
  return "trial budget";
}

/// A trial before this one has reached the goal.
bool is_over(const Context& context, const Journal& journal, std::int64_t before) {
  const auto& trials = journal.trials();
  return std::any_of(trials.begin(), trials.lower_bound(before), [&](const auto& item) {
    return item.second.state == "complete" &&
           goal_reached(context, item.second.value).value_or(false) &&
           usable(context, journal, item.first);
  });
}

/// Runs what the journal does not hold yet of this process's share.
void search(Context& context, Journal& journal, const Share& share) {
  const Limits limits = limits_of(context.project);
  const auto plan = plan_trials(context.project, limits.trials);
  double spent = 0;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const auto number = static_cast<std::int64_t>(i);
    if (!share.takes(number)) continue;
    if (share.size > 1) journal.refresh();
    if (is_over(context, journal, number)) return;
    if (!usable(context, journal, number)) {
      if (limits.seconds > 0 && spent >= limits.seconds) return;
      context.run.reporter.info("trial " + std::to_string(number) + ": " + settings_text(plan[i]));
      journal.add(run_trial(context, journal, share, number, plan[i]));
    }
    spent += journal.trials().at(number).seconds;
  }
}

/// What trials of one study share: everything but how long the search may go on, so that a raised
/// budget continues it.
std::string study_of(const Context& context) {
  const Json all = spec::dump_json(context.project);
  Json study = {{"data", context.dataset_fingerprint}, {"metric", context.metric()}};
  for (const char* section : {"data", "task", "model", "training", "tune", "seed"}) {
    if (all.contains(section)) study[section] = all[section];
  }
  study["tune"].erase("trials");
  study["tune"].erase("time");
  return hash_text(study.dump());
}

Journal journal_of(const Context& context) {
  return Journal(context.workspace.folder() / "tune" / "study.journal", study_of(context));
}

}  // namespace

PhaseResult run_tune(Context& context) {
  const Share share(context.run.group);
  if (!share.leads()) {
    return share_along(context, [&](Context& shared) {
      Journal journal = journal_of(shared);
      search(shared, journal, share);
    });
  }
  Journal journal = journal_of(context);
  if (context.force && !journal.trials().empty()) journal.restart();
  tell_search(context);
  lead_sharing(context, [&](Context& own) { search(own, journal, share); });
  journal.refresh();
  const std::string stopped = ended_by(context, journal);
  const auto best_first = ranked(context, journal);
  if (best_first.empty()) {
    throw Error(ExitStatus::kRuntime,
                "every trial failed; the last: " + journal.trials().rbegin()->second.note);
  }
  const Trial& best = best_first.front();
  if (std::isnan(best.value)) {
    throw Error(ExitStatus::kRuntime,
                "no trial has a validation " + context.metric() + " that is a number",
                "look at the validation part, or choose another goal.metric");
  }
  std::filesystem::copy_file(context.workspace.folder() / best.model,
                             context.folder.file("model.safetensors"),
                             std::filesystem::copy_options::overwrite_existing);
  PhaseResult result;
  result.findings.push_back(outcome(context, best, stopped, journal.trials().size()));
  const auto& rows = context.dataset().part(data::Part::kValidation);
  const auto network =
      context.task.load_learner(context.folder.file("model.safetensors"), context.run);
  result.metrics = measure_all(context, network->predict(context.dataset().samples, rows),
                               data::Part::kValidation, rows, "best trial");
  result.tables.push_back(trial_table(context, journal, best_first));
  result.tables.back().note =
      "one seed a trial, chosen on the validation part: the best figure flatters, and differences "
      "of a few tenths of a point are noise; the ensemble phase measures on the test part";
  result.figures.push_back(trial_figure(context, journal));
  result.artefacts.push_back({"model", "model.safetensors", "the best trial's network"});
  result.values = to_values(best_first);
  result.values["stopped"] = stopped;
  result.headline = "best of " + std::to_string(journal.trials().size()) + " trials: validation " +
                    context.metric() + " " + pretty_number(best.value) + goal_text(context) +
                    "; stopped by the " + stopped;
  result.next = {"dlwork ensemble",
                 "train several networks with the best settings and measure them "
                 "on the test part"};
  return result;
}

}  // namespace dlwork::phase
