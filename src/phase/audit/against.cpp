#include "phase/audit/against.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "dlwork/base/text.h"
#include "dlwork/data/words.h"
#include "phase/audit/categories.h"
#include "phase/audit/comparison.h"
#include "phase/audit/figures.h"
#include "phase/audit/new_data.h"
#include "phase/audit/recorded.h"
#include "phase/audit/separation.h"
#include "phase/measuring.h"
#include "phase/readiness/features.h"

namespace dlwork::phase::audit {

using artefact::Finding;
using artefact::PhaseResult;
using artefact::Severity;
using data::Column;

namespace {

/// "3 channels, 28 high, 28 wide".
std::string shape_text(const Json& shape) {
  std::vector<std::string> texts;
  for (const char* side : {"height", "width"}) {
    if (shape.contains(side)) texts.push_back(std::string(side) + " " + shape.at(side).dump());
  }
  texts.push_back(shape.at("channels").dump() + " channels");
  return join(texts, ", ");
}

void compare_shapes(const Json& recorded, const data::Samples& samples, Comparison& comparison) {
  if (recorded.empty()) return;
  const Json shape = shape_of(samples);
  if (shape == recorded) return;
  comparison.add(
      "against-schema", Severity::kError,
      "the new samples have " + shape_text(shape) + ", those of training " + shape_text(recorded),
      {{"shape", shape}, {"train_shape", recorded}});
}

void compare_unreadable(const data::FileFacts& files, Comparison& comparison) {
  if (files.unreadable.empty()) return;
  const data::UnreadableFile& first = files.unreadable.front();
  comparison.add("against-schema", Severity::kError,
                 grouped(static_cast<std::int64_t>(files.unreadable.size())) +
                     " samples of the new data cannot be read, the first " + first.file + ": " +
                     first.reason,
                 {{"unreadable", files.unreadable.size()}, {"file", first.file}});
}

void compare_targets(const Json& profile, const data::Target& target, Comparison& comparison) {
  if (!target.given()) return;
  if (target.is_class && profile.contains("classes")) {
    comparison.counts("the class", profile.at("classes"), target.classes,
                      code_counts(target.codes, target.classes.size()));
  } else if (!target.is_class && profile.contains("target")) {
    comparison.numbers("the target", profile.at("target"), finite_values(target.values));
  }
}

void compare_words(const Json& profile, const data::Dataset& dataset, double limit,
                   Comparison& comparison) {
  if (!profile.contains("words")) return;
  std::unordered_set<std::string> known;
  for (const Json& word : profile.at("words").at("list")) known.insert(word.get<std::string>());
  std::int64_t all = 0, unknown = 0, most_count = 0;
  std::string most;
  for (const auto& [word, count] :
       data::count_words(dataset.samples, dataset.part(data::Part::kTrain))) {
    all += count;
    if (known.contains(word)) continue;
    unknown += count;
    if (count > most_count) most = word, most_count = count;
  }
  const double share = all == 0 ? 0 : static_cast<double>(unknown) / static_cast<double>(all);
  // Of a very large vocabulary the rarest words are not recorded.
  if (share - profile.at("words").at("left_out_share").get<double>() <= limit) return;
  comparison.add(
      "against-words", Severity::kWarn,
      percent(share) +
          " of the words of the new data do not occur in the training part, most often '" + most +
          "'",
      {{"share", share}, {"words", all}, {"most", most}});
}

/// The column of both samples, one below the other. What is not finite is missing.
Column joined_column(const Column& then, const Column& now, const Rows& rows) {
  Column column = then;
  column.info = now.info;
  if (then.type == data::ColumnType::kNumber) {
    for (const auto row : rows) column.numbers.push_back(now.numbers[row]);
    for (double& value : column.numbers) value = std::isfinite(value) ? value : NAN;
    return column;
  }
  CategoryFiller filler(column);
  for (const auto row : rows) {
    if (now.is_missing(row)) {
      filler.add_missing();
    } else {
      filler.add(now.categories[now.codes[row]]);
    }
  }
  return column;
}

/// Categories so many and rare that most of the new samples' are not among those recorded, shift or
/// not.
bool hardly_returns(const Column& column) {
  constexpr std::size_t kSafelyMany = 50, kFewestOfEach = 20;
  const std::size_t kinds = column.categories.size();
  return kinds > kSafelyMany && kinds * kFewestOfEach > column.codes.size();
}

/// Recorded samples and new ones as one table whose class says which they are. Times are left out:
/// that new data are later is no shift.
data::Dataset joined_samples(const data::Table& then, const data::Table& now, const Rows& rows) {
  data::Dataset dataset;
  data::Samples& samples = dataset.samples;
  samples.kind = data::Kind::kTable;
  samples.count = samples.table.rows = then.rows + static_cast<std::int64_t>(rows.size());
  for (const Column& column : then.columns) {
    const Column* found = now.find(column.name);
    if (found == nullptr || found->type != column.type ||
        found->info.meaning == data::Meaning::kDatetime) {
      continue;
    }
    Column joined = joined_column(column, *found, rows);
    if (!hardly_returns(joined)) samples.table.columns.push_back(std::move(joined));
  }
  samples.target.classes = {"recorded", "new"};
  samples.target.codes.assign(static_cast<std::size_t>(then.rows), 0);
  samples.target.codes.resize(static_cast<std::size_t>(samples.count), 1);
  return dataset;
}

/// Whether a classifier tells the new samples from those recorded.
void compare_samples(Context& context, const data::Table& then, const data::Table& now,
                     Comparison& comparison) {
  const auto seed = static_cast<std::uint64_t>(context.project.seed);
  Rows all(now.columns.empty() ? 0 : static_cast<std::size_t>(now.columns.front().count()));
  std::iota(all.begin(), all.end(), 0);
  const Rows rows = some_rows(all, kMostRecordedRows, seed, "audit against");
  const auto fewest = static_cast<std::int64_t>(kFewestCompared);
  if (then.rows < fewest || rows.size() < kFewestCompared) return;
  const data::Dataset both = joined_samples(then, now, rows);
  if (both.samples.table.columns.empty()) return;
  Rows a(static_cast<std::size_t>(then.rows)), b(rows.size());
  std::iota(a.begin(), a.end(), 0);
  std::iota(b.begin(), b.end(), then.rows);
  const auto features = classical::make_features(both, a, b, seed);
  const bool compact = features.compact_train.size() > 0;
  const Separation apart =
      separate(context, both.samples, compact ? features.compact_train : features.train.features,
               compact ? features.compact_validation : features.validation);
  // The whole interval must lie beyond the limit: few samples give large areas by chance.
  if (apart.interval.low <= context.project.audit.thresholds.adversarial_warn) return;
  const Json telling = comparison.telling();
  comparison.add(
      "against-separable", Severity::kWarn,
      "a classifier tells the new data from the training part: area under the curve " +
          pretty_number(apart.curve, 3) + " [" + pretty_number(apart.interval.low, 3) + ", " +
          pretty_number(apart.interval.high, 3) + "]" +
          (telling.empty() ? "" : ", most by " + telling[0].at("name").get<std::string>()),
      {{"area", apart.curve},
       {"low", apart.interval.low},
       {"high", apart.interval.high},
       {"model", apart.model},
       {"samples", {then.rows, rows.size()}},
       {"telling", telling}});
}

void compare_new(Context& context, const Recorded& recorded, const std::string& path,
                 Comparison& comparison) {
  const Json& profile = recorded.profile;
  const NewData fresh = read_new(context, path, profile);
  const data::Samples& samples = fresh.dataset.samples;
  const auto kind = profile.at("kind").get<std::string>();
  if (data::to_string(samples.kind) != kind) {
    comparison.add("against-schema", Severity::kError,
                   "the new data are of kind " + data::to_string(samples.kind) +
                       ", those of training of kind " + kind,
                   {{"file", path}});
    return;
  }
  if (samples.kind == data::Kind::kTable) {
    comparison.schema(profile.at("columns"), fresh.columns, context.project.data.target);
  }
  compare_unreadable(fresh.files, comparison);
  compare_shapes(profile.at("shape"), samples, comparison);
  Facts facts(context, fresh.dataset);
  data::Table made;
  const data::Table& columns = compared_columns(samples, fresh.files, facts, made);
  for (const Json& column : profile.at("columns")) {
    const Column* found = columns.find(column.at("name").get<std::string>());
    if (found != nullptr) comparison.column(column, *found);
  }
  compare_words(profile, fresh.dataset, context.project.audit.thresholds.new_words, comparison);
  compare_targets(profile, samples.target, comparison);
  compare_samples(context, recorded.rows, columns, comparison);
}

}  // namespace

PhaseResult audit_against(Context& context, const std::string& path) {
  const Recorded recorded = read_recorded(context.workspace);
  const auto kind = recorded.profile.at("kind").get<std::string>();
  if (kind == data::to_string(data::Kind::kEnvironment)) {
    throw Error(ExitStatus::kUsage, "--against: a simulated world has no data to compare");
  }
  PhaseResult result;
  Comparison comparison(context.project.audit.thresholds, kind, result);
  try {
    compare_new(context, recorded, path, comparison);
  } catch (const Error& error) {
    if (error.status() != ExitStatus::kInput) throw;
    // What the readers refuse the network would not see either.
    comparison.add(
        "against-schema", Severity::kError,
        "the new data cannot be read as the training data were: " + std::string(error.what()),
        {{"file", path}});
  }
  comparison.finish();
  const auto errors =
      std::count_if(result.findings.begin(), result.findings.end(),
                    [](const Finding& finding) { return finding.severity == Severity::kError; });
  result.headline = path + " against the training part: " + std::to_string(errors) + " errors, " +
                    std::to_string(static_cast<std::int64_t>(result.findings.size()) - errors) +
                    " other findings";
  result.next = {"dlwork predict --input " + path, "predict these data"};
  return result;
}

}  // namespace dlwork::phase::audit
