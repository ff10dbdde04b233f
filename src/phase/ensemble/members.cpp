#include "phase/ensemble/members.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "dlwork/base/files.h"
#include "dlwork/base/stats.h"
#include "phase/profile.h"
#include "phase/training_key.h"
#include "phase/tune/best_trials.h"

namespace dlwork::phase {
namespace {

/// How far two figures may differ by chance: half of Wilson's interval for a share, 2 % of others.
double noise_margin(const Context& context, double value, std::int64_t count) {
  const auto& metric = goal_metric(context);
  if (!metric.higher_is_better || !metric.best || value < 0 || value > 1) {
    return 0.02 * std::abs(value);
  }
  const auto interval = wilson(std::llround(value * static_cast<double>(count)), count);
  return (interval.high - interval.low) / 2;
}

/// Settings of the trials that members take over: the best one, and those that are no worse than
/// the best by more than the validation interval's half-width and no worse than the project's own
/// settings (trial 0). Without a tuning result, the project as it is.
std::vector<Settings> chosen_settings(Context& context) {
  if (!context.project.ensemble.use_best_trials) return {{}};
  const auto count =
      static_cast<std::int64_t>(context.dataset().part(data::Part::kValidation).size());
  const auto finished = finished_trials(context);
  std::vector<Settings> chosen;
  for (const auto& trial : finished) {
    const double best = finished.front().value;
    const double margin = noise_margin(context, best, count);
    if (!chosen.empty() && better_by(context, best, trial.value) > margin) break;
    chosen.push_back(trial.settings);
    if (trial.number == 0) break;
  }
  return chosen.empty() ? std::vector<Settings>{{}} : chosen;
}

/// A member before it is trained.
struct Plan {
  std::int64_t number = 1;
  Settings settings;
  std::string name() const { return "member " + std::to_string(number); }
  std::string folder() const { return "member-" + std::to_string(number); }
  std::string file() const { return folder() + ".safetensors"; }
};

/// The same in every process.
std::vector<Plan> plan_members(Context& context) {
  const auto chosen = chosen_settings(context);
  std::vector<Plan> plans;
  for (std::int64_t i = 0; i < context.project.ensemble.members; ++i) {
    plans.push_back({i + 1, chosen[static_cast<std::size_t>(i) % chosen.size()]});
  }
  return plans;
}

/// A member to train with what trains it, freed as soon as its file is there.
struct Job {
  Plan plan;
  spec::Project project;  ///< with the plan's settings and the ensemble's epochs
  std::uint64_t seed;
  std::unique_ptr<training::Learner> learner{};
};

Job make_job(const Context& context, const Plan& plan) {
  spec::Project project = with_settings(context.project, plan.settings);
  if (project.ensemble.epochs > 0) project.training.epochs = project.ensemble.epochs;
  const std::uint64_t seed = derive_seed(project.seed, plan.name());
  return {plan, std::move(project), seed};
}

training::Fitting fitting_of(Context& context, Job& job) {
  job.learner = context.task.make_learner(job.project, context.dataset(), job.project.model,
                                          job.seed, context.run);
  auto options =
      fit_options(context, job.project.training, "ensemble: " + job.plan.name(), job.seed);
  options.checkpoint_folder = context.folder.file(job.plan.folder() + "-checkpoint");
  options.events_folder = context.folder.file(job.plan.folder());
  return {job.learner.get(), std::move(options)};
}

void train(Context& context, std::vector<Job> jobs) {
  std::vector<training::Fitting> fittings;
  for (Job& job : jobs) fittings.push_back(fitting_of(context, job));
  fit_together(context, fittings, [&](std::size_t i, const training::FitReport& report) {
    Job& job = jobs[i];
    context.folder.log({{"event", "fit"}, {"member", job.plan.number}, {"fit", to_json(report)}});
    job.learner->save(context.folder.file(job.plan.file()));
    job.learner.reset();
    std::filesystem::remove_all(fittings[i].options.checkpoint_folder);
  });
}

/// The key of a job's training with the seed of `diagnose`: where it is that of the last diagnosis,
/// training would give its network again, to the bit.
std::string diagnosed_key(Context& context, const Job& job) {
  const auto& rows = context.dataset().part(data::Part::kTrain);
  return training_key(context, job.project,
                      {job.project.training.epochs, diagnosed_seed(job.project), &rows});
}

/// Whether the member's file is there without training; `same` is the diagnosed network it equals.
bool is_there(Context& context, const Plan& plan, const std::optional<Diagnosed>& same) {
  const auto file = context.folder.file(plan.file());
  if (same) {
    write_file(file, read_file(same->model()));
    context.run.reporter.info(plan.name() + ": the network of diagnose, which is the same");
    return true;
  }
  if (!context.resume || !std::filesystem::exists(file)) return false;
  context.run.reporter.info(plan.name() + ": trained before the stop");
  return true;
}

}  // namespace

void train_members(Context& context, const Share& share) {
  std::vector<Job> jobs;
  auto diagnosed = last_diagnosis(context);
  for (const Plan& plan : plan_members(context)) {
    Job job = make_job(context, plan);
    std::optional<Diagnosed> same;
    if (diagnosed && diagnosed->key == diagnosed_key(context, job)) {
      same.swap(diagnosed);  // one member is enough, the same one in each process
    }
    if (!share.takes(plan.number - 1)) continue;
    if (!is_there(context, plan, same)) jobs.push_back(std::move(job));
  }
  train(context, std::move(jobs));
}

std::vector<Member> read_members(Context& context) {
  const auto& dataset = context.dataset();
  std::vector<Member> members;
  for (const Plan& plan : plan_members(context)) {
    // Read back from the file, so that what is measured is what `predict` will use.
    auto learner = context.task.load_learner(context.folder.file(plan.file()), context.run);
    auto validation = learner->predict(dataset.samples, dataset.part(data::Part::kValidation));
    auto test = learner->predict(dataset.samples, dataset.part(data::Part::kTest));
    members.push_back(
        {plan.file(), plan.settings, std::move(learner), std::move(validation), std::move(test)});
  }
  return members;
}

}  // namespace dlwork::phase
