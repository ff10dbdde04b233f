// Training samples whose label the network was slow to take, by what it said of them while it
// learned: wrong labels are among them, and what is hard by nature. It costs no training of its
// own. Pleiss et al. 2020 bound the margin by a class of threshold samples, n / (K + 1) rows that
// carry a label of no class: with two classes that is a third of the rows in each of two more
// trainings, and of what it listed on the breast cancer table (569 rows, 8 % of labels flipped)
// nine in ten were right labels. The bound is a margin of 0 in its place: on average the network
// preferred another class. It lists too much where a network has hardly learned by then, and too
// little where one has learned wrong labels by heart already; the order holds in both cases.
#include <algorithm>
#include <iterator>
#include <numeric>

#include "dlwork/base/evenly.h"
#include "dlwork/base/files.h"
#include "dlwork/base/text.h"
#include "phase/diagnose/decisions.h"
#include "phase/diagnose/mistakes.h"
#include "phase/diagnose/study.h"

namespace dlwork::phase::diagnose {
namespace {

constexpr char kDataMap[] = "data-map";
constexpr char kHardFile[] = "hard-to-learn.csv";
/// Fewer say nothing of how a label was learned, or of what is usual.
constexpr std::int64_t kFewestEpochsSeen = 3, kFewestSamplesSeen = 20;
constexpr std::size_t kMapPoints = 1000;  ///< of each series of the data map, at most

/// Why there is nothing to say, or "".
std::string untold(const Study& study) {
  const auto& dynamics = study.report.label_dynamics;
  const auto& augment = study.project().training.augment;
  if (augment.mixup > 0 || augment.cutmix > 0) {
    return "training.augment mixes samples, so that none is seen by itself";
  }
  if (dynamics.epochs == 0) return "the training does not tell what it makes of samples by epoch";
  if (dynamics.epochs < kFewestEpochsSeen) {
    return "the first half of the epochs is " + std::to_string(dynamics.epochs) + ", fewer than " +
           std::to_string(kFewestEpochsSeen);
  }
  const auto rows = static_cast<std::int64_t>(dynamics.margin.size());
  if (rows >= kFewestSamplesSeen) return "";
  return std::to_string(rows) + " training samples, fewer than " +
         std::to_string(kFewestSamplesSeen);
}

/// Places among the training rows of those below the margin, lowest first.
std::vector<std::size_t> hard_places(const Study& study) {
  const auto& margin = study.report.label_dynamics.margin;
  std::vector<std::size_t> hard;
  for (std::size_t i = 0; i < margin.size(); ++i) {
    if (margin[i] < study.settings().label_margin) hard.push_back(i);
  }
  std::stable_sort(hard.begin(), hard.end(),
                   [&](std::size_t a, std::size_t b) { return margin[a] < margin[b]; });
  return hard;
}

Json map_series(const training::LabelDynamics& dynamics, const std::string& name,
                const std::vector<std::size_t>& places) {
  Json x = Json::array(), y = Json::array();
  for (const auto i : evenly_among(places.size(), kMapPoints)) {
    x.push_back(dynamics.variability[places[i]]);
    y.push_back(dynamics.confidence[places[i]]);
  }
  return {{"name", name}, {"x", x}, {"y", y}};
}

artefact::Figure data_map(const training::LabelDynamics& dynamics, std::vector<std::size_t> hard) {
  std::vector<std::size_t> all(dynamics.margin.size()), others;
  std::iota(all.begin(), all.end(), 0);
  std::sort(hard.begin(), hard.end());
  std::set_difference(all.begin(), all.end(), hard.begin(), hard.end(), std::back_inserter(others));
  artefact::Figure figure{kDataMap, "Data map of the training samples", "scatter", {}, ""};
  figure.data = {
      {"x_label", "variability"},
      {"y_label", "confidence"},
      {"series",
       {map_series(dynamics, "others", others), map_series(dynamics, "hard to learn", hard)}}};
  figure.caption = "Share of the label over the first " + std::to_string(dynamics.epochs) +
                   " epochs: mean and deviation. Low and still: hard to learn; top left: easy.";
  return figure;
}

/// The likeliest class but the label, by the trained network.
std::int32_t likeliest_other(const float* shares, std::int64_t classes, std::int32_t label) {
  std::int32_t best = label == 0 ? 1 : 0;
  for (std::int32_t c = 0; c < classes; ++c) {
    if (c != label && shares[c] > shares[best]) best = c;
  }
  return best;
}

/// Samples that are hard to learn, and the class that each looks like.
struct Hard {
  std::vector<std::size_t> places;  ///< among the training rows
  std::vector<std::int64_t> rows;
  training::Outputs outputs;  ///< of the trained network
  std::vector<std::int32_t> probably;
};

Hard look_at(Study& study, std::vector<std::size_t> places) {
  const auto& samples = study.dataset().samples;
  Hard hard{std::move(places), {}, {}, {}};
  for (const auto place : hard.places) hard.rows.push_back(study.options.train_rows[place]);
  hard.outputs = study.learner->predict(samples, hard.rows);
  for (std::size_t i = 0; i < hard.rows.size(); ++i) {
    hard.probably.push_back(likeliest_other(hard.outputs.row(static_cast<std::int64_t>(i)),
                                            hard.outputs.columns,
                                            samples.target.codes[hard.rows[i]]));
  }
  return hard;
}

void write_hard(Study& study, const Hard& hard) {
  const auto& dynamics = study.report.label_dynamics;
  const auto& samples = study.dataset().samples;
  std::string text = "sample,label,probably,aum,confidence,variability\n";
  for (std::size_t i = 0; i < hard.rows.size(); ++i) {
    const auto place = hard.places[i];
    const auto& classes = samples.target.classes;
    text +=
        join({csv_cell(samples.where(hard.rows[i])),
              csv_cell(classes[samples.target.codes[hard.rows[i]]]),
              csv_cell(classes[hard.probably[i]]), number_text(dynamics.margin[place]),
              number_text(dynamics.confidence[place]), number_text(dynamics.variability[place])},
             ",") +
        "\n";
  }
  write_file(study.context.folder.file(kHardFile), text);
  study.result.artefacts.push_back(
      {"hard-to-learn", kHardFile, "training samples that are hard to learn, the hardest first"});
}

void show_hard(Study& study, const Hard& hard) {
  const auto& target = study.dataset().samples.target;
  std::vector<task::Mistake> shown;
  for (std::size_t i = 0; i < hard.rows.size(); ++i) {
    if (static_cast<std::int64_t>(shown.size()) >= study.settings().mistakes) break;
    const double confidence = study.report.label_dynamics.confidence[hard.places[i]];
    shown.push_back({hard.rows[i], 1 - confidence,
                     target.classes[target.codes[hard.rows[i]]] + " (" +
                         pretty_number(confidence, 3) + "), or " +
                         target.classes[hard.probably[i]]});
  }
  show_samples(study.context,
               {"hard-to-learn", "Hard to learn",
                "Given label with its mean share in training, then the likeliest other class.",
                "label, or another"},
               shown, study.result);
}

}  // namespace

void check_label_dynamics(Study& study) {
  if (!has_probabilities(study)) return;
  const std::string why = untold(study);
  if (!why.empty()) {
    study.left_out.push_back({"label dynamics", why, {}});
    return;
  }
  const auto& dynamics = study.report.label_dynamics;
  const Hard hard = look_at(study, hard_places(study));
  study.result.figures.push_back(data_map(dynamics, hard.places));
  if (hard.rows.empty()) return;
  write_hard(study, hard);
  show_hard(study, hard);
  const auto& samples = study.dataset().samples;
  const double share =
      static_cast<double>(hard.rows.size()) / static_cast<double>(dynamics.margin.size());
  study.add("diagnosis-label-dynamics", artefact::Severity::kInfo,
            grouped(static_cast<std::int64_t>(hard.rows.size())) + " of " +
                grouped(static_cast<std::int64_t>(dynamics.margin.size())) + " training samples (" +
                percent(share) + ") are hard to learn: over the first " +
                std::to_string(dynamics.epochs) + " epochs their label's margin was below " +
                pretty_number(study.settings().label_margin) + " on average; the hardest is " +
                samples.where(hard.rows.front()) + ", '" +
                samples.target.classes[samples.target.codes[hard.rows.front()]] + "', probably '" +
                samples.target.classes[hard.probably.front()] + "'",
            {{"hard", hard.rows.size()},
             {"of", dynamics.margin.size()},
             {"share", share},
             {"threshold", study.settings().label_margin},
             {"epochs", dynamics.epochs},
             {"lowest", dynamics.margin[hard.places.front()]},
             {"file", kHardFile}},
            kDataMap);
}

}  // namespace dlwork::phase::diagnose
