#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "phase/diagnose/fits.h"
#include "phase/diagnose/statistics.h"
#include "phase/measuring.h"

namespace dlwork::phase::diagnose {

/// Every training sample predicted by a network that did not see it: two networks, each trained on
/// a half of the training part (or on less, where time is short).
struct OutOfFold {
  training::Outputs outputs;                 ///< in the order of `rows`
  std::vector<std::int64_t> rows;            ///< the whole training part
  std::int64_t trained_on = 0;               ///< samples a network was trained on
  std::vector<artefact::Metric> validation;  ///< of each network
  std::vector<double> training;              ///< goal metric of each on its own samples
};

/// A part that gives nothing, and why: nothing is dropped in silence.
struct LeftOut {
  std::string part;
  std::string why;
  std::optional<double> seconds;  ///< that its trainings take at least, where time is why
};

/// A diagnosis in the making: the diagnosed network, and what its parts read and leave.
struct Study {
  explicit Study(Context& context);

  Context& context;
  std::uint64_t seed;
  training::FitOptions options;                ///< of the diagnosed run
  std::unique_ptr<training::Learner> learner;  ///< trained; as it started where training diverged
  training::FitReport report;                  ///< as far as training came
  std::string divergence;                      ///< what ended it, or ""
  std::vector<std::int64_t> train_rows;        ///< on which the training figure is measured
  training::Outputs train, validation;         ///< empty after a divergence
  artefact::Metric train_metric, validation_metric;
  Fits fits;
  std::optional<TimeLimit> time;  ///< for all trainings but ablations
  std::optional<OutOfFold> out_of_fold;
  bool misses_training = false;  ///< the training figure is short of the best attainable
  std::vector<LeftOut> left_out;
  artefact::PhaseResult result;

  const spec::Diagnose& settings() const { return context.project.diagnose; }
  const data::Dataset& dataset() const { return context.dataset(); }
  const std::vector<std::int64_t>& validation_rows() const { return options.validation_rows; }
  bool trained() const { return divergence.empty(); }
  /// The project with the network and training of the diagnosed run.
  const spec::Project& project() const { return context.project; }

  /// The learner's layers on the training rows, looked at once.
  const std::vector<training::LayerReport>& layers();

  /// Adds a finding of a declared id. `figure` names the picture that shows it.
  artefact::Finding& add(const std::string& id, artefact::Severity severity,
                         const std::string& message, Json evidence, const std::string& figure = "");
  /// Whether a finding of this id, warning or error, was added.
  bool found(const std::string& id) const;
  /// The finding by which the optimisation itself fails, "" where none does. Until that is mended a
  /// poor training figure says nothing of the network's size.
  std::string failed_optimisation() const;
  /// Runs a training unless the time does not allow it; takes it from the cache where it is known.
  std::optional<Fitted> train_if_time(const FitPlan& plan);
  /// The same for one whose time was granted with others.
  Fitted train_granted(const FitPlan& plan);
  std::int64_t epochs() const { return options.training.epochs; }
  /// What TimeLimit counts of a training on so many samples, their validation included.
  double work_of(std::int64_t samples) const;
  /// Notes that diagnose.time ended before a part whose trainings are at least so much work.
  void leave_for_time(const std::string& part, double least_work);

 private:
  std::optional<std::vector<training::LayerReport>> layers_;
};

/// The best figure that can be expected on this problem: the better of goal.target and
/// goal.incumbent; nullopt where neither is given.
struct Attainable {
  double value = 0;
  std::string from;  ///< "goal", "incumbent"
};
std::optional<Attainable> attainable(const Context& context);

/// A figure as an error that is 0 at best: 1 - value where more is better, else the value.
double as_error(const Context& context, double value);
/// What that difference is called: "1 - accuracy", "rmse".
std::string error_name(const Context& context);
/// Tolerances are points of figures up to 1, and shares of the training figure for others (rmse).
double tolerance_scale(const Study& study);
/// How much worse `a` is than `b`, with its interval, in the goal metric's own direction.
Difference worse_by(const Context& context, const artefact::Metric& a, const artefact::Metric& b);
Difference worse_by(const Context& context, const artefact::Metric& a, double b);

/// What to do where a small network and a failed optimisation look the same.
std::string mend_first(const std::string& failed_optimisation);

/// Fewest samples that a network of a learning curve or a comparison of widths is trained on.
std::int64_t fewest_to_train_on(const Study& study);
/// Rounded up to two digits.
double two_digits_up(double value);

/// "0.031 [0.012, 0.05]".
std::string difference_text(const Difference& difference);
/// "[0.012, 0.05]".
std::string interval_text(double low, double high);
/// What a sample is and what the network makes of it: "coat (shirt 0.51)", "12.3 (predicted 11)";
/// "coat" where outputs are no shares of classes.
std::string sample_text(const Study& study, const training::Outputs& outputs, std::int64_t place,
                        std::int64_t row);
/// Bars with one series.
artefact::Figure bars(const std::string& id, const std::string& title, const std::string& y_label,
                      const std::vector<std::string>& labels, const std::vector<double>& values,
                      const std::string& caption);

/// The numbers of a column in these rows, missing ones left out.
std::vector<double> present(const data::Column& column, const std::vector<std::int64_t>& rows);

/// `rows` dealt out into `parts` parts, a power of two, ascending; the same for the same seed and
/// purpose. As the split goes: of like size, each class evenly where there are classes; or whole
/// groups, as alike in size as they allow, the first half of the parts against the second most of
/// all. Then later parts of a half may be empty.
std::vector<std::vector<std::int64_t>> deal(const data::Dataset& dataset,
                                            const std::vector<std::int64_t>& rows,
                                            std::int64_t parts, std::uint64_t seed,
                                            std::string_view purpose);

// The parts of a diagnosis, in the order in which they run.
void check_inputs(Study& study);        // inputs.cpp: classes and columns the network cannot learn
void check_optimisation(Study& study);  // optimisation.cpp
void check_gradient_course(Study& study);  // gradient_course.cpp
void hold_out(Study& study);               // halves.cpp: fills out_of_fold
void check_bias_variance(Study& study);    // errors.cpp
void check_shift(Study& study);            // shift.cpp
void draw_learning_curve(Study& study);    // learning_curve.cpp
void draw_capacity(Study& study);          // capacity.cpp
void check_labels(Study& study);           // labels.cpp
void check_label_dynamics(Study& study);   // label_dynamics.cpp
void find_weak_slices(Study& study);       // error_analysis.cpp, with the next two
void find_weak_classes(Study& study);
void show_doubts(Study& study);
void find_weak_clusters(Study& study);  // clusters.cpp
void draw_embedding(Study& study);      // embedding.cpp: the map of the samples
void check_calibration(Study& study);   // decisions.cpp, with the next
void choose_threshold(Study& study);
void find_leaks(Study& study);             // importance.cpp
void replace_stages(Study& study);         // stages.cpp
void trace_answers(Study& study);          // attribution.cpp
void look_inside(Study& study);            // inside.cpp
void ablate(Study& study);                 // ablation.cpp
void tell_what_is_left_out(Study& study);  // left_out.cpp

}  // namespace dlwork::phase::diagnose
