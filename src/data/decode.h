#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dlwork::data {

struct PictureSize {
  int width = 0;
  int height = 0;
  int channels = 0;  ///< 1 or 2 grey, 3 or 4 colour
  bool operator==(const PictureSize& other) const = default;
};

/// True for names that end in .png, .jpg, .jpeg or .bmp.
bool is_picture_name(const std::string& name);

/// Size from the head of a picture file. Throws Error(kInput) naming the file: unreadable, or more
/// than 2^26 pixels.
PictureSize picture_size(const std::string& path);

/// Decodes a picture to [channels, height, width] bytes at `out`; `channels` is 1 or 3. The file
/// must have the given width and height, or Error(kInput) names it.
void decode_picture(const std::string& path, int channels, int width, int height,
                    std::uint8_t* out);

}  // namespace dlwork::data
