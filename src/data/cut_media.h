#pragma once

#include <string>

/// Pictures and recordings whose files end too early, of formats whose decoders fill in what is not
/// there or say nothing.
namespace dlwork::data {

/// "JPEG" or "BMP" where the file ends before its picture does; null for all others.
const char* cut_picture(const std::string& bytes);

/// A WAV file whose samples are fewer than its head says. Where a program could not know how many
/// would come, as with a pipe, the head does not count.
bool is_cut_wav(const std::string& path);

}  // namespace dlwork::data
