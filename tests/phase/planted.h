#pragma once

#include <functional>
#include <string>
#include <vector>

#include "dlwork/base/rng.h"
#include "dlwork/base/text.h"
#include "phase_files.h"

/// Small tables in which a test plants one flaw at a time.
namespace dlwork::testing {

/// Numbers of one sample that can be learned from: the class goes with a + b.
struct Sample {
  double a = 0, b = 0, c = 0;
  bool yes = false;
  int index = 0;
};

inline std::vector<Sample> draw(int count, std::uint64_t seed) {
  Rng rng(seed, "planted");
  std::vector<Sample> samples;
  for (int i = 0; i < count; ++i) {
    Sample sample{rng.normal(), rng.normal(), rng.uniform(), false, i};
    sample.yes = sample.a + sample.b + 0.3 * rng.normal() > 0;
    samples.push_back(sample);
  }
  return samples;
}

using Row = std::function<std::string(const Sample&)>;

inline std::string base(const Sample& s) {
  return number_text(s.a) + "," + number_text(s.b) + "," + number_text(s.c);
}
inline std::string label(const Sample& s) { return s.yes ? "yes" : "no"; }

/// A file of a, b, c, what `more` adds (named by `header`), and y.
inline std::string file(int count, std::uint64_t seed, const std::string& header, const Row& more,
                        const Row& target = label) {
  std::string text = "a,b,c," + (header.empty() ? "" : header + ",") + "y\n";
  for (const Sample& sample : draw(count, seed)) {
    text += base(sample) + "," + (header.empty() ? "" : more(sample) + ",") + target(sample) + "\n";
  }
  return text;
}

/// Audits 600 training and 300 test samples that have one more column.
inline artefact::PhaseResult audit_with(const std::string& header, const Row& more,
                                        const Row& target = label) {
  PhaseOverFiles phase;
  phase.write("train.csv", file(600, 1, header, more, target));
  phase.write("test.csv", file(300, 2, header, more, target));
  phase.project.data.test.paths = {"test.csv"};
  return phase.run("audit");
}

inline bool has(const artefact::PhaseResult& result, const std::string& id) {
  return !findings_of(result, id).empty();
}

/// A phase over so many training samples and half as many in a test file.
inline void write_small(PhaseOverFiles& phase, const std::string& header, const Row& more,
                        const Row& target = label, int count = 240) {
  phase.write("train.csv", file(count, 1, header, more, target));
  phase.write("test.csv", file(count / 2, 2, header, more, target));
  phase.project.data.test.paths = {"test.csv"};
}
inline artefact::PhaseResult audit_small(const std::string& header, const Row& more,
                                         const Row& target = label, int count = 240) {
  PhaseOverFiles phase;
  write_small(phase, header, more, target, count);
  return phase.run("audit");
}

/// The same where the target is a number.
inline void set_regression(PhaseOverFiles& phase) {
  phase.project.task = "regression";
  phase.project.goal.metric = "rmse";
}
inline artefact::PhaseResult audit_numbers(const Row& target, int count = 240) {
  PhaseOverFiles phase;
  set_regression(phase);
  write_small(
      phase, "", [](const Sample&) { return std::string(); }, target, count);
  return phase.run("audit");
}

inline const Row kNothing = [](const Sample&) { return std::string(); };

}  // namespace dlwork::testing
