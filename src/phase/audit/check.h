#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "dlwork/artefact/result.h"
#include "dlwork/base/rng.h"
#include "dlwork/base/text.h"
#include "dlwork/data/file_facts.h"
#include "dlwork/phase/phase.h"
#include "phase/audit/contents.h"
#include "phase/audit/facts.h"
#include "phase/audit/patches.h"

namespace dlwork::phase::audit {

/// What a finding is about: a column of the table, a channel of series, or a figure of one.
struct Subject {
  std::string name;   ///< within a sentence: "column age", "channel 2"
  Json evidence;      ///< {"column": "age"}, {"channel": 2}
  std::string key{};  ///< of the project file, where there is one
};
Subject subject_of(const data::Column& column);

/// What a check sees and where it leaves what it found.
struct Audit {
  Context& context;
  const data::Dataset& data;
  const data::FileFacts& files;  ///< what the files say beside their values
  const Contents& contents;      ///< samples that are equal
  artefact::PhaseResult& result;
  Facts& facts;                 ///< what several checks need
  std::vector<Patch>& patches;  ///< what would mend what was found, for --fix
  /// Of every row where `data` holds some that were drawn; or null.
  const data::Survey* survey = nullptr;

  const data::Samples& samples() const { return data.samples; }
  const data::Target& target() const { return data.samples.target; }
  const std::vector<std::int64_t>& rows(data::Part part) const { return data.part(part); }
  const std::vector<std::int64_t>& train() const { return data.part(data::Part::kTrain); }
  /// Samples of a part, those that were not drawn included.
  std::int64_t population(data::Part part) const;
  /// How many of all samples of a part so many drawn ones stand for.
  double of_all(data::Part part, std::int64_t drawn) const;
  /// "no training sample", or "none of the 70,000 training samples drawn".
  std::string no_training_sample() const;
  /// Whether chance explains that rows are equal: columns of a table may be so coarse.
  bool equal_by_chance() const;
  bool is_class() const { return target().given() && target().is_class; }
  const spec::AuditThresholds& limits() const { return context.project.audit.thresholds; }
  std::uint64_t seed() const { return static_cast<std::uint64_t>(context.project.seed); }

