#include "training/shards.h"

#include <algorithm>

#include "dlwork/base/json.h"

namespace dlwork::training {

Shard shard_of(const Shard& whole, int rank, int size) {
  return {whole.begin + whole.count() * rank / size,
          whole.begin + whole.count() * (rank + 1) / size};
}

double weight_share(const torch::Tensor& class_weights, const data::Target& target,
                    const std::vector<std::int64_t>& order, const Shard& part, const Shard& whole) {
  if (!class_weights.defined()) {
    return static_cast<double>(part.count()) / static_cast<double>(whole.count());
  }
  const auto weights = class_weights.to(torch::kCPU);
  const auto sum = [&](const Shard& of) {
    double total = 0;
    for (std::int64_t i = of.begin; i < of.end; ++i) {
      total += weights.data_ptr<float>()[target.codes[order[i]]];
    }
    return total;
  };
  return sum(part) / sum(whole);
}

void Team::agree(const std::string& identity, const std::string& label) const {
  if (alone()) return;
  const auto all = group_->gather(identity);
  for (int other = 1; other < size(); ++other) {
    if (all[static_cast<std::size_t>(other)] == all[0]) continue;
    throw Error(ExitStatus::kInput,
                label + ": process " + std::to_string(other) +
                    " has other settings, data or another seed than process 0",
                "all processes must read the same project file and data");
  }
}

void Team::begin_with(const std::vector<torch::Tensor>& tensors) const {
  if (alone()) return;
  const torch::NoGradGuard no_grad;
  for (auto tensor : tensors) {
    const auto plain = tensor.contiguous();
    group_->broadcast(plain);
    tensor.copy_(plain);
  }
}

double Team::sum(double value) const {
  if (alone()) return value;
  std::vector<double> values{value};
  group_->sum(values);
  return values[0];
}

Outputs Team::gather(Outputs own, const std::vector<Shard>& places, std::int64_t rows) const {
  if (alone()) return own;
  Outputs all{rows, own.columns,
              std::vector<float>(static_cast<std::size_t>(rows * own.columns), 0)};
  const float* from = own.values.data();
  for (const Shard& place : places) {
    const std::int64_t count = place.count() * own.columns;
    std::copy_n(from, count, all.values.data() + place.begin * own.columns);
    from += count;
  }
  if (rows == 0) return all;
  // Rows of others are 0 here, so the sum puts each one's beside the others', exactly.
  group_->start_sum(torch::from_blob(all.values.data(), {rows * own.columns}, torch::kFloat32));
  group_->wait();
  return all;
}

Outputs Team::pick(const Outputs& all, const std::vector<Shard>& places) {
  Outputs own{0, all.columns, {}};
  for (const Shard& place : places) {
    own.rows += place.count();
    own.values.insert(own.values.end(), all.row(place.begin), all.row(place.end));
  }
  return own;
}

std::vector<std::uint64_t> Team::gather_streams(const std::vector<std::uint64_t>& own) const {
  if (alone()) return own;
  std::vector<std::uint64_t> all;
  for (const std::string& text : group_->gather(Json(own).dump())) {
    for (const auto& word : Json::parse(text)) all.push_back(word.get<std::uint64_t>());
  }
  return all;
}

std::vector<std::uint64_t> Team::own_stream(const std::vector<std::uint64_t>& all) const {
  const auto length = static_cast<std::ptrdiff_t>(all.size()) / size();
  return {all.begin() + rank() * length, all.begin() + (rank() + 1) * length};
}

}  // namespace dlwork::training
