#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "dlwork/data/dataset.h"
#include "dlwork/data/preprocess.h"
#include "dlwork/training/learner.h"

namespace dlwork::training {

/// How a target becomes numbers and back; kept in the model file.
struct TargetCoding {
  std::string task;                  ///< "classification" or "regression"
  std::string name;                  ///< the target column
  std::vector<std::string> classes;  ///< classification
  double mean = 0, deviation = 1;    ///< regression: of the training part
  std::int64_t outputs() const {
    return task == "regression" ? 1 : static_cast<std::int64_t>(classes.size());
  }
};

struct SupervisedProblem {
  const data::Dataset* dataset = nullptr;  ///< outlives the learner
  TargetCoding coding;
  std::vector<spec::LayerSpec> layers;
  std::string loss;                         ///< "cross-entropy", "mse", ...
  std::uint64_t seed = 1;                   ///< of the initial weights
  std::vector<std::int64_t> fit_rows;       ///< preprocessing is fitted on these
  std::vector<std::string> missing_tokens;  ///< kept in the model file, for prediction
  std::string separator = "auto";           ///< the same: between the columns of a text
  spec::Reduce reduce{};                    ///< components in place of the features
};

/// A LibTorch network for the problem, not yet trained. Throws Error(kUsage) at the layer's place
/// in the project file where shapes do not fit.
std::unique_ptr<Learner> make_supervised(SupervisedProblem problem, RunContext& run);

/// A network read back from its model file: for prediction and evaluation on raw samples.
struct LoadedModel {
  std::unique_ptr<Learner> learner;
  TargetCoding coding;
  data::Preprocessor preprocessor;
  std::vector<std::string> missing_tokens;
  std::string separator;
};
/// Throws Error(kInput) for anything that is not a model file of ours, whatever its bytes.
LoadedModel load_model(const std::filesystem::path& file, RunContext& run);

/// The name of the task that a model file is for. Throws Error(kInput).
std::string task_of_model_file(const std::filesystem::path& file);

/// Names the tables know: "cross-entropy" ..., "adamw" ..., "one-cycle" ....
std::vector<std::string> loss_names();
std::vector<std::string> optimizer_names();
std::vector<std::string> schedule_names();

/// dlwork's own version facts of LibTorch: {"libtorch": "2.13.0", "blas": .., "onednn": .., "cuda":
/// ..}.
Json libtorch_versions();
/// "auto" -> "cuda" or "cpu". Throws Error(kRuntime) naming what is there when asked for what is
/// not.
std::string resolve_device(const std::string& asked);
/// What all work on the device goes by. On CUDA: products in full float32 (no TF32), the kernels of
/// cuDNN and LibTorch that give the same bits each time, with a warning where there is none. The
/// CPU's do so without being asked.
void set_up_device(const std::string& device);
/// Sets intra-op threads and the malloc thresholds that keep buffers from going back to the kernel.
void set_up_threads(int threads);
/// How many processes of this program are at work on this machine: each takes its part of the
/// memory.
void set_up_memory(int processes);
/// GFLOP/s of a float matrix product, to tell a reference BLAS (under 20) from a real one.
double measure_gemm();

}  // namespace dlwork::training
