#include "phase/profile.h"

#include <algorithm>
#include <filesystem>

#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"

namespace dlwork::phase {
namespace {

using training::FitTimes;

struct TimedPart {
  const char* name;
  double FitTimes::*seconds;
  bool of_steps = true;  ///< each step has its share of it
};
constexpr TimedPart kTimedParts[] = {{"data", &FitTimes::data},
                                     {"forward", &FitTimes::forward},
                                     {"backward", &FitTimes::backward},
                                     {"optimizer", &FitTimes::optimizer},
                                     {"evaluation", &FitTimes::evaluation, false},
                                     {"checkpoint", &FitTimes::checkpoint, false},
                                     {"event files", &FitTimes::events, false},
                                     {"exchange", &FitTimes::exchange}};

constexpr char kRatesTrace[] = "trace-learning-rates.json";

std::string trace_name(std::int64_t fit) {
  return fit == 1 ? "trace.json" : "trace-" + std::to_string(fit) + ".json";
}

/// Of the next fit.
void begin_fit(Context& context, training::FitOptions& options) {
  Profile& profile = context.profile;
  ++profile.fits;
  if (!profile.wanted) return;
  options.trace_file = context.folder.file(trace_name(profile.fits));
  profile.traced.push_back(options.label);
}

void note_fit(Context& context, const training::FitOptions& options,
              const training::FitReport& report, double seconds) {
  Profile& profile = context.profile;
  profile.seconds += seconds;
  for (const TimedPart& part : kTimedParts)
    profile.times.*part.seconds += report.times.*part.seconds;
  profile.steps += report.times.steps;
  profile.path = report.path;
  profile.feeding = report.feeding;
  context.run.reporter.debug(options.label + ": trained by the " + report.path + " path");
}

}  // namespace

training::FitReport fit(Context& context, training::Learner& learner,
                        training::FitOptions options) {
  begin_fit(context, options);
  const double start = monotonic_seconds();
  auto report = learner.fit(options, context.run);
  note_fit(context, options, report, monotonic_seconds() - start);
  return report;
}

training::RangeTest range_test(Context& context, training::Learner& learner,
                               const training::FitOptions& options) {
  training::FitOptions traced = options;
  if (context.profile.wanted) traced.trace_file = context.folder.file(kRatesTrace);
  const double start = monotonic_seconds();
  auto test = learner.range_test(traced, context.run);
  if (!test.points.empty()) context.profile.range_test += monotonic_seconds() - start;
  return test;
}

void fit_together(Context& context, std::vector<training::Fitting> fittings,
                  const training::Fitted& fitted) {
  for (auto& fitting : fittings) begin_fit(context, fitting.options);
  training::fit_together(
      fittings,
      [&](std::size_t index, const training::FitReport& report) {
        note_fit(context, fittings[index].options, report, report.seconds);
        fitted(index, report);
      },
      context.run);
}

void show_profile(const Context& context, artefact::PhaseResult& result) {
  const Profile& profile = context.profile;
  if (!profile.wanted || profile.fits == 0) return;
  artefact::Table table{"profile", "Where the time of training went", {}, {}, {}, ""};
  table.columns = {"part", "seconds", "share", "us a step"};
  table.right = {false, true, true, true};
  const double all = std::max(1e-9, profile.seconds + profile.range_test);
  Json seconds = Json::object();
  const auto add = [&](const std::string& name, double spent, bool of_steps) {
    seconds[name] = spent;
    const double steps = static_cast<double>(std::max<std::int64_t>(1, profile.steps));
    table.rows.push_back({name, pretty_number(spent, 3), percent(spent / all),
                          of_steps ? pretty_number(1e6 * spent / steps, 3) : "-"});
  };
  double rest = profile.seconds;
  for (const TimedPart& part : kTimedParts) {
    const double spent = profile.times.*part.seconds;
    if (part.seconds == &FitTimes::exchange && context.run.group == nullptr) continue;
    add(part.name, spent, part.of_steps);
    rest -= spent;
  }
  add("rest", std::max(0.0, rest), true);
  if (profile.range_test > 0) add("range test", profile.range_test, false);
  table.note = grouped(profile.steps) + " steps in " + pretty_number(profile.seconds, 3) +
               " s, by the " + profile.path + " path";
  if (!profile.feeding.empty()) table.note += "; batches were " + profile.feeding;
  result.tables.push_back(std::move(table));
  result.values["profile"] = {{"steps", profile.steps},
                              {"seconds", profile.seconds},
                              {"path", profile.path},
                              {"feeding", profile.feeding},
                              {"parts", seconds}};
  const auto add_trace = [&](const std::string& name, const std::string& of) {
    if (!std::filesystem::exists(context.folder.file(name))) return;
    result.artefacts.push_back({"trace", name, "of " + of + ", for Chrome's about:tracing"});
  };
  add_trace(kRatesTrace, "the test of learning rates");
  for (std::size_t fit = 0; fit < profile.traced.size(); ++fit) {
    add_trace(trace_name(static_cast<std::int64_t>(fit) + 1), profile.traced[fit]);
  }
}

}  // namespace dlwork::phase
