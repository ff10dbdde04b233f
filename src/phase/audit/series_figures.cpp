#include <algorithm>
#include <cmath>

#include "dlwork/base/ranks.h"
#include "dlwork/base/stats.h"
#include "phase/audit/leaks.h"
#include "phase/audit/series.h"
#include "phase/audit/target_skill.h"

/// Plain figures of channels that tell the target, so that nothing need be learned from the steps.
namespace dlwork::phase::audit {

using artefact::Severity;

namespace {

/// A figure of the values of a channel in one series, at least one.
struct ChannelFigure {
  const char* name;
  double (*of)(const std::vector<double>& values);
};
constexpr ChannelFigure kFigures[] = {
    {"mean", [](const std::vector<double>& values) { return mean(values); }},
    {"deviation", [](const std::vector<double>& values) { return standard_deviation(values); }},
    {"least value",
     [](const std::vector<double>& values) { return *std::ranges::min_element(values); }},
    {"greatest value",
     [](const std::vector<double>& values) { return *std::ranges::max_element(values); }},
    {"last value", [](const std::vector<double>& values) { return values.back(); }},
};

Subject figure_subject(std::int64_t channel, const ChannelFigure& figure) {
  const std::string name = figure.name;
  return {"the " + name + " of " + channel_subject(channel).name,
          about_channel(channel, {{"figure", name}})};
}

/// The values of a channel in each series of `rows`.
std::vector<std::vector<double>> values_of(const Audit& audit, const Rows& rows,
                                           std::int64_t channel) {
  std::vector<std::vector<double>> values;
  for (const auto row : rows) {
    values.push_back(present_values(audit.samples().sequences, row, channel));
  }
  return values;
}

/// NaN where a series has no value.
std::vector<double> figures_of(const std::vector<std::vector<double>>& series,
                               const ChannelFigure& figure) {
  std::vector<double> figures;
  for (const auto& values : series) figures.push_back(values.empty() ? NAN : figure.of(values));
  return figures;
}

double usual_move(const std::vector<double>& values) {
  double sum = 0;
  for (std::size_t i = 1; i < values.size(); ++i) sum += std::abs(values[i] - values[i - 1]);
  return sum / static_cast<double>(values.size() - 1);
}

bool copies_numbers(const Audit& audit, const std::vector<std::vector<double>>& series,
                    const std::vector<double>& figures) {
  BesideTarget beside;
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (series[i].size() < 2) continue;
    beside.values.push_back(figures[i]);
    beside.targets.push_back(audit.target().values[audit.train()[i]]);
    beside.moves.push_back(usual_move(series[i]));
  }
  return beside.values.size() >= kFewestForCorrelation &&
         std::abs(spearman(beside.values, beside.targets)) >= audit.limits().copy_correlation &&
         lies_on_target(beside, pearson(beside.values, beside.targets));
}

}  // namespace

void check_channel_copies(Audit& audit) {
  const data::Target& target = audit.target();
  if (!target.given()) return;
  for (std::int64_t channel = 0; channel < audit.samples().sequences.channels; ++channel) {
    const auto series = values_of(audit, audit.train(), channel);
    for (const ChannelFigure& figure : kFigures) {
      const auto figures = figures_of(series, figure);
      const bool copy = target.is_class ? copies_classes(target, figures, audit.train())
                                        : copies_numbers(audit, series, figures);
      if (!copy) continue;
      report_target_copy(audit, figure_subject(channel, figure));
      break;  // of a channel that is constant in each series, all are
    }
  }
}

// Numbers ahead of a slow series follow from its level: check_forecasts tells by how much. That
// one figure parts the classes may be what the channel is for, rest and running by an
// accelerometer, so it is no error.
void check_single_channels(Audit& audit) {
  if (!audit.is_class()) return;
  const Rows rows = shuffled_sample(audit);
  if (rows.size() < kFewestForSkill) return;
  std::vector<Scored> best;
  for (std::int64_t channel = 0; channel < audit.samples().sequences.channels; ++channel) {
    const auto series = values_of(audit, rows, channel);
    Scored most{channel_subject(channel), channel_subject(channel).name, -1};
    for (const ChannelFigure& figure : kFigures) {
      const double skill = skill_of_numbers(audit, figures_of(series, figure), rows);
      if (skill <= most.skill) continue;
      const Subject subject = figure_subject(channel, figure);
      most = {subject, subject.name, skill};
    }
    best.push_back(std::move(most));
  }
  report_single_features(
      audit, std::move(best),
      {"channel-skill", "What a figure of each channel alone tells of the target", "best figure"},
      Severity::kWarn, rows.size());
}

}  // namespace dlwork::phase::audit
