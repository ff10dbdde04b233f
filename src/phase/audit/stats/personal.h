#pragma once

#include <string>
#include <string_view>

namespace dlwork::phase::audit {

/// Luhn's check digit (ISO/IEC 7812-1) over the digits of a text, other characters skipped.
bool passes_luhn(std::string_view text);

/// What a text holds that tells about a person: "e-mail address", "payment card number", "telephone
/// number", or "" for nothing. A card number has 13 to 19 digits, a known first digit and passes
/// Luhn's check; a telephone number begins with + or 00 and has 8 to 15 digits, or is written in
/// groups of digits of which the first is 0, or as (212) 555-1234.
std::string personal_kind(std::string_view text);

/// What a column by its name tells about persons: "name", "address", "birth date", ... or "".
std::string personal_name(std::string_view column);

}  // namespace dlwork::phase::audit
