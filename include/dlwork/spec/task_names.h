#pragma once

/// Names of the tasks in the project file, by their folders.
namespace dlwork::spec::tasks {
#define TASK(folder, name) inline constexpr char folder[] = name;
#include "dlwork/spec/tasks.def"
#undef TASK
}  // namespace dlwork::spec::tasks
