#include <xgboost/c_api.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <type_traits>

#include "dlwork/base/error.h"
#include "dlwork/base/json.h"
#include "dlwork/base/text.h"
#include "phase/readiness/models/model.h"

namespace dlwork::phase::classical {
namespace {

constexpr int kMostRounds = 300;
/// Rounds without gain on the inner check rows before boosting stops.
constexpr int kPatience = 10;
/// More features than this are sampled for each tree and binned more coarsely: trees on hundreds
/// of pixels cost in proportion, and pixels beside each other say much the same.
constexpr std::int64_t kWide = 128;

/// Depths of the trees as settings to be given, the usual one first.
constexpr int kDepthChoices[] = {6, 3, 2};

/// XGBoost's calls return 0 or leave their reason in XGBGetLastError.
void check(int code, const char* call) {
  if (code != 0) {
    const std::string reason = XGBGetLastError();
    throw Error(ExitStatus::kRuntime, std::string("XGBoost: ") + call + ": " +
                                          reason.substr(0, reason.find("\nStack trace")));
  }
}

struct FreeMatrix {
  void operator()(void* handle) const { XGDMatrixFree(handle); }
};
struct FreeBooster {
  void operator()(void* handle) const { XGBoosterFree(handle); }
};
using MatrixHandle = std::unique_ptr<void, FreeMatrix>;
using Booster = std::unique_ptr<void, FreeBooster>;

MatrixHandle make_matrix(const Matrix& features, int threads) {
  DMatrixHandle handle = nullptr;
  check(XGDMatrixCreateFromMat_omp(features.data(), static_cast<bst_ulong>(features.rows()),
                                   static_cast<bst_ulong>(features.cols()),
                                   std::numeric_limits<float>::quiet_NaN(), &handle, threads),
        "XGDMatrixCreateFromMat_omp");
  return MatrixHandle(handle);
}

MatrixHandle make_labelled(const Problem& problem, const std::vector<std::int64_t>& rows,
                           int threads) {
  MatrixHandle matrix = make_matrix(take_rows(problem.features, rows), threads);
  std::vector<float> labels;
  for (const auto row : rows) {
    labels.push_back(problem.is_class ? static_cast<float>(problem.classes[row])
                                      : problem.values[row]);
  }
  check(XGDMatrixSetFloatInfo(matrix.get(), "label", labels.data(), labels.size()),
        "XGDMatrixSetFloatInfo");
  return matrix;
}

class Boosted final : public Model {
 public:
  std::string name() const override { return "boosted trees"; }
  std::size_t choices() const override { return std::size(kDepthChoices); }

  Fit fit(const Problem& problem, const Limits& limits) override {
    outputs_ = problem.outputs;
    auto rows = problem.inner_train;
    if (problem.inner_check.empty()) {
      rows.resize(problem.features.rows());
      for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int64_t>(i);
    }
    const MatrixHandle train = make_labelled(problem, rows, limits.threads);
    const MatrixHandle held_out = problem.inner_check.empty()
                                      ? nullptr
                                      : make_labelled(problem, problem.inner_check, limits.threads);
    start(problem, limits, train.get(), held_out.get());
    Fit fit;
    fit.rows = static_cast<std::int64_t>(rows.size());
    const int rounds = boost(limits, train.get(), held_out.get(), fit);
    fit.settings = std::to_string(rounds_) + " of " + std::to_string(rounds) + " rounds kept";
    if (is_chosen()) fit.settings += ", depth " + std::to_string(depth());
    return fit;
  }

  training::Outputs predict(const Matrix& features, const Limits& limits) override {
    limits.check_stop();
    const MatrixHandle matrix = make_matrix(features, limits.threads);
    const std::string config = Json({{"type", 0},
                                     {"training", false},
                                     {"iteration_begin", 0},
                                     {"iteration_end", rounds_},
                                     {"strict_shape", true}})
                                   .dump();
    const bst_ulong* shape = nullptr;
    bst_ulong dimensions = 0;
    const float* values = nullptr;
    check(XGBoosterPredictFromDMatrix(booster_.get(), matrix.get(), config.c_str(), &shape,
                                      &dimensions, &values),
          "XGBoosterPredictFromDMatrix");
    DLWORK_ASSERT(dimensions == 2 && shape[0] == static_cast<bst_ulong>(features.rows()) &&
                      shape[1] == static_cast<bst_ulong>(outputs_),
                  "one row of outputs a sample");
    return {features.rows(), outputs_, {values, values + shape[0] * shape[1]}};
  }

 private:
  int depth() const { return kDepthChoices[is_chosen() ? choice_ : 0]; }
  void set(const char* key, const std::string& value) {
    check(XGBoosterSetParam(booster_.get(), key, value.c_str()), key);
  }

  void start(const Problem& problem, const Limits& limits, DMatrixHandle train,
             DMatrixHandle held_out) {
    const DMatrixHandle matrices[] = {train, held_out};
    BoosterHandle handle = nullptr;
    check(XGBoosterCreate(matrices, held_out == nullptr ? 1 : 2, &handle), "XGBoosterCreate");
    booster_.reset(handle);
    set("verbosity", "0");
    set("nthread", std::to_string(limits.threads));
    set("seed", std::to_string(limits.seed % 2147483647u));
    set("tree_method", "hist");
    const bool wide = problem.features.cols() > kWide;
    set("eta", wide ? "0.3" : "0.1");
    set("max_depth", std::to_string(depth()));
    set("max_bin", wide ? "32" : "256");
    set("subsample", "1");
    set("colsample_bytree", wide ? "0.2" : "1");
    if (problem.is_class) {
      set("objective", "multi:softprob");
      set("num_class", std::to_string(problem.outputs));
      set("eval_metric", "mlogloss");
    } else {
      set("objective", "reg:squarederror");
      set("eval_metric", "rmse");
    }
  }

  double evaluate(int round, DMatrixHandle held_out) {
    DMatrixHandle matrices[] = {held_out};
    const char* names[] = {"check"};
    const char* text = nullptr;
    check(XGBoosterEvalOneIter(booster_.get(), round, matrices, names, 1, &text),
          "XGBoosterEvalOneIter");
    const std::string line = text;  // "[7]\tcheck-mlogloss:0.3127"
    const auto value = parse_number(line.substr(line.rfind(':') + 1));
    if (!value) throw Error(ExitStatus::kRuntime, "XGBoost: no figure in '" + line + "'");
    return *value;
  }

  /// Gives the rounds done; `rounds_` becomes the best of them.
  int boost(const Limits& limits, DMatrixHandle train, DMatrixHandle held_out, Fit& fit) {
    double best = std::numeric_limits<double>::infinity();
    int round = 0;
    for (; round < kMostRounds; ++round) {
      limits.check_stop();
      if (round > 0 && limits.out_of_time()) {
        fit.cut = "time was up after round " + std::to_string(round);
        break;
      }
      check(XGBoosterUpdateOneIter(booster_.get(), round, train), "XGBoosterUpdateOneIter");
      limits.progress(round + 1, kMostRounds, "rounds");
      if (held_out == nullptr) {
        rounds_ = round + 1;
        continue;
      }
      const double error = evaluate(round, held_out);
      if (error < best) {
        best = error;
        rounds_ = round + 1;
      } else if (round + 1 - rounds_ >= kPatience) {
        return round + 1;
      }
    }
    return round;
  }

  Booster booster_;
  int rounds_ = 0;
  std::int64_t outputs_ = 1;
};

}  // namespace

std::unique_ptr<Model> make_boosted() { return std::make_unique<Boosted>(); }

}  // namespace dlwork::phase::classical
