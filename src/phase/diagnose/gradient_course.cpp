// How the layers' gradients changed in training. All shrink as the loss falls; one that shrinks far
// more than the others stops learning, and one that grows is about to diverge.
#include <algorithm>

#include "dlwork/base/text.h"
#include "phase/diagnose/study.h"

namespace dlwork::phase::diagnose {
namespace {

constexpr char kCourseFigure[] = "gradients-in-training";
/// A gradient that grows to more than this many times its first size explodes.
constexpr double kGrown = 100;
/// The end of training is judged by the middle one of so many epochs.
constexpr std::size_t kLastEpochs = 3;
constexpr std::size_t kFewestEpochs = kLastEpochs + 1;

/// The width that holds nine in ten of a layer's gradients, after the first epoch and in the last.
struct Course {
  std::string layer;
  double first = 0, last = 0;
  double change() const { return last / first; }
};

/// Of layers that had a gradient at both ends; one that has none is dead, which is another finding.
std::vector<Course> courses_of(Study& study) {
  const auto& layers = study.layers();
  std::vector<Course> courses;
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    std::vector<double> widths;
    for (const auto& spread : study.report.spreads) {
      if (spread.layer != static_cast<std::int64_t>(layer) ||
          spread.of != training::LayerSpread::Of::kGradients) {
        continue;
      }
      widths.push_back(spread.high - spread.low);
    }
    if (widths.size() < kFewestEpochs) continue;
    const double last = quantile({widths.end() - kLastEpochs, widths.end()}, 0.5);
    if (widths.front() > 0 && last > 0) {
      courses.push_back({layers[layer].name, widths.front(), last});
    }
  }
  return courses;
}

/// Adds one of the two findings, unless the gradients before the first step made it.
void add_course(Study& study, const std::string& id, const std::string& message, Json evidence) {
  if (study.found(id)) return;
  study.add(id, artefact::Severity::kWarn, message + ", and training misses the best attainable",
            std::move(evidence), kCourseFigure);
}

}  // namespace

void check_gradient_course(Study& study) {
  if (!study.misses_training) return;
  const auto courses = courses_of(study);
  if (courses.empty()) return;
  const auto [least, most] =
      std::minmax_element(courses.begin(), courses.end(),
                          [](const Course& a, const Course& b) { return a.change() < b.change(); });
  const double ratio = least->change() / most->change();
  const bool vanishing = ratio < study.settings().gradient_ratio;
  const bool exploding = most->change() > kGrown;
  if (!vanishing && !exploding) return;
  std::vector<std::string> names;
  std::vector<double> first, last, changes;
  for (const auto& course : courses) {
    names.push_back(course.layer);
    first.push_back(course.first);
    last.push_back(course.last);
    changes.push_back(course.change());
  }
  study.result.figures.push_back(bars(kCourseFigure, "Gradients at the end of training",
                                      "last / first epoch", names, changes,
                                      "Width that holds nine in ten of a layer's gradients."));
  const Json evidence = {{"layers", names}, {"first", first}, {"last", last}, {"ratio", ratio}};
  if (vanishing) {
    add_course(study, "diagnosis-gradient-vanishing",
               "in training the gradient of layer " + least->layer + " fell to " +
                   pretty_number(least->change(), 3) + " of its first size, that of layer " +
                   most->layer + " to " + pretty_number(most->change(), 3),
               evidence);
  }
  if (exploding) {
    add_course(study, "diagnosis-gradient-exploding",
               "in training the gradient of layer " + most->layer + " grew to " +
                   pretty_number(most->change(), 3) + " times its first size",
               evidence);
  }
}

}  // namespace dlwork::phase::diagnose
