#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/series_stamps.h"
#include "data/text_lines.h"

namespace dlwork::data {

/// What the head of a series file says.
struct SeriesHeader {
  std::int64_t channels = 0;  ///< 0: not said
  std::int64_t steps = 0;     ///< of every series; 0: not said or they differ
  bool has_label = false;
  bool label_is_class = true;
  std::vector<std::string> classes;
  bool stamped = false;  ///< each value has its time
};

/// One series: `values` is [steps, channels], time first; missing values are NaN.
struct SeriesRecord {
  std::int64_t steps = 0;
  std::vector<float> values;
  std::string_view label;  ///< "" when missing or when the file has none
  SeriesStamps stamps{};   ///< where they are mended
};

/// Reads the `.ts` format of the UCR and UEA archives (Bagnall et al. 2018, arXiv 1811.00075;
/// sktime's description of it): lines that start with `#` are comments, those with `@` the head;
/// after `@data` each line is a series, its channels apart by `:`, values by `,`, the label last. A
/// missing value is `?` or NaN. With `@timestamps true` each value is a pair of time and value, put
/// on equal steps of time. Holds one line.
class SeriesReader {
 public:
  /// Reads the head. Throws Error(kInput) at the line of what is wrong with it.
  explicit SeriesReader(const std::string& path, std::size_t most_bytes = 0,
                        Stamps stamps = Stamps::kStrict);

  const SeriesHeader& header() const { return header_; }
  /// The next series, valid until the call after; false at the end. Throws Error(kInput) at line
  /// and column: text that is no number, channels that differ in number or length, a label that the
  /// head does not list. The call after such an error goes on with the next line, unless `line` is
  /// where it was before: then nothing behind it can be read.
  bool next(SeriesRecord& record);
  std::int64_t line() const { return lines_.line(); }
  const TextLines& lines() const { return lines_; }

 private:
  void read_header();
  void read_tag(std::string_view text);
  void read_labels(const std::vector<std::string_view>& words);
  std::string_view take_label(std::string_view& text) const;
  void read_channel(std::string_view text, std::int64_t channel, SeriesRecord& record);
  void read_stamped_channels(const std::vector<std::string_view>& texts, SeriesRecord& record);
  void lay_out(std::int64_t channels, SeriesRecord& record) const;

  TextLines lines_;
  Stamps stamps_;
  SeriesHeader header_;
  std::int64_t channels_seen_ = 0;
  std::vector<float> by_channel_;  ///< the current line, channel after channel
};

/// True when the file starts as a series file does: comments, then a known `@` line. Throws
/// Error(kInput) when it cannot be read.
bool is_series_file(const std::string& path);

}  // namespace dlwork::data
