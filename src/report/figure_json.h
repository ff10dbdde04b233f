#pragma once

#include <string>

#include "dlwork/artefact/result.h"

namespace dlwork::report {

/// A figure's data as plots.js reads them, made of typed values; "" for kinds that it does not
/// draw. Safe between script tags and in any attribute: `<`, `>`, `&` and quotes within strings
/// stand as escapes of JSON. Numbers have 7 digits, too large series are thinned.
std::string figure_json(const artefact::Figure& figure);

}  // namespace dlwork::report
