#include "training/fit_errors.h"

#include "dlwork/base/text.h"

namespace dlwork::training {
namespace {

/// Steps shorter than this are not worth an exchange over Gloo, which takes 1 to 3 ms itself.
constexpr double kWorthwhileMs = 5;
constexpr std::int64_t kStepsToMeasure = 10;

}  // namespace

Progress fit_progress(const FitOptions& options, const std::vector<EpochRecord>& history,
                      std::int64_t samples, double loss) {
  const auto done = static_cast<std::int64_t>(history.size());
  const auto of_epoch = static_cast<std::int64_t>(options.train_rows.size());
  std::string detail = "loss " + pretty_number(loss, 3);
  if (done > 0) {
    detail += ", " + options.metric + " " + pretty_number(history.back().validation_metric, 4);
  }
  return {options.label + ", epoch " + std::to_string(done + 1) + "/" +
              std::to_string(options.training.epochs),
          static_cast<double>(done * of_epoch + samples),
          static_cast<double>(options.training.epochs * of_epoch), "samples", detail};
}

std::string place_text(std::size_t epochs, std::int64_t done, const std::string& unit) {
  if (done == 0) return epochs == 0 ? "the start" : "epoch " + std::to_string(epochs);
  return "epoch " + std::to_string(epochs + 1) + ", " + unit + " " + std::to_string(done);
}

Error interrupted(const FitOptions& options, const std::string& place) {
  const bool kept = !options.checkpoint_folder.empty();
  return Error(ExitStatus::kInterrupted,
               options.label + ": stopped in " + place + (kept ? "; its state is kept" : ""),
               kept ? "go on with --resume" : "");
}

Error not_saved(const FitOptions& options, const Error& problem, const std::string& kept) {
  const auto& what = problem.diagnostics().front();
  return Error(
      problem.status(),
      options.label + ": " + what.message + "; " +
          (kept.empty() ? "no checkpoint is there yet" : "the checkpoint of " + kept + " stays"),
      what.hint + (kept.empty() ? "" : ", then go on with --resume"));
}

std::string good_text(const FitOptions& options, const std::string& kept, std::size_t epochs) {
  if (!kept.empty()) {
    return "last good checkpoint: " + kept + ", in " + options.checkpoint_folder.string();
  }
  return epochs > 0 ? "last good epoch: " + std::to_string(epochs) : "no epoch was good";
}

FitError not_finite(const FitOptions& options, const std::string& what, double learning_rate,
                    const std::string& good) {
  const double asked = options.training.learning_rate;
  const std::string wider = options.training.precision == "float16"
                                ? "set training.precision: bfloat16, which has float32's range, "
                                : "";
  const bool names_layer = what.find(" layer ") != std::string::npos;
  return {FitError::Cause::kDiverged,
          options.label + ": " + what + ", at learning rate " + pretty_number(learning_rate) +
              "; " + good,
          wider + "lower training.learning_rate (now " + pretty_number(asked) + "; try " +
              pretty_number(asked / 10) +
              (names_layer
                   ? "), set training.gradient_clip: 1, or put a norm layer before the one named"
                   : "), or set training.gradient_clip: 1")};
}

std::string does_not_pay(const std::string& label, const FitTimes& times, int processes) {
  if (times.steps < kStepsToMeasure) return "";
  const double ms = 1e3 / static_cast<double>(times.steps);
  const double own = times.data + times.forward + times.backward + times.optimizer;
  if (ms * own >= kWorthwhileMs) return "";
  return label + ": a step takes " + pretty_number(ms * own, 2) +
         " ms, and the exchange of gradients " + pretty_number(ms * times.exchange, 2) +
         " ms more: " + std::to_string(processes) +
         " processes do not pay below about 5 ms a step; one with a larger batch is faster";
}

}  // namespace dlwork::training
