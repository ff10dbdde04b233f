#pragma once

#include <string>

/// Reads what LibTorch says of its own making (at::show_config); used by the program and, while
/// building, for `--version`.
namespace dlwork::training {

/// The text after `label` up to one of `ends`; `otherwise` when the label is not there.
inline std::string text_after(const std::string& text, const std::string& label,
                              const std::string& ends, const std::string& otherwise) {
  const std::size_t at = text.find(label);
  if (at == std::string::npos) return otherwise;
  const std::size_t start = at + label.size();
  return text.substr(start, text.find_first_of(ends, start) - start);
}

inline std::string blas_of(const std::string& config) {
  return text_after(config, "BLAS_INFO=", ", \n", "unknown");
}
inline std::string onednn_of(const std::string& config) {
  return text_after(config, "MKL-DNN v", " \n", "none");
}
inline std::string openmp_of(const std::string& config) {
  return text_after(config, "OpenMP ", "\n", "none");
}
inline std::string cpu_kernels_of(const std::string& config) {
  return text_after(config, "CPU capability usage: ", "\n", "unknown");
}
inline std::string cuda_of(const std::string& config) {
  return text_after(config, "CUDA Runtime ", " ,\n", "none");
}

}  // namespace dlwork::training
