#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dlwork/base/rng.h"
#include "dlwork/data/preprocess.h"
#include "dlwork/training/supervised.h"
#include "model/network.h"
#include "training/device_pictures.h"
#include "training/device_values.h"
#include "training/input_buffer.h"
#include "training/worker.h"

namespace dlwork::training {

/// Some series end before the steps that the preprocessor gives.
bool is_ragged(const data::Samples& samples, const data::Preprocessor& preprocessor);

/// Makes tensors of rows of samples: inputs ([n, C, H, W] in channels-last memory, [n, T, C]
/// with the steps of each, or [n, D]) and coded targets ([n] int64 classes, or [n] standardised
/// float32). Pictures stay bytes until a batch is gathered; the buffer is reused, so a batch is
/// valid until the next one is made.
class Batches {
 public:
  Batches(const data::Samples& samples, const data::Preprocessor& preprocessor,
          const TargetCoding& coding, torch::Device device);

  /// For work that reads all rows again and again: tables and series are prepared once, and all go
  /// to a CUDA device that has room for them. Batches are then made there.
  void prepare();
  /// The same on the device, be it CUDA or not.
  void prepare_on_device();
  model::Inputs inputs(const std::int64_t* rows, std::int64_t count);
  /// The same, changed at random as `augment` says.
  model::Inputs inputs(const std::int64_t* rows, std::int64_t count, const spec::Augment& augment,
                       Rng& rng);
  torch::Tensor targets(const std::int64_t* rows, std::int64_t count) const;
  /// Steps of each series, [n] int64; undefined where all are full.
  torch::Tensor lengths(const std::int64_t* rows, std::int64_t count) const;

  /// The same on plain memory, which goes on for some numbers past the end: pictures are
  /// [n, H, W, C]. Null `augment`: unchanged. Not once the samples are on a device.
  const float* raw_inputs(const std::int64_t* rows, std::int64_t count,
                          const spec::Augment* augment, Rng* rng);
  void raw_targets(const std::int64_t* rows, std::int64_t count, std::int64_t* codes) const;
  void raw_targets(const std::int64_t* rows, std::int64_t count, float* values) const;

  /// Begins to make the inputs of the batch after the present one, on a thread of its own. Who then
  /// asks for them, by the same `rows` and with a stream of random numbers that stands where `rng`
  /// does, is given them and the stream as they leave it: the same numbers as without.
  void gather_ahead(const std::int64_t* rows, std::int64_t count, const spec::Augment& augment,
                    const Rng& rng);

 private:
  bool device_has_room(std::uint64_t bytes) const;
  void prepare_rows();
  /// Floats a sample that the host makes: its inputs, or what a device changes them by.
  std::int64_t host_floats(const spec::Augment* augment) const;
  void fill_buffer(const std::int64_t* rows, std::int64_t count, const spec::Augment* augment,
                   Rng* rng);
  void gather(const std::int64_t* rows, std::int64_t count, const spec::Augment* augment, Rng* rng,
              float* out) const;
  bool take_ahead(const std::int64_t* rows, std::int64_t count, Rng* rng);
  void change(const std::int64_t* rows, std::int64_t count, const spec::Augment& augment, Rng& rng,
              float* out) const;
  void gather_pictures(const std::int64_t* rows, std::int64_t count, const spec::Augment* augment,
                       Rng* rng, float* out) const;
  model::Inputs inputs_of(const std::int64_t* rows, std::int64_t count,
                          const spec::Augment* augment, Rng* rng);
  torch::Tensor tensor_of(std::int64_t count) const;

  const data::Samples& samples_;
  const data::Preprocessor& preprocessor_;
  const TargetCoding& coding_;
  torch::Device device_;
  bool ragged_;
  InputBuffer buffer_;
  std::vector<float> prepared_;  ///< tables and series: all rows, unless a device has them
  std::vector<float> levels_;    ///< pictures: 256 prepared values a channel
  std::optional<DevicePictures> device_pictures_;
  std::optional<DeviceValues> device_values_;

  /// A batch that is made ahead, and the stream of random numbers that it is made with.
  struct Ahead {
    const std::int64_t* rows;  ///< which tell that it is the batch asked for
    std::int64_t count;
    std::vector<std::int64_t> own;  ///< a copy: who is stopped does not wait for the thread
    Rng rng;
  };
  std::optional<Ahead> ahead_;
  InputBuffer ahead_buffer_;
  std::optional<Worker> worker_;  ///< last: it writes into the others
};

}  // namespace dlwork::training
