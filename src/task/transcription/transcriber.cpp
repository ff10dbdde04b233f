#include "task/transcription/transcriber.h"

#include <algorithm>

#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"
#include "dlwork/task/task.h"
#include "model/shape_rules.h"
#include "task/transcription/decoding.h"
#include "training/network_training.h"
#include "training/structured_loss.h"

namespace dlwork::task {
namespace {

using model::Inputs;
using Rows = std::vector<std::int64_t>;

/// Rows whose probabilities are held at a time, of every member.
constexpr std::int64_t kReadAtOnce = 256;

/// Throws for layers after which nobody knows which steps belong to a series.
void check_ends(const std::vector<model::PlannedLayer>& layers) {
  for (const auto& layer : layers) {
    const auto& options = layer.spec.options;
    if (std::holds_alternative<spec::AdaptiveAvgPool>(options) ||
        std::holds_alternative<spec::AdaptiveMaxPool>(options)) {
      model::misfit(layer, "gives every series as many steps, so that none has an end of its own",
                    "use max_pool1d, or a stride");
    }
    check_ends(layer.inner);
  }
}

torch::Tensor as_tensor_of(const Rows& values) {
  return torch::tensor(torch::ArrayRef<std::int64_t>(values), torch::kInt64);
}

/// [N, longest] with 0 behind each, and how many codes each has.
struct Labels {
  torch::Tensor codes, lengths;
};
Labels labels_of(const std::vector<const Rows*>& texts) {
  Rows lengths;
  for (const Rows* text : texts) lengths.push_back(static_cast<std::int64_t>(text->size()));
  const std::int64_t longest =
      std::max<std::int64_t>(1, *std::max_element(lengths.begin(), lengths.end()));
  Rows all(texts.size() * longest, 0);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::copy(texts[i]->begin(), texts[i]->end(),
              all.begin() + static_cast<std::int64_t>(i) * longest);
  }
  return {as_tensor_of(all).reshape({-1, longest}), as_tensor_of(lengths)};
}

Inputs probabilities_of(const Inputs& outputs) {
  return outputs.with(torch::softmax(outputs.values.detach().to(torch::kFloat32), 2));
}

}  // namespace

std::string TooLong::text(const data::Samples& samples, std::size_t of) const {
  return grouped(static_cast<std::int64_t>(rows.size())) + " of " +
         grouped(static_cast<std::int64_t>(of)) +
         " training texts need more steps than the outputs of their series have, the first at " +
         samples.where(rows.front()) + ": " + grouped(needed) + ", and there are " +
         grouped(steps) + "; nothing is learned from them";
}

Transcriber::Transcriber(training::NetworkBlueprint blueprint, const data::Dataset* dataset,
                         const RunContext& run)
    : NetworkLearner(std::move(blueprint), dataset, run), alphabet_(this->blueprint().own) {
  check_ends(network().layers());
  if (!model::is_sequence(output_shape()) || output_shape()[1] != alphabet_.outputs()) {
    refuse_end("and the task asks for one number a unit at each step",
               "end model.layers with a layer that keeps the steps, and `output`");
  }
  if (dataset == nullptr) return;
  for (const auto& text : dataset->samples.target.texts) codes_.push_back(alphabet_.encode(text));
}

torch::Tensor Transcriber::loss(const Inputs& outputs, const training::NetworkBatch& batch) const {
  std::vector<const Rows*> texts;
  for (const auto row : batch.rows) texts.push_back(&codes_[row]);
  const Labels labels = labels_of(texts);
  const auto steps = outputs.lengths.defined() ? outputs.lengths
                                               : torch::full({outputs.values.size(0)},
                                                             outputs.values.size(1), torch::kInt64);
  return training::ctc_loss(outputs.values,
                            {labels.codes.to(outputs.values.device()), steps, labels.lengths});
}

training::Outputs Transcriber::describe(const Inputs& outputs, const training::NetworkBatch& batch,
                                        const data::Samples& samples) const {
  return read_frames(alphabet_, probabilities_of(outputs), batch.rows, samples.target);
}

Inputs Transcriber::frames(const data::Samples& samples, const Rows& rows) const {
  std::vector<torch::Tensor> values, lengths;
  pass(samples, rows, [&](const Inputs& outputs, const training::NetworkBatch&) {
    values.push_back(probabilities_of(outputs).values.to(torch::kCPU));
    if (outputs.lengths.defined()) lengths.push_back(outputs.lengths.to(torch::kCPU));
  });
  return {torch::cat(values), lengths.empty() ? torch::Tensor() : torch::cat(lengths)};
}