  /// Adds a finding and gives it back to be filled further.
  artefact::Finding& add(const std::string& id, artefact::Severity severity,
                         const std::string& message, Json evidence = Json::object());
  /// The same about a subject: what names it joins the evidence.
  artefact::Finding& add_about(const Subject& subject, const std::string& id,
                               artefact::Severity severity, const std::string& message,
                               Json evidence = Json::object());
  artefact::Finding& add_about(const data::Column& column, const std::string& id,
                               artefact::Severity severity, const std::string& message,
                               Json evidence = Json::object()) {
    return add_about(subject_of(column), id, severity, message, std::move(evidence));
  }
  /// Proposes a cell's new text for every sample of the column for which `holds(row)` is true.
  template <class Holds>
  void mend(const data::Column& column, const std::string& why, const std::string& text,
            const Holds& holds) {
    for (std::int64_t row = 0; row < column.count(); ++row) {
      if (holds(row)) patches.push_back({row, column.name, text, why});
    }
  }
  /// Proposes to leave samples out.
  void leave_out(const std::vector<std::int64_t>& rows, const std::string& why);
  /// Places of the first few of `rows`: ["train.csv:17", ...].
  Json places(const std::vector<std::int64_t>& rows) const;
};

/// kTargets: samples with a target and features of numbers, whatever their kind. kSequences are
/// kSeries, of numbers over time, and kSounds, the frames of recordings.
enum class Applies {
  kAll,
  kTables,
  kPictures,
  kTexts,
  kSequences,
  kSeries,
  kSounds,
  kTargets,
  kClasses,
  kNumbers
};

/// One line of the table of checks. A check that throws becomes a finding that it could not run.
struct Check {
  const char* name;
  Applies applies;
  void (*run)(Audit& audit);
};
/// In the order in which findings are listed.
const std::vector<Check>& checks();

// unreadable.cpp
void check_unreadable(Audit& audit);
// deployment.cpp
void check_deployment_sample(Audit& audit);
// sizes.cpp
void check_sizes(Audit& audit);
void check_unlabelled(Audit& audit);
void check_test_size(Audit& audit);
void check_test_error(Audit& audit);
void check_row_order(Audit& audit);
// missing.cpp
void check_missing(Audit& audit);
void check_missing_by_target(Audit& audit);
void check_missing_together(Audit& audit);
void check_missing_rows(Audit& audit);
void check_missing_shift(Audit& audit);
void check_not_finite(Audit& audit);
// codes.cpp, units.cpp
void check_codes(Audit& audit);
void check_units(Audit& audit);
// declared.cpp
void check_declared_ranges(Audit& audit);
void check_declared_categories(Audit& audit);
void check_combinations(Audit& audit);
// columns.cpp
void check_constant(Audit& audit);
void check_redundant(Audit& audit);
void check_identifiers(Audit& audit);
void check_cardinality(Audit& audit);
void check_rare_categories(Audit& audit);
void check_new_categories(Audit& audit);
// texts.cpp, dates.cpp, spellings.cpp
void check_types(Audit& audit);
void check_missing_tokens(Audit& audit);
void check_header_rows(Audit& audit);
void check_dates(Audit& audit);
void check_times(Audit& audit);
void check_text_faults(Audit& audit);
void check_spellings(Audit& audit);
// values.cpp, shapes.cpp
void check_outliers(Audit& audit);
void check_shapes(Audit& audit);
void check_scales(Audit& audit);
// crowd.cpp: what lies near what
void check_far_samples(Audit& audit);
void check_isolated_samples(Audit& audit);
void check_near_samples(Audit& audit);
void check_covered_tests(Audit& audit);
void check_order_of_neighbours(Audit& audit);
// duplicates.cpp
void check_duplicates(Audit& audit);
void check_label_conflicts(Audit& audit);
void check_split_overlap(Audit& audit);
// classes.cpp
void check_class_coverage(Audit& audit);
void check_class_balance(Audit& audit);
void check_declared_balance(Audit& audit);
// labels.cpp, annotators.cpp, targets.cpp
void check_label_noise(Audit& audit);
void check_target_residuals(Audit& audit);
void check_agreement(Audit& audit);
void check_learnable(Audit& audit);
void check_reachable(Audit& audit);
void check_target_distribution(Audit& audit);
void check_label_drift(Audit& audit);
void check_split_balance(Audit& audit);
// leaks.cpp, origins.cpp, groups.cpp
void check_single_features(Audit& audit);
void check_identifier_skill(Audit& audit);
void check_pure_values(Audit& audit);
void check_target_copies(Audit& audit);
void check_early_scaling(Audit& audit);
void check_groups_and_times(Audit& audit);
// drift.cpp, relations.cpp
void check_feature_drift(Audit& audit);
void check_target_drift(Audit& audit);
void check_ranges(Audit& audit);
void check_separable_parts(Audit& audit);
void check_relations(Audit& audit);
// amounts.cpp, worth.cpp, curve.cpp
void check_class_intervals(Audit& audit);
void check_proportions(Audit& audit);
void check_detectable(Audit& audit);
void check_features_per_sample(Audit& audit);
void check_effective_samples(Audit& audit);
void check_capacity(Audit& audit);
void check_subgroups(Audit& audit);
void check_slices(Audit& audit);
void check_pairs(Audit& audit);
void check_intrinsic_dimension(Audit& audit);
void check_learning_curve(Audit& audit);
// picture_checks.cpp, picture_twins.cpp
void check_picture_faults(Audit& audit);
void check_picture_colours(Audit& audit);
void check_picture_outliers(Audit& audit);
void check_picture_shift(Audit& audit);
void check_spurious_properties(Audit& audit);
void check_border(Audit& audit);
void check_near_pictures(Audit& audit);
void check_laid_pictures(Audit& audit);
void check_moved_pictures(Audit& audit);
// picture_files.cpp
void check_picture_sizes(Audit& audit);
void check_picture_aspects(Audit& audit);
void check_picture_modes(Audit& audit);
void check_picture_orientation(Audit& audit);
// stamps.cpp, series_values.cpp, series_odd.cpp, series_lengths.cpp, series_levels.cpp,
// series_kinds.cpp
void check_stamps(Audit& audit);
void check_series_values(Audit& audit);
void check_series_steps(Audit& audit);
void check_sparse_series(Audit& audit);
void check_series_gaps_by_target(Audit& audit);
void check_flat_series(Audit& audit);
void check_series_lengths(Audit& audit);
void check_series_levels(Audit& audit);
void check_series_drift(Audit& audit);
void check_stationary(Audit& audit);
// forecasts.cpp, series_figures.cpp, series_leaks.cpp
void check_forecasts(Audit& audit);
void check_history(Audit& audit);
void check_channel_copies(Audit& audit);
void check_single_channels(Audit& audit);
void check_shared_windows(Audit& audit);
void check_lookahead(Audit& audit);
// sounds.cpp, sound_twins.cpp
void check_sound_formats(Audit& audit);
void check_sound_faults(Audit& audit);
void check_sound_bands(Audit& audit);
void check_sound_lengths(Audit& audit);
void check_sound_groups(Audit& audit);
void check_sound_properties(Audit& audit);
void check_near_sounds(Audit& audit);
// lines.cpp: texts of a line each
void check_empty_lines(Audit& audit);
void check_vocabulary(Audit& audit);
void check_new_words(Audit& audit);
void check_line_faults(Audit& audit);
// text_twins.cpp, text_style.cpp: lines and columns of free text
void check_near_texts(Audit& audit);
void check_text_style(Audit& audit);
// privacy.cpp
void check_personal_data(Audit& audit);
// pictures.cpp
void check_blank_pictures(Audit& audit);
void show_pictures(Audit& audit);
// scaling.cpp
void show_normalisation(Audit& audit);
void show_components(Audit& audit);

/// The part of each row, as a number; -1 for those of none.
std::vector<int> parts_of_rows(const Audit& audit);
/// A count as "1,234".
inline std::string count_of(std::size_t count) { return grouped(static_cast<std::int64_t>(count)); }
inline bool is_listed(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}
/// `count` to `whole`, 0 of nothing.
inline double share_of(std::size_t count, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(count) / static_cast<double>(whole);
}

}  // namespace dlwork::phase::audit
