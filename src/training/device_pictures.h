#pragma once

#include "dlwork/data/preprocess.h"
#include "dlwork/spec/project.h"
#include "model/torch.h"
#include "training/augment_pictures.h"

namespace dlwork::training {

/// All pictures of a data set as bytes on a device, where batches of them are gathered, changed and
/// scaled at once: the host sends the rows and a few numbers for each picture. Changes are drawn as
/// PictureAugmenter draws them, and give its numbers to float32's precision.
class DevicePictures {
 public:
  DevicePictures(const data::Pictures& pictures, const data::Preprocessor& preprocessor,
                 const torch::Device& device);

  /// [count, C, H, W] float32 in channels-last memory. Null `augment`: unchanged.
  torch::Tensor batch(const std::int64_t* rows, std::int64_t count, const spec::Augment* augment,
                      Rng* rng) const;

 private:
  /// Numbers of each sample, [count, 1, 1, 1] on the device, in the order of their list.
  class Numbers;
  torch::Tensor changed(const torch::Tensor& pixels, const PictureAugmenter& augmenter,
                        const Numbers& numbers) const;

  PictureSize size_;
  torch::Device device_;
  torch::Tensor bytes_;           ///< [samples, C, H, W] uint8
  torch::Tensor scale_, offset_;  ///< [C, 1, 1]
  torch::Tensor down_, right_;    ///< places: [H, 1] and [1, W]
};

}  // namespace dlwork::training
