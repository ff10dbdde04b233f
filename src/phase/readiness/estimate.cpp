#include "phase/readiness/estimate.h"

#include <algorithm>

#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"
#include "phase/measuring.h"

namespace dlwork::phase {
namespace {

using artefact::Severity;

/// Samples whose training is timed, at most; two passes, of which the second counts.
constexpr std::int64_t kTimedSamples = 2048;
constexpr std::int64_t kTimedBatches = 16;
/// Weights, gradients, two moments and the best epoch's weights, as 4-byte numbers.
constexpr double kBytesOfParameter = 20;
/// Activations and their gradients.
constexpr double kCopiesOfActivations = 2;

struct Rate {
  double samples_per_second = 0;
  double bytes_of_network = 0, bytes_of_sample = 0;
  std::int64_t parameters = 0;
  std::int64_t timed = 0;
};

Rate measure_rate(Context& context) {
  const auto& project = context.project;
  const auto seed = derive_seed(static_cast<std::uint64_t>(project.seed), "estimate");
  const auto learner =
      context.task.make_learner(project, context.dataset(), project.model, seed, context.run);
  spec::Training training = project.training;
  training.epochs = 2;
  training.early_stopping = {};
  auto options = fit_options(context, training, "readiness: estimate", seed);
  options.events_folder.clear();
  options.checkpoint_folder.clear();
  options.train_rows =
      some_rows(options.train_rows, std::min(kTimedSamples, kTimedBatches * training.batch_size),
                seed, "estimate rows");
  options.validation_rows =
      some_rows(options.validation_rows, training.batch_size, seed, "estimate validation rows");
  options.after_epoch = nullptr;
  const auto report = learner->fit(options, context.run);
  context.run.reporter.progress_done();
  Rate rate;
  rate.timed = static_cast<std::int64_t>(options.train_rows.size());
  const double before =
      report.history.size() > 1 ? report.history[report.history.size() - 2].seconds : 0;
  const double seconds = report.history.back().seconds - before;
  rate.samples_per_second = static_cast<double>(rate.timed) / std::max(seconds, 1e-6);
  rate.parameters = learner->parameter_count();
  rate.bytes_of_network = kBytesOfParameter * static_cast<double>(rate.parameters);
  for (const auto& layer : learner->inspect(options.validation_rows)) {
    rate.bytes_of_sample += kCopiesOfActivations * static_cast<double>(layer.activation_bytes);
  }
  return rate;
}

/// A phase that trains.
struct Training {
  std::string name;
  double samples = 0;  ///< that pass through training
  double seconds = 0;  ///< beside them, by the project's own time limit
};

std::vector<Training> trainings_of(Context& context) {
  const auto& project = context.project;
  const auto count = static_cast<double>(context.population(data::Part::kTrain));
  const auto epochs_or = [&](std::int64_t epochs) {
    return static_cast<double>(epochs > 0 ? epochs : project.training.epochs);
  };
  const auto& baseline = project.baseline;
  const double subset =
      baseline.subset > 0 ? std::min(count, static_cast<double>(baseline.subset)) : count;
  return {
      {"baseline", subset * static_cast<double>(baseline.epochs), 0},
      {"diagnose", count * epochs_or(project.diagnose.epochs), project.diagnose.time.seconds},
      {"tune", count * epochs_or(project.tune.epochs) * static_cast<double>(project.tune.trials),
       0},
      {"ensemble",
       count * epochs_or(project.ensemble.epochs) * static_cast<double>(project.ensemble.members),
       0}};
}

void warn(artefact::PhaseResult& result, const std::string& key, const std::string& message,
          const Json& evidence) {
  result.findings.push_back(
      artefact::make_finding("estimate-over-budget", Severity::kWarn, message, evidence));
  result.findings.back().key = key;
}

void judge_estimate(const Context& context, const Rate& rate, double tuning,
                    artefact::PhaseResult& result) {
  const auto& project = context.project;
  const double budget =
      project.tune.time.seconds > 0 ? project.tune.time.seconds : project.goal.budget.time.seconds;
  if (budget > 0 && tuning > budget) {
    warn(result, "tune.trials",
         "tuning would take about " + pretty_duration(tuning) + ", more than its budget of " +
             pretty_duration(budget) + ": about " +
             pretty_number(static_cast<double>(project.tune.trials) * budget / tuning, 2) + " of " +
             std::to_string(project.tune.trials) + " trials fit",
         {{"seconds", tuning}, {"budget", budget}});
  }
  const double need = rate.bytes_of_network +
                      rate.bytes_of_sample * static_cast<double>(project.training.batch_size);
  const std::uint64_t machine = usable_memory_bytes();
  const auto most = static_cast<std::uint64_t>(project.training.memory.bytes);
  const bool is_capped = most > 0 && most < machine;
  const auto have = static_cast<double>(is_capped ? most : machine);
  if (need <= have) return;
  warn(result, "training.batch_size",
       "a batch of " + std::to_string(project.training.batch_size) + " takes about " +
           pretty_bytes(static_cast<std::uint64_t>(need)) + " of memory, " +
           (is_capped ? "training.memory is " : "this machine has ") +
           pretty_bytes(static_cast<std::uint64_t>(have)),
       {{"bytes", need}, {"memory", have}});
}

}  // namespace

void estimate_training(Context& context, artefact::PhaseResult& result) {
  Rate rate;
  try {
    rate = measure_rate(context);
  } catch (const Error& error) {
    if (error.status() == ExitStatus::kInterrupted) throw;
    // Which network to train is settled in later phases; this one goes on without its time.
    result.findings.push_back(artefact::make_finding(
        "estimate-missing", Severity::kWarn,
        "the project's network could not be tried, so its time is not known: " +
            error.diagnostics().front().message));
    return;
  }
  const double bytes =
      rate.bytes_of_network +
      rate.bytes_of_sample * static_cast<double>(context.project.training.batch_size);
  artefact::Table table{"estimate",
                        "What the phases that train will take on this machine",
                        {"phase", "time", "memory for training"},
                        {false, true, true},
                        {},
                        ""};
  Json seconds = Json::object();
  double tuning = 0;
  for (const Training& phase : trainings_of(context)) {
    const double takes = phase.samples / rate.samples_per_second + phase.seconds;
    if (phase.name == "tune") tuning = takes;
    seconds[phase.name] = takes;
    table.rows.push_back(
        {phase.name, pretty_duration(takes), pretty_bytes(static_cast<std::uint64_t>(bytes))});
  }
  table.note = grouped(rate.parameters) + " parameters, " +
               pretty_number(rate.samples_per_second, 3) + " samples a second on " +
               grouped(rate.timed) + " samples; " + context.run.device + ", " +
               std::to_string(context.run.threads) + " threads; without data and LibTorch itself";
  result.tables.push_back(std::move(table));
  result.values["estimate"] = {
      {"seconds", seconds}, {"bytes", bytes}, {"samples_per_second", rate.samples_per_second}};
  judge_estimate(context, rate, tuning, result);
}

}  // namespace dlwork::phase
