#include <algorithm>
#include <map>

#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"
#include "task/transcription/decoding.h"
#include "task/transcription/text_checks.h"
#include "task/transcription/text_predictor.h"
#include "task/transcription/text_rivals.h"
#include "task/transcription/transcriber.h"

namespace dlwork::task {
namespace {

using data::Dataset;
using training::Outputs;
using Rows = std::vector<std::int64_t>;

/// Columns of `training::edits_of`.
constexpr std::int64_t kEditedWords = 0, kEditedCharacters = 2, kCharacters = 3;
/// Texts of which only the start is told.
constexpr std::size_t kShownText = 60;

std::string start_of_text(const std::string& text) {
  if (text.size() <= kShownText) return "'" + text + "'";
  std::string start = text.substr(0, kShownText);
  while (!is_utf8(start)) start.pop_back();  // cut within a letter
  return "'" + start + "...'";
}

double share_edited(const float* said) {
  return said[kEditedCharacters] / std::max(1.0f, said[kCharacters]);
}

/// Texts by how many of their words are wrong, missing or too many.
artefact::Figure edits_figure(const Outputs& outputs) {
  std::map<std::int64_t, std::int64_t> by_edits;
  for (std::int64_t i = 0; i < outputs.rows; ++i) {
    ++by_edits[static_cast<std::int64_t>(outputs.row(i)[kEditedWords])];
  }
  Json edges = Json::array(), counts = Json::array();
  const std::int64_t most = by_edits.empty() ? 0 : by_edits.rbegin()->first;
  constexpr std::int64_t kMostBins = 30;
  const std::int64_t width = most / kMostBins + 1;
  for (std::int64_t low = 0; low <= most; low += width) {
    std::int64_t count = 0;
    for (auto at = by_edits.lower_bound(low); at != by_edits.lower_bound(low + width); ++at) {
      count += at->second;
    }
    edges.push_back(low);
    counts.push_back(count);
  }
  edges.push_back(static_cast<std::int64_t>(counts.size()) * width);
  artefact::Figure figure{"text-edits", "Texts by edits", "histogram", {}, ""};
  figure.data = {{"x_label", "words put in, left out or replaced"},
                 {"y_label", "texts"},
                 {"edges", edges},
                 {"series", Json::array({{{"name", "texts"}, {"counts", counts}}})}};
  figure.caption = "Texts that are read without a fault stand at 0.";
  return figure;
}

/// A text for each series or recording, of which nobody says where in it the text's parts are.
class Transcription final : public Task {
 public:
  std::string name() const override { return spec::tasks::transcription; }
  std::string default_metric() const override { return "word-error-rate"; }
  std::string default_loss() const override { return "ctc"; }
  std::vector<std::string> metrics() const override {
    return {"word-error-rate", "character-error-rate", "edit-distance"};
  }
  void examine(const spec::Project& project, const Dataset& dataset,
               artefact::PhaseResult& result) const override {
    check_transcripts(project, dataset, result);
  }

  /// The targets alone do not tell: it goes by the steps that the network gives.
  double uninformed_loss(const spec::Project& project, const Dataset& dataset,
                         RunContext& run) const override {
    const auto seed = static_cast<std::uint64_t>(project.seed);
    const Transcriber network(transcriber_blueprint(project, dataset, project.model, seed),
                              &dataset, run);
    return network.blind_loss_of(dataset.part(data::Part::kTrain));
  }

  Rival trivial(const spec::Project&, const Dataset& dataset, const Rows& fit_rows,
                const Rows& rows) const override {
    return most_frequent_text(dataset, fit_rows, rows);
  }
  std::vector<Rival> rivals(const spec::Project&, const Dataset& dataset, const Rows& fit_rows,
                            const Rows& rows, RunContext& run) const override {
    return {nearest_text(dataset, fit_rows, rows, run.stop)};
  }

  std::vector<artefact::Figure> figures(const Outputs& outputs, const Dataset&,
                                        const Rows&) const override {
    return {edits_figure(outputs)};
  }

  /// Texts of which most has to be changed.
  std::vector<Mistake> worst(const Outputs& outputs, const Dataset& dataset, const Rows& rows,
                             std::int64_t count) const override {
    std::vector<Mistake> mistakes;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double share = share_edited(outputs.row(static_cast<std::int64_t>(i)));
      if (share == 0) continue;
      mistakes.push_back({rows[i], share,
                          start_of_text(dataset.samples.target.texts[rows[i]]) + ", read as " +
                              start_of_text(outputs.texts[i]) + " (" + percent(share) +
                              " of the characters)"});
    }
    return first_mistakes(std::move(mistakes), count);
  }
  /// Edits of characters as a share of the text's.
  std::vector<double> errors(const Outputs& outputs, const Dataset&, const Rows&) const override {
    std::vector<double> wrong;
    for (std::int64_t i = 0; i < outputs.rows; ++i) wrong.push_back(share_edited(outputs.row(i)));
    return wrong;
  }
  /// 1 less the mean probability of what was likeliest at each step.
  std::vector<double> doubts(const Outputs& outputs) const override {
    std::vector<double> doubts;
    if (outputs.columns <= kConfidenceColumn) return doubts;
    for (std::int64_t i = 0; i < outputs.rows; ++i) {
      doubts.push_back(1.0 - outputs.row(i)[kConfidenceColumn]);
    }
    return doubts;
  }

  std::unique_ptr<training::Learner> make_learner(const spec::Project& project,
                                                  const Dataset& dataset, const spec::Model& model,
                                                  std::uint64_t seed,
                                                  RunContext& run) const override {
    return std::make_unique<Transcriber>(transcriber_blueprint(project, dataset, model, seed),
                                         &dataset, run);
  }
  std::unique_ptr<training::Learner> load_learner(const std::filesystem::path& file,
                                                  RunContext& run) const override {
    return training::load_network<Transcriber>(file, spec::tasks::transcription, run);
  }

  /// The text that the weighted mean of the members' probabilities gives.
  Outputs combine(const std::vector<training::Learner*>& members,
                  const std::vector<double>& weights, const std::vector<const Outputs*>&,
                  const data::Samples& samples, const Rows& rows) const override {
    std::vector<const Transcriber*> networks;
    for (const auto* member : members) {
      networks.push_back(&dynamic_cast<const Transcriber&>(*member));
    }
    return read_together(networks, weights, samples, rows);
  }

  std::unique_ptr<Predictor> make_predictor(const PredictorOptions& options,
                                            RunContext& run) const override {
    return make_text_predictor(options, run);
  }
};

}  // namespace

const Task& transcription_task() {
  static const Transcription task;
  return task;
}

}  // namespace dlwork::task
