#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "dlwork/data/preprocess.h"

namespace dlwork::data {

/// New samples for prediction, some at a time.
class ChunkReader {
 public:
  virtual ~ChunkReader() = default;
  /// The next samples, at most `limit`; nullopt at the end.
  virtual std::optional<Samples> next(std::int64_t limit) = 0;
};

/// The sequence kind: a file of series, or an array of them, or a table that holds or names them,
/// with `separator` between its columns where it is a text.
std::unique_ptr<ChunkReader> open_sequences(const std::string& path,
                                            const Preprocessor& preprocessor,
                                            const std::string& separator);

}  // namespace dlwork::data