Rows Transcriber::output_steps(const Rows& rows) const {
  Rows steps;
  for (const auto row : rows) steps.push_back(dataset().samples.sequences.lengths[row]);
  auto lengths = as_tensor_of(steps);
  for (std::size_t i = 0; i < network().layers().size(); ++i) {
    lengths = network().module(i)->lengths_after(lengths);
  }
  const auto* values = lengths.data_ptr<std::int64_t>();
  return {values, values + lengths.numel()};
}

double Transcriber::blind_loss_of(const Rows& rows) const {
  const Rows steps = output_steps(rows);
  double sum = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    sum += blind_loss(codes_[rows[i]], steps[i], alphabet_.outputs());
  }
  return sum / static_cast<double>(std::max<std::size_t>(1, rows.size()));
}

TooLong Transcriber::too_long(const Rows& rows) const {
  const Rows steps = output_steps(rows);
  TooLong found;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::int64_t needed = needed_steps(codes_[rows[i]]);
    if (needed <= steps[i]) continue;
    if (found.rows.empty()) {
      found.needed = needed;
      found.steps = steps[i];
    }
    found.rows.push_back(rows[i]);
  }
  return found;
}

void Transcriber::refuse_all_too_long() const {
  refuse_end("and every training text needs more steps than the outputs of its series have",
             "use smaller strides and pooling, or training.transcript.units: word");
}

void Transcriber::check_augment(const spec::Augment& augment) const {
  NetworkLearner::check_augment(augment);
  if (augment.crop == 0) return;
  throw Error(ExitStatus::kUsage,
              Diagnostic{{},
                         "training.augment.crop",
                         "cuts steps off a series, and its text still says what was in them",
                         "take it out; time_mask and channel_mask hide only some"});
}

training::FitReport Transcriber::fit(const training::FitOptions& options, RunContext& run) {
  const TooLong found = too_long(options.train_rows);
  const bool any = !found.rows.empty();
  if (any && found.rows.size() == options.train_rows.size()) refuse_all_too_long();
  if (any) {
    run.reporter.warn(options.label + ": " +
                      found.text(dataset().samples, options.train_rows.size()));
  }
  return NetworkLearner::fit(options, run);
}

training::NetworkBlueprint transcriber_blueprint(const spec::Project& project,
                                                 const data::Dataset& dataset,
                                                 const spec::Model& model, std::uint64_t seed) {
  auto blueprint = training::make_blueprint(spec::tasks::transcription,
                                            find_task(spec::tasks::transcription).default_loss(),
                                            project, dataset, model, seed);
  auto& layers = blueprint.layers;
  if (layers.empty() || !std::holds_alternative<spec::Output>(layers.back().options)) {
    layers.push_back({"output", layers.empty() ? Location{} : layers.back().at, spec::Output{}});
  }
  std::get<spec::Output>(layers.back().options).each_step = true;
  const Alphabet alphabet(project.training.transcript.units, dataset.samples.target.texts,
                          dataset.part(data::Part::kTrain));
  blueprint.outputs = alphabet.outputs();
  blueprint.own = alphabet.to_json();
  return blueprint;
}

training::Outputs read_together(const std::vector<const Transcriber*>& members,
                                const std::vector<double>& weights, const data::Samples& samples,
                                const Rows& rows) {
  const Transcriber& first = *members.front();
  for (const Transcriber* other : members) {
    if (other->alphabet() == first.alphabet() && other->output_shape() == first.output_shape()) {
      continue;
    }
    throw Error(ExitStatus::kUsage,
                "the members differ in their alphabets or in the steps of their outputs",
                "name one model with --model, or take strides, pooling and "
                "training.transcript.units out of tune.space");
  }
  training::Outputs all;
  for (std::size_t begin = 0; begin < rows.size(); begin += kReadAtOnce) {
    const auto end = std::min(rows.size(), begin + kReadAtOnce);
    const Rows some(rows.begin() + static_cast<std::int64_t>(begin),
                    rows.begin() + static_cast<std::int64_t>(end));
    Inputs sum;
    for (std::size_t m = 0; m < members.size(); ++m) {
      if (weights[m] == 0) continue;
      const Inputs said = members[m]->frames(samples, some);
      sum = sum.values.defined() ? sum.with(sum.values + said.values * weights[m])
                                 : said.with(said.values * weights[m]);
    }
    training::append(all, read_frames(first.alphabet(), sum, some, samples.target));
  }
  return all;
}

}  // namespace dlwork::task
