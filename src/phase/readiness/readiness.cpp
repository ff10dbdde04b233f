#include <algorithm>

#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"
#include "phase/measuring.h"
#include "phase/readiness/ceiling.h"
#include "phase/readiness/contest.h"
#include "phase/readiness/estimate.h"
#include "phase/readiness/evidence.h"
#include "phase/readiness/goal.h"
#include "phase/readiness/questions.h"
#include "phase/readiness/readiness.h"
#include "phase/readiness/shortcuts.h"
#include "phase/readiness/verdict.h"
#include "phase/waivers.h"

namespace dlwork::phase {

using artefact::Finding;
using artefact::PhaseResult;

namespace {

/// A byte of a table takes up to so many in memory: "1," becomes a number of eight bytes.
constexpr double kBytesOfByte = 4;
/// A cell takes about so many while rows are drawn, which may take a quarter of the memory.
constexpr double kBytesOfDrawnCell = 64;
constexpr double kShareOfDrawn = 0.25;
constexpr double kFewestDrawn = 1000;

/// Draws rows where the tables are beyond the limits, and says so.
void draw_rows(Context& context, const StreamLimits& limits, PhaseResult& result) {
  if (context.loaded || !is_streamed(context.project, limits)) return;
  data::Survey& survey = context.survey.emplace();
  context.loaded =
      std::make_unique<data::Dataset>(load_drawn(context.project, limits, context, survey));
  result.findings.push_back(artefact::make_finding(
      "readiness-sampled", artefact::Severity::kInfo,
      grouped(survey.sampled) + " of " + grouped(survey.rows) +
          " rows, drawn with the seed, stand for the data, which may be too large for this "
          "machine's memory",
      {{"rows", survey.rows}, {"sampled", survey.sampled}, {"bytes", survey.bytes}}));
}

/// "0.957 [0.93, 0.98] of 5": mean over the folds, its interval, how many they were.
std::string score_by_folds(const classical::CrossScore& cross) {
  if (cross.scores.empty()) return "-";
  return pretty_number(cross.mean) + " [" + pretty_number(cross.low) + ", " +
         pretty_number(cross.high) + "] of " + std::to_string(cross.scores.size());
}

std::string folds_note(const Contest& contest) {
  std::size_t tried = 0;
  std::int64_t rows = 0;
  for (const Contestant& model : contest.models) {
    tried += model.cross.choices_tried;
    rows = std::max(rows, model.cross.rows);
  }
  if (tried == 0) return "";
  return "; settings are the best of " + std::to_string(tried) + " tried on folds of " +
         grouped(rows) + " training samples, whose figures are a little better for that";
}

artefact::Table model_table(const Contest& contest, const std::string& metric) {
  artefact::Table table{
      "classical-models",
      "Classical models on the validation part",
      {"model", metric, "95 % interval", "by folds", "seconds", "rows", "settings"},
      {false, true, true, true, true, true, false},
      {},
      ""};
  const auto add = [&](const Contestant& model) {
    if (!model.failure.empty()) {
      table.rows.push_back({model.name, "-", "-", "-", pretty_number(model.seconds, 3), "-",
                            "failed: " + model.failure});
      return;
    }
    table.rows.push_back({model.name, pretty_number(model.metric.value),
                          interval_text(model.metric), score_by_folds(model.cross),
                          pretty_number(model.seconds, 3), grouped(model.rows),
                          model.settings + (model.cut.empty() ? "" : "; " + model.cut)});
  };
  add(contest.trivial);
  for (const Contestant& model : contest.models) add(model);
  const std::string folds = folds_note(contest);
  table.note = "measured on " + grouped(contest.validation_rows) + " validation samples" + folds;
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

Json value_of(const Contestant& model) {
  return {{"name", model.name},
          {"metric", model.metric.name},
          {"value", model.metric.value},
          {"low", model.metric.low ? Json(*model.metric.low) : Json(nullptr)},
          {"high", model.metric.high ? Json(*model.metric.high) : Json(nullptr)},
          {"rows", model.rows},
          {"seconds", model.seconds}};
}

}  // namespace

StreamLimits limits_of_memory(const spec::Project& project, std::uint64_t bytes) {
  const auto memory = static_cast<double>(bytes);
  StreamLimits limits;
  limits.megabytes = memory / kBytesOfByte / 1e6;
  if (!is_streamed(project, limits)) return limits;
  const auto columns = static_cast<double>(data::probe(project).columns.size());
  const double fit = kShareOfDrawn * memory / (kBytesOfDrawnCell * std::max(1.0, columns));
  const auto most = static_cast<double>(limits.rows);
  limits.rows = static_cast<std::int64_t>(std::clamp(fit, kFewestDrawn, most));
  return limits;
}

PhaseResult judge_readiness(Context& context, const StreamLimits& limits) {
  PhaseResult result;
  draw_rows(context, limits, result);
  for (Finding& finding : check_goal(context)) result.findings.push_back(std::move(finding));
  const Contest contest = hold_contest(context);
  const Ceilings ceilings = find_ceilings(context, contest, limits);
  for (Finding& finding : check_ceilings(context, ceilings)) {
    result.findings.push_back(std::move(finding));
  }
  const Need need = judge_need(context, contest, result);
  for (Finding& finding : check_answers(context.project.readiness.answers, context.project.file)) {
    result.findings.push_back(std::move(finding));
  }
  result.metrics.push_back(contest.trivial.metric);
  for (const Contestant& model : contest.models) {
    if (model.failure.empty()) result.metrics.push_back(model.metric);
  }
  result.tables.push_back(model_table(contest, context.metric()));
  result.figures.push_back(model_figure(context, contest));
  const Contestant* best = contest.best(context);
  result.values["best_classical"] = best != nullptr ? value_of(*best) : Json(nullptr);
  result.values["trivial"] = value_of(contest.trivial);
  estimate_training(context, result);
  auto shortcuts = shortcut_table(context, contest);
  if (!shortcuts.rows.empty()) result.tables.push_back(std::move(shortcuts));
  show_answers(context, contest, ceilings, result);
  apply_waivers(context.project.accept, utc_time().substr(0, 10), result.findings);
  result.headline = readiness_headline(context, contest, need);
  if (is_accepted(need, result)) result.headline += ", accepted";
  result.next = after(need, context, contest, result);
  return result;
}

PhaseResult run_readiness(Context& context) {
  return judge_readiness(context, limits_of_memory(context.project, usable_memory_bytes()));
}

}  // namespace dlwork::phase
