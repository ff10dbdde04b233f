#pragma once

#include <functional>
#include <string>
#include <vector>

#include "dlwork/data/dataset.h"
#include "dlwork/training/learner.h"
#include "model/torch.h"

namespace dlwork::task {

/// The part of pictures, [.., H, W], whose sides `factor` divides: what is past the last whole
/// multiple is left out.
torch::Tensor whole_multiples(const torch::Tensor& pictures, std::int64_t factor);
/// Each pixel the mean of a square of factor x factor: [N, C, H, W] -> [N, C, H / factor, W /
/// factor].
torch::Tensor made_smaller(const torch::Tensor& pictures, std::int64_t factor);

/// Pixels as shares of 255: [count, C, H, W] float32, of whole multiples of the factor.
torch::Tensor true_pictures(const data::Samples& samples, const std::int64_t* rows,
                            std::int64_t count, std::int64_t factor);

/// Enlargement without learning: "nearest", "bilinear" or "bicubic" (with half-pixel centres),
/// which may overshoot.
torch::Tensor plainly_enlarged(const torch::Tensor& small, std::int64_t factor,
                               const std::string& mode);
/// Figures of pictures that were made smaller and enlarged so, by row (training::picture_figures).
training::Outputs figures_of_plain(const data::Samples& samples,
                                   const std::vector<std::int64_t>& rows, std::int64_t factor,
                                   const std::string& mode);

}  // namespace dlwork::task
