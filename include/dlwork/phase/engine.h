#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dlwork/artefact/result.h"
#include "dlwork/artefact/workspace.h"
#include "dlwork/base/run_context.h"
#include "dlwork/base/world.h"
#include "dlwork/spec/project.h"

namespace dlwork::phase {

struct EngineOptions {
  std::string device = "auto";
  int threads = 0;  ///< 0: the CPUs this process may use
  bool force = false;
  bool resume = false;
  bool profile = false;              ///< show where the time of training went
  std::string choose;                ///< analogy
  bool fix = false;                  ///< audit: write a mended copy of the data
  std::string fix_to;                ///< audit: where; "": into the run folder
  std::string against;               ///< audit: new data, compared with the recorded profile
  World world;                       ///< processes that train together
  std::vector<std::string> command;  ///< argv, for the record
};

struct PredictOptions {
  std::string model;  ///< "" : the workspace's best: ensemble, else tune, else baseline
  std::string input;
  std::string output;  ///< "-" : standard output is given as a callback target by the CLI
  std::string format;  ///< csv, jsonl; "" : by the output's name
};

/// The part of the program that needs LibTorch, behind one door: the executable opens the shared
/// library that holds it when a command needs it (loading LibTorch costs 0.3 to 0.7 s).
class Engine {
 public:
  virtual ~Engine() = default;
  /// Runs one phase and leaves its run folder and state. The project is as `load_project` gave it;
  /// the analogy's defaults are laid under it here.
  virtual artefact::PhaseResult run_phase(const std::string& phase, const std::string& project_file,
                                          const std::vector<spec::Override>& overrides,
                                          const EngineOptions& options, Reporter& reporter,
                                          const StopFlag& stop) = 0;
  /// Writes one prediction a raw input sample. Returns how many.
  virtual std::int64_t predict(const std::string& project_file, const PredictOptions& predict,
                               const EngineOptions& options, Reporter& reporter,
                               const StopFlag& stop) = 0;
  /// {"libtorch", "blas", "onednn", "cuda", "devices": [..], "threads", "gemm_gflops"?}.
  enum class Measure { kNo, kYes };
  virtual Json describe(Measure measure) = 0;
};

/// Symbol of the shared library: `Engine* dlwork_engine()`; lives as long as the process.
inline constexpr char kEngineSymbol[] = "dlwork_engine";
inline constexpr char kEngineLibrary[] = "libdlwork_learn.so";

}  // namespace dlwork::phase
