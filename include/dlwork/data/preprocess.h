#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "dlwork/base/json.h"
#include "dlwork/data/dataset.h"

namespace dlwork::data {

/// Shape of one prepared sample.
struct FeatureShape {
  std::vector<std::int64_t> dims;            ///< [C, H, W] for pictures, [D] for tables
  std::vector<std::int64_t> category_sizes;  ///< trailing table features that are category codes
  std::int64_t size() const;
};

enum class Categories { kOneHot, kCodes };
inline constexpr std::size_t kMostOneHot = 256;
inline constexpr std::size_t kMostCodes = 65536;

/// Turns raw samples into float features. Fitted on the training rows alone; everything it learned
/// is in `to_json`, which the model file carries, so that prediction takes raw input.
/// Tables: numbers standardised (missing and infinite: median, and an indicator column where the
/// training part had gaps; constant columns give 0), then categories one-hot (unknown: all 0) or
/// as codes (0 is "unknown"), the most frequent kMostOneHot or kMostCodes of them. Pictures:
/// per-channel mean and deviation of pixels scaled to [0, 1] (Fashion-MNIST: 0.2860 and 0.3530).
class Preprocessor {
 public:
  static Preprocessor fit(const Samples& samples, const std::vector<std::int64_t>& rows,
                          Categories categories);
  /// Exactly what `to_json` was called on. Throws Error(kInput) when the document is damaged.
  static Preprocessor from_json(const Json& json);
  Json to_json() const;

  const FeatureShape& shape() const { return shape_; }
  const std::vector<std::string>& feature_names() const { return feature_names_; }
  Kind kind() const { return kind_; }

  /// Writes count x shape().size() floats, row-major; never NaN or infinite. The samples must have
  /// this preprocessor's columns or picture size.
  void apply(const Samples& samples, const std::int64_t* rows, std::int64_t count,
             float* out) const;

  /// Pictures: pixel p becomes p * scale[c] + offset[c]; lets bytes stay bytes until the device.
  const std::vector<float>& channel_scale() const { return channel_scale_; }
  const std::vector<float>& channel_offset() const { return channel_offset_; }

  /// What raw input must look like, for readers of new data.
  struct InputColumn {
    std::string name;
    ColumnType type = ColumnType::kNumber;
    std::vector<std::string> categories;
    double fill = 0, mean = 0, deviation = 1;
    bool indicator = false;
    bool constant = false;  ///< nothing to learn from in the training part
  };
  const std::vector<InputColumn>& columns() const { return columns_; }
  std::int64_t channels() const { return channels_; }
  std::int64_t height() const { return height_; }
  std::int64_t width() const { return width_; }

 private:
  void fit_table(const Samples& samples, const std::vector<std::int64_t>& rows);
  void fit_pictures(const Pictures& pictures, const std::vector<std::int64_t>& rows);
  void apply_table(const Samples& samples, const std::int64_t* rows, std::int64_t count,
                   float* out) const;
  /// Derives shape, names and code tables from what was fitted.
  void derive();

  Kind kind_ = Kind::kTable;
  Categories categories_ = Categories::kOneHot;
  std::vector<InputColumn> columns_;
  std::int64_t channels_ = 0, height_ = 0, width_ = 0;
  std::vector<float> channel_scale_, channel_offset_;
  FeatureShape shape_;
  std::vector<std::string> feature_names_;
  std::vector<std::unordered_map<std::string, std::int32_t>> codes_;  ///< by column
};

/// Reads new, unlabelled raw data in chunks, for prediction: a CSV with the input columns (others
/// are ignored), an IDX picture file, a folder of pictures or one picture. Memory does not grow
/// with the file. Throws Error(kInput) naming file, line and column of what does not fit.
class InputStream {
 public:
  InputStream(const std::string& path, const Preprocessor& preprocessor,
              const std::vector<std::string>& missing_tokens);
  ~InputStream();
  /// The next samples, at most `limit`; nullopt at the end.
  std::optional<Samples> next(std::int64_t limit);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dlwork::data
