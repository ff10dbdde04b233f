#include <algorithm>
#include <cmath>
#include <numeric>

#include "dlwork/base/files.h"
#include "dlwork/base/stats.h"
#include "dlwork/base/text.h"
#include "dlwork/task/task.h"
#include "phase/audit/check.h"
#include "phase/audit/stats/confident.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Part;

namespace {

constexpr std::size_t kShown = 10;
constexpr std::size_t kLabelPairsShown = 5;
constexpr double kLabelNormalScale = 1.4826;  // of the median absolute deviation

/// Probabilities of some rows with their labels.
struct Opinion {
  std::string model;  ///< or several
  Rows rows;
  std::vector<std::int32_t> labels;
  training::Outputs outputs;

  double of(std::int64_t place, std::int32_t c) const { return outputs.row(place)[c]; }
};

std::vector<std::int32_t> labels_of(const Audit& audit, const Rows& rows) {
  std::vector<std::int32_t> labels;
  for (const auto row : rows) labels.push_back(audit.target().codes[row]);
  return labels;
}

Json most_confused(const Audit& audit, const LabelIssues& issues) {
  std::vector<std::tuple<std::int64_t, std::size_t, std::size_t>> pairs;
  for (std::size_t i = 0; i < issues.classes; ++i) {
    for (std::size_t j = 0; j < issues.classes; ++j) {
      if (i != j && issues.at(i, j) > 0) pairs.emplace_back(-issues.at(i, j), i, j);
    }
  }
  std::sort(pairs.begin(), pairs.end());
  if (pairs.size() > kLabelPairsShown) pairs.resize(kLabelPairsShown);
  Json shown = Json::array();
  for (const auto& [count, given, truth] : pairs) {
    shown.push_back({{"given", audit.target().classes[given]},
                     {"probably", audit.target().classes[truth]},
                     {"samples", -count}});
  }
  return shown;
}

/// A label to look at again.
struct Doubtful {
  std::int64_t place;  ///< in the opinion
  std::int32_t probably;
  double chance;  ///< that it is wrong
};

/// The likeliest to be wrong first.
std::vector<Doubtful> doubtful_labels(const Opinion& opinion, std::size_t classes, double least) {
  const auto wrong = wrong_labels(opinion.labels, opinion.outputs.values, classes);
  std::vector<Doubtful> all;
  for (std::size_t i = 0; i < wrong.chance.size(); ++i) {
    const auto place = static_cast<std::int64_t>(i);
    const float* row = opinion.outputs.row(place);
    const auto likeliest = static_cast<std::int32_t>(std::max_element(row, row + classes) - row);
    if (wrong.chance[i] < least || likeliest == opinion.labels[i]) continue;
    all.push_back({place, likeliest, wrong.chance[i]});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Doubtful& a, const Doubtful& b) { return a.chance > b.chance; });
  return all;
}

void add_table(Audit& audit, const Opinion& opinion, const std::vector<Doubtful>& doubtful,
               Part part) {
  artefact::Table table{"doubtful-labels-" + data::to_string(part),
                        "Labels of the " + data::to_string(part) + " part to look at again",
                        {"sample", "label", "probably", "chance that it is wrong"},
                        {false, false, false, true},
                        {},
                        ""};
  for (std::size_t i = 0; i < doubtful.size() && i < kShown; ++i) {
    const Doubtful& one = doubtful[i];
    table.rows.push_back({audit.samples().where(opinion.rows[one.place]),
                          audit.target().classes[opinion.labels[one.place]],
                          audit.target().classes[one.probably], pretty_number(one.chance, 3)});
  }
  table.note = "by predictions of " + opinion.model + "; a list to review, not of errors";
  audit.result.tables.push_back(std::move(table));
}

/// All of them, since the table shows the first alone.
void write_doubtful(Audit& audit, const Opinion& opinion, const std::vector<Doubtful>& doubtful,
                    Part part) {
  const std::string name = "doubtful-labels-" + data::to_string(part) + ".csv";
  std::string text = "sample,label,probably,probability,of the label,wrong,sure\n";
  for (const Doubtful& one : doubtful) {
    const auto label = opinion.labels[one.place];
    text += join({csv_cell(audit.samples().where(opinion.rows[one.place])),
                  csv_cell(audit.target().classes[label]),
                  csv_cell(audit.target().classes[one.probably]),
                  number_text(opinion.of(one.place, one.probably)),
                  number_text(opinion.of(one.place, label)), number_text(one.chance),
                  one.chance >= audit.limits().noise_sure ? "yes" : "no"},
                 ",") +
            "\n";
  }
  write_file(audit.context.folder.file(name), text);
  audit.result.artefacts.push_back({"doubtful-labels-" + data::to_string(part), name,
                                    "labels to look at again, the most doubtful first"});
}

Severity severity_of(const Audit& audit, double share, double clarity) {
  const auto& limits = audit.limits();
  if (clarity < kClearLabels || share <= limits.noise_warn) return Severity::kInfo;
  return share > limits.noise_error ? Severity::kError : Severity::kWarn;
}

