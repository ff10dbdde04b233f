#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dlwork/data/dataset.h"

namespace dlwork::data {

/// The words of a line: runs of letters, digits, apostrophes inside and all beyond ASCII, with A to
/// Z in lower case.
std::vector<std::string> line_words(std::string_view line);

/// How often each word occurs in the texts at `rows`.
std::map<std::string, std::int64_t> count_words(const Samples& samples,
                                                const std::vector<std::int64_t>& rows);

}  // namespace dlwork::data
