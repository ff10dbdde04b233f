#include "training/sound_networks.h"

#include <map>

namespace dlwork::training {
namespace {

/// Columns of numbers; the first rows are for training.
data::Dataset table(std::vector<data::Column> columns, std::int64_t rows) {
  data::Dataset dataset;
  data::Samples& samples = dataset.samples;
  samples.count = samples.table.rows = rows;
  samples.table.columns = std::move(columns);
  samples.files = {"table.csv"};
  samples.file_index.assign(rows, 0);
  for (std::int64_t i = 0; i < rows; ++i) {
    samples.record.push_back(i + 2);
    dataset.rows[i < rows * 3 / 5 ? 0 : i < rows * 4 / 5 ? 1 : 2].push_back(i);
  }
  return dataset;
}

data::Column numbers(const std::string& name) {
  return {name, data::ColumnType::kNumber, {}, {}, {}};
}

/// Clouds about centres in ten dimensions, of classes as frequent as `shares` says.
data::Dataset blobs(const std::vector<double>& shares, std::int64_t rows, double spread) {
  Rng rng(11, "blobs");
  std::vector<data::Column> columns;
  for (int c = 0; c < 10; ++c) columns.push_back(numbers("x" + std::to_string(c)));
  std::vector<std::vector<double>> centres(shares.size(), std::vector<double>(10));
  for (auto& centre : centres) {
    for (double& x : centre) x = rng.normal();
  }
  std::vector<std::int32_t> codes;
  for (std::int64_t i = 0; i < rows; ++i) {
    double left = rng.uniform(0, 1);
    std::size_t k = 0;
    while (k + 1 < shares.size() && left > shares[k]) left -= shares[k++];
    codes.push_back(static_cast<std::int32_t>(k));
    for (int c = 0; c < 10; ++c)
      columns[c].numbers.push_back(100 * (centres[k][c] + spread * rng.normal()));
  }
  auto dataset = table(std::move(columns), rows);
  dataset.samples.target.name = "kind";
  dataset.samples.target.codes = std::move(codes);
  for (std::size_t k = 0; k < shares.size(); ++k)
    dataset.samples.target.classes.push_back("c" + std::to_string(k));
  return dataset;
}

/// Sales by shop and weekday, two columns of categories, and a price.
data::Dataset shops() {
  Rng rng(12, "shops");
  data::Column shop{"shop", data::ColumnType::kCategory, {}, {}, {}}, day = shop,
                                                                      price = numbers("price");
  day.name = "day";
  for (int k = 0; k < 20; ++k) shop.categories.push_back("s" + std::to_string(k));
  for (int k = 0; k < 7; ++k) day.categories.push_back("d" + std::to_string(k));
  std::vector<std::int32_t> codes;
  for (int i = 0; i < 500; ++i) {
    shop.codes.push_back(static_cast<std::int32_t>(rng.below(20)));
    day.codes.push_back(static_cast<std::int32_t>(rng.below(7)));
    price.numbers.push_back(rng.uniform(1, 10));
    const double sales =
        shop.codes.back() % 3 + (day.codes.back() > 4 ? 1.5 : 0) - 0.3 * price.numbers.back();
    codes.push_back(sales + 0.3 * rng.normal() > 0 ? 1 : 0);
  }
  auto dataset = table({shop, day, price}, 500);
  dataset.samples.target.name = "sold";
  dataset.samples.target.codes = std::move(codes);
  dataset.samples.target.classes = {"few", "many"};
  return dataset;
}

/// A wave of two of five columns with noise.
data::Dataset waves() {
  Rng rng(13, "waves");
  std::vector<data::Column> columns;
  for (int c = 0; c < 5; ++c) columns.push_back(numbers("x" + std::to_string(c)));
  std::vector<double> values;
  for (int i = 0; i < 400; ++i) {
    for (auto& column : columns) column.numbers.push_back(rng.normal());
    // The problem's coding has mean -290 and deviation 60.
    values.push_back(-290 + 60 * (1.2 * std::sin(2 * columns[0].numbers[i]) +
                                  0.6 * columns[1].numbers[i] + 0.2 * rng.normal()));
  }
  auto dataset = table(std::move(columns), 400);
  dataset.samples.target.is_class = false;
  dataset.samples.target.name = "y";
  dataset.samples.target.values = std::move(values);
  return dataset;
}

}  // namespace

const data::Dataset& sound_data(const std::string& name) {
  static const std::map<std::string, data::Dataset> all = {
      {"moons", testing::two_moons()},
      {"bars", testing::bars()},
      {"plane", testing::plane()},
      {"blobs", blobs({0.2, 0.2, 0.2, 0.2, 0.2}, 500, 0.5)},
      {"rare", blobs({0.93, 0.07}, 600, 0.5)},
      {"shops", shops()},
      {"waves", waves()},
      {"series", testing::waves(9, 400)},
      {"ragged", testing::waves(5, 400)}};
  return all.at(name);
}

std::vector<SoundNetwork> sound_networks() {
  return {
      {"moons", "[{linear: 32}, relu]"},
      {"moons",
       "[{linear: {units: 32, bias: false}}, batch_norm, relu, {dropout: 0.2}, {linear: 16}, "
       "tanh]"},
      {"moons", "[{linear: 32}, layer_norm, gelu]"},
      {"moons", "[{residual: {layers: [{linear: 16}, silu]}}]"},
      {"moons", "[{linear: 64}, relu, {dropout: 0.5}, {linear: 64}, relu, {dropout: 0.5}]"},
      {"blobs",
       "[{linear: {units: 128, bias: false}}, batch_norm, relu, {dropout: 0.2}, "
       "{linear: {units: 64, bias: false}}, batch_norm, relu, {dropout: 0.1}]"},
      {"blobs", "[{linear: 64}, tanh, {linear: 64}, tanh]", 0.003},
      {"blobs", "[{linear: 64}, sigmoid]", 0.01},
      {"blobs", "[]", 0.05},
      {"blobs",
       "[{linear: 64}, relu, {linear: 64}, relu, {linear: 64}, relu, {linear: 64}, relu, {linear: "
       "64}, relu]",
       0.002},
      {"blobs", "[{linear: 64}, relu]", 0.1, "sgd"},
      {"rare", "[{linear: 32}, relu]"},
      {"rare", "[{linear: {units: 64, bias: false}}, batch_norm, relu, {dropout: 0.2}]", 0.004},
      {"rare", "[{linear: 32}, relu]", 0.01, "adam", "balanced"},
      {"shops", "[embedding, {linear: 64}, relu]"},
      {"shops",
       "[{embedding: 4}, {linear: {units: 64, bias: false}}, batch_norm, relu, {dropout: 0.1}]"},
      {"shops", "[{linear: 64}, relu]"},
      {"plane", "[{linear: 32}, relu]"},
      {"plane", "[]", 0.1},
      {"waves", "[{linear: 64}, relu, {linear: 64}, relu]", 0.003},
      {"waves",
       "[{linear: {units: 64, bias: false}}, batch_norm, silu, {residual: {layers: [{linear: 64}, "
       "layer_norm, gelu, {linear: 64}]}}]",
       0.003},
      {"bars",
       "[{conv2d: {channels: 8, bias: false}}, batch_norm, relu, {max_pool2d: 2}, {linear: 16}, "
       "relu]"},
      {"bars",
       "[{conv2d: {channels: 8, bias: false}}, relu, global_avg_pool, {linear: 32}, leaky_relu]"},
      {"bars",
       "[{conv2d: 16}, relu, {max_pool2d: 2}, {conv2d: 32}, relu, {max_pool2d: 2}, flatten, "
       "output]",
       0.003},
      {"bars",
       "[{conv2d: {channels: 16, bias: false}}, {max_pool2d: 2}, batch_norm, relu, {conv2d: "
       "{channels: 32, bias: false}}, "
       "batch_norm, relu, {dropout: 0.2}, flatten, {linear: 64}, relu, {dropout: 0.3}]",
       0.004},
      {"bars",
       "[{conv2d: 8}, relu, {residual: {layers: [{conv2d: {channels: 8, bias: false}}, batch_norm, "
       "relu, {conv2d: {channels: 8, bias: false}}, batch_norm]}}, relu, "
       "{residual: {layers: [{conv2d: {channels: 16, stride: 2}}, relu, {conv2d: 16}]}}, relu, "
       "global_avg_pool]",
       0.003},
      {"series", "[{gru: 16}]"},
      {"ragged", "[{gru: {units: 12, bidirectional: true, layers: 2}}, {linear: 16}, relu]"},
      {"series", "[{lstm: {units: 16, gives: sequence}}, {lstm: 16}]"},
      {"ragged", "[{linear: {units: 8, each_step: true}}, {lstm: 16}]"},
      {"series",
       "[{conv1d: {channels: 16, padding: causal, bias: false}}, batch_norm, relu, {conv1d: "
       "{channels: 16, padding: causal, stride: 2}}, relu, global_avg_pool]"},
      {"ragged",
       "[{conv1d: {channels: 16, bias: false}}, batch_norm, relu, {residual: {layers: [{conv1d: "
       "16}, relu]}}, {max_pool1d: 2}, global_max_pool]"},
      {"ragged",
       "[{conv1d: {channels: 16, stride: 2}}, relu, {conv_transpose1d: {channels: 8, kernel: 3, "
       "bias: false}}, batch_norm, relu, {conv_transpose1d: {channels: 8, padding: valid}}, relu, "
       "global_avg_pool]"},
      {"ragged",
       "[{linear: {units: 16, each_step: true}}, positions, {attention: 2}, relu, "
       "global_avg_pool, {linear: 16}, relu]"},
      {"ragged",
       "[{linear: {units: 16, each_step: true}}, positions, {transformer_encoder: {heads: 2}}, "
       "global_avg_pool]",
       0.003},
      {"series", "[{conv1d: 8}, {group_norm: 2}, relu, flatten, {linear: 16}, relu]"},
      {"bars", "[{conv2d: 8}, layer_norm, silu, {avg_pool2d: 2}, {linear: 32}, gelu]", 0.003},
  };
}

}  // namespace dlwork::training