void report_noise(Audit& audit, const Opinion& opinion, Part part) {
  const auto classes = audit.target().classes.size();
  const auto issues = find_label_issues(opinion.labels, opinion.outputs.values, classes);
  const double share = weighted_share(issues, opinion.labels, opinion.outputs.values);
  if (share <= audit.limits().noise_info) return;
  const auto doubtful = doubtful_labels(opinion, classes, audit.limits().noise_listed);
  if (doubtful.empty()) return;
  const double clarity = clarity_of(opinion.outputs.values, classes);
  Rows rows;
  Json suggested = Json::array();
  std::size_t sure = 0;
  for (const Doubtful& one : doubtful) {
    rows.push_back(opinion.rows[one.place]);
    if (suggested.size() < kShown) suggested.push_back(audit.target().classes[one.probably]);
    sure += one.chance >= audit.limits().noise_sure ? 1 : 0;
  }
  audit.add("label-noise", severity_of(audit, share, clarity),
            "about " + percent(share) + " of the " + data::to_string(part) +
                " part's labels are doubtful: " + count_of(rows.size()) + " of " +
                count_of(opinion.rows.size()) + " samples look like another class, " +
                count_of(sure) + " clearly so, the first at " + audit.samples().where(rows.front()),
            {{"part", data::to_string(part)},
             {"share", share},
             {"doubtful", rows.size()},
             {"sure", sure},
             {"off_diagonal_share", issues.estimated_share},
             {"clarity", clarity},
             {"samples", opinion.rows.size()},
             {"model", opinion.model},
             {"pairs", most_confused(audit, issues)},
             {"suggested", suggested},
             {"rows", audit.places(rows)}});
  add_table(audit, opinion, doubtful, part);
  write_doubtful(audit, opinion, doubtful, part);
}

/// The models whose share of wrong ones out of fold is within two standard errors of the best
/// one's.
std::vector<const Judged*> good_judges(const Predictions& predictions) {
  const double least = predictions.best().error;
  const auto rows = static_cast<double>(std::max<std::size_t>(1, predictions.rows.size()));
  const double most = least + 2 * std::sqrt(least * (1 - least) / rows);
  std::vector<const Judged*> good;
  for (const Judged& judged : predictions.models) {
    if (judged.error <= most) good.push_back(&judged);
  }
  return good;
}

/// The mean of what models say, which fewer right labels are doubted by than by any one of them.
training::Outputs mean_of(const std::vector<training::Outputs>& opinions) {
  std::vector<const training::Outputs*> each;
  for (const auto& opinion : opinions) each.push_back(&opinion);
  return task::weighted_mean(
      each, std::vector<double>(each.size(), 1 / static_cast<double>(each.size())));
}

std::string names_of(const std::vector<const Judged*>& judges) {
  std::vector<std::string> names;
  for (const Judged* judge : judges) names.push_back(judge->model);
  return join_words(names);
}

Opinion opinion_of_training(Audit& audit) {
  const Predictions& predictions = audit.facts.predictions();
  const auto good = good_judges(predictions);
  std::vector<training::Outputs> outputs;
  for (const Judged* judge : good) outputs.push_back(judge->outputs);
  return {names_of(good), predictions.rows, labels_of(audit, predictions.rows), mean_of(outputs)};
}

/// The test part as the models see it that the training part's folds found good.
Opinion opinion_of_test(Audit& audit) {
  const classical::Problem& train = audit.facts.judged();
  const Sampled& tested = audit.facts.tested();
  const auto good = good_judges(audit.facts.predictions());
  const auto limits = small_limits(audit_limits(audit.context, "test labels"), train);
  Rows all(static_cast<std::size_t>(train.features.rows()));
  std::iota(all.begin(), all.end(), 0);
  std::vector<training::Outputs> outputs;
  for (const auto& model : judges(audit.samples(), train)) {
    const bool is_good = std::any_of(good.begin(), good.end(), [&](const Judged* judge) {
      return judge->model == model->name();
    });
    if (!is_good) continue;
    model->fit(part_of(train, all, limits.seed), limits);
    outputs.push_back(model->predict(audit.facts.judged_tests(), limits));
  }
  return {names_of(good), tested.rows, tested.problem.classes, mean_of(outputs)};
}

}  // namespace

void check_label_noise(Audit& audit) {
  report_noise(audit, opinion_of_training(audit), Part::kTrain);
  if (!audit.rows(Part::kTest).empty()) report_noise(audit, opinion_of_test(audit), Part::kTest);
}

void check_target_residuals(Audit& audit) {
  const Predictions& predictions = audit.facts.predictions();
  std::vector<double> residuals, sizes;
  for (std::size_t i = 0; i < predictions.rows.size(); ++i) {
    residuals.push_back(audit.target().values[predictions.rows[i]] -
                        predictions.best().outputs.row(static_cast<std::int64_t>(i))[0]);
  }
  const double median = quantile(residuals, 0.5);
  for (const double residual : residuals) sizes.push_back(std::abs(residual - median));
  const double scale = kLabelNormalScale * quantile(sizes, 0.5);
  if (scale <= 0) return;
  std::vector<std::pair<double, std::int64_t>> far;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] > audit.limits().residual_z * scale) {
      far.emplace_back(-sizes[i] / scale, predictions.rows[i]);
    }
  }
  if (far.empty()) return;
  std::sort(far.begin(), far.end());
  Rows rows;
  for (const auto& [size, row] : far) rows.push_back(row);
  audit.add("label-noise-regression", Severity::kInfo,
            count_of(rows.size()) +
                " targets lie far from what their inputs say, the farthest at " +
                audit.samples().where(rows.front()) + " (" + pretty_number(-far.front().first, 3) +
                " robust deviations)",
            {{"samples", rows.size()},
             {"of", predictions.rows.size()},
             {"model", predictions.best().model},
             {"farthest", -far.front().first},
             {"rows", audit.places(rows)}});
}

}  // namespace dlwork::phase::audit
