#pragma once

#include <string>

/// Pictures and recordings whose files end too early, of formats whose decoders fill in what is not
/// there or say nothing, and those that a decoder must not be given.
namespace dlwork::data {

/// "JPEG" or "BMP" where the file ends before its picture does; null for all others.
const char* cut_picture(const std::string& bytes);

/// A JPEG file with a table of more Huffman codes than there are bytes, which stb_image writes all
/// behind the end of its memory, or with a scan by a table that was not given, for which it reads
/// memory that was never written. Of a file's beginning, what the decoder reads of that.
bool has_false_codes(const std::string& bytes);

/// "WAV", "AIFF" or "OGG" where the file ends before its samples or its last page do; null for all
/// others. Where a program could not know how many samples would come, as with a pipe, the head
/// does not count. FLAC says how many samples there are, not where they end: only reading tells.
const char* cut_sound(const std::string& path);

}  // namespace dlwork::data
