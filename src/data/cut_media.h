#pragma once

#include <string>

/// Pictures and recordings whose files end too early, of formats whose decoders fill in what is not
/// there or say nothing. JPEG's are told by its markers.
namespace dlwork::data {

/// A BMP file that ends before its picture does.
bool is_cut_bmp(const std::string& bytes);

/// "WAV", "AIFF" or "OGG" where the file ends before its samples or its last page do; null for all
/// others. Where a program could not know how many samples would come, as with a pipe, the head
/// does not count. FLAC says how many samples there are, not where they end: only reading tells.
const char* cut_sound(const std::string& path);

}  // namespace dlwork::data
