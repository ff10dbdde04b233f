#pragma once

#include <string>

#include "data/decode.h"
#include "data/resize.h"

namespace dlwork::data {

/// True when the bytes are the start of a TIFF file.
bool is_tiff(const std::string& bytes);
/// Size of the first picture in a TIFF file; false when the file is damaged or of a kind that is
/// not read. `bytes` is the whole file.
bool tiff_size(const std::string& bytes, PictureSize& size);
/// The first picture as grey (1) or colour (3 channels); false when it cannot be decoded.
bool decode_tiff(const std::string& bytes, int channels, RawPicture& picture);

}  // namespace dlwork::data
