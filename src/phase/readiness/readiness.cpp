#include <algorithm>

#include "dlwork/base/text.h"
#include "phase/measuring.h"
#include "phase/readiness/ceiling.h"
#include "phase/readiness/contest.h"
#include "phase/readiness/estimate.h"
#include "phase/readiness/goal.h"
#include "phase/readiness/questions.h"
#include "phase/readiness/shortcuts.h"

namespace dlwork::phase {

using artefact::Finding;
using artefact::Metric;
using artefact::PhaseResult;
using artefact::Severity;

namespace {

/// The end of a metric's interval that speaks against it.
double worst_end(const Context& context, const Metric& metric) {
  return goal_metric(context).higher_is_better ? metric.low.value_or(metric.value)
                                               : metric.high.value_or(metric.value);
}
double best_end(const Context& context, const Metric& metric) {
  return goal_metric(context).higher_is_better ? metric.high.value_or(metric.value)
                                               : metric.low.value_or(metric.value);
}

std::string interval_text(const Metric& metric) {
  if (!metric.low || !metric.high) return "-";
  return "[" + pretty_number(*metric.low) + ", " + pretty_number(*metric.high) + "]";
}

/// Is deep learning needed? Decided by where the target stands to the best classical interval.
Finding network_needed(const Context& context, const Contestant& best) {
  const auto& target = context.project.goal.target;
  const std::string figure = best.name + " reaches " + metric_text(best.metric);
  const Json evidence = {{"model", best.name},
                         {"value", best.metric.value},
                         {"target", target ? Json(*target) : Json(nullptr)}};
  const auto say = [&](Severity severity, const std::string& message) {
    return artefact::make_finding("network-needed", severity, message, evidence);
  };
  if (!target) {
    return say(Severity::kWarn, figure + "; without goal.target nothing says whether that is enough");
  }
  const std::string goal = pretty_number(*target);
  if (better_by(context, worst_end(context, best.metric), *target) >= 0) {
    return say(Severity::kWarn,
               "DEEP LEARNING IS NOT NEEDED: " + figure + ", and its whole interval meets the goal " +
                   goal);
  }
  if (better_by(context, best.metric.value, *target) >= 0) {
    return say(Severity::kWarn, "deep learning may not be needed: " + figure +
                                    ", which meets the goal " + goal +
                                    ", but its interval does not exclude a miss");
  }
  if (better_by(context, best_end(context, best.metric), *target) >= 0) {
    return say(Severity::kInfo, "a network is worth trying, but a classical model is near: " +
                                    figure + ", whose interval holds the goal " + goal);
  }
  return say(Severity::kInfo,
             "a network is worth trying: the goal " + goal + " is out of the classical models' "
             "reach; the best, " + figure);
}

/// No model better than the constant: its interval's worse end has to clear the constant's figure.
bool has_signal(const Context& context, const Contest& contest, const Contestant& best) {
  return better_by(context, worst_end(context, best.metric), contest.trivial.metric.value) > 0;
}

void judge_need(const Context& context, const Contest& contest, PhaseResult& result) {
  for (const Contestant& model : contest.models) {
    if (model.failure.empty()) continue;
    Finding finding = artefact::make_finding("classical-model-failed", Severity::kError,
                                             model.name + ": " + model.failure);
    finding.checked = false;
    result.findings.push_back(finding);
  }
  const Contestant* best = contest.best(context);
  if (best == nullptr) return;
  if (has_signal(context, contest, *best)) {
    result.findings.push_back(network_needed(context, *best));
    return;
  }
  result.findings.push_back(artefact::make_finding(
      "no-signal", Severity::kError,
      "no classical model is better than the trivial predictor's " +
          metric_text(contest.trivial.metric) + "; the best, " + best->name + ", has " +
          metric_text(best->metric),
      {{"trivial", contest.trivial.metric.value}, {"best", best->metric.value}}));
}

artefact::Table model_table(const Contest& contest, const std::string& metric) {
  artefact::Table table{"classical-models", "Classical models on the validation part",
                        {"model", metric, "95 % interval", "seconds", "rows", "settings"},
                        {false, true, true, true, true, false},
                        {},
                        ""};
  const auto add = [&](const Contestant& model) {
    if (!model.failure.empty()) {
      table.rows.push_back({model.name, "-", "-", pretty_number(model.seconds, 3), "-",
                            "failed: " + model.failure});
      return;
    }
    table.rows.push_back({model.name, pretty_number(model.metric.value),
                          interval_text(model.metric), pretty_number(model.seconds, 3),
                          grouped(model.rows),
                          model.settings + (model.cut.empty() ? "" : "; " + model.cut)});
  };
  add(contest.trivial);
  for (const Contestant& model : contest.models) add(model);
  table.note = "measured on " + grouped(contest.validation_rows) + " validation samples";
  for (const std::string& note : contest.notes) table.note += "; " + note;
  return table;
}

artefact::Figure model_figure(const Context& context, const Contest& contest) {
  Json labels = Json::array(), values = Json::array();
  const auto add = [&](const Contestant& model) {
    if (!model.failure.empty()) return;
    labels.push_back(model.name);
    values.push_back(model.metric.value);
  };
  add(contest.trivial);
  for (const Contestant& model : contest.models) add(model);
  Json series = Json::array({{{"name", "validation"}, {"values", values}}});
  if (context.project.goal.target) {
    Json goal = Json::array();
    for (std::size_t i = 0; i < labels.size(); ++i) goal.push_back(*context.project.goal.target);
    series.push_back({{"name", "goal"}, {"values", goal}});
  }
  artefact::Figure figure{"classical-models", "Classical models against the goal", "bars", {}, ""};
  figure.data = {{"y_label", context.metric()}, {"labels", labels}, {"series", series}};
  return figure;
}

artefact::Table answer_table(const Context& context) {
  artefact::Table table{"answers", "The method's questions", {"question", "answer"}, {}, {}, ""};
  const auto& answers = context.project.readiness.answers;
  for (const Question& question : questions()) {
    const auto answer = answers.find(question.id);
    if (answer != answers.end()) table.rows.push_back({question.text, answer->second});
  }
  return table;
}

Json value_of(const Contestant& model) {
  return {{"name", model.name},
          {"metric", model.metric.name},
          {"value", model.metric.value},
          {"low", model.metric.low ? Json(*model.metric.low) : Json(nullptr)},
          {"high", model.metric.high ? Json(*model.metric.high) : Json(nullptr)},
          {"rows", model.rows},
          {"seconds", model.seconds}};
}

std::string headline(const Context& context, const Contest& contest) {
  const Contestant* best = contest.best(context);
  if (best == nullptr) return "no classical model could be trained";
  const auto& target = context.project.goal.target;
  std::string text = "best classical model: " + best->name + " " +
                     pretty_number(best->metric.value) + " " + interval_text(best->metric);
  if (target) text += " of goal " + pretty_number(*target);
  if (!has_signal(context, contest, *best)) return text + ": no signal found";
  if (!target) return text;
  if (better_by(context, worst_end(context, best->metric), *target) >= 0) {
    return text + ": deep learning is not needed";
  }
  return text + (better_by(context, best->metric.value, *target) >= 0
                     ? ": deep learning may not be needed"
                     : ": a network is worth trying");
}

}  // namespace

PhaseResult run_readiness(Context& context) {
  PhaseResult result;
  result.findings = check_goal(context);
  for (Finding& finding : check_ceiling(context)) result.findings.push_back(std::move(finding));
  const Contest contest = hold_contest(context);
  judge_need(context, contest, result);
  for (Finding& finding :
       check_answers(context.project.readiness.answers, context.project.file)) {
    result.findings.push_back(std::move(finding));
  }
  result.metrics.push_back(contest.trivial.metric);
  for (const Contestant& model : contest.models) {
    if (model.failure.empty()) result.metrics.push_back(model.metric);
  }
  result.tables.push_back(model_table(contest, context.metric()));
  auto answers = answer_table(context);
  if (!answers.rows.empty()) result.tables.push_back(std::move(answers));
  result.figures.push_back(model_figure(context, contest));
  const Contestant* best = contest.best(context);
  result.values = {{"best_classical", best != nullptr ? value_of(*best) : Json(nullptr)},
                   {"trivial", value_of(contest.trivial)}};
  estimate_training(context, result);
  auto shortcuts = shortcut_table(context, contest);
  if (!shortcuts.rows.empty()) result.tables.push_back(std::move(shortcuts));
  result.headline = headline(context, contest);
  result.next = {"dlwork audit", "check the data before anything is trained on them"};
  return result;
}

}  // namespace dlwork::phase
