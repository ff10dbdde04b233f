#pragma once

#include <string>

#include "model/shapes.h"

namespace dlwork::model {

/// Longest sensible side or width, so that a slip of the pen is no order for terabytes.
inline constexpr std::int64_t kLargestSide = std::int64_t{1} << 24;

/// Throws Error(kUsage) at the layer's place: "<type>: <what>; its input is [..]".
[[noreturn]] void misfit(const PlannedLayer& layer, const std::string& what,
                         const std::string& hint = "");

std::int64_t elements(const Shape& shape);
bool is_sequence(const Shape& shape);
bool is_picture(const Shape& shape);
/// Channels of a picture or sequence, or the width of a vector.
std::int64_t channels_of(const Shape& shape);

/// What a layer that holds no others makes of its input. Throws where they do not fit.
Shape plain_output(const PlannedLayer& layer, const data::FeatureShape& features,
                   std::int64_t outputs);

/// Pixels a padded window adds at each side.
std::int64_t padding_of(const spec::Conv2d& options);

/// Steps a padded window adds before and after a sequence.
struct StepPadding {
  std::int64_t before = 0;
  std::int64_t after = 0;
};
StepPadding padding_of(const spec::Conv1d& options);

/// Pixels a transposed convolution cuts from each side, and adds at the lower right, so that sides
/// grow by the stride; of a sequence steps, from both ends and at the last.
struct TransposedPadding {
  std::int64_t cut = 0;
  std::int64_t add = 0;
};
TransposedPadding padding_of(const spec::ConvTranspose2d& options);
TransposedPadding padding_of(const spec::ConvTranspose1d& options);

/// Width between the two linear layers of a transformer block.
std::int64_t feedforward_width(const spec::TransformerEncoder& options, std::int64_t channels);

}  // namespace dlwork::model
