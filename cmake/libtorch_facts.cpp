// Run while building: prints the header from which `dlwork --version` knows the LibTorch that it was
// built with, without loading it.
#include <ATen/Version.h>
#include <torch/version.h>

#include <iostream>
#include <string>

namespace {

/// The text after `label` up to one of `ends`; `otherwise` when the label is not there.
std::string after(const std::string& text, const std::string& label, const std::string& ends,
                  const std::string& otherwise) {
  const size_t at = text.find(label);
  if (at == std::string::npos) return otherwise;
  const size_t start = at + label.size();
  return text.substr(start, text.find_first_of(ends, start) - start);
}

}  // namespace

int main() {
  const std::string config = at::show_config();
  const auto constant = [](const char* name, const std::string& value) {
    std::cout << "inline constexpr char " << name << "[] = \"" << value << "\";\n";
  };
  std::cout << "#pragma once\n\nnamespace dlwork::cli::build_facts {\n\n";
  constant("kLibtorch", TORCH_VERSION);
  constant("kBlas", after(config, "BLAS_INFO=", ", \n", "unknown"));
  constant("kOnednn", after(config, "MKL-DNN v", " \n", "none"));
  constant("kCuda", after(config, "CUDA Runtime ", " ,\n", "none"));
  std::cout << "\n}  // namespace dlwork::cli::build_facts\n";
}
