// Systems of several stages: which stage's mistakes cost most.
#include <algorithm>
#include <numeric>

#include "dlwork/base/text.h"
#include "phase/diagnose/study.h"
#include "phase/diagnose/table_rows.h"
#include "phase/ensemble/average.h"

namespace dlwork::phase::diagnose {

using artefact::Metric;
using artefact::Severity;

namespace {

constexpr char kTable[] = "stages";
constexpr std::int64_t kMostStagedRows = 5000;

/// Columns that an earlier stage guesses, and their true values.
struct Stage {
  std::string name;
  std::vector<std::pair<std::size_t, const data::Column*>> truths;  ///< input column; its truth
};

std::size_t place_of_input(const Study& study, const std::string& name) {
  const auto& columns = study.dataset().samples.table.columns;
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const auto& column) { return column.name == name; });
  DLWORK_ASSERT(found != columns.end(), "the reader saw to it that the guess is an input");
  return static_cast<std::size_t>(found - columns.begin());
}

/// In the order in which their columns stand in the file.
std::vector<Stage> stages_of(const Study& study) {
  const auto& declared = study.project().data.columns;
  const auto& samples = study.dataset().samples;
  std::vector<Stage> stages;
  for (const auto& column : samples.carried.columns) {
    const auto options = declared.find(column.name);
    if (options == declared.end() || options->second.truth_of.empty()) continue;
    const std::string& guess = options->second.truth_of;
    const std::size_t place = place_of_input(study, guess);
    const std::string& name = options->second.stage.empty() ? guess : options->second.stage;
    auto stage = std::find_if(stages.begin(), stages.end(),
                              [&](const auto& each) { return each.name == name; });
    if (stage == stages.end()) stage = stages.insert(stages.end(), Stage{name, {}});
    stage->truths.emplace_back(place, &column);
  }
  return stages;
}

/// The network's figure with the truth in the place of some guesses.
struct Replaced {
  training::Outputs outputs;
  Metric metric;
};

class Replacement {
 public:
  explicit Replacement(Study& study)
      : study_(study),
        rows_(some_rows(study.validation_rows(), kMostStagedRows, study.seed, "stages")),
        samples_(table_rows(study.dataset().samples, rows_)) {}

  Replaced with(const std::vector<const Stage*>& stages) {
    data::Samples changed = samples_;
    for (const Stage* stage : stages) {
      for (const auto& [place, truth] : stage->truths) {
        const std::string name = changed.table.columns[place].name;
        changed.table.columns[place] = column_rows(*truth, rows_);
        changed.table.columns[place].name = name;
      }
    }
    std::vector<std::int64_t> places(rows_.size());
    std::iota(places.begin(), places.end(), std::int64_t{0});
    Replaced replaced{study_.learner->predict(changed, places), {}};
    replaced.metric = training::measure(study_.context.metric(), replaced.outputs,
                                        study_.dataset().samples.target, rows_, study_.seed);
    return replaced;
  }

  /// By how much `after` is better than `before`, on the same samples drawn with replacement.
  Difference gain(const Replaced& before, const Replaced& after) const {
    const Interval interval =
        gain_interval(goal_metric(study_.context), after.outputs, before.outputs,
                      study_.dataset().samples.target, rows_, Rng(study_.seed, "stages bootstrap"));
    return {better_by(study_.context, after.metric.value, before.metric.value), interval.low,
            interval.high};
  }

 private:
  Study& study_;
  std::vector<std::int64_t> rows_;
  data::Samples samples_;
};

/// What one stage costs.
struct Cost {
  std::string stage;
  Metric metric;     ///< with the truth of this stage and those before
  Difference gain;   ///< over the truth of those before
  Difference alone;  ///< over no truth at all
  double share = 0;  ///< of the whole system's error
};

