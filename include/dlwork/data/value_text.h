#pragma once

#include <string>

#include "dlwork/data/dataset.h"

namespace dlwork::data {

/// A number for people as its column holds it: a date as "2021-03-04", with a time behind it that
/// is not 0; else in four digits.
std::string value_text(const Column& column, double value);

}  // namespace dlwork::data
