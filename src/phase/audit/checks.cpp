#include "phase/audit/check.h"

#include "dlwork/base/text.h"

namespace dlwork::phase::audit {

/// Rows named in a finding, at most.
constexpr std::size_t kMostPlaces = 10;

const std::vector<Check>& checks() {
  static const std::vector<Check> all{
      {"files that cannot be read", Applies::kAll, check_unreadable},
      {"sizes", Applies::kAll, check_sizes},
      {"missing targets", Applies::kAll, check_unlabelled},
      {"class coverage", Applies::kClasses, check_class_coverage},
      {"class balance", Applies::kClasses, check_class_balance},
      {"declared balance", Applies::kClasses, check_declared_balance},
      {"header rows", Applies::kTables, check_header_rows},
      {"types of values", Applies::kTables, check_types},
      {"words for missing", Applies::kTables, check_missing_tokens},
      {"missing values", Applies::kTables, check_missing},
      {"gaps and the target", Applies::kTables, check_missing_by_target},
      {"gaps together", Applies::kTables, check_missing_together},
      {"samples with gaps", Applies::kTables, check_missing_rows},
      {"gaps by part", Applies::kTables, check_missing_shift},
      {"finite values", Applies::kTables, check_not_finite},
      {"codes for missing", Applies::kTables, check_codes},
      {"units", Applies::kTables, check_units},
      {"declared ranges", Applies::kTables, check_declared_ranges},
      {"declared categories", Applies::kTables, check_declared_categories},
      {"declared combinations", Applies::kTargets, check_combinations},
      {"dates", Applies::kTables, check_dates},
      {"times", Applies::kTables, check_times},
      {"texts", Applies::kTables, check_text_faults},
      {"spellings", Applies::kTargets, check_spellings},
      {"constant columns", Applies::kTables, check_constant},
      {"redundant columns", Applies::kTables, check_redundant},
      {"identifier columns", Applies::kTables, check_identifiers},
      {"category counts", Applies::kTables, check_cardinality},
      {"rare categories", Applies::kTables, check_rare_categories},
      {"new categories", Applies::kTables, check_new_categories},
      {"outliers", Applies::kTables, check_outliers},
      {"shapes of distributions", Applies::kTables, check_shapes},
      {"scales of columns", Applies::kTables, check_scales},
      {"relations of columns", Applies::kTables, check_relations},
      {"target's distribution", Applies::kNumbers, check_target_distribution},
      {"duplicates", Applies::kAll, check_duplicates},
      {"label conflicts", Applies::kClasses, check_label_conflicts},
      {"split overlap", Applies::kAll, check_split_overlap},
      {"test size", Applies::kClasses, check_test_size},
      {"error on the test part", Applies::kNumbers, check_test_error},
      {"classes of the test part", Applies::kClasses, check_class_intervals},
      {"proportions of the parts", Applies::kAll, check_proportions},
      {"detectable gains", Applies::kClasses, check_detectable},
      {"samples for each feature", Applies::kTables, check_features_per_sample},
      {"effective samples", Applies::kAll, check_effective_samples},
      {"size of the network", Applies::kTargets, check_capacity},
      {"groups of the test part", Applies::kTables, check_subgroups},
      {"weak slices", Applies::kTables, check_slices},
      {"pairs of categories", Applies::kTables, check_pairs},
      {"learning curve", Applies::kTargets, check_learning_curve},
      {"row order", Applies::kTargets, check_row_order},
      {"labels along the files", Applies::kTargets, check_label_drift},
      {"balance of the parts", Applies::kClasses, check_split_balance},
      {"target copies", Applies::kTables, check_target_copies},
      {"single columns", Applies::kTables, check_single_features},
      {"identifiers and files", Applies::kTargets, check_identifier_skill},
      {"pure values", Applies::kClasses, check_pure_values},
      {"scaling before the split", Applies::kTables, check_early_scaling},
      {"groups and times", Applies::kTargets, check_groups_and_times},
      {"columns by part", Applies::kTables, check_feature_drift},
      {"target by part", Applies::kNumbers, check_target_drift},
      {"ranges by part", Applies::kTables, check_ranges},
      {"parts told apart", Applies::kTargets, check_separable_parts},
      {"agreement of labels", Applies::kClasses, check_agreement},
      {"learnable targets", Applies::kTargets, check_learnable},
      {"label noise", Applies::kClasses, check_label_noise},
      {"residuals", Applies::kNumbers, check_target_residuals},
      {"reachable accuracy", Applies::kClasses, check_reachable},
      {"far samples", Applies::kTargets, check_far_samples},
      {"isolated samples", Applies::kTargets, check_isolated_samples},
      {"near samples", Applies::kTables, check_near_samples},
      {"near series", Applies::kSeries, check_near_samples},
      {"covered test samples", Applies::kTargets, check_covered_tests},
      {"intrinsic dimension", Applies::kTargets, check_intrinsic_dimension},
      {"order of neighbours", Applies::kTargets, check_order_of_neighbours},
      {"blank pictures", Applies::kPictures, check_blank_pictures},
      {"faults of pictures", Applies::kPictures, check_picture_faults},
      {"colours of pictures", Applies::kPictures, check_picture_colours},
      {"odd pictures", Applies::kPictures, check_picture_outliers},
      {"pictures by part", Applies::kPictures, check_picture_shift},
      {"properties of pictures", Applies::kPictures, check_spurious_properties},
      {"borders of pictures", Applies::kPictures, check_border},
      {"near pictures", Applies::kPictures, check_near_pictures},
      {"mirrored pictures", Applies::kPictures, check_laid_pictures},
      {"moved pictures", Applies::kPictures, check_moved_pictures},
      {"sizes of picture files", Applies::kPictures, check_picture_sizes},
      {"shapes of picture files", Applies::kPictures, check_picture_aspects},
      {"modes of picture files", Applies::kPictures, check_picture_modes},
      {"orientation of picture files", Applies::kPictures, check_picture_orientation},
      {"stamps of series", Applies::kSeries, check_stamps},
      {"values of series", Applies::kSeries, check_series_values},
      {"steps of series", Applies::kSeries, check_series_steps},
      {"sparse series", Applies::kSeries, check_sparse_series},
      {"gaps of series and the target", Applies::kSeries, check_series_gaps_by_target},
      {"flat stretches of series", Applies::kSeries, check_flat_series},
      {"lengths of series", Applies::kSequences, check_series_lengths},
      {"levels of series", Applies::kSeries, check_series_levels},
      {"channels by part", Applies::kSeries, check_series_drift},
      {"stationary series", Applies::kSeries, check_stationary},
      {"simple forecasts", Applies::kSeries, check_forecasts},
      {"history of series", Applies::kSeries, check_history},
      {"windows over the parts", Applies::kSequences, check_shared_windows},
      {"looking ahead", Applies::kSeries, check_lookahead},
      {"target copies in series", Applies::kSeries, check_channel_copies},
      {"single channels", Applies::kSeries, check_single_channels},
      {"formats of recordings", Applies::kSounds, check_sound_formats},
      {"faults of recordings", Applies::kSounds, check_sound_faults},
      {"bands of recordings", Applies::kSounds, check_sound_bands},
      {"durations of recordings", Applies::kSounds, check_sound_lengths},
      {"groups of recordings", Applies::kSounds, check_sound_groups},
      {"properties of recordings", Applies::kSounds, check_sound_properties},
      {"near recordings", Applies::kSounds, check_near_sounds},
      {"empty lines", Applies::kTexts, check_empty_lines},
      {"vocabulary", Applies::kTexts, check_vocabulary},
      {"words of the parts", Applies::kTexts, check_new_words},
      {"faults of lines", Applies::kTexts, check_line_faults},
      {"samples from use", Applies::kAll, check_deployment_sample},
      {"near texts", Applies::kAll, check_near_texts},
      {"style of texts", Applies::kAll, check_text_style},
      {"personal data", Applies::kAll, check_personal_data},
      {"sample pictures", Applies::kPictures, show_pictures},
      {"normalisation", Applies::kTargets, show_normalisation},
      {"principal components", Applies::kTargets, show_components},
  };
  return all;
}

artefact::Finding& Audit::add(const std::string& id, artefact::Severity severity,
                              const std::string& message, Json evidence) {
  result.findings.push_back(artefact::make_finding(id, severity, message, std::move(evidence)));
  return result.findings.back();
}

Subject subject_of(const data::Column& column) {
  return {"column " + column.name, Json::object({{"column", column.name}}),
          "data.columns." + column.name};
}

artefact::Finding& Audit::add_about(const Subject& subject, const std::string& id,
                                    artefact::Severity severity, const std::string& message,
                                    Json evidence) {
  Json named = subject.evidence;
  named.update(evidence);
  artefact::Finding& finding = add(id, severity, message, std::move(named));
  finding.key = subject.key;
  return finding;
}

bool Audit::equal_by_chance() const {
  if (samples().kind != data::Kind::kTable) return false;
  const EqualPairs& pairs = facts.equal_rows();
  return pairs.by_chance > 0 && pairs.found <= limits().equal_chance * pairs.by_chance;
}

void Audit::leave_out(const std::vector<std::int64_t>& found, const std::string& why) {
  for (const auto row : found) patches.push_back({row, "", "", why});
}

Json Audit::places(const std::vector<std::int64_t>& found) const {
  Json places = Json::array();
  for (std::size_t i = 0; i < found.size() && i < kMostPlaces; ++i) {
    places.push_back(samples().where(found[i]));
  }
  return places;
}

}  // namespace dlwork::phase::audit
