#include "dlwork/base/text.h"
#include "dlwork/task/task.h"

namespace dlwork::task {

#define TASK(name) const Task& name##_task();
#include "task/tasks.def"
#undef TASK

namespace {

std::vector<const Task*> all_tasks() {
  return {
#define TASK(name) &name##_task(),
#include "task/tasks.def"
#undef TASK
  };
}

}  // namespace

std::vector<std::string> task_names() {
  std::vector<std::string> names;
  for (const Task* task : all_tasks()) names.push_back(task->name());
  return names;
}

const Task& find_task(const std::string& name) {
  for (const Task* task : all_tasks()) {
    if (task->name() == name) return *task;
  }
  const std::string near = nearest(name, task_names());
  throw Error(ExitStatus::kUsage, "unknown task '" + name + "'",
              near.empty() ? "known tasks: " + join_words(task_names())
                           : "did you mean '" + near + "'?");
}

}  // namespace dlwork::task
