# Training steps are captured as CUDA graphs where LibTorch was built for CUDA and its headers and
# CUDA's are there. DLWORK_CUDA_GRAPHS tells.
include(CheckCXXSourceCompiles)

if(TORCH_CUDA_LIBRARIES)
  get_target_property(torch_cpu_file torch_cpu LOCATION)
  get_target_property(torch_cuda_file torch_cuda LOCATION)
  get_filename_component(torch_folder ${torch_cpu_file} DIRECTORY)
  set(CMAKE_REQUIRED_LIBRARIES ${torch_cpu_file} ${torch_cuda_file} "-L${torch_folder}" c10_cuda c10)
  set(CMAKE_REQUIRED_INCLUDES ${TORCH_INCLUDE_DIRS} ${CUDA_INCLUDE_DIRS})
  set(CMAKE_REQUIRED_FLAGS "-std=c++20")
  check_cxx_source_compiles([[
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
int main() {
  at::cuda::CUDAGraph graph;
  graph.replay();
  return c10::cuda::getStreamFromPool().device_index();
}
]] DLWORK_CUDA_GRAPHS)
  if(NOT DLWORK_CUDA_GRAPHS)
    message(STATUS "CUDA's headers are not found: training steps on CUDA are not captured as graphs")
  endif()
  unset(CMAKE_REQUIRED_LIBRARIES)
  unset(CMAKE_REQUIRED_INCLUDES)
  unset(CMAKE_REQUIRED_FLAGS)
endif()
