#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <malloc.h>
#include <stdlib.h>
#include <torch/version.h>

#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"
#include "dlwork/training/supervised.h"
#include "model/torch.h"
#include "training/torch_config.h"

namespace dlwork::training {

Json libtorch_versions() {
  const std::string config = at::show_config();
  Json devices = Json::array({"cpu"});
  const auto count =
      torch::cuda::is_available() ? static_cast<int>(torch::cuda::device_count()) : 0;
  for (int i = 0; i < count; ++i) {
    devices.push_back("cuda:" + std::to_string(i));
  }
  return {{"libtorch", TORCH_VERSION},
          {"blas", blas_of(config)},
          {"onednn", onednn_of(config)},
          {"openmp", openmp_of(config)},
          {"cpu_kernels", cpu_kernels_of(config)},
          {"cuda", cuda_of(config)},
          {"devices", devices}};
}

std::string resolve_device(const std::string& asked) {
  const bool cuda = torch::cuda::is_available();
  if (asked == "auto") return cuda ? "cuda" : "cpu";
  if (asked == "cpu") return asked;
  const auto index = asked.rfind("cuda:", 0) == 0 ? parse_integer(asked.substr(5)) : std::nullopt;
  if (asked != "cuda" && !index) {
    throw Error(ExitStatus::kUsage, "--device " + asked + ": no such kind of device",
                "known: auto, cpu, cuda, cuda:N");
  }
  if (!cuda) {
    throw Error(ExitStatus::kRuntime,
                "--device " + asked + ": LibTorch " + TORCH_VERSION +
                    " sees no CUDA device; what is there: cpu",
                "use --device cpu, or a LibTorch built for CUDA with its driver");
  }
  const auto count = static_cast<std::int64_t>(torch::cuda::device_count());
  if (index && (*index < 0 || *index >= count)) {
    throw Error(ExitStatus::kRuntime, "--device " + asked + ": LibTorch sees " +
                                          std::to_string(count) + " CUDA devices, numbered from 0");
  }
  return asked;
}

void set_up_device(const std::string& device) {
  if (!torch::Device(device).is_cuda()) return;
  auto& context = at::globalContext();
  context.setAllowTF32CuDNN(false);
  context.setAllowTF32CuBLAS(false);
  context.setBenchmarkCuDNN(false);  // it would choose kernels by their times
  context.setDeterministicCuDNN(true);
  context.setDeterministicAlgorithms(true, /*warn_only=*/true);
  // cuBLAS reads it when it starts: workspaces of one size, as its determinism asks for.
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
}

void set_up_threads(int threads) {
  at::set_num_threads(threads);
  // LibTorch takes this once, before its first parallel work; nothing here runs graphs in parallel.
  static const bool once = [] {
    at::set_num_interop_threads(1);
    return true;
  }();
  static_cast<void>(once);
  // Freed buffers stay with the process: giving them back costs page faults in every step.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

double measure_gemm() {
  torch::NoGradGuard no_grad;
  constexpr std::int64_t kSide = 1024;
  const auto a = torch::ones({kSide, kSide}), b = torch::ones({kSide, kSide});
  torch::mm(a, b);
  double best = 0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const double start = monotonic_seconds();
    torch::mm(a, b);
    best = std::max(best, 2.0 * kSide * kSide * kSide / (monotonic_seconds() - start) / 1e9);
  }
  return best;
}

}  // namespace dlwork::training
