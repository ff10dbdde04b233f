#pragma once

#include <cmath>
#include <memory>

#include "dlwork/base/rng.h"
#include "dlwork/training/supervised.h"
#include "support/layers.h"

namespace dlwork::testing {

/// Two interleaved arcs of 400 points with a little noise (scikit-learn's two moons): no straight
/// line parts them above about 0.88, a small network does nearly perfectly.
inline data::Dataset two_moons() {
  data::Dataset dataset;
  data::Samples& samples = dataset.samples;
  samples.count = 400;
  data::Column x{"x", data::ColumnType::kNumber, {}, {}, {}},
      y{"y", data::ColumnType::kNumber, {}, {}, {}};
  Rng rng(5, "moons");
  for (std::int64_t i = 0; i < samples.count; ++i) {
    const double angle = rng.uniform(0, 3.14159265358979);
    const int moon = static_cast<int>(i % 2);
    x.numbers.push_back((moon == 0 ? std::cos(angle) : 1 - std::cos(angle)) + 0.1 * rng.normal());
    y.numbers.push_back((moon == 0 ? std::sin(angle) : 0.5 - std::sin(angle)) + 0.1 * rng.normal());
    samples.target.codes.push_back(moon);
    dataset.rows[i < 240 ? 0 : i < 320 ? 1 : 2].push_back(i);
  }
  samples.target.name = "moon";
  samples.target.classes = {"upper", "lower"};
  samples.table.columns = {x, y};
  samples.table.rows = samples.count;
  samples.files = {"moons.csv"};
  samples.file_index.assign(samples.count, 0);
  for (std::int64_t i = 0; i < samples.count; ++i) samples.record.push_back(i + 2);
  return dataset;
}

/// 256 grey pictures of 8 x 8 with a bright bar, upright or lying: two classes.
inline data::Dataset bars() {
  data::Dataset dataset;
  data::Samples& samples = dataset.samples;
  samples.kind = data::Kind::kImage;
  samples.count = 256;
  samples.pictures = {256, 1, 8, 8, {}};
  Rng rng(6, "bars");
  for (std::int64_t i = 0; i < samples.count; ++i) {
    std::vector<std::uint8_t> picture(64);
    for (auto& pixel : picture) pixel = static_cast<std::uint8_t>(rng.below(60));
    const auto place = rng.below(8);
    const int kind = static_cast<int>(i % 2);
    for (std::size_t k = 0; k < 8; ++k) picture[kind == 0 ? k * 8 + place : place * 8 + k] = 200;
    samples.pictures.pixels.insert(samples.pictures.pixels.end(), picture.begin(), picture.end());
    samples.target.codes.push_back(kind);
    dataset.rows[i < 160 ? 0 : i < 208 ? 1 : 2].push_back(i);
  }
  samples.target.classes = {"upright", "lying"};
  samples.target.name = "bar";
  samples.files = {"bars.idx"};
  samples.file_index.assign(samples.count, 0);
  for (std::int64_t i = 0; i < samples.count; ++i) samples.record.push_back(i + 1);
  return dataset;
}

/// Series of two channels, told apart by the first one's frequency, of `shortest` to 9 steps.
inline data::Dataset waves(std::int64_t shortest, std::int64_t count = 128) {
  data::Dataset dataset;
  data::Samples& samples = dataset.samples;
  samples.kind = data::Kind::kSequence;
  samples.count = count;
  samples.sequences.count = count;
  samples.sequences.steps = 9;
  samples.sequences.channels = 2;
  Rng rng(8, "waves");
  for (std::int64_t i = 0; i < samples.count; ++i) {
    const int kind = static_cast<int>(i % 2);
    const auto range = static_cast<std::uint64_t>(10 - shortest);
    const auto length = static_cast<std::int32_t>(
        shortest + (range > 1 ? static_cast<std::int64_t>(rng.below(range)) : 0));
    samples.sequences.lengths.push_back(length);
    for (int t = 0; t < 9; ++t) {
      const double value = std::sin((1 + kind) * t) + 0.3 * rng.normal();
      samples.sequences.values.push_back(t < length ? static_cast<float>(value) : 0);
      samples.sequences.values.push_back(t < length ? static_cast<float>(rng.normal()) : 0);
    }
    samples.target.codes.push_back(kind);
    dataset.rows[i < count * 5 / 8 ? 0 : 1].push_back(i);
  }
  samples.target.classes = {"slow", "fast"};
  samples.target.name = "wave";
  return dataset;
}

/// y = 3 x1 - 2 x2 + 10 on 300 rows.
inline data::Dataset plane() {
  data::Dataset dataset;
  data::Samples& samples = dataset.samples;
  samples.count = 300;
  data::Column a{"a", data::ColumnType::kNumber, {}, {}, {}},
      b{"b", data::ColumnType::kNumber, {}, {}, {}};
  Rng rng(7, "plane");
  for (std::int64_t i = 0; i < samples.count; ++i) {
    a.numbers.push_back(rng.uniform(-5, 5));
    b.numbers.push_back(rng.uniform(100, 200));
    samples.target.values.push_back(3 * a.numbers.back() - 2 * b.numbers.back() + 10);
    dataset.rows[i < 200 ? 0 : i < 250 ? 1 : 2].push_back(i);
  }
  samples.target.is_class = false;
  samples.target.name = "y";
  samples.table.columns = {a, b};
  samples.table.rows = samples.count;
  return dataset;
}

inline training::SupervisedProblem problem(const data::Dataset& dataset,
                                           const std::string& layer_yaml, std::uint64_t seed = 1) {
  training::SupervisedProblem problem;
  problem.dataset = &dataset;
  problem.layers = layers(layer_yaml);
  problem.seed = seed;
  problem.fit_rows = dataset.part(data::Part::kTrain);
  problem.coding.name = dataset.samples.target.name;
  if (dataset.samples.target.is_class) {
    problem.coding.task = "classification";
    problem.coding.classes = dataset.samples.target.classes;
    problem.loss = "cross-entropy";
  } else {
    problem.coding.task = "regression";
    problem.coding.mean = -290;
    problem.coding.deviation = 60;
    problem.loss = "mse";
  }
  return problem;
}

inline training::FitOptions fit_options(const data::Dataset& dataset, std::int64_t epochs) {
  training::FitOptions options;
  options.training.epochs = epochs;
  options.training.batch_size = 32;
  options.training.learning_rate = 0.01;
  options.train_rows = dataset.part(data::Part::kTrain);
  options.validation_rows = dataset.part(data::Part::kValidation);
  options.metric = dataset.samples.target.is_class ? "accuracy" : "rmse";
  options.label = "fit";
  options.progress_seconds = 0;  // tests count batches by their reports
  return options;
}

}  // namespace dlwork::testing
