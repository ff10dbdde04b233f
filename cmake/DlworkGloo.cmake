# Processes that train together exchange gradients over LibTorch's own Gloo, and over NCCL on CUDA,
# where LibTorch was built with them. DLWORK_GLOO and DLWORK_NCCL tell. What their headers lack is in
# src/training/gloo_names.
include(CheckCXXSourceCompiles)

set(DLWORK_GLOO_NAMES ${CMAKE_SOURCE_DIR}/src/training/gloo_names)
get_target_property(torch_cpu_file torch_cpu LOCATION)
get_filename_component(torch_folder ${torch_cpu_file} DIRECTORY)
set(CMAKE_REQUIRED_LIBRARIES ${torch_cpu_file} "-L${torch_folder}" c10)
set(CMAKE_REQUIRED_INCLUDES ${TORCH_INCLUDE_DIRS})
set(CMAKE_REQUIRED_FLAGS "-std=c++20 -idirafter ${DLWORK_GLOO_NAMES}")
set(CMAKE_REQUIRED_DEFINITIONS -DUSE_C10D -DUSE_C10D_GLOO)
check_cxx_source_compiles([[
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
int main() {
  auto store = c10::make_intrusive<c10d::FileStore>(std::string(), 1);
  return c10::make_intrusive<c10d::ProcessGroupGloo>(store, 0, 1)->getSize();
}
]] DLWORK_GLOO)
if(TORCH_CUDA_LIBRARIES)
  # pip puts NCCL beside LibTorch; CUDA's own folder or the system may have it too.
  find_path(NCCL_INCLUDE_DIR nccl.h
            HINTS ${TORCH_INSTALL_PREFIX}/../nvidia/nccl/include ${CUDA_INCLUDE_DIRS})
  mark_as_advanced(NCCL_INCLUDE_DIR)
  if(NOT NCCL_INCLUDE_DIR)
    message(STATUS "nccl.h is not found: no processes that train together on CUDA "
                   "(NCCL_INCLUDE_DIR names its folder)")
    set(NCCL_INCLUDE_DIR "")
  endif()
  get_target_property(torch_cuda_file torch_cuda LOCATION)
  list(APPEND CMAKE_REQUIRED_LIBRARIES ${torch_cuda_file} c10_cuda)
  list(APPEND CMAKE_REQUIRED_INCLUDES ${NCCL_INCLUDE_DIR} ${CUDA_INCLUDE_DIRS})
  set(CMAKE_REQUIRED_DEFINITIONS -DUSE_C10D -DUSE_C10D_NCCL)
  check_cxx_source_compiles([[
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
int main() {
  auto store = c10::make_intrusive<c10d::FileStore>(std::string(), 1);
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(store, 0, 1)->getSize();
}
]] DLWORK_NCCL)
endif()
unset(CMAKE_REQUIRED_LIBRARIES)
unset(CMAKE_REQUIRED_INCLUDES)
unset(CMAKE_REQUIRED_FLAGS)
unset(CMAKE_REQUIRED_DEFINITIONS)
