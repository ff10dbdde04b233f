#include "phase/baseline/weight_decay.h"

#include <algorithm>

#include "dlwork/base/text.h"
#include "phase/baseline/set_by.h"

namespace dlwork::phase {
namespace {

using artefact::Finding;
using artefact::Severity;

constexpr char kDecayId[] = "baseline-weight-decay";
constexpr char kDecayKey[] = "training.weight_decay";
/// Rows and share of the baseline's epochs that a decay's run takes.
constexpr std::int64_t kDecayRows = 2000;
constexpr double kDecayEpochs = 0.5;

/// What is set, first: it wins ties.
std::vector<double> decays_beside(const spec::Training& training) {
  const bool decoupled = training.optimizer == "adamw";
  std::vector<double> decays{training.weight_decay};
  for (const double decay :
       decoupled ? std::vector<double>{1e-3, 1e-2, 1e-1} : std::vector<double>{1e-5, 1e-4, 1e-3}) {
    if (decay != training.weight_decay) decays.push_back(decay);
  }
  return decays;
}

DecayChoice leave(double decay, const std::string& why) {
  DecayChoice choice;
  choice.decay = decay;
  choice.finding = artefact::make_finding(
      kDecayId, Severity::kInfo, "no other than " + pretty_number(decay) + " was tried: " + why,
      {{"in_use", decay}});
  choice.finding.key = kDecayKey;
  choice.finding.skipped = why;
  return choice;
}

/// Why no runs are made, or "".
std::string why_none(const Context& context, const MakeLearner& make,
                     const training::FitOptions& brief) {
  const double most = context.project.baseline.trial_work;
  if (set_by(context.project, kDecayKey) == SetBy::kProject) return "the project sets it";
  if (!context.task.loss_tells()) return "the task's loss does not tell which is better";
  const double work = work_of(make, brief);
  if (work == 0) return "it is not known how much work a run is";
  if (most > 0 && work > most) {
    return "a run takes " + pretty_number(work, 3) +
           " billion multiply-adds, and baseline.trial_work allows " + pretty_number(most, 3);
  }
  return "";
}

std::string decay_names(const std::vector<double>& decays) {
  std::vector<std::string> names;
  for (const double decay : decays) names.push_back(pretty_number(decay));
  return join_words(names);
}

std::vector<std::string> table_row(double decay, const ShortRun& run) {
  const auto& metric = run.metric;
  return {pretty_number(decay), pretty_number(run.validation_loss), pretty_number(metric.value),
          pretty_number(metric.low.value_or(metric.value)) + " to " +
              pretty_number(metric.high.value_or(metric.value))};
}

/// Half of the baseline's epochs on a few of its rows.
training::FitOptions brief_options(const Context& context, const training::FitOptions& options) {
  auto brief = options;
  const double epochs = kDecayEpochs * static_cast<double>(options.training.epochs);
  brief.training.epochs = std::max<std::int64_t>(1, static_cast<std::int64_t>(epochs));
  brief.train_rows =
      some_rows(options.train_rows, kDecayRows, static_cast<std::uint64_t>(context.project.seed),
                "weight decay rows");
  return brief;
}

/// What came of the runs: the lowest loss, and whether it is low enough to leave what was set.
struct Outcome {
  double set, lowest, lowest_loss, set_loss;
  bool taken;
};

std::string outcome_text(const Context& context, const Outcome& outcome) {
  const std::string lowest = pretty_number(outcome.lowest), set = pretty_number(outcome.set);
  const std::string found = "is lowest with " + lowest + ": " + pretty_number(outcome.lowest_loss);
  if (outcome.lowest == outcome.set) return found + ", which is in use";
  const std::string against =
      found + ", against " + pretty_number(outcome.set_loss) + " with " + set;
  if (!outcome.taken) {
    return against + "; that is no lower by " + percent(context.project.baseline.decay_gain) +
           ", and so " + set + " stays";
  }
  const bool by_analogy = set_by(context.project, kDecayKey) == SetBy::kAnalogy;
  return against + ", and so " + lowest + " is in use in place of " +
         (by_analogy ? "the analogy's " : "") + set;
}

}  // namespace

DecayChoice choose_weight_decay(Context& context, const MakeLearner& make,
                                const training::FitOptions& options) {
  const double set = options.training.weight_decay;
  auto brief = brief_options(context, options);
  const std::string none = why_none(context, make, brief);
  if (!none.empty()) return leave(set, none);

  artefact::Table table{"weight-decays", "A short run with each weight decay", {}, {}, {}, ""};
  table.columns = {"weight decay", "validation loss", context.metric(), "95 % interval"};
  table.right = {true, true, true, true};
  Json runs = Json::array();
  Outcome outcome{set, set, 0, 0, false};
  const auto decays = decays_beside(brief.training);
  for (const double decay : decays) {
    brief.training.weight_decay = decay;
    const ShortRun run = short_run(context, make, brief, "weight decay " + pretty_number(decay));
    const double loss = run.validation_loss;
    table.rows.push_back(table_row(decay, run));
    runs.push_back({decay, loss, run.metric.value});
    if (decay == set) outcome.set_loss = outcome.lowest_loss = loss;
    if (loss < outcome.lowest_loss) outcome.lowest = decay, outcome.lowest_loss = loss;
  }
  outcome.taken =
      outcome.lowest_loss < outcome.set_loss * (1 - context.project.baseline.decay_gain);
  DecayChoice choice;
  choice.decay = outcome.taken ? outcome.lowest : set;
  choice.table = std::move(table);
  choice.finding = artefact::make_finding(
      kDecayId, Severity::kInfo,
      "of weight decays " + decay_names(decays) + " the validation loss after " +
          std::to_string(brief.training.epochs) + " epochs on " +
          grouped(static_cast<std::int64_t>(brief.train_rows.size())) + " rows " +
          outcome_text(context, outcome),
      {{"in_use", choice.decay}, {"lowest", outcome.lowest}, {"set", set}, {"runs", runs}});
  choice.finding.key = kDecayKey;
  return choice;
}

}  // namespace dlwork::phase
