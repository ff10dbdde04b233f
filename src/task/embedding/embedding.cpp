#include <algorithm>
#include <cmath>

#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"
#include "dlwork/task/task.h"
#include "task/embedding/counts.h"
#include "task/embedding/word_predictor.h"
#include "task/embedding/word_vectors.h"

namespace dlwork::task {
namespace {

using data::Dataset;
using training::Outputs;
using Rows = std::vector<std::int64_t>;

/// Lines of which only the start is told.
constexpr std::size_t kShownLine = 60;

Rival judged(const std::string& name, const std::string& settings, const Vocabulary& vocabulary,
             const Dataset& dataset, const Rows& fit_rows, const Rows& rows,
             const ScoreWords& score) {
  const double start = monotonic_seconds();
  const Neighbours neighbours = judged_neighbours(vocabulary, dataset.samples, rows);
  Rival rival{name, settings, static_cast<std::int64_t>(fit_rows.size()), {}, 0};
  rival.outputs = preferences(neighbours, score(neighbours));
  rival.seconds = monotonic_seconds() - start;
  return rival;
}

/// Vectors of words for the lines of a text.
class Embedding final : public Task {
 public:
  std::string name() const override { return spec::tasks::embedding; }
  std::string default_metric() const override { return "neighbour-preference"; }
  std::string default_loss() const override { return ""; }
  std::vector<std::string> metrics() const override { return {"neighbour-preference"}; }

  bool learns_by_heart() const override { return false; }

  /// A guess that gives every product 0 loses ln 2 for the neighbour and each drawn word.
  double uninformed_loss(const spec::Project& project, const Dataset&, RunContext&) const override {
    return static_cast<double>(1 + project.training.words.negatives) * std::log(2.0);
  }

  Rival trivial(const spec::Project& project, const Dataset& dataset, const Rows& fit_rows,
                const Rows& rows) const override {
    const Vocabulary vocabulary(dataset.samples, fit_rows, project.training.words.min_count);
    return judged("trivial", "the more frequent word", vocabulary, dataset, fit_rows, rows,
                  [&](const Neighbours& n) { return frequency_scores(vocabulary, n); });
  }

  std::vector<Rival> rivals(const spec::Project& project, const Dataset& dataset,
                            const Rows& fit_rows, const Rows& rows, RunContext&) const override {
    const Vocabulary vocabulary(dataset.samples, fit_rows, project.training.words.min_count);
    const NeighbourCounts counts(vocabulary, dataset.samples, fit_rows);
    return {judged("counts", "mutual information of words within 5 words", vocabulary, dataset,
                   fit_rows, rows, [&](const Neighbours& n) { return counts.scores(n); })};
  }

  std::vector<artefact::Figure> figures(const Outputs& outputs, const Dataset&,
                                        const Rows&) const override {
    constexpr int kBins = 20;
    std::vector<double> edges;
    std::vector<std::int64_t> counts(kBins, 0);
    for (int bin = 0; bin <= kBins; ++bin) edges.push_back(static_cast<double>(bin) / kBins);
    for (const float value : outputs.values) {
      ++counts[std::clamp(static_cast<int>(value * kBins), 0, kBins - 1)];
    }
    artefact::Figure figure{
        "line-preferences", "Lines by how well their words fit", "histogram", {}, ""};
    figure.data = {{"x_label", "share of true neighbours preferred"},
                   {"y_label", "lines"},
                   {"edges", edges},
                   {"series", Json::array({{{"name", "lines"}, {"counts", counts}}})}};
    return {figure};
  }

  /// Lines whose words are least expected beside each other.
  std::vector<Mistake> worst(const Outputs& outputs, const Dataset& dataset, const Rows& rows,
                             std::int64_t count) const override {
    std::vector<Mistake> mistakes;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      std::string text = dataset.samples.texts[rows[i]].substr(0, kShownLine);
      while (!is_utf8(text)) text.pop_back();  // cut within a letter
      mistakes.push_back(
          {rows[i], 1.0 - outputs.values[i], pretty_number(outputs.values[i], 3) + ": " + text});
    }
    return first_mistakes(std::move(mistakes), count);
  }

  std::unique_ptr<training::Learner> make_learner(const spec::Project& project,
                                                  const Dataset& dataset, const spec::Model& model,
                                                  std::uint64_t seed,
                                                  RunContext& run) const override {
    Vocabulary vocabulary(dataset.samples, dataset.part(data::Part::kTrain),
                          project.training.words.min_count);
    return std::make_unique<WordVectors>(std::move(vocabulary), vector_length(model), seed,
                                         &dataset, run.device);
  }
  std::unique_ptr<training::Learner> load_learner(const std::filesystem::path& file,
                                                  RunContext& run) const override {
    return WordVectors::load(file, run);
  }

  /// By the weighted sum of the members' scores, which are those of their vectors laid end to end.
  Outputs combine(const std::vector<training::Learner*>& members,
                  const std::vector<double>& weights, const std::vector<const Outputs*>&,
                  const data::Samples& samples, const Rows& rows) const override {
    const auto& first = dynamic_cast<const WordVectors&>(*members.front());
    const Neighbours neighbours = judged_neighbours(first.vocabulary(), samples, rows);
    std::vector<float> sums(neighbours.others.size(), 0.0f);
    for (std::size_t m = 0; m < members.size(); ++m) {
      const auto& member = dynamic_cast<const WordVectors&>(*members[m]);
      if (!(member.vocabulary() == first.vocabulary())) {
        throw Error(ExitStatus::kUsage, "the members have different vocabularies",
                    "take training.words.min_count out of tune.space");
      }
      if (weights[m] == 0) continue;
      const auto scores = member.scores(neighbours);
      for (std::size_t i = 0; i < sums.size(); ++i) {
        sums[i] += static_cast<float>(weights[m]) * scores[i];
      }
    }
    return preferences(neighbours, sums);
  }

  std::unique_ptr<Predictor> make_predictor(const PredictorOptions& options,
                                            RunContext& run) const override {
    return make_word_predictor(options, run);
  }
};

}  // namespace

const Task& embedding_task() {
  static const Embedding task;
  return task;
}

}  // namespace dlwork::task
