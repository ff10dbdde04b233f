#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "dlwork/base/json.h"
#include "model/torch.h"
#include "training/safetensors.h"

/// Model files of learners that are no supervised networks: tensors, and a blueprint of the task's
/// own making.
namespace dlwork::training {

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

struct OwnModel {
  Json blueprint;
  SafeTensors content;
  /// Copies the stored tensors into `tensors`. Throws Error(kInput) where one is missing or of
  /// another shape.
  void fill(const std::filesystem::path& file, const NamedTensors& tensors) const;
};

void write_own_model(const std::filesystem::path& file, const std::string& task,
                     const Json& blueprint, const NamedTensors& tensors);
/// Throws Error(kInput) for anything else than a model file of this task.
OwnModel read_own_model(const std::filesystem::path& file, const std::string& task);
/// Throws Error(kInput) naming the file and why it is none.
[[noreturn]] void not_a_model(const std::filesystem::path& file, const std::string& why);

}  // namespace dlwork::training
