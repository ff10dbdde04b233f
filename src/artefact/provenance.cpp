#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

#include "artefact/git.h"
#include "dlwork/artefact/workspace.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/version.h"

extern char** environ;

namespace dlwork::artefact {
namespace {

// Variables that change how the numerical libraries compute. Only these: an environment also holds
// secrets, and records get passed on.
bool is_recorded(std::string_view name) {
  constexpr std::array<std::string_view, 13> kFamilies{
      "ATEN_", "CUBLAS_", "CUDA_", "CUDNN_",    "DNNL_",    "GOMP_", "KMP_",
      "MKL_",  "NVIDIA_", "OMP_",  "OPENBLAS_", "PYTORCH_", "TORCH_"};
  constexpr std::array<std::string_view, 4> kNames{"CI", "LANG", "LC_ALL", "NO_COLOR"};
  const auto starts = [name](std::string_view family) { return name.starts_with(family); };
  return std::any_of(kFamilies.begin(), kFamilies.end(), starts) ||
         std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

Json recorded_environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos || !is_recorded(text.substr(0, equals))) continue;
    variables[std::string(text.substr(0, equals))] = text.substr(equals + 1);
  }
  return Json(variables);
}

}  // namespace

Json provenance(const std::vector<std::string>& command, const std::string& project_file,
                const std::string& libtorch) {
  std::error_code problem;
  const std::filesystem::path file = std::filesystem::absolute(project_file, problem);
  return {{"dlwork", version()},
          {"dlwork_commit", git_commit()},
          {"libtorch", libtorch},
          {"command", command},
          {"folder", std::filesystem::current_path(problem).string()},
          {"project_file", file.string()},
          {"git", git_state(file.parent_path())},
          {"time", utc_time()},
          {"machine",
           {{"host", host_name()},
            {"os", os_name()},
            {"cpu", cpu_model()},
            {"cpus", usable_cpus()},
            {"memory_bytes", usable_memory_bytes()}}},
          {"environment", recorded_environment()}};
}

}  // namespace dlwork::artefact
