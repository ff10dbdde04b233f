#include "training/torch_config.h"

#include <gtest/gtest.h>

namespace dlwork::training {
namespace {

constexpr char kConfig[] =
    "PyTorch built with:\n"
    "  - Intel(R) oneAPI Math Kernel Library Version 2024.2\n"
    "  - Intel(R) MKL-DNN v3.12.0 (Git Hash 80afa71049cd69a3df32adcccb623b12cd7baa22)\n"
    "  - OpenMP 201511 (a.k.a. OpenMP 4.5)\n"
    "  - CPU capability usage: AVX2\n"
    "  - CUDA Runtime 12.6\n"
    "  - Build settings: BLAS_INFO=mkl, BUILD_TYPE=Release, USE_CUDA=0, \n";

TEST(TorchConfig, FindsEachVersion) {
  EXPECT_EQ(blas_of(kConfig), "mkl");
  EXPECT_EQ(onednn_of(kConfig), "3.12.0");
  EXPECT_EQ(openmp_of(kConfig), "201511 (a.k.a. OpenMP 4.5)");
  EXPECT_EQ(cpu_kernels_of(kConfig), "AVX2");
  EXPECT_EQ(cuda_of(kConfig), "12.6");
}

TEST(TorchConfig, SaysWhatIsNotThere) {
  EXPECT_EQ(blas_of("PyTorch built with:\n"), "unknown");
  EXPECT_EQ(onednn_of(""), "none");
  EXPECT_EQ(cuda_of("  - CUDA\n"), "none");
}

}  // namespace
}  // namespace dlwork::training
