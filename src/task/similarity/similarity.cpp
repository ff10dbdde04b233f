#include <algorithm>

#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"
#include "task/similarity/class_batches.h"
#include "task/similarity/nearest.h"
#include "task/similarity/plain_vectors.h"
#include "task/similarity/similarity_figures.h"
#include "task/similarity/similarity_network.h"
#include "task/similarity/similarity_predictor.h"
#include "training/loss.h"

namespace dlwork::task {
namespace {

using artefact::Severity;
using data::Dataset;
using data::Part;
using training::Outputs;
using Rows = std::vector<std::int64_t>;

constexpr std::size_t kNamedClasses = 10;

/// The names of some classes: "a, b and 7 more".
std::string some_names(const data::Target& target, const std::vector<std::int32_t>& codes) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(codes.size(), kNamedClasses); ++i) {
    names.push_back(target.classes[codes[i]]);
  }
  const std::size_t more = codes.size() - names.size();
  if (more > 0) names.push_back(std::to_string(more) + " more");
  return join_words(names);
}

/// A part whose samples cannot be compared ends everything that goes by it.
void check_part(const Dataset& dataset, Part part) {
  const auto& rows = dataset.part(part);
  if (rows.empty() || has_triplets(dataset.samples.target, rows)) return;
  throw Error(ExitStatus::kInput,
              "the " + data::to_string(part) +
                  " part has no two samples of one class and one of another, so that no sample "
                  "has a neighbour to be found",
              "collect more samples of each class, or give the part a larger share of them");
}

/// Samples are like those of their class: what is said of each is a place, and the nearest others
/// of the same part are to be of its class.
class Similarity final : public Task {
 public:
  std::string name() const override { return spec::tasks::similarity; }
  std::string default_metric() const override { return "recall-at-1"; }
  std::string default_loss() const override { return "triplet"; }
  std::vector<std::string> metrics() const override { return {"recall-at-1", "map-at-r"}; }

  /// What a batch's loss is depends on which samples meet in it.
  bool learns_by_heart() const override { return false; }
  bool outputs_compare() const override { return false; }

  void examine(const spec::Project&, const Dataset& dataset,
               artefact::PhaseResult& result) const override {
    const auto& target = dataset.samples.target;
    for (const Part part : {Part::kTrain, Part::kValidation, Part::kTest}) {
      const auto& rows = dataset.part(part);
      const auto lone = lone_classes(target, rows);
      if (lone.empty()) continue;
      const bool none = !has_triplets(target, rows);
      result.findings.push_back(artefact::make_finding(
          "similarity-lone-samples", none ? Severity::kError : Severity::kWarn,
          grouped(static_cast<std::int64_t>(lone.size())) + " of the " + data::to_string(part) +
              " part's " + grouped(static_cast<std::int64_t>(rows.size())) +
              " samples are alone of their class (" + some_names(target, lone) +
              "): no other is to be found for them",
          {{"part", data::to_string(part)}, {"samples", lone.size()}}));
    }
  }

  training::TargetCoding code(const Dataset& dataset) const override {
    training::TargetCoding coding;
    coding.task = name();
    coding.name = dataset.samples.target.name;
    coding.classes = dataset.samples.target.classes;
    return coding;
  }

  /// All samples in one place are each as far as another: the margin is what is missing.
  double uninformed_loss(const spec::Project& project, const Dataset&, RunContext&) const override {
    return project.training.triplets.margin;
  }

  Rival trivial(const spec::Project& project, const Dataset&, const Rows& fit_rows,
                const Rows& rows) const override {
    return random_vectors(static_cast<std::uint64_t>(project.seed), fit_rows, rows);
  }
  std::vector<Rival> rivals(const spec::Project& project, const Dataset& dataset,
                            const Rows& fit_rows, const Rows& rows, RunContext&) const override {
    return input_vectors(project, dataset.samples, fit_rows, rows);
  }

  std::vector<artefact::Figure> figures(const Outputs& outputs, const Dataset& dataset,
                                        const Rows& rows) const override {
    return similarity_figures(outputs, dataset, rows);
  }

  /// Samples whose nearest is of another class, by how much further away their own class is.
  std::vector<Mistake> worst(const Outputs& outputs, const Dataset& dataset, const Rows& rows,
                             std::int64_t count) const override {
    const auto& samples = dataset.samples;
    const auto class_of = [&](std::int64_t place) {
      return samples.target.classes[samples.target.codes[rows[place]]];
    };
    std::vector<Mistake> mistakes;
    const auto all = find_nearest(outputs, samples.target, rows);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Nearest& near = all[i];
      if (near.alike < 0 || near.other < 0 || near.to_other >= near.to_alike) continue;
      mistakes.push_back({rows[i], near.to_alike - near.to_other,
                          class_of(static_cast<std::int64_t>(i)) + ", nearest to " +
                              class_of(near.other) + " " + samples.where(rows[near.other]) + " (" +
                              pretty_number(near.to_other, 3) + "; its own class " +
                              pretty_number(near.to_alike, 3) + ")"});
    }
    return first_mistakes(std::move(mistakes), count);
  }

  /// What recall-at-1 lacks of 1; 0 for a sample that is alone of its class.
  std::vector<double> errors(const Outputs& outputs, const Dataset& dataset,
                             const Rows& rows) const override {
    std::vector<double> errors;
    for (const Nearest& near : find_nearest(outputs, dataset.samples.target, rows)) {
      errors.push_back(near.alike < 0 ? 0 : 1 - near.alike_share);
    }
    return errors;
  }

  /// The class of the nearest other sample; a sample by itself is taken for what it is.
  std::vector<std::int32_t> guesses(const Outputs& outputs, const Dataset& dataset,
                                    const Rows& rows) const override {
    const auto& codes = dataset.samples.target.codes;
    std::vector<std::int32_t> said;
    for (const Nearest& near : find_nearest(outputs, dataset.samples.target, rows)) {
      said.push_back(codes[rows[near.any < 0 ? static_cast<std::int64_t>(said.size()) : near.any]]);
    }
    return said;
  }

  std::unique_ptr<training::Learner> make_learner(const spec::Project& project,
                                                  const Dataset& dataset, const spec::Model& model,
                                                  std::uint64_t seed,
                                                  RunContext& run) const override {
    check_part(dataset, Part::kTrain);
    check_part(dataset, Part::kValidation);
    auto blueprint =
        training::make_blueprint(name(), default_loss(), project, dataset, model, seed);
    blueprint.own = similarity_settings(project, dataset.samples.target);
    return std::make_unique<SimilarityNetwork>(std::move(blueprint), &dataset, run);
  }
  std::unique_ptr<training::Learner> load_learner(const std::filesystem::path& file,
                                                  RunContext& run) const override {
    return SimilarityNetwork::load(file, run);
  }

  Outputs combine(const std::vector<training::Learner*>&, const std::vector<double>& weights,
                  const std::vector<const Outputs*>& alone, const data::Samples&,
                  const Rows&) const override {
    return end_to_end(alone, weights);
  }

  std::unique_ptr<Predictor> make_predictor(const PredictorOptions& options,
                                            RunContext& run) const override {
    return make_similarity_predictor(options, run);
  }
};

}  // namespace

const Task& similarity_task() {
  static const Similarity task;
  return task;
}

}  // namespace dlwork::task
