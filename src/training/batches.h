#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "dlwork/base/rng.h"
#include "dlwork/data/preprocess.h"
#include "dlwork/training/supervised.h"

namespace dlwork::training {

/// Makes tensors of rows of samples: inputs ([n, C, H, W] in channels-last memory, or [n, D]) and
/// coded targets ([n] int64 classes, or [n] standardised float32). Pictures stay bytes until a batch
/// is gathered; the buffer is reused, so a batch is valid until the next one is made.
class Batches {
 public:
  Batches(const data::Samples& samples, const data::Preprocessor& preprocessor,
          const TargetCoding& coding, torch::Device device);

  /// Tables: prepares all rows once, for work that reads them again and again.
  void prepare();
  torch::Tensor inputs(const std::int64_t* rows, std::int64_t count);
  /// The same, changed at random as `augment` says.
  torch::Tensor inputs(const std::int64_t* rows, std::int64_t count, const spec::Augment& augment,
                       Rng& rng);
  torch::Tensor targets(const std::int64_t* rows, std::int64_t count) const;

 private:
  float* buffer(std::int64_t count);
  void gather_pictures(const std::int64_t* rows, std::int64_t count, const spec::Augment* augment,
                       Rng* rng);
  torch::Tensor tensor_of(std::int64_t count) const;

  const data::Samples& samples_;
  const data::Preprocessor& preprocessor_;
  const TargetCoding& coding_;
  torch::Device device_;
  std::vector<float> buffer_;
  std::vector<float> prepared_;  ///< tables: all rows, row-major
  std::vector<float> levels_;    ///< pictures: 256 prepared values a channel
};

}  // namespace dlwork::training
