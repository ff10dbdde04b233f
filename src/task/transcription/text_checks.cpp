#include "task/transcription/text_checks.h"

#include <algorithm>
#include <map>

#include "dlwork/base/text.h"
#include "task/transcription/alphabet.h"
#include "task/transcription/decoding.h"

namespace dlwork::task {
namespace {

using artefact::Severity;
using data::Dataset;
using data::Part;
using Rows = std::vector<std::int64_t>;

/// A unit that the training part has less often is hardly learned.
constexpr std::int64_t kFewOfAUnit = 10;
constexpr std::size_t kShownUnits = 10;
constexpr std::size_t kShownPlaces = 10;

std::string in_quotes(const std::vector<std::string>& units) {
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < units.size() && i < kShownUnits; ++i) {
    shown.push_back("'" + units[i] + "'");
  }
  if (units.size() > kShownUnits) shown.push_back("others");
  return join_words(shown);
}

Json places_of(const data::Samples& samples, const Rows& rows) {
  Json places = Json::array();
  for (std::size_t i = 0; i < rows.size() && i < kShownPlaces; ++i) {
    places.push_back(samples.where(rows[i]));
  }
  return places;
}

void report_texts(const Alphabet& alphabet, const Dataset& dataset, artefact::PhaseResult& result) {
  const auto& texts = dataset.samples.target.texts;
  std::vector<std::int64_t> lengths;
  for (const auto row : dataset.part(Part::kTrain)) {
    lengths.push_back(static_cast<std::int64_t>(alphabet.split(texts[row]).size()));
  }
  const auto [least, most] = std::minmax_element(lengths.begin(), lengths.end());
  result.findings.push_back(artefact::make_finding(
      "transcript-sizes", Severity::kInfo,
      "the target " + dataset.samples.target.name +
          " is a text: " + grouped(static_cast<std::int64_t>(lengths.size())) +
          " training texts of " + grouped(*least) + " to " + grouped(*most) + " " +
          alphabet.kind() + "s in an alphabet of " + grouped(alphabet.size()) +
          "; checks of classes and of numbers do not apply",
      {{"texts", lengths.size()},
       {"shortest", *least},
       {"longest", *most},
       {"units", alphabet.kind()},
       {"alphabet", alphabet.size()}}));
}

void report_rare_units(const Alphabet& alphabet, const Dataset& dataset,
                       artefact::PhaseResult& result) {
  std::map<std::string, std::int64_t> counts;
  for (const auto row : dataset.part(Part::kTrain)) {
    for (const auto& unit : alphabet.split(dataset.samples.target.texts[row])) ++counts[unit];
  }
  std::vector<std::string> rare;
  for (const auto& [unit, count] : counts) {
    if (count < kFewOfAUnit) rare.push_back(unit);
  }
  if (rare.empty()) return;
  result.findings.push_back(artefact::make_finding(
      "transcript-rare-units", Severity::kWarn,
      grouped(static_cast<std::int64_t>(rare.size())) + " of " + grouped(alphabet.size()) + " " +
          alphabet.kind() + "s of the training texts occur fewer than " +
          std::to_string(kFewOfAUnit) + " times: " + in_quotes(rare),
      {{"units", rare}, {"alphabet", alphabet.size()}}));
}

void report_new_units(const Alphabet& alphabet, const Dataset& dataset, Part part,
                      artefact::PhaseResult& result) {
  std::map<std::string, std::int64_t> unknown;
  std::int64_t all = 0, new_ones = 0;
  for (const auto row : dataset.part(part)) {
    for (const auto& unit : alphabet.split(dataset.samples.target.texts[row])) {
      ++all;
      if (alphabet.knows(unit)) continue;
      ++new_ones;
      ++unknown[unit];
    }
  }
  if (unknown.empty()) return;
  std::vector<std::string> units;
  for (const auto& [unit, count] : unknown) units.push_back(unit);
  result.findings.push_back(artefact::make_finding(
      "transcript-new-units", Severity::kWarn,
      grouped(new_ones) + " of " + grouped(all) + " " + alphabet.kind() + "s of the " +
          data::to_string(part) +
          " texts do not occur in the training texts, so that no network "
          "can write them: " +
          in_quotes(units),
      {{"part", data::to_string(part)}, {"count", new_ones}, {"of", all}, {"units", units}}));
}

/// Even a network that keeps every step has too few for them.
void report_long_texts(const Alphabet& alphabet, const Dataset& dataset,
                       artefact::PhaseResult& result) {
  const auto& samples = dataset.samples;
  Rows found;
  for (const auto row : dataset.part(Part::kTrain)) {
    const auto needed = needed_steps(alphabet.encode(samples.target.texts[row]));
    if (needed > samples.sequences.lengths[row]) found.push_back(row);
  }
  if (found.empty()) return;
  result.findings.push_back(artefact::make_finding(
      "transcript-too-long", Severity::kWarn,
      grouped(static_cast<std::int64_t>(found.size())) +
          " training texts need more steps than their series have, the first at " +
          samples.where(found.front()) + "; nothing can be learned from them",
      {{"samples", found.size()}, {"rows", places_of(samples, found)}}));
}

}  // namespace

void check_transcripts(const spec::Project& project, const Dataset& dataset,
                       artefact::PhaseResult& result) {
  if (dataset.part(Part::kTrain).empty()) return;
  const Alphabet alphabet(project.training.transcript.units, dataset.samples.target.texts,
                          dataset.part(Part::kTrain));
  report_texts(alphabet, dataset, result);
  report_rare_units(alphabet, dataset, result);
  report_new_units(alphabet, dataset, Part::kValidation, result);
  report_new_units(alphabet, dataset, Part::kTest, result);
  report_long_texts(alphabet, dataset, result);
}

}  // namespace dlwork::task
