#pragma once

#include <string>

namespace dlwork::phase::audit {

/// A cell of a text with separators: in quotes where it holds one of them (RFC 4180).
std::string quoted_cell(const std::string& cell, char separator);

}  // namespace dlwork::phase::audit
