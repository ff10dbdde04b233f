#pragma once

#include <string>

namespace dlwork::data {

/// How a JPEG file says it is to be laid down (Exif 2.3, tag 0x0112): 1 upright, 2 to 8 mirrored or
/// turned. 1 where it does not say, or is no JPEG. `bytes`: the start of the file, cut anywhere.
int exif_orientation(const std::string& bytes);

}  // namespace dlwork::data
