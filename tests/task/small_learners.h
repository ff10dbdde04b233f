#pragma once

#include <memory>
#include <string>

#include "dlwork/spec/task_names.h"
#include "made_data.h"
#include "support/layers.h"

/// One learner of each task whose training is its own.
namespace dlwork::testing {

/// A project with its data, small enough for a fit of a second.
struct Small {
  spec::Project project;
  std::unique_ptr<data::Dataset> dataset;
  std::string metric;

  std::unique_ptr<training::Learner> make(RunContext& run) const {
    return task::find_task(project.task).make_learner(project, *dataset, project.model, 5, run);
  }
  training::FitOptions options() const { return fit_options(project, *dataset, metric); }
  Error error_of_fit(const training::FitOptions& options) const {
    SilentRun silent;
    try {
      make(silent.run)->fit(options, silent.run);
    } catch (const Error& error) {
      return error;
    }
    return Error(ExitStatus::kOk, "no error");
  }
};

inline Small small_pictures() {
  Small small{{}, std::make_unique<data::Dataset>(discs(1, 16)), "psnr"};
  small.project.task = spec::tasks::super_resolution;
  small.project.model.layers = layers("[{conv2d: 16}, relu]");
  small.project.training.batch_size = 8;
  small.project.training.schedule = "constant";
  return small;
}

inline Small small_text() {
  Small small{{}, std::make_unique<data::Dataset>(planted_text(60)), "neighbour-preference"};
  small.project.task = spec::tasks::embedding;
  spec::LayerSpec layer;
  layer.options = spec::TokenEmbedding{16};
  small.project.model.layers = {layer};
  small.project.training.epochs = 3;
  small.project.training.schedule = "constant";
  return small;
}

inline Small small_world() {
  Small small;
  small.metric = "mean-return";
  small.project.task = spec::tasks::reinforcement;
  small.project.data.environment = "cartpole";
  small.project.data.episodes = 20;
  small.project.model.layers = layers("[{linear: 8}, relu]");
  small.project.training.epochs = 1;
  small.project.training.schedule = "constant";
  small.project.training.reinforcement.steps = 200;
  small.project.training.reinforcement.warm_up = 64;
  small.project.training.reinforcement.buffer = 1000;
  SilentRun silent;
  small.dataset = task::find_task(small.project.task).make_dataset(small.project, silent.run);
  return small;
}

inline Small small_speech() {
  Small small{{}, std::make_unique<data::Dataset>(spoken(60, {"a", "b", "c"})), "word-error-rate"};
  small.project.task = spec::tasks::transcription;
  small.project.model.layers =
      layers("[{conv1d: {channels: 8, kernel: 5}}, relu, {dropout: 0.1}, output]");
  small.project.training.epochs = 3;
  small.project.training.batch_size = 8;
  return small;
}

inline Small small_circle() {
  Small small{{}, std::make_unique<data::Dataset>(on_a_circle()), "recall-at-1"};
  small.project.task = spec::tasks::similarity;
  small.project.model.layers =
      layers("[{linear: 16}, batch_norm, relu, {dropout: 0.1}, {linear: 8}]");
  small.project.training.epochs = 3;
  small.project.training.batch_size = 60;
  return small;
}

}  // namespace dlwork::testing
