// Ablative analysis (Ng, CS229 advice): what is lost when a component is taken out of the whole.
#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "phase/diagnose/components.h"
#include "phase/diagnose/study.h"
#include "phase/training_key.h"
#include "phase/tune/best_trials.h"

namespace dlwork::phase::diagnose {

using artefact::Severity;

namespace {

constexpr char kAblation[] = "ablation";
struct AblationRow {
  std::string name;            ///< of what is taken out
  std::vector<double> values;  ///< by seed
  Difference loss;             ///< what is lost without it, in the metric's own direction
  std::string note;            ///< why it could not be measured

  /// Differences of two seeds are the fewest that have an interval.
  bool compared() const { return note.empty() && values.size() > 1; }
};

/// What components are taken out of: the best trial of the last tuning, where there is one.
struct Tuned {
  spec::Project project;
  std::string from;
};

Tuned best_tuned(const Study& study) {
  const auto trials = finished_trials(study.context);
  if (trials.empty()) return {study.project(), "the project as it is"};
  const auto& best = trials.front();
  try {
    return {with_settings(study.project(), best.settings),
            "trial " + std::to_string(best.number) +
                " of the last tuning, its best: " + settings_text(best.settings)};
  } catch (const Error& error) {
    if (error.status() != ExitStatus::kUsage) throw;
    return {study.project(), "the project as it is: trial " + std::to_string(best.number) +
                                 ", the last tuning's best, no longer fits it (" +
                                 error.diagnostics().front().message + ")"};
  }
}

class Ablation {
 public:
  Ablation(Study& study, const spec::Project& best)
      : study_(study),
        best_(best),
        limit_(study.settings().ablate_time.seconds, study.time->per_sample()) {}

  /// The whole, seed by seed, then each component's absence on the same seeds.
  std::vector<AblationRow> run() {
    AblationRow whole = measure("nothing", best_, {});
    std::vector<AblationRow> rows{whole};
    for (const auto& component : components_of(best_, study_.dataset())) {
      AblationRow row = measure(component.name, component.project, component.inputs);
      std::vector<double> lost;
      for (std::size_t i = 0; i < std::min(row.values.size(), whole.values.size()); ++i) {
        lost.push_back(better_by(study_.context, whole.values[i], row.values[i]));
      }
      if (!lost.empty()) row.loss = mean_of_pairs(lost);
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  AblationRow measure(const std::string& name, const spec::Project& project,
                      const std::vector<std::string>& inputs) {
    AblationRow row{name, {}, {}, ""};
    std::unique_ptr<data::Dataset> reduced;
    if (!inputs.empty()) reduced = without_inputs(study_.dataset(), inputs);
    for (std::int64_t seed = 0; seed < study_.settings().ablate_seeds && row.note.empty(); ++seed) {
      FitPlan plan;
      plan.label = "without " + name + ", seed " + std::to_string(seed + 1);
      plan.project = &project;
      plan.train_rows = study_.options.train_rows;
      plan.seed = derive_seed(study_.seed, "ablation " + std::to_string(seed));
      plan.dataset = reduced.get();
      plan.variant = inputs.empty() ? "" : "without " + join(inputs, ", ");
      measure_seed(plan, row);
    }
    return row;
  }

  void measure_seed(const FitPlan& plan, AblationRow& row) {
    const bool known = study_.fits.known(plan);
    const double work = static_cast<double>(plan.train_rows.size()) *
                        static_cast<double>(diagnosed_epochs(*plan.project));
    if (!known && !limit_.allows(work)) {
      row.note = "diagnose.ablate_time ended";
      return;
    }
    const Fitted fitted = study_.fits.run(plan);
    if (!known) limit_.spend(fitted.seconds);
    if (fitted.failed) {
      row.note = fitted.note;
    } else {
      row.values.push_back(fitted.value);
    }
  }

  Study& study_;
  const spec::Project& best_;
  TimeLimit limit_;
};

std::string figures_of(const std::vector<double>& values) {
  std::vector<std::string> parts;
  for (const double value : values) parts.push_back(pretty_number(value, 4));
  return parts.empty() ? "-" : join(parts, ", ");
}

void show(Study& study, const std::vector<AblationRow>& rows, const std::string& from) {
  artefact::Table table{kAblation,
                        "What is lost without each component",
                        {"without", study.context.metric() + ", by seed", "lost", "95 %"},
                        {false, true, true, true},
                        {},
                        ""};
  std::vector<std::string> names;
  std::vector<double> lost;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const AblationRow& row = rows[i];
    const bool compared = i > 0 && row.compared();
    table.rows.push_back({row.name, figures_of(row.values),
                          compared ? pretty_number(row.loss.value, 3) : "-",
                          compared ? interval_text(row.loss.low, row.loss.high) : row.note});
    if (!compared) continue;
    names.push_back(row.name);
    lost.push_back(row.loss.value);
  }
  table.note = "from " + from +
               "; on the validation part, each against the whole with the same seed; Student's "
               "interval over seeds";
  study.result.tables.push_back(table);
  study.result.figures.push_back(bars(kAblation, "What is lost without each component",
                                      study.context.metric() + " lost", names, lost,
                                      "Below 0: better without it."));
}

Json ablation_evidence(const std::vector<AblationRow>& rows) {
  Json all = Json::array();
  for (const auto& row : rows) {
    all.push_back({{"without", row.name},
                   {"values", row.values},
                   {"lost", row.loss.value},
                   {"interval", row.loss.interval()},
                   {"note", row.note}});
  }
  return all;
}

}  // namespace

void ablate(Study& study) {
  if (!study.settings().ablate) return;
  const Tuned best = best_tuned(study);
  auto rows = Ablation(study, best.project).run();
  if (rows.size() < 2) return;
  std::stable_sort(rows.begin() + 1, rows.end(), [](const AblationRow& a, const AblationRow& b) {
    return a.loss.value > b.loss.value;
  });
  show(study, rows, best.from);
  std::vector<std::string> needed, idle;
  bool any_compared = false;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const AblationRow& row = rows[i];
    if (!row.compared()) continue;
    any_compared = true;
    if (row.loss.low > 0) needed.push_back(row.name + " (" + difference_text(row.loss) + ")");
    if (row.loss.low <= 0 && row.loss.high >= 0) idle.push_back(row.name);
    if (row.loss.high >= 0) continue;
    study.add("diagnosis-component-harmful", Severity::kWarn,
              "without " + row.name + " the " + study.context.metric() + " is better by " +
                  difference_text({-row.loss.value, -row.loss.high, -row.loss.low}) + " over " +
                  std::to_string(row.values.size()) + " seeds",
              {{"component", row.name},
               {"better", -row.loss.value},
               {"interval", {-row.loss.high, -row.loss.low}},
               {"values", row.values},
               {"whole", rows.front().values}},
              kAblation);
  }
  auto& finding = study.add("diagnosis-ablation", Severity::kInfo,
                            (!any_compared ? "no component could be compared with the whole over "
                                             "two seeds or more"
                             : needed.empty() ? "no component is clearly needed"
                                              : "clearly needed: " + join_words(needed)) +
                                (idle.empty() ? "" : "; within chance: " + join_words(idle)),
                            {{"from", best.from}, {"rows", ablation_evidence(rows)}}, kAblation);
  // Rows are sorted by what is lost, so the last one is missed least.
  if (!idle.empty())
    finding.advice = "Take out " + idle.back() +
                     " and run dlwork diagnose --ablate again: a simpler network is cheaper.";
}

}  // namespace dlwork::phase::diagnose
