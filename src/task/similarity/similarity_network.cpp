#include "task/similarity/similarity_network.h"

#include <algorithm>
#include <limits>
#include <map>

#include "dlwork/spec/task_names.h"
#include "task/similarity/class_batches.h"
#include "training/supervised_learner.h"
#include "training/triplets.h"

namespace dlwork::task {
namespace {

using training::NetworkBatch;
using Rows = std::vector<std::int64_t>;

torch::Tensor as_tensor(const Rows& places, const torch::Device& device) {
  return torch::tensor(torch::ArrayRef<std::int64_t>(places), torch::kInt64).to(device);
}

spec::Triplets triplets_from(const Json& json) {
  spec::Triplets triplets;
  json.at("margin").get_to(triplets.margin);
  json.at("mining").get_to(triplets.mining);
  json.at("samples").get_to(triplets.samples);
  json.at("unit_length").get_to(triplets.unit_length);
  return triplets;
}

/// The place of each row in `rows`.
Rows places_of(const Rows& wanted, const Rows& rows) {
  std::map<std::int64_t, std::int64_t> place;
  for (std::size_t i = 0; i < rows.size(); ++i) place[rows[i]] = static_cast<std::int64_t>(i);
  Rows places;
  for (const auto row : wanted) places.push_back(place.at(row));
  return places;
}

}  // namespace

Json similarity_settings(const spec::Project& project, const data::Target& target) {
  const auto& training = project.training;
  return {
      {"classes", target.classes},
      {"margin", training.triplets.margin},
      {"mining", training.triplets.mining},
      {"samples", training.triplets.samples},
      {"unit_length", training.triplets.unit_length},
      {"batch_size", training.batch_size > 0 ? training.batch_size : spec::Training().batch_size}};
}

SimilarityNetwork::SimilarityNetwork(training::NetworkBlueprint made, const data::Dataset* dataset,
                                     const RunContext& run)
    : NetworkLearner(std::move(made), dataset, run),
      classes_(blueprint().own.at("classes").get<std::vector<std::string>>()),
      triplets_(triplets_from(blueprint().own)),
      batch_size_(blueprint().own.at("batch_size").get<std::int64_t>()),
      has_dataset_(dataset != nullptr) {
  if (output_shape().size() != 1) {
    refuse_end("and a sample's place is a vector",
               "add global_avg_pool or flatten, and a linear layer of the vector's width");
  }
  if (width() < 2 && triplets_.unit_length) {
    refuse_end("and of length 1 there are no more than two such numbers",
               "give it a width of 2 or more, or set training.triplets.unit_length: false");
  }
  const auto count = static_cast<std::int64_t>(classes_.size());
  centres_ = torch::full({count, width()}, std::numeric_limits<float>::quiet_NaN());
}

torch::Tensor SimilarityNetwork::vectors_of(const torch::Tensor& values) const {
  if (!triplets_.unit_length) return values;
  return values / values.norm(2, 1, true).clamp_min(1e-12);
}

torch::Tensor SimilarityNetwork::codes_of(const Rows& rows) const {
  Rows codes;
  for (const auto row : rows) codes.push_back(dataset().samples.target.codes[row]);
  return as_tensor(codes, device());
}

torch::Tensor SimilarityNetwork::loss(const model::Inputs& outputs,
                                      const NetworkBatch& batch) const {
  const auto vectors = vectors_of(outputs.values);
  const auto codes = codes_of(batch.rows);
  const auto total = static_cast<std::int64_t>(batch.rows.size());
  if (total < 2 * batch_size_) return training::mined_triplet_loss(vectors, codes, triplets_);
  // Among more samples the hardest are harder: only batches of one size have losses that compare.
  Rng rng(0, "judged triplets");
  const auto order =
      class_order(dataset().samples.target, batch.rows, batch_size_, triplets_.samples, rng);
  const auto places = as_tensor(places_of(order, batch.rows), device());
  auto sum = torch::zeros({}, vectors.options());
  const std::int64_t batches = total / batch_size_;
  for (std::int64_t i = 0; i < batches; ++i) {
    const auto some = places.narrow(0, i * batch_size_, batch_size_);
    sum = sum + training::mined_triplet_loss(vectors.index_select(0, some),
                                             codes.index_select(0, some), triplets_);
  }
  return sum / static_cast<double>(batches);
}

training::Outputs SimilarityNetwork::describe(const model::Inputs& outputs, const NetworkBatch&,
                                              const data::Samples&) const {
  training::Outputs said;
  training::append(said, vectors_of(outputs.values));
  return said;
}

Rows SimilarityNetwork::order(Rows rows, std::int64_t batch_size, Rng& rng) const {
  if (batch_size < 2 * triplets_.samples) {
    throw Error(ExitStatus::kUsage,
                Diagnostic{{},
                           "training.batch_size",
                           "a batch of " + std::to_string(batch_size) +
                               " has no room for two classes with " +
                               std::to_string(triplets_.samples) + " samples each",
                           "raise it, or lower training.triplets.samples"});
  }
  const auto& target = dataset().samples.target;
  if (!has_triplets(target, rows)) {
    throw Error(ExitStatus::kInput,
                "the training samples have no two of one class and one of another to compare",
                "collect more samples of each class");
  }
  return class_order(target, rows, batch_size, triplets_.samples, rng);
}

std::vector<training::LayerReport> SimilarityNetwork::inspect(const Rows& rows) {
  Rng rng(0, "inspected rows");
  return NetworkLearner::inspect(
      class_order(dataset().samples.target, rows, batch_size_, triplets_.samples, rng));
}

torch::Tensor SimilarityNetwork::centres() {
  if (!has_dataset_) return centres_;
  const auto& rows = dataset().part(data::Part::kTrain);
  const auto count = static_cast<std::int64_t>(classes_.size());
  auto sums = torch::zeros({count, width()}, torch::kFloat64);
  pass(dataset().samples, rows, [&](const model::Inputs& outputs, const NetworkBatch& batch) {
    sums.index_add_(0, codes_of(batch.rows).to(torch::kCPU),
                    vectors_of(outputs.values).to(torch::kCPU, torch::kFloat64));
  });
  const auto counts = torch::bincount(codes_of(rows).to(torch::kCPU), {}, count);
  centres_ = (sums / counts.unsqueeze(1)).to(torch::kFloat32);  // 0 by 0 is NaN
  return centres_;
}

training::NamedTensors SimilarityNetwork::stored() {
  auto all = tensors();
  all.push_back({"class centres", centres_});
  return all;
}

void SimilarityNetwork::save(const std::filesystem::path& file) {
  centres();
  training::write_own_model(file, spec::tasks::similarity, training::to_json(blueprint()),
                            stored());
}

std::unique_ptr<SimilarityNetwork> SimilarityNetwork::load(const std::filesystem::path& file,
                                                           RunContext& run) {
  auto network = training::load_network<SimilarityNetwork>(file, spec::tasks::similarity, run);
  training::read_own_model(file, spec::tasks::similarity).fill(file, network->stored());
  return network;
}

}  // namespace dlwork::task
