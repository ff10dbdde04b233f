#pragma once

#include <string>
#include <vector>

#include "dlwork/base/json.h"

/// The `data` of figures as typed values. Results are read back from files, so the readers take
/// whatever stands there: what is no finite number becomes NaN, which is drawn as a gap, and what
/// is missing stays empty.
namespace dlwork::report {

/// Points of equal count in `x` and `y`; `low` and `high` are empty or of that count.
struct Series {
  std::string name;
  std::vector<double> x, y, low, high;
  std::vector<std::string> labels{};  ///< of the points; empty or of that count
  std::vector<double> tiles{};        ///< numbers of their pictures; empty or of that count
};

/// A line across the plot at `x` or at `y`; the other one is NaN.
struct Mark {
  double x, y;
  std::string label;
};

/// Kinds `lines` and `scatter`.
struct XyData {
  std::string x_label, y_label;
  bool log_x = false;
  bool diagonal = false;  ///< draw y = x, where true and predicted values are compared
  std::vector<Series> series;
  std::vector<Mark> marks;
};

/// Kind `bars`: `series[s].y` holds a value for each label.
struct BarsData {
  std::string y_label;
  std::vector<std::string> labels;
  std::vector<Series> series;
};

/// Kind `matrix`: `values[row][column]`, of as many as the names.
struct MatrixData {
  std::string row_label, column_label;
  std::vector<std::string> rows, columns;
  std::vector<std::vector<double>> values;
};

/// Kind `histogram`: `series[s].y` holds a count for each of the bins between the edges.
struct HistogramData {
  std::string x_label, y_label;
  std::vector<double> edges;
  std::vector<Series> series;
};

/// Kind `embedding`: many dimensions brought down to the two of `map`, and to three.
struct EmbeddingData {
  std::string method;
  XyData map;
  std::string sprite;  ///< file; "" for none
  int tile_width = 0, tile_height = 0, columns = 0;
  std::string space_method;
  /// Of each series x, y and z of its points; empty where not all series have them.
  std::vector<std::vector<std::vector<double>>> space;
};

/// Kind `pictures`.
struct Picture {
  std::string file, caption;
};

/// Of figures of any kind: the name of the fold they stand in, or "".
std::string read_group(const Json& data);
XyData read_xy(const Json& data);
BarsData read_bars(const Json& data);
MatrixData read_matrix(const Json& data);
HistogramData read_histogram(const Json& data);
EmbeddingData read_embedding(const Json& data);
std::vector<Picture> read_pictures(const Json& data);

/// The outline of each series' bins, standing on zero.
XyData outline_of(const HistogramData& data);
/// A bar for each bin, labelled by its bounds.
BarsData bars_of(const HistogramData& data);

/// Share of `value` in its row (a confusion matrix's recall), or NaN where the matrix is no table
/// of counts or the row is empty.
double share_of_row(const MatrixData& matrix, size_t row, size_t column);

}  // namespace dlwork::report
