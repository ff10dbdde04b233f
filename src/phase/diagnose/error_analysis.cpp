// Where the errors are: slices of the inputs, classes, and how sure the network was.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "dlwork/base/text.h"
#include "phase/diagnose/mistakes.h"
#include "phase/diagnose/slices.h"
#include "phase/diagnose/study.h"

namespace dlwork::phase::diagnose {

using artefact::Severity;

namespace {

constexpr std::size_t kShownSlices = 12;
constexpr std::int64_t kTrainRowsForBins = 20000;
constexpr int kCoveragePoints = 20;
constexpr std::size_t kShownPairs = 20;

std::string mean_error_name(const Study& study) {
  return study.dataset().samples.target.is_class ? "share wrong" : "mean absolute error";
}

/// `shown`: the first so many of them.
artefact::Table table_of(const std::string& id, const std::string& title,
                         const std::vector<JudgedSlice>& judged, std::size_t shown) {
  artefact::Table table{
      id, title, {"slice", "samples", "error inside", "outside", "gap, 95 %", "q", "of all errors"},
      {}, {},    ""};
  table.right = {false, true, true, true, true, true, true};
  for (std::size_t i = 0; i < judged.size() && i < shown; ++i) {
    const auto& one = judged[i];
    table.rows.push_back(
        {one.slice->name, grouped(static_cast<std::int64_t>(one.slice->members.size())),
         pretty_number(one.inside, 3), pretty_number(one.outside, 3), difference_text(one.gap),
         pretty_number(one.q, 2), percent(one.explains)});
  }
  table.note =
      "q: false discovery rate at which the slice would be named; of all errors: share "
      "above what the other samples' rate would give";
  return table;
}

artefact::Figure figure_of(const std::string& id, const std::string& title,
                           const std::string& y_label, const std::vector<JudgedSlice>& judged) {
  std::vector<std::string> labels;
  std::vector<double> inside;
  Json outside = Json::array();
  for (std::size_t i = 0; i < judged.size() && i < kShownSlices; ++i) {
    labels.push_back(judged[i].slice->name);
    inside.push_back(judged[i].inside);
    outside.push_back(judged[i].outside);
  }
  artefact::Figure figure =
      bars(id, title, y_label, labels, inside, "Each slice against all other samples.");
  figure.data["series"] = Json::array(
      {{{"name", "inside"}, {"values", inside}}, {{"name", "all others"}, {"values", outside}}});
  return figure;
}

/// What is taken for what most often. Of many classes no picture of the confusion matrix can be
/// read.
void show_confused(Study& study) {
  const auto& target = study.dataset().samples.target;
  const auto& rows = study.validation_rows();
  std::map<std::pair<std::int32_t, std::int32_t>, std::int64_t> counts;
  std::vector<std::int64_t> of_class(target.classes.size(), 0);
  const auto said = study.context.task.guesses(study.validation, study.dataset(), rows);
  for (std::size_t i = 0; i < said.size(); ++i) {
    const std::int32_t code = target.codes[rows[i]];
    ++of_class[code];
    if (said[i] != code) ++counts[{code, said[i]}];
  }
  if (counts.empty()) return;
  using Pair = std::pair<std::pair<std::int32_t, std::int32_t>, std::int64_t>;
  std::vector<Pair> pairs(counts.begin(), counts.end());
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.second > b.second; });
  artefact::Table table{"confused",
                        "Most confused classes",
                        {"true", "predicted", "samples", "of the true class"},
                        {false, false, true, true},
                        {},
                        ""};
  for (std::size_t i = 0; i < pairs.size() && i < kShownPairs; ++i) {
    const auto& [classes, count] = pairs[i];
    table.rows.push_back(
        {target.classes[classes.first], target.classes[classes.second], grouped(count),
         percent(static_cast<double>(count) / static_cast<double>(of_class[classes.first]))});
  }
  if (pairs.size() > kShownPairs) {
    table.note =
        std::to_string(kShownPairs) + " of " + std::to_string(pairs.size()) + " pairs that occur";
  }
  study.result.tables.push_back(std::move(table));
}

Json evidence_of(const JudgedSlice& judged) {
  return {{"slice", judged.slice->name},
          {"samples", judged.slice->members.size()},
          {"inside", judged.inside},
          {"outside", judged.outside},
          {"gap", judged.gap.value},
          {"interval", judged.gap.interval()},
          {"p", judged.p},
          {"q", judged.q},
          {"explains", judged.explains}};
}

std::string slice_message(const Study& study, const JudgedSlice& judged) {
  return judged.slice->name + ": " + mean_error_name(study) + " " +
         pretty_number(judged.inside, 3) + " in " +
         grouped(static_cast<std::int64_t>(judged.slice->members.size())) +
         " validation samples, " + pretty_number(judged.outside, 3) + " in all others, worse by " +
         difference_text(judged.gap) + "; " + percent(judged.explains) + " of all errors";
}

}  // namespace

