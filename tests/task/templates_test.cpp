#include <gtest/gtest.h>

#include <filesystem>

#include "dlwork/spec/project.h"
#include "dlwork/task/task.h"
#include "support/places.h"

namespace dlwork::task {
namespace {

TEST(Templates, MeasureSuccessAsTheirTaskDoes) {
  const auto folder = std::filesystem::path(places::source_folder()) / "configs/templates";
  int files = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    const spec::Project project = spec::load_project(file.path().string(), {});
    EXPECT_EQ(project.goal.metric, find_task(project.task).default_metric()) << file.path();
    ++files;
  }
  EXPECT_GE(files, 10);
}

}  // namespace
}  // namespace dlwork::task
