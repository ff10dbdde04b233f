#include <algorithm>

#include "dlwork/base/files.h"
#include "dlwork/base/text.h"
#include "phase/diagnose/decisions.h"
#include "phase/diagnose/mistakes.h"
#include "phase/diagnose/order.h"
#include "phase/diagnose/study.h"

namespace dlwork::phase {

using artefact::PhaseResult;
using artefact::Severity;

namespace {

using diagnose::Study;

/// One part of the diagnosis. One that throws becomes a finding that it could not run.
struct Part {
  const char* name;
  void (*run)(Study& study);
  bool needs_network;  ///< that was trained to the end
  bool needs_target;   ///< of each sample
};
constexpr Part kParts[] = {
    {"inputs", diagnose::check_inputs, false, true},
    {"optimisation", diagnose::check_optimisation, false, false},
    {"gradients in training", diagnose::check_gradient_course, true, false},
    {"held-out samples", diagnose::hold_out, true, true},
    {"bias and variance", diagnose::check_bias_variance, true, false},
    {"shift", diagnose::check_shift, true, true},
    {"learning curve", diagnose::draw_learning_curve, true, false},
    {"capacity", diagnose::draw_capacity, true, false},
    {"labels", diagnose::check_labels, true, true},
    {"label dynamics", diagnose::check_label_dynamics, true, true},
    {"slices", diagnose::find_weak_slices, true, true},
    {"classes", diagnose::find_weak_classes, true, true},
    {"clusters", diagnose::find_weak_clusters, true, true},
    {"map of the samples", diagnose::draw_embedding, true, true},
    {"doubts", diagnose::show_doubts, true, true},
    {"calibration", diagnose::check_calibration, true, true},
    {"thresholds", diagnose::choose_threshold, true, true},
    {"importance of columns", diagnose::find_leaks, true, true},
    {"stages", diagnose::replace_stages, true, true},
    {"attribution", diagnose::trace_answers, true, true},
    {"layers", diagnose::look_inside, false, false},
    {"ablation", diagnose::ablate, true, true},
    {"what is left out", diagnose::tell_what_is_left_out, false, false},
};

void run_part(Study& study, const Part& part) {
  study.context.run.reporter.debug(std::string("diagnose: ") + part.name);
  const auto failed = [&](const std::exception& problem) {
    const std::string message = problem.what();
    study
        .add("diagnosis-not-run", Severity::kError,
             std::string(part.name) + ": could not run: " + message.substr(0, message.find('\n')),
             {{"part", part.name}})
        .checked = false;
  };
  try {
    part.run(study);
  } catch (const Error& error) {
    // A stop and a mistake in the project file end the command; the rest is one part's failure.
    if (error.status() == ExitStatus::kInterrupted || error.status() == ExitStatus::kUsage) throw;
    failed(error);
  } catch (const std::exception& error) {
    failed(error);
  }
}

std::string diagnosis_headline(const Study& study) {
  std::string name =
      study.result.findings.empty() ? "no diagnosis" : study.result.findings.front().id;
  const std::string prefix = "diagnosis-";
  if (name.rfind(prefix, 0) == 0) name = name.substr(prefix.size());
  if (!study.trained()) return name + ": training diverged" + goal_text(study.context);
  return name + ": training " + pretty_number(study.train_metric.value) + ", validation " +
         metric_text(study.validation_metric) + goal_text(study.context);
}

std::string texts_said(const Study& study) {
  const auto& samples = study.dataset().samples;
  std::string text = "source,true,predicted";
  for (std::size_t i = 0; i < study.validation_rows().size(); ++i) {
    const auto row = study.validation_rows()[i];
    text += "\n" + csv_cell(samples.where(row)) + "," + csv_cell(samples.target.texts[row]) + "," +
            csv_cell(study.validation.texts[i]);
  }
  return text;
}

std::string numbers_said(const Study& study) {
  const auto& samples = study.dataset().samples;
  const auto& target = samples.target;
  std::string text = target.given() ? "source,true" : "source";
  auto figures = study.context.task.figure_names();
  if (figures.empty()) figures = {study.context.metric()};
  if (!target.given()) text += "," + join(figures, ",");
  if (target.given() && !target.is_class) text += ",predicted";
  if (diagnose::has_probabilities(study)) {
    for (const auto& name : target.classes) text += "," + csv_cell("p_" + name);
  } else if (target.given() && target.is_class) {
    for (std::int64_t k = 1; k <= study.validation.columns; ++k) text += ",v" + std::to_string(k);
  }
  for (std::size_t i = 0; i < study.validation_rows().size(); ++i) {
    const auto row = study.validation_rows()[i];
    text += "\n" + csv_cell(samples.where(row));
    if (target.given()) {
      text += "," + (target.is_class ? csv_cell(target.classes[target.codes[row]])
                                     : number_text(target.values[row]));
    }
    for (std::int64_t k = 0; k < study.validation.columns; ++k) {
      text += "," + number_text(study.validation.row(static_cast<std::int64_t>(i))[k]);
    }
  }
  return text;
}

/// What the network says of each validation sample, for other programs.
void write_predictions(Study& study) {
  write_file(study.context.folder.file("validation.csv"),
             (study.validation.texts.empty() ? numbers_said(study) : texts_said(study)) + "\n");
  study.result.artefacts.push_back(
      {"predictions", "validation.csv", "what the network says of each validation sample"});
}

/// The figures that a terminal, which draws few, is to draw: the curves and what the task shows.
void show_first(Study& study) {
  auto& figures = study.result.figures;
  if (!study.report.history.empty()) figures = learning_curves(study.context, study.report);
  if (!study.trained()) return;
  for (auto& figure :
       study.context.task.figures(study.validation, study.dataset(), study.validation_rows())) {
    figures.push_back(std::move(figure));
  }
}

void show_network(Study& study) {
  auto& result = study.result;
  auto& context = study.context;
  study.learner->save(context.folder.file("model.safetensors"));
  result.artefacts.push_back(
      {"model", "model.safetensors", grouped(study.learner->parameter_count()) + " parameters"});
  write_predictions(study);
  show_mistakes(context, study.validation, study.validation_rows(), result);
}

}  // namespace

PhaseResult run_diagnose(Context& context) {
  diagnose::named_class(context);  // a class that is not there is said before anything is trained
  Study study(context);
  auto& result = study.result;
  show_first(study);
  const bool has_target = study.dataset().samples.target.given();
  for (const Part& part : kParts) {
    if (part.needs_network && !study.trained()) continue;
    if (has_target || !part.needs_target) run_part(study, part);
  }
  if (study.trained()) show_network(study);
  diagnose::put_in_order(result.findings);
  result.values["fit"] = to_json(study.report);
  if (study.trained()) {
    result.values["metric"] = study.validation_metric.value;
    result.values["train_metric"] = study.train_metric.value;
  }
  result.headline = diagnosis_headline(study);
  result.next = diagnose::next_step(result.findings);
  return std::move(result);
}

}  // namespace dlwork::phase
