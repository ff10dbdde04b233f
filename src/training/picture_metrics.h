#pragma once

#include "dlwork/training/learner.h"
#include "model/torch.h"

namespace dlwork::training {

/// Peak signal-to-noise ratio in dB of pictures of any one shape, values 0 to `peak`; infinite
/// where they are equal.
double psnr(const torch::Tensor& picture, const torch::Tensor& reference, double peak = 1);

/// Structural similarity, the mean over pictures, channels and all places of a whole 11 x 11
/// Gaussian window of deviation 1.5 (Wang, Bovik, Sheikh and Simoncelli 2004, eq. 13; K1 0.01, K2
/// 0.03). [N, C, H, W] float32. Of pictures with a side below 11 the window is the largest that has
/// a middle and fits.
double ssim(const torch::Tensor& pictures, const torch::Tensor& references, double peak = 1);

/// Of each picture by itself, for the metrics psnr and ssim: its mean squared error as a share of
/// the squared peak, and its structural similarity. [N, C, H, W] -> [N, 2].
Outputs picture_figures(const torch::Tensor& pictures, const torch::Tensor& references,
                        double peak = 1);

}  // namespace dlwork::training
