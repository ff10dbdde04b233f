#include "phase/ensemble/members.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/files.h"
#include "dlwork/base/stats.h"
#include "phase/profile.h"
#include "phase/training_key.h"
#include "phase/tune/best_trials.h"

namespace dlwork::phase {
namespace {

struct Plan {
  Settings settings;
  std::int64_t trial = -1;
};

/// How far two figures may differ by chance: half of Wilson's interval for a share, 2 % of others.
double noise_margin(const Context& context, double value, std::int64_t count) {
  const auto& metric = goal_metric(context);
  if (!metric.higher_is_better || !metric.best || value < 0 || value > 1) {
    return 0.02 * std::abs(value);
  }
  const auto interval = wilson(std::llround(value * static_cast<double>(count)), count);
  return (interval.high - interval.low) / 2;
}

/// Trials that members take their settings from: the best one, and those that are no worse than
/// the best by more than the validation interval's half-width and no worse than the project's own
/// settings (trial 0). Without a tuning result, the project as it is.
std::vector<Plan> plans(const Context& context, std::int64_t validation_count) {
  if (!context.project.ensemble.use_best_trials) return {Plan{}};
  const auto finished = finished_trials(context);
  std::vector<Plan> chosen;
  for (const auto& trial : finished) {
    const double best = finished.front().value;
    const double margin = noise_margin(context, best, validation_count);
    if (!chosen.empty() && better_by(context, best, trial.value) > margin) break;
    chosen.push_back({trial.settings, trial.number});
    if (trial.number == 0) break;
  }
  return chosen.empty() ? std::vector<Plan>{Plan{}} : chosen;
}

/// One training to do: a plan with its seed.
struct Job {
  spec::Project project;  ///< with the plan's settings and the ensemble's epochs
  std::int64_t number = 1;
  std::uint64_t seed = 1;
  std::string name() const { return "member " + std::to_string(number); }
};

Job make_job(const Context& context, const Plan& plan, std::int64_t number) {
  Job job{with_settings(context.project, plan.settings), number};
  if (job.project.ensemble.epochs > 0) job.project.training.epochs = job.project.ensemble.epochs;
  job.seed = derive_seed(job.project.seed, job.name());
  return job;
}

/// A member to train with what trains it, freed as soon as its file is there.
struct Draft {
  Member* member;
  Job job;
  std::unique_ptr<training::Learner> learner;
};

training::Fitting fitting_of(Context& context, Draft& draft) {
  const Job& job = draft.job;
  draft.learner = context.task.make_learner(job.project, context.dataset(), job.project.model,
                                            job.seed, context.run);
  auto options = fit_options(context, job.project.training, "ensemble: " + job.name(), job.seed);
  const std::string folder = "member-" + std::to_string(job.number);
  options.checkpoint_folder = context.folder.file(folder + "-checkpoint");
  options.events_folder = context.folder.file(folder);
  return {draft.learner.get(), std::move(options)};
}

void train(Context& context, std::vector<Draft> drafts) {
  std::vector<training::Fitting> fittings;
  for (Draft& draft : drafts) fittings.push_back(fitting_of(context, draft));
  fit_together(context, fittings, [&](std::size_t i, const training::FitReport& report) {
    Draft& draft = drafts[i];
    context.folder.log({{"event", "fit"}, {"member", draft.job.number}, {"fit", to_json(report)}});
    draft.learner->save(context.folder.file(draft.member->file));
    draft.learner.reset();
    draft.member->seconds = report.seconds;
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

}  // namespace

std::vector<Member> train_members(Context& context) {
  const auto& dataset = context.dataset();
  const auto& validation = dataset.part(data::Part::kValidation);
  const auto& test = dataset.part(data::Part::kTest);
  const auto planned = plans(context, static_cast<std::int64_t>(validation.size()));
  const auto count = static_cast<std::size_t>(context.project.ensemble.members);
  std::vector<Member> members;
  std::vector<Draft> drafts;
  members.reserve(count);  // drafts point at them
  auto diagnosed = last_diagnosis(context);
  for (std::size_t i = 0; i < count; ++i) {
    const Plan& plan = planned[i % planned.size()];
    Job job = make_job(context, plan, static_cast<std::int64_t>(i) + 1);
    members.push_back({"member-" + std::to_string(job.number) + ".safetensors",
                       plan.settings,
                       plan.trial,
                       0,
                       nullptr,
                       {},
                       {}});
    const auto file = context.folder.file(members.back().file);
    if (diagnosed && diagnosed->key == diagnosed_key(context, job)) {
      write_file(file, read_file(diagnosed->model()));
      diagnosed.reset();  // one member is enough
      context.run.reporter.info(job.name() + ": the network of diagnose, which is the same");
    } else if (context.resume && std::filesystem::exists(file)) {
      context.run.reporter.info(job.name() + ": trained before the stop");
    } else {
      drafts.push_back({&members.back(), std::move(job), nullptr});
    }
  }
  train(context, std::move(drafts));
  for (Member& member : members) {
    // Read back from the file, so that what is measured is what `predict` will use.
    member.learner = context.task.load_learner(context.folder.file(member.file), context.run);
    member.validation = member.learner->predict(dataset.samples, validation);
    member.test = member.learner->predict(dataset.samples, test);
  }
  return members;
}

}  // namespace dlwork::phase
