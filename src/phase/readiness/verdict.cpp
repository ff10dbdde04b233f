#include "phase/readiness/verdict.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "phase/readiness/audited.h"

namespace dlwork::phase {
namespace {

using artefact::Finding;
using artefact::Metric;
using artefact::PhaseResult;
using artefact::Severity;

/// Training rows of a table below which networks are not known to beat classical models
/// (Grinsztajn, Oyallon and Varoquaux 2022, on 45 tables of about 10,000 rows).
constexpr std::int64_t kSmallTable = 10'000;

/// The end of a metric's interval that speaks against it.
double worst_end(const Context& context, const Metric& metric) {
  return goal_metric(context).higher_is_better ? metric.low.value_or(metric.value)
                                               : metric.high.value_or(metric.value);
}
double best_end(const Context& context, const Metric& metric) {
  return goal_metric(context).higher_is_better ? metric.high.value_or(metric.value)
                                               : metric.low.value_or(metric.value);
}
bool meets(const Context& context, double value) {
  return goal_reached(context, value).value_or(false);
}

/// How a model stands to the goal.
enum class Standing { kMeets, kMeetsAsFarAsSeen, kWithinReach, kBelow };

/// The folds judge more samples than a small validation part has, so both are asked: the goal is
/// met where the whole interval of one of them meets it and the other's figure does not speak
/// against it.
Standing standing_of(const Context& context, const Contestant& model) {
  const bool seen = meets(context, model.metric.value);
  const bool folds_agree = !model.out_of_fold || meets(context, model.out_of_fold->value);
  if (seen && folds_agree) {
    const bool sure = meets(context, worst_end(context, model.metric)) ||
                      (model.out_of_fold && meets(context, worst_end(context, *model.out_of_fold)));
    return sure ? Standing::kMeets : Standing::kMeetsAsFarAsSeen;
  }
  const bool near = meets(context, best_end(context, model.metric)) ||
                    (model.out_of_fold && meets(context, best_end(context, *model.out_of_fold)));
  return seen || near ? Standing::kWithinReach : Standing::kBelow;
}

bool is_small_table(Context& context) {
  return context.dataset().samples.kind == data::Kind::kTable &&
         context.population(data::Part::kTrain) < kSmallTable;
}

/// Whether a model is better than the constant: the worse end of its interval clears the constant's
/// figure on the validation part or on the more samples that the folds judge.
bool has_signal(Context& context, const Contest& contest, const Contestant& best) {
  const auto clears = [&](const Metric& model, const Metric& trivial) {
    return better_by(context, worst_end(context, model), trivial.value) > 0;
  };
  if (clears(best.metric, contest.trivial.metric)) return true;
  if (!best.out_of_fold) return false;
  const data::Dataset& data = context.dataset();
  const auto& judged = best.cross.judged;
  const task::Rival trivial =
      context.task.trivial(context.project, data, data.part(data::Part::kTrain), judged);
  return clears(*best.out_of_fold,
                measure_goal(context, trivial.outputs, data::Part::kTrain, judged, trivial.name));
}

std::string out_of_fold_text(const Contestant& model) {
  if (!model.out_of_fold) return "";
  return " and, out of fold, " + pretty_number(model.out_of_fold->value) + " " +
         interval_text(*model.out_of_fold);
}

Json figures_of(const Context& context, const Contest& contest, const Contestant& best) {
  const auto& target = context.project.goal.target;
  const auto figures = [](const Metric& metric) {
    return Json{{"value", metric.value},
                {"low", metric.low ? Json(*metric.low) : Json(nullptr)},
                {"high", metric.high ? Json(*metric.high) : Json(nullptr)},
                {"count", metric.count}};
  };
  return {{"model", best.name},
          {"metric", best.metric.name},
          {"value", best.metric.value},
          {"validation", figures(best.metric)},
          {"out_of_fold", best.out_of_fold ? figures(*best.out_of_fold) : Json(nullptr)},
          {"trivial", contest.trivial.metric.value},
          {"target", target ? Json(*target) : Json(nullptr)}};
}

/// Where the target stands to the best classical model.
Need compare_with_goal(Context& context, const Contestant& best, const Json& figures,
                       PhaseResult& result) {
  const auto& target = context.project.goal.target;
  const std::string figure =
      best.name + " reaches " + metric_text(best.metric) + out_of_fold_text(best);
  const auto say = [&](Severity severity, const std::string& message) {
    result.findings.push_back(artefact::make_finding("network-needed", severity, message, figures));
  };
  if (!target) {
    say(Severity::kWarn, figure + "; without goal.target nothing says whether that is enough");
    return Need::kUndecided;
  }
  const std::string goal = pretty_number(*target);
  switch (standing_of(context, best)) {
    case Standing::kMeets:
      say(Severity::kError, "DEEP LEARNING IS NOT NEEDED: " + figure +
                                ", and a whole interval meets the goal " + goal);
      return Need::kNotNeeded;
    case Standing::kMeetsAsFarAsSeen:
      if (is_small_table(context)) {
        say(Severity::kError, "DEEP LEARNING IS NOT NEEDED: " + figure + ", which meets the goal " +
                                  goal + ", and on a table of " +
                                  grouped(context.population(data::Part::kTrain)) +
                                  " training rows networks are not known to do better");
        return Need::kNotNeeded;
      }
      say(Severity::kWarn, "deep learning may not be needed: " + figure +
                               ", which meets the goal " + goal +
                               ", but no interval excludes a miss");
      return Need::kWorthTrying;
    case Standing::kWithinReach:
      say(Severity::kInfo, "a network is worth trying, but a classical model is near: " + figure +
                               ", the goal is " + goal);
      return Need::kWorthTrying;
    case Standing::kBelow:
      break;
  }
  say(Severity::kInfo, "a network is worth trying: the goal " + goal +
                           " is out of the classical models' reach; the best, " + figure);
  return Need::kWorthTrying;
}

void report_failures(const Contest& contest, PhaseResult& result) {
  for (const Contestant& model : contest.models) {
    if (model.failure.empty()) continue;
    Finding finding = artefact::make_finding("classical-model-failed", Severity::kError,
                                             model.name + ": " + model.failure);
    finding.checked = false;
    result.findings.push_back(finding);
  }
}

/// The ids of findings that make a verdict.
std::vector<std::string> reasons_of(Need need) {
  if (need == Need::kNotNeeded) return {"network-needed"};
  if (need == Need::kNotYetData) return {"no-signal", "goal-above-ceiling", "data-not-ready"};
  return {};
}

/// Errors of the audit make the figures doubtful, those of leaks more than others.
bool is_data_ready(Context& context, PhaseResult& result) {
  const auto errors = newest_audit(context).errors;
  if (errors.empty()) return true;
  result.findings.push_back(artefact::make_finding("data-not-ready", Severity::kError,
                                                   "NOT YET, FOR WANT OF SOUND DATA: the audit has "
                                                   "errors that are neither mended nor accepted: " +
                                                       join_words(errors),
                                                   {{"errors", errors}}));
  return false;
}

Need decide(Context& context, const Contest& contest, const Contestant& best, const Json& figures,
            PhaseResult& result) {
  if (!has_signal(context, contest, best)) {
    result.findings.push_back(artefact::make_finding(
        "no-signal", Severity::kError,
        "NOT YET, FOR WANT OF DATA: no classical model is surely better than the trivial "
        "predictor's " +
            metric_text(contest.trivial.metric) + "; the best, " + best.name + ", has " +
            metric_text(best.metric) + out_of_fold_text(best),
        {{"trivial", contest.trivial.metric.value}, {"best", best.metric.value}}));
    return Need::kNotYetData;
  }
  const bool above_ceiling =
      std::any_of(result.findings.begin(), result.findings.end(), [](const Finding& finding) {
        return finding.id == "goal-above-ceiling" && finding.severity == Severity::kError;
      });
  // The finding that is there says it; that a network is worth trying would contradict it.
  if (above_ceiling && !meets(context, best.metric.value)) return Need::kNotYetData;
  const Need need = compare_with_goal(context, best, figures, result);
  if (need != Need::kWorthTrying) return need;
  return above_ceiling || !is_data_ready(context, result) ? Need::kNotYetData : need;
}

}  // namespace

std::string to_string(Need need) {
  switch (need) {
    case Need::kNotNeeded:
      return "deep learning is not needed";
    case Need::kWorthTrying:
      return "worth trying";
    case Need::kNotYetData:
      return "not yet: data";
    case Need::kUndecided:
      break;
  }
  return "not decided";
}

std::string interval_text(const Metric& metric) {
  if (!metric.low || !metric.high) return "-";
  return "[" + pretty_number(*metric.low) + ", " + pretty_number(*metric.high) + "]";
}

Need judge_need(Context& context, const Contest& contest, PhaseResult& result) {
  report_failures(contest, result);
  const Contestant* best = contest.best(context);
  Need need = Need::kUndecided;
  Json verdict = Json::object();
  if (best != nullptr) {
    verdict = figures_of(context, contest, *best);
    need = decide(context, contest, *best, verdict, result);
  }
  verdict["name"] = to_string(need);
  result.values["verdict"] = std::move(verdict);
  return need;
}

std::string readiness_headline(Context& context, const Contest& contest, Need need) {
  const Contestant* best = contest.best(context);
  if (best == nullptr) return "no classical model could be trained";
  std::string text = "best classical model: " + best->name + " " +
                     pretty_number(best->metric.value) + " " + interval_text(best->metric);
  if (context.project.goal.target)
    text += " of goal " + pretty_number(*context.project.goal.target);
  if (need == Need::kUndecided) return text;
  text += (need == Need::kWorthTrying ? ": a network is " : ": ") + to_string(need);
  return need == Need::kNotNeeded ? text : text + newest_audit(context).text();
}

bool is_accepted(Need need, const PhaseResult& result) {
  const auto reasons = reasons_of(need);
  bool any = false;
  for (const Finding& finding : result.findings) {
    if (finding.severity != Severity::kError ||
        std::find(reasons.begin(), reasons.end(), finding.id) == reasons.end()) {
      continue;
    }
    if (finding.waived.empty()) return false;
    any = true;
  }
  return any;
}

artefact::NextStep after(Need need, const Context& context, const Contest& contest,
                         const PhaseResult& result) {
  if (need == Need::kNotNeeded && !is_accepted(need, result)) {
    return {"dlwork readiness", "use " + contest.best(context)->name +
                                    ", raise goal.target, or accept network-needed in the project "
                                    "file with a reason, and run it again"};
  }
  if (need == Need::kNotYetData && !is_accepted(need, result)) {
    return {"dlwork audit", "see what the data lack, mend it, and run dlwork readiness again"};
  }
  if (artefact::verdict_of(result.findings) == artefact::Verdict::kFail) {
    return {"dlwork readiness", "mend what the errors name and run it again"};
  }
  return {"dlwork audit", "check the data before anything is trained on them"};
}

}  // namespace dlwork::phase
