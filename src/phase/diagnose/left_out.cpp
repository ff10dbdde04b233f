// What the diagnosis does not say, and what it would take.
#include "dlwork/base/text.h"
#include "phase/diagnose/study.h"

namespace dlwork::phase::diagnose {
namespace {

constexpr char kLeftOutFigure[] = "left-out";

std::string left_out_text(const LeftOut& one) {
  const std::string takes =
      one.seconds ? "; its trainings take at least " + pretty_duration(*one.seconds) : "";
  return one.part + " (" + one.why + takes + ")";
}

}  // namespace

void tell_what_is_left_out(Study& study) {
  if (study.left_out.empty()) return;
  std::vector<std::string> parts, texts;
  std::vector<double> seconds;
  Json listed = Json::array();
  double missing = 0;
  for (const auto& one : study.left_out) {
    parts.push_back(one.part);
    texts.push_back(left_out_text(one));
    seconds.push_back(one.seconds.value_or(0));
    missing += seconds.back();
    listed.push_back({{"part", one.part},
                      {"why", one.why},
                      {"seconds", one.seconds ? Json(*one.seconds) : Json(nullptr)}});
  }
  study.result.figures.push_back(bars(kLeftOutFigure, "What was left out, and the time it takes",
                                      "seconds, at least", parts, seconds,
                                      "0: left out for another reason than time."));
  auto& finding =
      study.add("diagnosis-left-out", artefact::Severity::kInfo, "left out: " + join(texts, ", "),
                {{"parts", listed}, {"spent_seconds", study.time->spent()}}, kLeftOutFigure);
  if (missing > 0) {
    finding.advice =
        "Set diagnose.time: " + number_text(two_digits_up(study.time->spent() + missing)) +
        "s and run dlwork diagnose again.";
  }
}

}  // namespace dlwork::phase::diagnose
