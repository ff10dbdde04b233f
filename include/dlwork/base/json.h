#pragma once

#include <nlohmann/json.hpp>

namespace dlwork {

/// JSON whose objects keep the order in which keys were added, so that documents read well and
/// their bytes are reproducible. Non-finite numbers are written as null.
using Json = nlohmann::ordered_json;

}  // namespace dlwork
