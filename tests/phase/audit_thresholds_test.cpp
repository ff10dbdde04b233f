#include <gmock/gmock.h>

#include <cmath>

#include "limits.h"
#include "planted.h"

/// Limits of the project file: each takes a planted finding away, or changes how grave it is.
namespace dlwork::testing {
namespace {

/// A column for each flaw.
std::string flawed(const Sample& s, bool is_test) {
  const auto text = [](double value) { return number_text(value) + ","; };
  const int i = s.index;
  std::string row;
  row += i % 8 == 1 ? "," : text(s.c + 0.1 * s.a);                      // gap
  row += i == 100 || i == 101 ? "other," : "one,";                      // near
  row += "kind" + std::to_string(i % 60) + ",";                         // many
  row += text(std::exp(2.5 * s.b));                                     // tail
  row += i % 5 < 4 ? "0," : text(s.a);                                  // zeros
  row += std::to_string(i * 7 % 4) + ",";                               // codes
  row += i == 30 ? "900," : text(s.b - s.c);                            // far
  row += i % 20 == 3 ? text(9 + s.c) : text(s.a * s.c);                 // tails
  row += s.c < 0.5 ? "x," : "z,";                                       // left
  row += (s.c < 0.5) != (i % 60 == 0) ? "p," : "q,";                    // right
  row += text(2 * s.a + 0.02 * s.b);                                    // line
  row += i % 20 == 6 ? "-999," : text(50 + 5 * s.b + s.a);              // code
  row += text(std::min(0.8, s.b + 0.3 * s.a));                          // cut
  row += i == 50 ? "platinmu," : i % 2 == 0 ? "platinum," : "copper,";  // words
  row += i == 60   ? "2020-02-30,"
         : i == 61 ? "soon,"
                   : "2020-03-" + std::to_string(10 + i % 18) + ",";        // day
  row += i == 70 ? "about 7," : text(std::floor(100 * s.c));                // mixed
  row += i % 10 == 4 ? text((170 + 8 * s.b) / 2.65) : text(170 + 8 * s.b);  // height
  row += text(s.a + s.c + (is_test ? 3 : 0));                               // shifted
  row += i % 40 == 8 ? "caf\xC3\x83\xC2\xA9" : "tea";                       // drink
  return row;
}
const char kFlaws[] =
    "gap,near,many,tail,zeros,codes,far,tails,left,right,line,code,cut,words,day,mixed,height,"
    "shifted,drink";

TEST(AuditLimits, DecideOnColumnsAndValues) {
  PhaseOverFiles phase;
  const auto part = [](bool is_test) {
    return [=](const Sample& s) { return flawed(s, is_test); };
  };
  std::string train = file(240, 1, kFlaws, part(false));
  const std::string again = train.substr(train.find('\n') + 1);
  std::size_t end = 0;
  for (int line = 0; line < 12; ++line) end = again.find('\n', end) + 1;
  phase.write("train.csv", train + again.substr(0, end));  // the first twelve once more
  phase.write("test.csv", file(120, 2, kFlaws, part(true)));
  phase.project.data.test.paths = {"test.csv"};
  phase.write("check.csv", file(60, 3, kFlaws, part(false)));
  phase.project.data.validation.paths = {"check.csv"};
  run_rounds(phase,
             {
                 {1, "missing_info", 0.5, "missing-rate", "gap", Becomes::kGone},
                 {2, "missing_warn", 0.06, "missing-rate", "gap", Becomes::kWarn},
                 {1, "constant_share", 0.9999, "column-constant", "near", Becomes::kGone},
                 {1, "categories_many", 100, "category-high-cardinality", "many", Becomes::kGone},
                 {2, "categories_share", 0.9, "category-high-cardinality", "many", Becomes::kGone},
                 {1, "skew_info", 1e6, "value-skew", "tail", Becomes::kGone},
                 {2, "skew_warn", 2.5, "value-skew", "tail", Becomes::kWarn},
                 {1, "kurtosis", 1e6, "value-heavy-tail", "tail", Becomes::kGone},
                 {1, "zeros_share", 0.95, "value-zero-inflated", "zeros", Becomes::kGone},
                 {1, "few_values", 3, "column-numeric-category", "codes", Becomes::kGone},
                 {1, "outlier_ranges", 1e6, "value-outlier-extreme", "far", Becomes::kGone},
                 {1, "outlier_share", 0.9, "value-outlier-share", "tails", Becomes::kGone},
                 {2, "outlier_z", 1e6, "value-outlier-share", "tails", Becomes::kGone},
                 {1, "scale_ratio", 1e9, "value-scale-disparity", "", Becomes::kGone},
                 {1, "association", 0.999, "column-associated", "right", Becomes::kGone},
                 {1, "correlation", 0.99999, "column-collinear", "", Becomes::kGone},
                 {1, "condition", 1e12, "column-condition", "", Becomes::kGone},
                 {1, "sentinel_count", 1e6, "missing-sentinel-code", "code", Becomes::kGone},
                 {2, "sentinel_gap", 1e8, "missing-sentinel-code", "code", Becomes::kGone},
                 {3, "sentinel_range", 1e8, "missing-sentinel-code", "code", Becomes::kGone},
                 {1, "censored_samples", 1e6, "value-censored", "cut", Becomes::kGone},
                 {2, "censored_share", 0.9, "value-censored", "cut", Becomes::kGone},
                 {3, "censored_factor", 1e6, "value-censored", "cut", Becomes::kGone},
                 {1, "typo_ratio", 0, "category-typo", "words", Becomes::kGone},
                 {1, "rare_samples", 0, "category-rare", "words", Becomes::kGone},
                 {2, "date_share", 1, "date-as-text", "day", Becomes::kGone},
                 {1, "mixed_share", 0, "type-mixed", "mixed", Becomes::kGone},
                 {1, "unit_share", 0.4, "mixed-units", "height", Becomes::kGone},
                 {2, "unit_tolerance", 0, "mixed-units", "height", Becomes::kGone},
                 {1, "mojibake_share", 0.5, "text-mojibake", "drink", Becomes::kGone},
                 {1, "duplicate_warn", 0.5, "duplicate-exact", "", Becomes::kInfo},
                 {1, "drift_effect", 0.999, "drift-feature-split", "shifted", Becomes::kGone},
                 {2, "drift_significance", 0, "drift-feature-split", "shifted", Becomes::kGone},
                 {1, "psi_info", 1e6, "drift-psi", "shifted", Becomes::kGone},
                 {3, "psi_warn", 1e6, "drift-psi", "shifted", Becomes::kInfo},
                 {1, "wasserstein", 1e6, "drift-wasserstein", "shifted", Becomes::kGone},
                 {1, "range_share", 1, "split-range-exceeded", "shifted", Becomes::kGone},
                 {1, "adversarial_warn", 1, "leak-adversarial", "", Becomes::kGone},
                 {2, "adversarial_error", 1, "leak-adversarial", "", Becomes::kWarn},
                 {1, "subgroup_samples", 0, "subgroup-small", "words", Becomes::kGone},
                 {1, "events_network", 0, "train-size-rule", "", Becomes::kGone},
                 {1, "test_half_width_warn", 0.9, "test-size", "", Becomes::kGone},
                 {2, "test_half_width_error", 0.03, "test-size", "", Becomes::kError},
                 {1, "test_samples", 1000, "split-size", "", Becomes::kTold},
                 {2, "test_samples_class", 1000, "split-size", "", Becomes::kTold},
                 {1, "test_half_width_class", 0.01, "test-size-class", "", Becomes::kTold},
                 {1, "test_share_least", 0.9, "split-proportion", "", Becomes::kTold},
                 {2, "detectable_gain", 0, "test-size-detectable", "", Becomes::kGone},
                 {1, "class_few", 1000, "class-too-few", "", Becomes::kTold},
                 {2, "imbalance_warn", 1, "class-imbalance", "", Becomes::kTold},
                 {1, "effective_share", 1, "sample-effective", "", Becomes::kTold},
                 {1, "hole_share", 1, "space-hole", "", Becomes::kGone},
             });
}

TEST(AuditLimits, DecideOnLabels) {
  PhaseOverFiles phase;
  Rng rng(11, "limits");
  write_small(
      phase, "", kNothing,
      [&](const Sample& s) {
        const bool flip = rng.uniform() < 0.12 && std::abs(s.a + s.b) > 0.8;
        return std::string((s.a + s.b + (s.index % 240 < 120 ? 0.8 : -0.8) > 0) != flip ? "yes"
                                                                                        : "no");
      },
      360);
  run_rounds(phase,
             {
                 {1, "noise_info", 1, "label-noise", "", Becomes::kGone},
                 {2, "noise_error", 0.01, "label-noise", "", Becomes::kError},
                 {3, "noise_warn", 0.9, "label-noise", "", Becomes::kInfo},
                 {1, "order_association", 1, "label-drift-order", "", Becomes::kGone},
                 {1, "unlearnable_significance", 0, "target-unlearnable", "", Becomes::kTold},
                 {1, "order_runs_z", 0, "row-order-by-target", "", Becomes::kTold},
             });
  const auto noise = [&](double listed, double sure) {
    auto& limits = phase.project.audit.thresholds;
    limits.noise_listed = listed;
    limits.noise_sure = sure;
    return findings_of(phase.run("audit"), "label-noise").front().evidence;
  };
  const Json usual = noise(0.3, 0.6), strict = noise(0.9, 0.95);
  EXPECT_LT(strict["doubtful"], usual["doubtful"]);
  EXPECT_LT(usual["sure"], usual["doubtful"]);
  EXPECT_LE(strict["sure"], strict["doubtful"]);
  EXPECT_EQ(strict["share"], usual["share"]);
}

TEST(AuditLimits, DecideOnNumberTargets) {
  PhaseOverFiles phase;
  set_regression(phase);
  write_small(phase, "", kNothing, [](const Sample& s) {
    return number_text(s.index == 50 ? 900 : std::exp(1.3 * s.a) + 0.2 * s.b);
  });
  run_rounds(phase, {
                        {1, "target_skew", 1e6, "target-distribution", "", Becomes::kGone},
                        {1, "target_ranges", 1e6, "target-outlier", "", Becomes::kGone},
                        {1, "residual_z", 1e6, "label-noise-regression", "", Becomes::kGone},
                        {1, "test_relative_warn", 100, "test-size", "", Becomes::kGone},
                        {2, "test_relative_error", 100, "test-size", "", Becomes::kWarn},
                    });
}

/// Columns that tell too much, by their values or their gaps.
std::string telling(const Sample& s, bool is_test) {
  const auto text = [](double value) { return number_text(value) + ","; };
  const int i = s.index;
  const bool gap = s.yes ? i % 10 != 0 : i % 10 == 0;
  std::string row;
  row += gap ? ",," : text(s.c) + text(s.a);                                // first, second
  row += text((s.yes ? 1 : -1) + 0.2 * s.c);                                // almost
  row += s.yes ? "1," : "0,";                                               // copy
  row += s.yes && s.c < 0.5 ? "dead," : "k" + std::to_string(i % 3) + ",";  // pure
  row += std::to_string(10000 + i * 7919 % 1009) + ",";                     // number
  row += number_text(std::floor(100 * s.c)) + " kg,";                       // weight
  row += text(s.c + (is_test ? -s.a : s.a));                                // related
  row += is_test && i % 10 == 0 ? "new," : i % 2 == 0 ? "one," : "two,";    // kind
  row += is_test && i % 2 == 0 ? "" : number_text(s.b * s.c);               // often
  return row;
}

TEST(AuditLimits, DecideOnGapsAndLeaks) {
  PhaseOverFiles phase;
  const char* names = "first,second,almost,copy,pure,number,weight,related,kind,often";
  phase.write("train.csv", file(300, 1, names, [](const Sample& s) { return telling(s, false); }));
  phase.write("test.csv", file(150, 2, names, [](const Sample& s) { return telling(s, true); }));
  phase.project.data.test.paths = {"test.csv"};
  phase.project.data.expect.balance = {{"yes", 0.9}, {"no", 0.1}};
  run_rounds(phase,
             {
                 {1, "missing_association", 1.1, "missing-by-class", "", Becomes::kGone},
                 {2, "missing_significance", 0, "missing-by-class", "", Becomes::kGone},
                 {1, "missing_overlap", 1.1, "missing-cooccurrence", "", Becomes::kGone},
                 {2, "missing_overlap_share", 1.1, "missing-cooccurrence", "", Becomes::kGone},
                 {1, "complete_share", 0, "rows-complete-few", "", Becomes::kGone},
                 {1, "missing_shift", 1.1, "missing-shift-split", "", Becomes::kGone},
                 {1, "row_missing", 0.1, "row-mostly-missing", "", Becomes::kTold},
                 {1, "missing_skill", 1.1, "leak-missingness", "", Becomes::kGone},
                 {1, "skill_error", 1.1, "leak-single-feature", "almost", Becomes::kGone},
                 {1, "pure_samples", 1e6, "leak-pure-value", "pure", Becomes::kGone},
                 {2, "pure_share", 0.9, "leak-pure-value", "pure", Becomes::kGone},
                 {3, "pure_significance", 0, "leak-pure-value", "pure", Becomes::kGone},
                 {4, "pure_covered", 0, "leak-pure-value", "pure", Becomes::kError},
                 {1, "numeric_text_share", 1.1, "numeric-as-text", "weight", Becomes::kGone},
                 {1, "relation_change", 2.1, "drift-relation-split", "", Becomes::kGone},
                 {1, "new_category_share", 1, "split-category-new", "kind", Becomes::kInfo},
                 {1, "prior_distance_error", 1, "prior-shift-declared", "", Becomes::kWarn},
                 {2, "prior_distance_warn", 1.1, "prior-shift-declared", "", Becomes::kGone},
                 {3, "prior_significance", 0, "prior-shift-declared", "", Becomes::kGone},
                 {1, "variance_inflation", 1e12, "column-variance-inflation", "", Becomes::kGone},
                 {1, "order_significance", 1.1, "row-order-non-iid", "", Becomes::kTold},
                 {1, "outlier_distance", 0, "outlier-multivariate", "", Becomes::kTold},
             });
}

}  // namespace
}  // namespace dlwork::testing
