#pragma once

#include "spec/fields.h"

namespace dlwork::spec {

/// Durations and sizes as people write them ("30min", "2GiB") or as seconds and bytes.
enum class Durations { kText, kSeconds };

/// The value of a key, in the form in which the project file takes it. An unset option or source
/// is null.
Json value_json(const Field& field, Durations durations);
/// All values of `fields`, groups within groups.
Json values_json(const Fields& fields, Durations durations);

}  // namespace dlwork::spec
