#pragma once

#include <cstdint>
#include <vector>

#include "dlwork/base/rng.h"
#include "dlwork/data/preprocess.h"
#include "dlwork/spec/project.h"
#include "model/torch.h"

namespace dlwork::training {

/// How the samples of a batch are mixed with each other. `share` of sample i stays, and of its
/// target; the rest comes from sample partner[i].
///   mixup   x = share x_i + (1 - share) x_j, share ~ Beta(alpha, alpha) (Zhang et al. 2018, eq. 1)
///   cutmix  a box of x_j of area 1 - share (Yun et al. 2019, eq. 1 and 2); share is then counted
///   anew
/// One share a batch. With both on, each batch takes one of them at random.
class Mixture {
 public:
  /// `sizes`: of the batch, [N, ..]. Draws nothing where neither is on.
  Mixture(const spec::Augment& augment, const std::vector<std::int64_t>& sizes, Rng& rng);

  bool mixes() const { return !partner_.empty(); }
  double share() const { return share_; }
  torch::Tensor apply(const torch::Tensor& inputs) const;
  /// Of two mixed sequences as many steps count as the longer one has. Undefined stays so.
  torch::Tensor longest(const torch::Tensor& lengths) const;
  /// Rows of the partners.
  std::vector<std::int64_t> partners(const std::int64_t* rows) const;

 private:
  void draw_box(const std::vector<std::int64_t>& sizes, Rng& rng);
  torch::Tensor order(const torch::Tensor& like) const;

  double share_ = 1;
  std::vector<std::int64_t> partner_;
  bool cuts_ = false;
  std::int64_t top_ = 0, left_ = 0, height_ = 0, width_ = 0;  ///< of the box
};

/// A draw of Beta(alpha, alpha) from two gamma draws (Marsaglia and Tsang 2000).
double draw_beta(double alpha, Rng& rng);

/// Throws Error(kUsage) for augmentation that the data are not for, at its key.
void check_augment(const spec::Augment& augment, const data::Preprocessor& preprocessor);

}  // namespace dlwork::training
