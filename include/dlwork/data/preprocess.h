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
  std::vector<std::int64_t> dims;            ///< [C, H, W] pictures, [T, C] series, [D] tables
  std::vector<std::int64_t> category_sizes;  ///< trailing table features that are category codes
  std::int64_t vocabulary = 0;               ///< of texts, whose dims are [T] token codes; 0: none
  std::int64_t size() const;
};

enum class Categories { kOneHot, kCodes };
inline constexpr std::size_t kMostOneHot = 256;
inline constexpr std::size_t kMostCodes = 65536;

/// Turns raw samples into float features. Fitted on the training rows alone; everything it learned
/// is in `to_json`, which the model file carries, so that prediction takes raw input.
/// Tables: numbers standardised (missing and infinite: median, and an indicator column where the
/// training part had gaps; constant columns give 0), then categories one-hot (unknown: all 0) or
/// as codes (0 is "unknown"), the most frequent kMostOneHot or kMostCodes of them. Dates and times:
/// days since 1970, standardised as a number, and sine and cosine of their place in the year, the
/// week and the day, as far as the training part has more than one of each. Pictures: per-channel
/// mean and deviation of pixels scaled to [0, 1] (Fashion-MNIST: 0.2860 and 0.3530). Series:
/// per-channel mean and deviation over the steps before each series' end; missing values by linear
/// interpolation in time (before the first and after the last value, that value; no value at all:
/// 0); 0 behind the end. Where `reduce` asks for them, principal components of these features take
/// their place: of a table with its categories one-hot, or of pictures as rows of numbers.
class Preprocessor {
 public:
  static Preprocessor fit(const Samples& samples, const std::vector<std::int64_t>& rows,
                          Categories categories, const spec::Reduce& reduce = {});
  /// Exactly what `to_json` was called on. Throws Error(kInput) when the document is damaged.
  static Preprocessor from_json(const Json& json);
  Json to_json() const;

  const FeatureShape& shape() const { return shape_; }
  const std::vector<std::string>& feature_names() const { return feature_names_; }
  /// Of a table: places of the features that are standardised numbers or components, ascending;
  /// not those of constant columns, indicators, cycles of dates and categories.
  const std::vector<std::int64_t>& amounts() const { return amounts_; }
  Kind kind() const { return kind_; }
  /// What a network gets: components are a table's row, whatever they were made of.
  Kind feature_kind() const { return reduction_ ? Kind::kTable : kind_; }

  /// Principal components that replace the features: (x - mean) basis scale.
  struct Reduction {
    std::vector<double> mean;  ///< of the features
    std::vector<float> basis;  ///< features x components, row-major; orthonormal columns
    double scale = 1;          ///< that gives the components unit variance on average
    double kept = 0;           ///< share of the training part's variance that they carry
    std::int64_t features() const { return static_cast<std::int64_t>(mean.size()); }
    std::int64_t components() const {
      return static_cast<std::int64_t>(basis.size() / mean.size());
    }
    /// "10 principal components keep 95.2 % of the variance of 30 features".
    std::string text() const;
  };
  const std::optional<Reduction>& reduction() const { return reduction_; }

  /// Writes count x shape().size() floats, row-major; never NaN or infinite. The samples must have
  /// this preprocessor's columns, picture size, or steps and channels.
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
    Meaning meaning = Meaning::kNumber;
    std::vector<std::string> missing;  ///< texts that stand for a missing value here alone
    /// Of dates: their order in texts, and which cycles give a sine and a cosine.
    bool month_first = false;
    bool in_year = false, in_week = false, in_day = false;
    /// Features of a number column: itself, the indicator, the cycles.
    std::int64_t features() const {
      return 1 + (indicator ? 1 : 0) +
             2 * ((in_year ? 1 : 0) + (in_week ? 1 : 0) + (in_day ? 1 : 0));
    }
  };
  /// Of a table; of series their channels, as number columns.
  const std::vector<InputColumn>& columns() const { return columns_; }
  std::int64_t channels() const { return channels_; }
  std::int64_t height() const { return height_; }
  std::int64_t width() const { return width_; }
  /// Of pictures and sequences: the columns of a table that hold or name them; empty: none do.
  const std::vector<std::string>& media_columns() const { return media_columns_; }
  /// Of pictures: whether those of other sizes are brought to this one.
  bool resizes() const { return resizes_; }
  /// Of series: to this length they are filled up.
  std::int64_t steps() const { return steps_; }
  const std::optional<spec::Sound>& sound() const { return sound_; }

 private:
  void fit_table(const Samples& samples, const std::vector<std::int64_t>& rows);
  void fit_pictures(const Pictures& pictures, const std::vector<std::int64_t>& rows);
  void fit_sequences(const Sequences& sequences, const std::vector<std::int64_t>& rows);
  void apply_sequences(const Sequences& sequences, const std::int64_t* rows, std::int64_t count,
                       float* out) const;
  void apply_table(const Samples& samples, const std::int64_t* rows, std::int64_t count,
                   float* out) const;
  void apply_pictures(const Pictures& pictures, const std::int64_t* rows, std::int64_t count,
                      float* out) const;
  /// The features before any reduction, of which there are `feature_count`.
  void apply_features(const Samples& samples, const std::int64_t* rows, std::int64_t count,
                      float* out) const;
  std::int64_t feature_count() const { return reduction_ ? reduction_->features() : shape_.size(); }
  void fit_reduction(const Samples& samples, const std::vector<std::int64_t>& rows,
                     const spec::Reduce& reduce);
  void apply_reduced(const Samples& samples, const std::int64_t* rows, std::int64_t count,
                     float* out) const;
  /// Derives shape, names, places of amounts and code tables from what was fitted.
  void derive();
  /// Shape, names and places of components in place of those of the features.
  void derive_reduced();

  Kind kind_ = Kind::kTable;
  Categories categories_ = Categories::kOneHot;
  std::vector<InputColumn> columns_;
  std::int64_t channels_ = 0, height_ = 0, width_ = 0, steps_ = 0;
  std::vector<float> channel_scale_, channel_offset_;
  std::vector<std::string> media_columns_;
  std::optional<spec::Sound> sound_;
  bool resizes_ = false;
  std::optional<Reduction> reduction_;
  FeatureShape shape_;
  std::vector<std::string> feature_names_;
  std::vector<std::int64_t> amounts_;
  std::vector<std::unordered_map<std::string, std::int32_t>> codes_;  ///< by column
};

/// Reads new, unlabelled raw data in chunks, for prediction: a CSV with the input columns (others
/// are ignored), an IDX picture file, a folder of pictures, one picture, a file of series or a
/// table that holds or names the samples as the one in training did. `separator` is between the
/// columns of a text, as data.separator says it. Memory does not grow with the file. Throws
/// Error(kInput) naming file, line and column of what does not fit.
class InputStream {
 public:
  InputStream(const std::string& path, const Preprocessor& preprocessor,
              const std::vector<std::string>& missing_tokens,
              const std::string& separator = "auto");
  ~InputStream();
  /// The next samples, at most `limit`; nullopt at the end.
  std::optional<Samples> next(std::int64_t limit);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dlwork::data
