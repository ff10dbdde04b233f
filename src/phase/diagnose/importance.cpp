// What each column, or channel of series, gives the network, and whether a column gives
// suspiciously much.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "dlwork/base/text.h"
#include "phase/diagnose/input_names.h"
#include "phase/diagnose/study.h"
#include "phase/diagnose/table_rows.h"

namespace dlwork::phase::diagnose {

using artefact::Severity;

namespace {

constexpr char kImportanceFigure[] = "column-importance";
constexpr int kPermutations = 5;
constexpr std::int64_t kMostRows = 5000;
constexpr std::size_t kShownColumns = 20;
/// Without a figure to compare with, a network is suspiciously good below this share of the trivial
/// predictor's error.
constexpr double kTooGood = 0.1;

/// Each series takes a whole channel of another, as far as both reach; what is behind is missing.
void permute_channel(data::Sequences& series, std::int64_t channel,
                     const std::vector<std::int64_t>& order) {
  const data::Sequences before = series;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::int64_t from = order[i];
    const std::int64_t steps = std::min(before.lengths[i], before.lengths[from]);
    float* to = series.values.data() + static_cast<std::int64_t>(i) * series.size() + channel;
    for (std::int64_t step = 0; step < series.steps; ++step) {
      const std::int64_t place = step * series.channels;
      to[place] = step < steps ? before.at(from)[place + channel] : NAN;
    }
  }
}

void permute(data::Column& column, const std::vector<std::int64_t>& order) {
  const data::Column before = column;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (column.type == data::ColumnType::kNumber) {
      column.numbers[i] = before.numbers[order[i]];
    } else {
      column.codes[i] = before.codes[order[i]];
    }
  }
}

void hold_still(data::Column& column) {
  if (column.type == data::ColumnType::kNumber) {
    std::vector<double> present;
    for (const double value : column.numbers) {
      if (std::isfinite(value)) present.push_back(value);
    }
    std::fill(column.numbers.begin(), column.numbers.end(), quantile(present, 0.5));
    return;
  }
  std::map<std::int32_t, std::int64_t> counts;
  for (const auto code : column.codes) ++counts[code];
  const auto most =
      std::max_element(counts.begin(), counts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  std::fill(column.codes.begin(), column.codes.end(), most->first);
}

/// Asks the network about samples whose columns were mixed up.
class Permuted {
 public:
  Permuted(Study& study)
      : study_(study),
        rows_(some_rows(study.validation_rows(), kMostRows, study.seed, "importance")),
        samples_(table_rows(study.dataset().samples, rows_)),
        places_(rows_.size()) {
    std::iota(places_.begin(), places_.end(), std::int64_t{0});
    whole_ = value_of(samples_);
    const auto trivial = study.context.task.trivial(study.project(), study.dataset(),
                                                    study.options.train_rows, rows_);
    trivial_ = training::compute_metric(study.context.metric(), trivial.outputs,
                                        study.dataset().samples.target, rows_);
  }

  /// What the network knows: its figure over the trivial predictor's.
  double skill() const { return better_by(study_.context, whole_, trivial_); }
  double skill_of(double value) const { return better_by(study_.context, value, trivial_); }
  double whole() const { return whole_; }
  double trivial() const { return trivial_; }

  /// Figures lost when one input is mixed up (Breiman, Random Forests, 2001, section 10).
  std::vector<double> losses(std::size_t input) {
    std::vector<double> losses;
    for (int i = 0; i < kPermutations; ++i) {
      data::Samples changed = samples_;
      const auto order = order_for(input, i);
      if (changed.kind == data::Kind::kSequence) {
        permute_channel(changed.sequences, static_cast<std::int64_t>(input), order);
      } else {
        permute(changed.table.columns[input], order);
      }
      losses.push_back(better_by(study_.context, whole_, value_of(changed)));
    }
    return losses;
  }

  /// The figure when every other column holds one typical value: the median, or what is most
  /// frequent.
  artefact::Metric alone(std::size_t column) {
    data::Samples changed = samples_;
    for (std::size_t other = 0; other < changed.table.columns.size(); ++other) {
      if (other != column) hold_still(changed.table.columns[other]);
    }
    return training::measure(study_.context.metric(), study_.learner->predict(changed, places_),
                             study_.dataset().samples.target, rows_, study_.seed);
  }

 private:
  std::vector<std::int64_t> order_for(std::size_t input, int i) const {
    return Rng(study_.seed, "permute " + std::to_string(input) + " " + std::to_string(i))
        .permutation(static_cast<std::int64_t>(rows_.size()));
  }
  double value_of(const data::Samples& samples) {
    return training::compute_metric(study_.context.metric(),
                                    study_.learner->predict(samples, places_),
                                    study_.dataset().samples.target, rows_);
  }

  Study& study_;
  std::vector<std::int64_t> rows_;
  data::Samples samples_;
  std::vector<std::int64_t> places_;
  double whole_ = 0, trivial_ = 0;
};

struct Importance {
  std::size_t input = 0;
  Difference loss;
};

void show_importance(Study& study, const std::vector<Importance>& by_loss) {
  const auto inputs = input_names(study.dataset().samples);
  const std::string one =
      study.dataset().samples.kind == data::Kind::kSequence ? "channel" : "column";
  std::vector<std::string> names;
  std::vector<double> values;
  artefact::Table table{"column-importance",
                        "What each " + one + " gives",
                        {one, "lost without it", "95 %"},
                        {false, true, true},
                        {},
                        ""};
  for (std::size_t i = 0; i < by_loss.size() && i < kShownColumns; ++i) {
    names.push_back(inputs[by_loss[i].input]);
    values.push_back(by_loss[i].loss.value);
    table.rows.push_back({names.back(), pretty_number(values.back(), 3),
                          interval_text(by_loss[i].loss.low, by_loss[i].loss.high)});
  }
  table.note = study.context.metric() + " lost on the validation part when the " + one +
               " is mixed up, over " + std::to_string(kPermutations) + " permutations; " + one +
               "s that say the same hide each other";
  if (inputs.size() > kShownColumns) {
    table.note +=
        "; the first " + std::to_string(kShownColumns) + " of " + std::to_string(inputs.size());
  }
  study.result.tables.push_back(table);
  study.result.figures.push_back(
      bars(kImportanceFigure, table.title, study.context.metric() + " lost", names, values,
           "By mixing up one " + one + " at a time on the validation part."));
}

/// Whether the figure is better than anyone is known to reach, or nearly perfect where nothing is
/// known.
bool too_good(const Study& study, const Permuted& permuted) {
  if (const auto best = attainable(study.context)) {
    return -worse_by(study.context, study.validation_metric, best->value).high > 0;
  }
  return as_error(study.context, permuted.whole()) <
         kTooGood * as_error(study.context, permuted.trivial());
}

}  // namespace

