#pragma once

#include <cstdint>
#include <vector>

#include "dlwork/base/rng.h"
#include "dlwork/data/preprocess.h"
#include "dlwork/training/supervised.h"
#include "model/network.h"

namespace dlwork::training {

/// Makes tensors of rows of samples: inputs ([n, C, H, W] in channels-last memory, [n, T, C]
/// with the steps of each, or [n, D]) and coded targets ([n] int64 classes, or [n] standardised
/// float32). Pictures stay bytes until a batch is gathered; the buffer is reused, so a batch is
/// valid until the next one is made.
class Batches {
 public:
  Batches(const data::Samples& samples, const data::Preprocessor& preprocessor,
          const TargetCoding& coding, torch::Device device);

  /// Tables and series: prepares all rows once, for work that reads them again and again.
  void prepare();
  model::Inputs inputs(const std::int64_t* rows, std::int64_t count);
  /// The same, changed at random as `augment` says.
  model::Inputs inputs(const std::int64_t* rows, std::int64_t count, const spec::Augment& augment,
                       Rng& rng);
  torch::Tensor targets(const std::int64_t* rows, std::int64_t count) const;
  /// Steps of each series, [n] int64; undefined where all are full.
  torch::Tensor lengths(const std::int64_t* rows, std::int64_t count) const;

  /// The same on plain memory, which goes on for some numbers past the end: pictures are
  /// [n, H, W, C]. Null `augment`: unchanged.
  const float* raw_inputs(const std::int64_t* rows, std::int64_t count,
                          const spec::Augment* augment, Rng* rng);
  void raw_targets(const std::int64_t* rows, std::int64_t count, std::int64_t* codes) const;
  void raw_targets(const std::int64_t* rows, std::int64_t count, float* values) const;

 private:
  float* buffer(std::int64_t count);
  void change(const std::int64_t* rows, std::int64_t count, const spec::Augment& augment, Rng& rng);
  void gather_pictures(const std::int64_t* rows, std::int64_t count, const spec::Augment* augment,
                       Rng* rng);
  torch::Tensor tensor_of(std::int64_t count) const;

  const data::Samples& samples_;
  const data::Preprocessor& preprocessor_;
  const TargetCoding& coding_;
  torch::Device device_;
  bool ragged_ = false;  ///< some series end early
  std::vector<float> buffer_;
  std::vector<float> prepared_;  ///< tables and series: all rows, row-major
  std::vector<float> levels_;    ///< pictures: 256 prepared values a channel
};

}  // namespace dlwork::training
