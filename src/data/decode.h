#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dlwork/data/file_facts.h"

namespace dlwork::data {

struct PictureSize {
  int width = 0;
  int height = 0;
  int channels = 0;  ///< 1 or 2 grey, 3 or 4 colour
  int bits = 8;      ///< of a channel, at least 8
  bool operator==(const PictureSize& other) const = default;
};

/// True for names that end in .png, .jpg, .jpeg, .bmp, .tif or .tiff.
bool is_picture_name(const std::string& name);

/// Size from the head of a picture file. Throws Error(kInput) naming the file: unreadable, or more
/// than 2^26 pixels.
PictureSize picture_size(const std::string& path);

/// What the head of a picture file says. Throws as `picture_size`.
PictureFile picture_file(const std::string& path);

/// What becomes of a picture of another size.
enum class Fit { kExact, kResize };

/// Decodes a picture (PNG, JPEG, BMP, TIFF) to [channels, height, width] bytes at `out`; `channels`
/// is 1 or 3. Of 16 bits the upper 8 are taken; transparency is left out. Throws Error(kInput)
/// naming the file: damaged, or of another size where it must fit exactly.
void decode_picture(const std::string& path, int channels, int width, int height, std::uint8_t* out,
                    Fit fit = Fit::kExact);

}  // namespace dlwork::data
