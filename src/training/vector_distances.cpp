#include "training/vector_distances.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <limits>

#include "model/torch.h"

namespace dlwork::training {
namespace {

/// Distances that are held at once.
constexpr std::int64_t kHeldDistances = std::int64_t{1} << 22;
/// A squared distance below this share of the vectors' own squares is rounding alone.
constexpr double kRoundingShare = 1e-13;

/// Of the rows from `begin` to all of `vectors`, [count, rows].
torch::Tensor squared_distances(const torch::Tensor& vectors, const torch::Tensor& squares,
                                std::int64_t begin, std::int64_t count) {
  const auto own = squares.narrow(0, begin, count).unsqueeze(1) + squares.unsqueeze(0);
  const auto products = torch::mm(vectors.narrow(0, begin, count), vectors.transpose(0, 1));
  const auto squared = own - 2 * products;
  const auto clean = squared.masked_fill(squared < kRoundingShare * own, 0);
  constexpr double kInfinite = std::numeric_limits<float>::infinity();
  return torch::nan_to_num(clean.to(torch::kFloat32), kInfinite, kInfinite).contiguous();
}

}  // namespace

void visit_distances(const Outputs& outputs,
                     const std::function<void(std::int64_t row, const float* squared)>& visit) {
  const torch::NoGradGuard no_grad;
  const auto raw = torch::from_blob(const_cast<float*>(outputs.values.data()),
                                    {outputs.rows, outputs.columns}, torch::kFloat32)
                       .to(torch::kFloat64);
  const auto vectors = raw - raw.mean(0, true);  // far from 0 a difference would lose digits
  const auto squares = vectors.square().sum(1);
  const auto at_once = kHeldDistances / std::max<std::int64_t>(1, outputs.rows) + 1;
  for (std::int64_t begin = 0; begin < outputs.rows; begin += at_once) {
    const std::int64_t count = std::min(at_once, outputs.rows - begin);
    const auto block = squared_distances(vectors, squares, begin, count);
    const float* squared = block.data_ptr<float>();
    at::parallel_for(0, count, 1, [&](std::int64_t first, std::int64_t end) {
      for (std::int64_t i = first; i < end; ++i) visit(begin + i, squared + i * outputs.rows);
    });
  }
}

}  // namespace dlwork::training
