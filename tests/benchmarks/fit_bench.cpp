// fit_bench CASE THREADS [EPOCHS [FOLDER]]: trains a network of random data as `dlwork baseline`
// would, and prints one line of JSON: microseconds a step, of the whole loop, and where they went;
// `data_share` is the share of all time that was spent on waiting for batches.
// `cpu_us` is what the process itself was given of them, which other programs on the machine change
// little. With FOLDER a tenth of the rows is validated on and TensorBoard's events go there; none
// for "-". `members` trains eight networks as an ensemble does: a step is one of each.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "dlwork/base/json.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/rng.h"
#include "dlwork/training/supervised.h"
#include "dlwork/training/together.h"
#include "support/layers.h"

namespace {

using namespace dlwork;

struct Case {
  const char* name;
  const char* layers;
  std::int64_t rows, batch;
  std::int64_t columns;         ///< of a table; 0: pictures
  std::int64_t channels, side;  ///< of pictures
  std::int64_t steps = 0;       ///< of series, of `channels` each
  int members = 1;              ///< networks trained together
  const char* precision = "float32";
};

constexpr char kWideConvolutions[] =
    "[{conv2d: 64}, relu, {max_pool2d: 2}, {conv2d: 128}, relu, {max_pool2d: 2}, {linear: 128}, "
    "relu]";
constexpr Case kCases[] = {
    {"mlp-small", "[{linear: 64}, relu, {linear: 64}, relu]", 9600, 32, 32, 0, 0},
    {"mlp-256", "[{linear: 256}, relu, {linear: 256}, relu]", 12800, 128, 64, 0, 0},
    {"cnn-28",
     "[{conv2d: 16}, relu, {max_pool2d: 2}, {conv2d: 32}, relu, {max_pool2d: 2}, {linear: 128}, "
     "relu]",
     1920, 64, 0, 1, 28},
    {"cnn-32", kWideConvolutions, 640, 64, 0, 3, 32},
    {"cnn-32-bf16", kWideConvolutions, 640, 64, 0, 3, 32, 0, 1, "bfloat16"},
    {"feed", "[flatten]", 60000, 128, 0, 1, 28},
    {"members", "[{linear: 64}, relu, {linear: 64}, relu]", 9600, 32, 32, 0, 0, 0, 8},
    {"gru", "[{gru: 128}]", 640, 32, 0, 40, 0, 100},
    {"lstm", "[{lstm: 128}]", 640, 32, 0, 40, 0, 100},
};

/// Seconds of processor time of all threads.
double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

data::Dataset make_data(const Case& of) {
  data::Dataset dataset;
  data::Samples& samples = dataset.samples;
  samples.count = of.rows;
  Rng rng(1, "bench");
  for (int c = 0; c < 10; ++c) samples.target.classes.push_back(std::to_string(c));
  samples.target.name = "class";
  for (std::int64_t i = 0; i < of.rows; ++i) {
    samples.target.codes.push_back(static_cast<std::int32_t>(rng.below(10)));
    dataset.rows[0].push_back(i);
  }
  if (of.steps > 0) {
    samples.kind = data::Kind::kSequence;
    samples.sequences.count = of.rows;
    samples.sequences.steps = of.steps;
    samples.sequences.channels = of.channels;
    samples.sequences.lengths.assign(static_cast<std::size_t>(of.rows),
                                     static_cast<std::int32_t>(of.steps));
    samples.sequences.values.resize(static_cast<std::size_t>(of.rows * of.steps * of.channels));
    for (auto& value : samples.sequences.values) value = static_cast<float>(rng.normal());
    return dataset;
  }
  if (of.columns == 0) {
    samples.kind = data::Kind::kImage;
    samples.pictures = {of.rows, of.channels, of.side, of.side, {}};
    samples.pictures.pixels.resize(static_cast<std::size_t>(of.rows * samples.pictures.size()));
    for (auto& pixel : samples.pictures.pixels) pixel = static_cast<std::uint8_t>(rng.below(256));
    return dataset;
  }
  samples.table.rows = of.rows;
  for (std::int64_t c = 0; c < of.columns; ++c) {
    data::Column column{"x" + std::to_string(c), data::ColumnType::kNumber, {}, {}, {}};
    for (std::int64_t i = 0; i < of.rows; ++i) column.numbers.push_back(rng.normal());
    samples.table.columns.push_back(column);
  }
  return dataset;
}

std::unique_ptr<training::Learner> make_learner(const data::Dataset& dataset, const Case& of,
                                                std::uint64_t seed, RunContext& run) {
  training::SupervisedProblem problem;
  problem.dataset = &dataset;
  problem.layers = testing::layers(of.layers);
  problem.seed = seed;
  problem.fit_rows = dataset.part(data::Part::kTrain);
  problem.coding.task = "classification";
  problem.coding.classes = dataset.samples.target.classes;
  problem.loss = "cross-entropy";
  return training::make_supervised(std::move(problem), run);
}

training::FitOptions options_of(const data::Dataset& dataset, const Case& of, std::int64_t epochs) {
  training::FitOptions options;
  options.training.epochs = epochs;
  options.training.batch_size = of.batch;
  options.training.optimizer = "adam";
  options.training.learning_rate = 1e-4;
  options.training.precision = of.precision;
  options.train_rows = dataset.part(data::Part::kTrain);
  options.metric = "accuracy";
  return options;
}

/// A step of all members, as the ensemble phase trains them.
int measure_members(const Case& of, int threads, std::int64_t epochs) {
  training::set_up_threads(threads);
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  const auto dataset = make_data(of);
  std::vector<std::unique_ptr<training::Learner>> learners;
  std::vector<training::Fitting> fittings;
  for (int i = 0; i < of.members; ++i) {
    learners.push_back(make_learner(dataset, of, static_cast<std::uint64_t>(i) + 1, run));
    fittings.push_back({learners.back().get(), options_of(dataset, of, epochs)});
  }
  std::string path;
  double steps = 0;
  const double start = monotonic_seconds(), processor = processor_seconds();
  training::fit_together(
      fittings,
      [&](std::size_t, const training::FitReport& report) {
        path = report.path;
        steps = static_cast<double>(report.history.back().steps);
      },
      run);
  std::printf("%s\n", Json({{"case", of.name},
                            {"path", path},
                            {"threads", threads},
                            {"us_per_step", 1e6 * (monotonic_seconds() - start) / steps},
                            {"cpu_us", 1e6 * (processor_seconds() - processor) / steps}})
                          .dump()
                          .c_str());
  return 0;
}

int measure(const Case& of, int threads, std::int64_t epochs, const std::string& folder) {
  training::set_up_threads(threads);
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  const auto dataset = make_data(of);
  const auto learner = make_learner(dataset, of, 1, run);
  auto options = options_of(dataset, of, epochs);
  if (!folder.empty()) {
    options.validation_rows.assign(options.train_rows.begin(),
                                   options.train_rows.begin() + of.rows / 10);
    if (folder != "-") options.events_folder = folder;
  }
  const double before = processor_seconds();
  // The first epoch also sets up, and is left out.
  double first_end = 0, last_end = 0;
  options.after_epoch = [&](const training::EpochRecord& record) {
    last_end = processor_seconds();
    if (record.epoch == 1) first_end = last_end;
    return training::AfterEpoch::kGoOn;
  };
  const auto report = learner->fit(options, run);
  const double processor = processor_seconds() - before;
  const auto& first = report.history.front();
  const auto& last = report.history.back();
  const double steps = static_cast<double>(last.steps - first.steps);
  const double all = static_cast<double>(last.steps);
  std::printf("%s\n", Json({{"case", of.name},
                            {"path", report.path},
                            {"threads", threads},
                            {"seconds", last.seconds},
                            {"processor_seconds", processor},
                            {"us_per_step", 1e6 * (last.seconds - first.seconds) / steps},
                            {"cpu_us", 1e6 * (last_end - first_end) / steps},
                            {"data", 1e6 * report.times.data / all},
                            {"data_share", report.times.data / last.seconds},
                            {"forward", 1e6 * report.times.forward / all},
                            {"backward", 1e6 * report.times.backward / all},
                            {"optimizer", 1e6 * report.times.optimizer / all},
                            {"event_seconds", report.times.events}})
                          .dump()
                          .c_str());
  return 0;
}

}  // namespace

int main(int count, char** words) {
  for (const Case& of : kCases) {
    if (count >= 3 && std::string(words[1]) == of.name) {
      if (of.members > 1)
        return measure_members(of, std::atoi(words[2]), count > 3 ? std::atoi(words[3]) : 11);
      return measure(of, std::atoi(words[2]), count > 3 ? std::atoi(words[3]) : 11,
                     count > 4 ? words[4] : "");
    }
  }
  std::fprintf(stderr, "usage: fit_bench CASE THREADS [EPOCHS [FOLDER]]; cases:");
  for (const Case& of : kCases) std::fprintf(stderr, " %s", of.name);
  std::fprintf(stderr, "\n");
  return 2;
}
