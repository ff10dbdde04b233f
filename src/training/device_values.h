#pragma once

#include <vector>

#include "dlwork/data/preprocess.h"
#include "dlwork/spec/project.h"
#include "model/torch.h"
#include "training/augment_sequences.h"

namespace dlwork::training {

/// All prepared rows of a table, or series, on a device, where batches of them are gathered and
/// changed at once: the host sends the rows and what it has drawn for each, which is what it draws
/// to change them itself. Both give the same numbers to float32's precision.
class DeviceValues {
 public:
  /// `prepared`: what `preprocessor` makes of all `samples`, copied; the two outlive this.
  DeviceValues(const data::Samples& samples, const data::Preprocessor& preprocessor,
               const std::vector<float>& prepared, const torch::Device& device);

  /// Floats that are drawn for a sample; 0 where nothing of it is to change.
  std::int64_t drawn(const spec::Augment& augment) const;
  /// Draws on the host: [count, drawn(augment)], for `batch`.
  void draw(const std::int64_t* rows, std::int64_t count, const spec::Augment& augment, Rng& rng,
            float* out) const;
  /// [count, D] or [count, T, C] float32. `numbers`: what was drawn for `augment`; null: nothing.
  torch::Tensor batch(const std::int64_t* rows, std::int64_t count, const spec::Augment* augment,
                      const torch::Tensor& numbers) const;

 private:
  bool is_series() const;
  torch::Tensor changed_series(torch::Tensor values, const spec::Augment& augment,
                               const torch::Tensor& numbers) const;

  const data::Samples& samples_;
  const data::Preprocessor& preprocessor_;
  torch::Device device_;
  torch::Tensor values_;            ///< [samples, D] or [samples, T, C]
  torch::Tensor noise_;             ///< tables: of each column the place of its noise, [D] int64
  torch::Tensor steps_, channels_;  ///< series: places, [T, 1] float64 and [C] float32
};

}  // namespace dlwork::training
