#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dlwork/base/run_context.h"
#include "dlwork/spec/project.h"

namespace dlwork::data {

/// kText: a line of words each. kEnvironment: states in which a simulated world starts, a table.
enum class Kind { kTable, kImage, kSequence, kText, kEnvironment };
std::string to_string(Kind kind);

/// How a column is held.
enum class ColumnType { kNumber, kCategory };

/// What the values of a column are, as declared in data.columns or found in them.
enum class Meaning {
  kNumber,
  kInteger,
  kCategory,
  kBoolean,   ///< held as the categories false and true
  kDatetime,  ///< held as seconds since 1970-01-01 00:00
  kText,      ///< carried, no feature
  kId,        ///< carried, no feature
  kGroup,     ///< carried, no feature; what split.method group goes by
  kWeight     ///< carried, no feature
};
std::string to_string(Meaning meaning);

/// What is known of a column beside its values, for the audit and reports.
struct ColumnInfo {
  Meaning meaning = Meaning::kNumber;
  bool declared = false;  ///< the meaning stands in the project file
  std::string unit;
  std::optional<double> low, high;   ///< the declared range
  std::vector<std::string> missing;  ///< texts that stand for a missing value in this column alone
  bool month_first = false;          ///< of dates such as 03/04/2021
};

/// One column, held by type. Missing: NaN in `numbers`, -1 in `codes`.
struct Column {
  std::string name;
  ColumnType type = ColumnType::kNumber;
  std::vector<double> numbers;
  std::vector<std::int32_t> codes;
  std::vector<std::string> categories;  ///< code -> text, in order of first appearance
  ColumnInfo info{};
  std::int64_t count() const;
  bool is_missing(std::int64_t row) const;
};

struct Table {
  std::vector<Column> columns;
  std::int64_t rows = 0;
  const Column* find(const std::string& name) const;
};

/// Pictures of one size: `pixels` is [count, channels, height, width], 0..255.
struct Pictures {
  std::int64_t count = 0;
  std::int64_t channels = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<std::uint8_t> pixels;
  bool resized = false;  ///< files of other sizes were brought to this one
  const std::uint8_t* at(std::int64_t index) const;
  std::int64_t size() const { return channels * height * width; }
};

/// Series of several channels: `values` is [count, steps, channels], time first. Missing values are
/// NaN, and so is what stands behind the end of a series shorter than `steps`.
struct Sequences {
  std::int64_t count = 0;
  std::int64_t steps = 0;  ///< of the longest
  std::int64_t channels = 0;
  std::vector<float> values;
  std::vector<std::int32_t> lengths;  ///< steps of each, at least 1
  /// How recordings became these series, with the rate they have; nothing: they were series before.
  std::optional<spec::Sound> sound{};
  const float* at(std::int64_t index) const;
  std::int64_t size() const { return steps * channels; }
};

/// What is to be learned. Classes: `codes` (-1 missing) and `classes`; numbers: `values` (NaN);
/// texts to be written: `texts` ("" missing).
struct Target {
  std::string name;
  bool is_class = true;
  std::vector<std::int32_t> codes;
  std::vector<std::string> classes;  ///< sorted; numeric names in numeric order
  std::vector<double> values;
  std::vector<std::string> texts{};
  /// Whether there is a class or a number: lines of text and worlds to act in have none, nor have
  /// samples whose target is a text.
  bool given() const { return !codes.empty() || !values.empty(); }
};

/// Raw samples as read, before any fitted step. One of `table`, `pictures`, `sequences` and `texts`
/// is filled, by `kind`.
struct Samples {
  Kind kind = Kind::kTable;
  std::int64_t count = 0;
  Table table;                  ///< input columns alone
  Table carried;                ///< ids, groups and texts: known of each sample, but no input
  std::vector<double> weights;  ///< of each sample, at least 0; empty: all 1
  Pictures pictures;
  Sequences sequences;
  std::vector<std::string> texts;  ///< lines in UTF-8, without their ends
  /// Columns of a table that hold the pictures or sequences, or name their files; empty: none do.
  std::vector<std::string> media_columns;
  Target target;  ///< empty vectors when read for prediction
  /// Where each sample came from: index into `files` and the 1-based line or record in it.
  std::vector<std::string> files;
  std::vector<std::int32_t> file_index;
  std::vector<std::int64_t> record;
  std::string where(std::int64_t row) const;  ///< "train.csv:17", "train.csv:17 (id P-31)"
  /// The carried column that names the file of each sample; null: none does.
  const Column* file_column() const;
};

enum class Part { kTrain, kValidation, kTest };
std::string to_string(Part part);

/// All samples of a project with the split, which is decided before anything is fitted.
struct Dataset {
  Samples samples;
  std::array<std::vector<std::int64_t>, 3> rows;  ///< by Part: ascending indices into samples
  std::string split;                              ///< "stratified, seed 1: 54,000 / 6,000 / 10,000"
  /// What the split went by: random, stratified, group, time, or "" where the files say it all; and
  /// by sample row its class, group or place in time, for folds of a part that go by the same.
  std::string split_method;
  std::vector<std::int64_t> split_keys;
  std::string fingerprint;  ///< content of the files and the data section
  /// Rows left out because their target is missing; a finding of the audit.
  std::vector<std::int64_t> unlabelled;
  const std::vector<std::int64_t>& part(Part part) const { return rows[static_cast<int>(part)]; }
};

/// What the files are, found without reading them whole: kind, columns, classes. Used by `init`,
/// to rank analogies and to choose the task.
struct Probe {
  Kind kind = Kind::kTable;
  std::vector<std::string> columns;  ///< header names, tables
  std::string target;                ///< declared or guessed
  bool target_by_place = false;      ///< guessed as the last column: none has a usual name
  bool target_is_class = true;
  std::vector<std::string> classes;  ///< as far as seen
  std::string task;                  ///< what such data are learned by where nothing else says
  std::int64_t records = 0;          ///< exact for IDX and folders; 0 when not counted
  std::int64_t channels = 0, height = 0, width = 0;
  std::int64_t steps = 0;  ///< of the longest series seen
};
/// Throws Error(kInput) naming the file and what is wrong with it.
Probe probe(const spec::Project& project);

/// The same without a project file: a CSV, an IDX picture file, a folder of class folders or a file
/// of series.
/// `target` names the target column of a table, or is "" to have it guessed: a column called
/// target, label, class, y, ... or the last one. `task` is what shall be learned, or "" where that
/// is open: classes are told where it has some, and no target where it needs none.
Probe probe_path(const std::string& path, const std::string& target, const std::string& task = "");

/// The sources a file or folder seems to hold: train, validation and test files or folders in it,
/// IDX label files beside their pictures. Paths start with `path`.
struct FoundData {
  spec::Source train;
  spec::Source validation;
  spec::Source test;
};
/// Throws Error(kInput) where nothing can be read.
FoundData find_data(const std::string& path);

/// Reads everything and splits. Errors (missing file, ragged row, truncated gz, label outside
/// data.expect.classes, NaN target, one class only) are Error(kInput) with file and line; faults of
/// the project file (no such target column) are Error(kUsage) with the key's place.
/// `task` is "classification", "regression" or "transcription", whose target is a text, or one that
/// learns texts or pictures without a target.
Dataset load_dataset(const spec::Project& project, const std::string& task, RunContext& run);

/// Samples that were made, not read, split at random as the project says.
Dataset split_made(const spec::Project& project, Samples samples);

/// Fingerprint without decoding: contents of every file named, cached by size and time in
/// `cache_file` (may be "").
std::string data_fingerprint(const spec::Project& project, const std::string& cache_file);

}  // namespace dlwork::data