void show_stages(Study& study, const Metric& whole, const std::vector<Cost>& costs, double rest) {
  const std::string metric = study.context.metric();
  artefact::Table table{
      kTable,
      "What the mistakes of each stage cost",
      {"truth up to", metric, "better by, 95 %", "of all errors", "this stage alone, 95 %"},
      {false, true, true, true, true},
      {},
      ""};
  table.rows.push_back({"no stage", metric_text(whole), "", "", ""});
  std::vector<std::string> labels;
  std::vector<double> gains;
  for (const auto& cost : costs) {
    table.rows.push_back({cost.stage, metric_text(cost.metric), difference_text(cost.gain),
                          percent(cost.share), difference_text(cost.alone)});
    labels.push_back(cost.stage);
    gains.push_back(cost.gain.value);
  }
  table.rows.push_back({"the network itself", "", "", percent(rest), ""});
  table.note =
      "on the validation part; each stage's guesses are replaced by the truth, in turn and with "
      "those "
      "before; the network was trained on guesses, so a gain may be too small";
  study.result.tables.push_back(table);
  study.result.figures.push_back(bars(kTable, "What the mistakes of each stage cost",
                                      metric + " gained", labels, gains,
                                      "By the truth in the place of one stage after the other."));
}

Json evidence_of(const Metric& whole, const std::vector<Cost>& costs, double rest) {
  Json stages = Json::array();
  for (const auto& cost : costs) {
    stages.push_back({{"stage", cost.stage},
                      {"value", cost.metric.value},
                      {"gain", cost.gain.value},
                      {"interval", cost.gain.interval()},
                      {"alone", cost.alone.value},
                      {"alone_interval", cost.alone.interval()},
                      {"share", cost.share}});
  }
  return {{"whole", whole.value}, {"stages", stages}, {"network_share", rest}};
}

}  // namespace

/// Ng, Machine Learning Yearning (2018), ch. 53 to 57: each stage's output replaced by the truth in
/// turn, from the first on; by what the figure rises each time, the error is attributed.
void replace_stages(Study& study) {
  const auto stages = stages_of(study);
  if (stages.empty() || study.validation_rows().empty()) return;
  Replacement replacement(study);
  const Replaced whole = replacement.with({});
  const double all_errors = as_error(study.context, whole.metric.value);
  std::vector<Cost> costs;
  std::vector<const Stage*> so_far;
  Replaced before = whole;
  for (const Stage& stage : stages) {
    so_far.push_back(&stage);
    Replaced after = replacement.with(so_far);
    const Difference gain = replacement.gain(before, after);
    costs.push_back(
        {stage.name, after.metric, gain,
         so_far.size() == 1 ? gain : replacement.gain(whole, replacement.with({&stage})),
         all_errors > 0 ? gain.value / all_errors : 0});
    before = std::move(after);
  }
  const double rest =
      all_errors > 0 ? as_error(study.context, before.metric.value) / all_errors : 0;
  show_stages(study, whole.metric, costs, rest);
  const auto& worst =
      *std::max_element(costs.begin(), costs.end(),
                        [](const Cost& a, const Cost& b) { return a.gain.value < b.gain.value; });
  const bool clear = worst.gain.low > 0 && worst.share > rest &&
                     worst.gain.value > study.settings().bias_tolerance * tolerance_scale(study) &&
                     !goal_reached(study.context, whole.metric.value).value_or(false);
  std::vector<std::string> parts;
  for (const auto& cost : costs) {
    parts.push_back("the truth of stage '" + cost.stage + "' gains " + difference_text(cost.gain) +
                    " (" + percent(cost.share) + " of the error)");
  }
  Json evidence = evidence_of(whole.metric, costs, rest);
  evidence["explains"] = worst.share;
  auto& finding =
      study.add("diagnosis-stages", clear ? Severity::kWarn : Severity::kInfo,
                study.context.metric() + " " + pretty_number(whole.metric.value, 4) + "; " +
                    join_words(parts) + "; " + percent(rest) + " are the network's own",
                std::move(evidence), kTable);
  if (clear) {
    finding.advice =
        "Work on stage '" + worst.stage + "' first: its mistakes cost more than the network's.";
  } else {
    finding.advice = "Work on the network: no earlier stage clearly costs more.";
  }
}

}  // namespace dlwork::phase::diagnose