/// A column that tells nearly all of what the network knows, in a network that is better than it
/// should be, knows the answer: it is a leak.
void find_leaks(Study& study) {
  const auto& columns = study.dataset().samples.table.columns;
  const std::size_t inputs = input_names(study.dataset().samples).size();
  if (inputs == 0 || study.validation_rows().empty()) return;
  Permuted permuted(study);
  std::vector<Importance> by_loss;
  for (std::size_t input = 0; input < inputs; ++input) {
    if (study.context.run.stop.requested())
      throw Error(ExitStatus::kInterrupted, "diagnose: stopped");
    by_loss.push_back({input, mean_of_pairs(permuted.losses(input))});
  }
  std::stable_sort(by_loss.begin(), by_loss.end(),
                   [](const auto& a, const auto& b) { return a.loss.value > b.loss.value; });
  show_importance(study, by_loss);
  // A series whose other channels hold still is like none: no channel is judged alone.
  if (study.dataset().samples.kind == data::Kind::kSequence) return;
  if (columns.size() < 2 || !(permuted.skill() > 0) || !too_good(study, permuted)) return;
  const std::size_t first = by_loss.front().input;
  const artefact::Metric alone = permuted.alone(first);
  const auto share_of = [&](double value) { return permuted.skill_of(value) / permuted.skill(); };
  const double one_end = share_of(alone.low.value_or(alone.value)),
               other_end = share_of(alone.high.value_or(alone.value));
  const Difference share{share_of(alone.value), std::min(one_end, other_end),
                         std::max(one_end, other_end)};
  if (share.value < study.settings().leak_share) return;
  study
      .add("diagnosis-leak", Severity::kWarn,
           "column '" + columns[first].name + "' alone gives " + percent(share.value) +
               " (95 %: " + percent(share.low) + " to " + percent(share.high) +
               ") of what the network knows, and the network's " +
               metric_text(study.validation_metric) + " is better than to be expected",
           {{"column", columns[first].name},
            {"share", share.value},
            {"interval", share.interval()},
            {"lost_without", by_loss.front().loss.value}},
           kImportanceFigure)
      .key = "data.columns." + columns[first].name;
}

}  // namespace dlwork::phase::diagnose
