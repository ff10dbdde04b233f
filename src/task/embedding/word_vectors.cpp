#include "task/embedding/word_vectors.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"
#include "training/supervised_learner.h"

namespace dlwork::task {
namespace {

/// Pairs whose scores are worked out at once.
constexpr std::int64_t kScoredPairs = 8192;
/// Lines whose loss gives the gradients that are looked at.
constexpr std::ptrdiff_t kLookedAtLines = 128;

/// Uniform within half a step of 1 / dimension, as word2vec draws the first vectors.
torch::Tensor first_vectors(std::int64_t words, std::int64_t dimension, std::uint64_t seed,
                            const char* purpose) {
  Rng rng(seed, purpose);
  auto vectors = torch::empty({words, dimension}, torch::kFloat32);
  float* values = vectors.data_ptr<float>();
  for (std::int64_t i = 0; i < vectors.numel(); ++i) {
    values[i] = static_cast<float>(rng.uniform(-0.5, 0.5) / static_cast<double>(dimension));
  }
  return vectors;
}

torch::Tensor as_tensor(const std::vector<std::int64_t>& values) {
  return torch::tensor(torch::ArrayRef<std::int64_t>(values), torch::kInt64);
}

}  // namespace

WordVectors::WordVectors(Vocabulary vocabulary, std::int64_t dimension, std::uint64_t seed,
                         const data::Dataset* dataset, const std::string& device)
    : vocabulary_(std::move(vocabulary)),
      seed_(seed),
      dataset_(dataset),
      middle_(first_vectors(vocabulary_.size(), dimension, seed, "word vectors")
                  .to(torch::Device(device))
                  .requires_grad_(true)),
      beside_(first_vectors(vocabulary_.size(), dimension, seed, "neighbour vectors")
                  .to(torch::Device(device))
                  .requires_grad_(true)) {}

training::NamedTensors WordVectors::tensors() const {
  return {{"word_vectors", middle_}, {"neighbour_vectors", beside_}};
}

const data::Dataset& WordVectors::dataset() const {
  DLWORK_ASSERT(dataset_ != nullptr, "vectors read from a file have no training data");
  return *dataset_;
}

torch::Tensor WordVectors::loss(const torch::Tensor& middle, const torch::Tensor& beside,
                                const torch::Tensor& centres, const torch::Tensor& others) const {
  const auto at = torch::embedding(middle, centres).unsqueeze(2);                     // [B, D, 1]
  const auto products = torch::bmm(torch::embedding(beside, others), at).squeeze(2);  // [B, 1 + k]
  // -log sigmoid(s) = softplus(-s), and -log sigmoid(-s) = softplus(s).
  const auto truth = torch::softplus(-products.select(1, 0));
  const auto drawn = torch::softplus(products.slice(1, 1)).sum(1);
  return (truth + drawn).mean();
}

std::vector<float> WordVectors::scores(const Neighbours& neighbours) const {
  const torch::NoGradGuard no_grad;
  const std::int64_t width = 1 + neighbours.drawn;
  const auto centres = as_tensor(neighbours.centres).to(middle_.device());
  const auto others = as_tensor(neighbours.others).reshape({-1, width}).to(middle_.device());
  std::vector<float> scores;
  scores.reserve(neighbours.others.size());
  for (std::int64_t begin = 0; begin < neighbours.pairs(); begin += kScoredPairs) {
    const std::int64_t count = std::min(kScoredPairs, neighbours.pairs() - begin);
    const auto at = torch::embedding(middle_, centres.narrow(0, begin, count)).unsqueeze(2);
    const auto some = torch::bmm(torch::embedding(beside_, others.narrow(0, begin, count)), at)
                          .to(torch::kCPU)
                          .contiguous();
    const float* values = some.data_ptr<float>();
    scores.insert(scores.end(), values, values + some.numel());
  }
  return scores;
}

training::Outputs WordVectors::predict(const data::Samples& samples,
                                       const std::vector<std::int64_t>& rows) {
  const Neighbours neighbours = judged_neighbours(vocabulary_, samples, rows);
  return preferences(neighbours, scores(neighbours));
}

void WordVectors::take_gradients(const std::vector<std::int64_t>& rows) {
  for (auto [name, tensor] : tensors()) {
    if (tensor.grad().defined()) tensor.mutable_grad().zero_();
  }
  const auto count = std::min<std::ptrdiff_t>(kLookedAtLines, rows.end() - rows.begin());
  const std::vector<std::int64_t> some(rows.begin(), rows.begin() + count);
  const Neighbours seen = judged_neighbours(vocabulary_, dataset().samples, some);
  if (seen.pairs() == 0) return;
  const auto device = middle_.device();
  loss(middle_, beside_, as_tensor(seen.centres).to(device),
       as_tensor(seen.others).reshape({-1, 1 + seen.drawn}).to(device))
      .backward();
}

std::vector<training::LayerReport> WordVectors::inspect(const std::vector<std::int64_t>& rows) {
  take_gradients(rows);
  const torch::NoGradGuard no_grad;
  const WordVectors start(vocabulary_, middle_.size(1), seed_, nullptr, "cpu");
  const auto then = start.tensors();
  std::vector<training::LayerReport> reports;
  for (const auto& [name, tensor] : tensors()) {
    const auto now = tensor.detach().to(torch::kCPU);
    const auto& first = then[reports.size()].second;
    training::LayerReport report;
    report.name = std::to_string(reports.size()) + " " + name;
    report.output = "[" + std::to_string(now.size(1)) + "]";
    report.parameters = now.numel();
    report.activation_mean = now.mean().item<double>();
    report.activation_deviation = report.weight_deviation = now.std().item<double>();
    report.moved = (now - first).norm().item<double>() / first.norm().item<double>();
    if (tensor.grad().defined()) {
      report.gradient_deviation = tensor.grad().std().item<double>();
    }
    report.activation_bytes = now.size(1) * static_cast<std::int64_t>(sizeof(float));
    reports.push_back(report);
  }
  return reports;
}

void WordVectors::save(const std::filesystem::path& file) {
  const Json blueprint = {
      {"vocabulary", vocabulary_.to_json()}, {"dimension", middle_.size(1)}, {"seed", seed_}};
  training::write_own_model(file, spec::tasks::embedding, blueprint, tensors());
}

std::unique_ptr<WordVectors> WordVectors::load(const std::filesystem::path& file, RunContext& run) {
  const auto stored = training::read_own_model(file, spec::tasks::embedding);
  std::unique_ptr<WordVectors> vectors;
  try {
    Vocabulary vocabulary(stored.blueprint.at("vocabulary"));
    const auto dimension = stored.blueprint.at("dimension").get<std::int64_t>();
    // The file claims the size, and must hold it before memory is taken for it.
    const auto* held = stored.content.find("word_vectors");
    if (held == nullptr || held->shape != std::vector<std::int64_t>{vocabulary.size(), dimension}) {
      training::not_a_model(file, "its vectors do not fit its vocabulary");
    }
    vectors = std::make_unique<WordVectors>(std::move(vocabulary), dimension,
                                            stored.blueprint.at("seed").get<std::uint64_t>(),
                                            nullptr, run.device);
  } catch (const Json::exception& problem) {
    training::not_a_model(file, problem.what());
  }
  stored.fill(file, vectors->tensors());
  return vectors;
}

torch::Tensor WordVectors::unit_vectors() const {
  const torch::NoGradGuard no_grad;
  const auto vectors = middle_.detach().to(torch::kCPU);
  return vectors / vectors.norm(2, 1, true).clamp_min(1e-12);
}

std::vector<NearWord> near_words(const Vocabulary& vocabulary,
                                 const std::vector<torch::Tensor>& unit_vectors,
                                 const std::vector<double>& weights,
                                 const std::vector<std::int32_t>& codes, std::int64_t most) {
  if (codes.empty()) return {};
  auto similarity = torch::zeros({vocabulary.size()}, torch::kFloat32);
  for (std::size_t m = 0; m < unit_vectors.size(); ++m) {
    std::vector<std::int64_t> rows(codes.begin(), codes.end());
    auto wanted = unit_vectors[m].index_select(0, as_tensor(rows)).mean(0);
    wanted = wanted / wanted.norm().clamp_min(1e-12);
    similarity += unit_vectors[m].mv(wanted) * weights[m];
  }
  const float* values = similarity.data_ptr<float>();
  std::vector<std::int64_t> order;
  for (std::int64_t code = 0; code < vocabulary.size(); ++code) {
    if (std::find(codes.begin(), codes.end(), code) == codes.end()) order.push_back(code);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t a, std::int64_t b) { return values[a] > values[b]; });
  std::vector<NearWord> near;
  for (const auto code : order) {
    if (static_cast<std::int64_t>(near.size()) == most) break;
    near.push_back({vocabulary.word(code), values[code]});
  }
  return near;
}

std::int64_t vector_length(const spec::Model& model) {
  const auto* tokens = model.layers.size() == 1
                           ? std::get_if<spec::TokenEmbedding>(&model.layers.front().options)
                           : nullptr;
  if (tokens == nullptr) {
    throw Error(ExitStatus::kUsage,
                Diagnostic{{},
                           "model.layers",
                           "word vectors are one layer, token_embedding, and there are others",
                           "write layers: [token_embedding: 32]"});
  }
  return tokens->dimension;
}

}  // namespace dlwork::task
