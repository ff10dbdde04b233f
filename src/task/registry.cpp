#include "dlwork/base/text.h"
#include "dlwork/task/task.h"

namespace dlwork::task {

#define TASK(folder, name) const Task& folder##_task();
#include "dlwork/spec/tasks.def"
#undef TASK

namespace {

std::vector<const Task*> all_tasks() {
  return {
#define TASK(folder, name) &folder##_task(),
#include "dlwork/spec/tasks.def"
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
  throw Error(
      ExitStatus::kUsage, "unknown task '" + name + "'",
      near.empty() ? "known tasks: " + join_words(task_names()) : "did you mean '" + near + "'?");
}

const Task& task_of_model(const std::filesystem::path& file) {
  const std::string name = training::task_of_model_file(file);
  for (const Task* task : all_tasks()) {
    if (task->name() == name) return *task;
  }
  throw Error(ExitStatus::kInput,
              file.string() + ": is for the task '" + name + "', which this version does not know");
}

}  // namespace dlwork::task
