#include "report/raster.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_easy_font.h>
#pragma GCC diagnostic pop

#include "dlwork/base/png.h"
#include "dlwork/base/text.h"
#include "report/heat.h"
#include "report/text_layout.h"

namespace dlwork::report {
namespace {

constexpr size_t kMostRasterCells = 60;  // rows or columns
constexpr int kLineHeight = 12;
constexpr int kMostName = 16;  // letters
constexpr Ink kBlack{28, 35, 41}, kWhite{255, 255, 255}, kGrey{120, 130, 138};
constexpr Ink kPlus{11, 79, 134}, kMinus{176, 74, 0};

/// The letters that the font has.
std::string ascii(std::string_view text) {
  std::string plain;
  for (size_t at = 0; at < text.size();) {
    const Character character = first_character(text.substr(at));
    const char c = character.bytes.front();
    plain += character.bytes.size() == 1 && c >= ' ' && c <= '~' ? c : '?';
    at += character.bytes.size();
  }
  return plain;
}

std::uint8_t mixed(int white, int full, double share) {
  return static_cast<std::uint8_t>(std::lround(white + (full - white) * share));
}

Ink shade(double value, double share) {
  const Ink full = value < 0 ? kMinus : kPlus;
  return {mixed(255, full.red, share), mixed(255, full.green, share), mixed(255, full.blue, share)};
}

/// A corner of a rectangle as stb_easy_font lays it out.
struct Corner {
  float x, y, z;
  std::uint8_t colour[4];
};

std::string row_name(const MatrixData& data, size_t row) {
  const std::string name = one_line(data.rows[row]);
  const std::string number = data.rows == data.columns ? std::to_string(row) + " " : "";
  return ascii(number + name).substr(0, kMostName);
}

}  // namespace

Canvas::Canvas(int width, int height)
    : width_(width),
      height_(height),
      pixels_(static_cast<size_t>(width) * static_cast<size_t>(height) * 3, 255) {}

void Canvas::fill(int x, int y, int width, int height, Ink ink) {
  for (int row = std::max(0, y); row < std::min(height_, y + height); ++row) {
    for (int column = std::max(0, x); column < std::min(width_, x + width); ++column) {
      std::uint8_t* pixel = &pixels_[(static_cast<size_t>(row) * width_ + column) * 3];
      pixel[0] = ink.red;
      pixel[1] = ink.green;
      pixel[2] = ink.blue;
    }
  }
}

void Canvas::text(int x, int y, std::string_view text, Ink ink) {
  std::string plain = ascii(text);
  // Its documentation: 270 bytes a letter are enough on average; it stops where the buffer ends.
  std::vector<char> buffer(plain.size() * 600 + 600);
  const int count = stb_easy_font_print(0, 0, plain.data(), nullptr, buffer.data(),
                                        static_cast<int>(buffer.size()));
  for (int rectangle = 0; rectangle < count; ++rectangle) {
    Corner corners[4];
    std::memcpy(corners, buffer.data() + static_cast<size_t>(rectangle) * sizeof corners,
                sizeof corners);
    const int left = static_cast<int>(corners[0].x), top = static_cast<int>(corners[0].y);
    fill(x + left, y + top, static_cast<int>(corners[2].x) - left,
         static_cast<int>(corners[2].y) - top, ink);
  }
}

int Canvas::text_width(std::string_view text) {
  std::string plain = ascii(text);
  return stb_easy_font_width(plain.data());
}

std::string Canvas::png() const { return png_bytes(width_, height_, 3, pixels_.data()); }

std::string png_matrix(const MatrixData& data) {
  const size_t rows = data.rows.size(), columns = data.columns.size();
  if (rows == 0 || columns == 0 || rows > kMostRasterCells || columns > kMostRasterCells) return "";
  int names = 0, numbers = 10;
  for (size_t r = 0; r < rows; ++r) {
    names = std::max(names, Canvas::text_width(row_name(data, r)));
    for (const double value : data.values[r]) {
      numbers = std::max(numbers, Canvas::text_width(pretty_number(value, 3)));
    }
  }
  const int cell_width = numbers + 8, cell_height = 20, left = names + 12,
            top = 2 * kLineHeight + 6;
  Canvas canvas(std::max(left + cell_width * static_cast<int>(columns) + 4, 160),
                top + cell_height * static_cast<int>(rows) + 4);
  canvas.text(4, 4, data.row_label + " (rows), " + data.column_label + " (columns)", kGrey);
  const Heat heat = heat_of(data);
  for (size_t c = 0; c < columns; ++c) {
    const std::string number = data.rows == data.columns
                                   ? std::to_string(c)
                                   : ascii(data.columns[c]).substr(0, cell_width / 7);
    canvas.text(left + cell_width * static_cast<int>(c) + 4, kLineHeight + 6, number, kBlack);
  }
  for (size_t r = 0; r < rows; ++r) {
    const int y = top + cell_height * static_cast<int>(r);
    canvas.text(4, y + 6, row_name(data, r), kBlack);
    for (size_t c = 0; c < columns; ++c) {
      const double value = data.values[r][c];
      if (std::isnan(value)) continue;
      const double share = heat.of(value);
      const int x = left + cell_width * static_cast<int>(c);
      canvas.fill(x, y, cell_width - 1, cell_height - 1, shade(value, share));
      canvas.text(x + 4, y + 6, pretty_number(value, 3),
                  share > 0.55 ? kWhite
                  : value == 0 ? kGrey
                               : kBlack);
    }
  }
  return canvas.png();
}

}  // namespace dlwork::report
