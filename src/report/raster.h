#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "report/figure_data.h"

/// Pictures of pixels, for readers that show nothing else.
namespace dlwork::report {

struct Ink {
  std::uint8_t red, green, blue;
};

/// Rectangles and small letters on white.
class Canvas {
 public:
  Canvas(int width, int height);
  void fill(int x, int y, int width, int height, Ink ink);
  /// ASCII, with "?" for all else; `x`, `y` is the upper left corner. Letters are about 7 pixels
  /// high. What lies outside is cut.
  void text(int x, int y, std::string_view text, Ink ink);
  static int text_width(std::string_view text);
  std::string png() const;

 private:
  int width_, height_;
  std::vector<std::uint8_t> pixels_;  ///< [height, width, 3]
};

/// A confusion matrix or heat map as a PNG file; columns are named by their numbers, which stand
/// before the names of the rows where both are the same. "" where there is nothing to draw.
std::string png_matrix(const MatrixData& data);

}  // namespace dlwork::report