void find_weak_slices(Study& study) {
  const auto& rows = study.validation_rows();
  const auto errors = study.context.task.errors(study.validation, study.dataset(), rows);
  if (errors.empty()) return;
  const WeakFrom limits = weak_from(study, errors);
  const auto singles =
      slices_of(study.dataset(),
                some_rows(study.options.train_rows, kTrainRowsForBins, study.seed, "bins"), rows);
  if (singles.empty()) return;
  const auto pairs = crossed(singles, rows.size());
  const std::size_t single_count = singles.size();
  std::vector<Slice> all = singles;
  all.insert(all.end(), pairs.begin(), pairs.end());
  auto judged = judge_slices(all, errors);
  // A pair is worth naming only where it is clearly worse than any weak single slice it lies in.
  std::vector<JudgedSlice> kept(judged.begin(),
                                judged.begin() + static_cast<std::int64_t>(single_count));
  for (std::size_t i = single_count; i < judged.size(); ++i) {
    const bool within = std::any_of(
        kept.begin(), kept.begin() + static_cast<std::int64_t>(single_count), [&](const auto& one) {
          return is_weak(one, limits) && judged[i].inside < one.inside + limits.gap &&
                 std::includes(one.slice->members.begin(), one.slice->members.end(),
                               judged[i].slice->members.begin(), judged[i].slice->members.end());
        });
    if (!within) kept.push_back(judged[i]);
  }
  sort_by_worth(kept, limits);
  study.result.tables.push_back(
      table_of("slices", "Worst slices of the inputs", kept, kShownSlices));
  study.result.figures.push_back(
      figure_of("slices", "Error by slice", mean_error_name(study), kept));
  Json listed = Json::array();
  for (const auto& one : judged) listed.push_back(evidence_of(one));
  study.result.values["slices"] = listed;
  if (!is_weak(kept.front(), limits)) return;
  const auto weak = std::count_if(kept.begin(), kept.end(),
                                  [&](const auto& one) { return is_weak(one, limits); });
  Json evidence = evidence_of(kept.front());
  evidence["weak_slices"] = weak;
  evidence["judged"] = judged.size();
  Json places = Json::array();
  for (std::size_t i = 0; i < kept.front().slice->members.size() && places.size() < 10; ++i) {
    const std::size_t place = kept.front().slice->members[i];
    if (errors[place] > 0) places.push_back(study.dataset().samples.where(rows[place]));
  }
  evidence["wrong"] = places;
  study.add("diagnosis-weak-slice", Severity::kWarn,
            slice_message(study, kept.front()) +
                (weak > 1 ? " (and " + std::to_string(weak - 1) + " more slices)" : ""),
            evidence, "slices");
}

void find_weak_classes(Study& study) {
  const auto& target = study.dataset().samples.target;
  const auto& rows = study.validation_rows();
  const auto errors = study.context.task.errors(study.validation, study.dataset(), rows);
  if (errors.empty() || !target.is_class) return;
  std::vector<Slice> classes(target.classes.size());
  for (std::size_t c = 0; c < classes.size(); ++c) classes[c].name = target.classes[c];
  for (std::size_t i = 0; i < rows.size(); ++i) classes[target.codes[rows[i]]].members.push_back(i);
  std::erase_if(classes, [&](const Slice& slice) {
    return slice.members.empty() || slice.members.size() == rows.size();
  });
  if (classes.empty()) return;
  auto judged = judge_slices(classes, errors);
  const WeakFrom limits = weak_from(study, errors);
  sort_by_worth(judged, limits);
  study.result.tables.push_back(table_of("classes", "Error by class", judged, judged.size()));
  show_confused(study);
  if (!is_weak(judged.front(), limits)) return;
  study.add("diagnosis-weak-class", Severity::kWarn,
            "class " + slice_message(study, judged.front()), evidence_of(judged.front()),
            "recall-by-class");
}

/// The most uncertain samples, and the error of those the network is surest of (the risk-coverage
/// curve of El-Yaniv and Wiener, 2010).
void show_doubts(Study& study) {
  const auto& rows = study.validation_rows();
  const auto doubts = study.context.task.doubts(study.validation);
  const auto errors = study.context.task.errors(study.validation, study.dataset(), rows);
  if (doubts.empty() || errors.empty()) return;
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return doubts[a] < doubts[b]; });
  Json x = Json::array(), y = Json::array();
  double sum = 0;
  const std::size_t step = std::max<std::size_t>(1, order.size() / kCoveragePoints);
  for (std::size_t i = 0; i < order.size(); ++i) {
    sum += errors[order[i]];
    if ((i + 1) % step != 0 && i + 1 != order.size()) continue;
    x.push_back(static_cast<double>(i + 1) / static_cast<double>(order.size()));
    y.push_back(sum / static_cast<double>(i + 1));
  }
  artefact::Figure figure{
      "risk-coverage", "Error of the samples the network is surest of", "lines", {}, ""};
  figure.data = {{"x_label", "share of samples kept"},
                 {"y_label", mean_error_name(study)},
                 {"series", Json::array({{{"name", "error"}, {"x", x}, {"y", y}}})}};
  figure.caption =
      "Samples sorted by how sure the network is: what is won by passing the rest to a person.";
  study.result.figures.push_back(figure);
  std::vector<task::Mistake> unsure;
  for (auto it = order.rbegin();
       it != order.rend() && static_cast<std::int64_t>(unsure.size()) < study.settings().mistakes;
       ++it) {
    const auto place = static_cast<std::int64_t>(*it);
    unsure.push_back(
        {rows[*it], doubts[*it], sample_text(study, study.validation, place, rows[*it])});
  }
  show_samples(study.context,
               {"uncertain", "Most uncertain samples",
                "True class, then the likeliest one and its probability.", "true and likeliest"},
               unsure, study.result);
}

}  // namespace dlwork::phase::diagnose
