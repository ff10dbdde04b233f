// Run while building: prints the header from which `dlwork --version` knows the LibTorch that it
// was built with, without loading it.
#include <ATen/Version.h>
#include <torch/version.h>

#include <iostream>
#include <string>

#include "training/torch_config.h"

int main() {
  using namespace dlwork::training;
  const std::string config = at::show_config();
  const auto constant = [](const char* name, const std::string& value) {
    std::cout << "inline constexpr char " << name << "[] = \"" << value << "\";\n";
  };
  std::cout << "#pragma once\n\nnamespace dlwork::cli::build_facts {\n\n";
  constant("kLibtorch", TORCH_VERSION);
  constant("kBlas", blas_of(config));
  constant("kOnednn", onednn_of(config));
  constant("kCuda", cuda_of(config));
  std::cout << "\n}  // namespace dlwork::cli::build_facts\n";
}
