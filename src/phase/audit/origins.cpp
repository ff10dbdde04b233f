// What a sample's identifier, its place in the files or its own file tells of the target: nothing
// that a network sees, but what it tells was decided before the sample was recorded.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>

#include "phase/audit/stats/digit.h"
#include "phase/audit/target_skill.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Column;

namespace {

namespace fs = std::filesystem;

/// The last number in a text; NaN where there is none.
double number_in(const std::string& text) {
  std::size_t end = text.size();
  while (end > 0 && !is_digit(text[end - 1])) --end;
  std::size_t begin = end;
  while (begin > 0 && is_digit(text[begin - 1])) --begin;
  const auto number = parse_number(text.substr(begin, end - begin));
  return number.value_or(NAN);
}

std::string without_digits(const std::string& text) {
  std::string rest;
  std::copy_if(text.begin(), text.end(), std::back_inserter(rest),
               [](char c) { return !is_digit(c); });
  return rest;
}

/// Of a text that names a sample, its number or what stands around it, whichever tells more.
double skill_of_names(const Audit& audit, const std::vector<std::string>& names, const Rows& rows) {
  std::vector<double> numbers;
  std::vector<std::string> rests;
  for (const std::string& name : names) {
    numbers.push_back(number_in(name));
    rests.push_back(without_digits(name));
  }
  return std::max(skill_of_numbers(audit, numbers, rows),
                  skill_of_groups(audit, codes_of_texts(rests), rows));
}

double skill_of_identifier(const Audit& audit, const Column& column, const Rows& rows) {
  if (column.type == data::ColumnType::kNumber) {
    return skill_of_column(audit, column, rows);
  }
  std::vector<std::string> names;
  for (const auto row : rows) {
    names.push_back(column.is_missing(row) ? std::string() : column.categories[column.codes[row]]);
  }
  return skill_of_names(audit, names, rows);
}

void report_identifier(Audit& audit, const Column& column, Severity severity, const Rows& rows) {
  const double score = skill_of_identifier(audit, column, rows);
  if (score < audit.limits().identifier_skill) return;
  audit.add_about(column, "leak-identifier", severity,
                  "column " + column.name +
                      (column.type == data::ColumnType::kNumber ? " numbers the samples and tells"
                                                                : " names the samples and tells") +
                      " the target (score " + pretty_number(score, 3) + ")",
                  {{"score", score}, {"samples", rows.size()}});
}

void check_identifier_columns(Audit& audit, const Rows& rows) {
  std::vector<std::string> identifiers;
  for (const auto& finding : audit.result.findings) {
    if (finding.id == "column-identifier")
      identifiers.push_back(finding.evidence.at("column").get<std::string>());
  }
  for (const std::string& name : identifiers) {
    const Column* column = audit.samples().table.find(name);
    if (column != nullptr) report_identifier(audit, *column, Severity::kError, rows);
  }
  // What is carried is no input, but tells the order in which samples were made.
  for (const Column& column : audit.samples().carried.columns) {
    if (column.info.meaning == data::Meaning::kId && &column != audit.samples().file_column()) {
      report_identifier(audit, column, Severity::kWarn, rows);
    }
  }
}

void report_origin(Audit& audit, Severity severity, const std::string& by, const std::string& what,
                   const std::string& so, double score, const Rows& rows) {
  audit.add("leak-source-file", severity, what + " (score " + pretty_number(score, 3) + "): " + so,
            {{"by", by}, {"score", score}, {"samples", rows.size()}});
}

void check_source_files(Audit& audit, const Rows& rows) {
  std::vector<std::int32_t> files;
  for (const auto row : rows) files.push_back(audit.samples().file_index[row]);
  if (*std::max_element(files.begin(), files.end()) == 0) return;
  const double score = skill_of_groups(audit, files, rows);
  if (score < audit.limits().identifier_skill) return;
  report_origin(audit, Severity::kWarn, "file", "the file a training sample is in tells its target",
                "whatever else differs between the files does so too", score, rows);
}

/// A training sample's place among the rows of the files.
void check_row_numbers(Audit& audit, const Rows& rows) {
  std::vector<double> places;
  for (const auto row : rows) places.push_back(static_cast<double>(row));
  const double score = skill_of_numbers(audit, places, rows);
  if (score < audit.limits().source_skill) return;
  report_origin(audit, Severity::kInfo, "row number",
                "the number of its row tells a training sample's target",
                "the rows are in its order, so no part may be cut off from their end", score, rows);
}

/// Paths of files that hold one sample each, of `rows`; empty where samples share files.
std::vector<fs::path> own_files(const Audit& audit, const Rows& rows) {
  const data::Samples& samples = audit.samples();
  const spec::Project& project = audit.context.project;
  const auto path_of = [&](const std::string& name) { return fs::path(data_path(project, name)); };
  std::vector<fs::path> files;
  const Column* named = samples.file_column();
  for (const auto row : rows) {
    const std::string& source = samples.files[samples.file_index[row]];
    if (named != nullptr) {  // beside data.root, or else beside the table
      const std::string& cell = named->categories[named->codes[row]];
      std::error_code ignored;
      const bool beside_root = fs::exists(path_of(cell), ignored);
      files.push_back(beside_root ? path_of(cell) : path_of(source).parent_path() / cell);
    } else if (samples.record[row] == 0) {
      files.push_back(path_of(source));
    } else {
      return {};
    }
  }
  return files;
}

/// What the heads of picture files say and pixels brought to one form do not.
void check_picture_heads(Audit& audit, const Rows& rows) {
  const auto& pictures = audit.files.pictures;
  if (pictures.empty()) return;
  std::vector<double> widths, heights;
  std::vector<std::string> modes;
  for (const auto row : rows) {
    const data::PictureFile& picture = pictures[static_cast<std::size_t>(row)];
    widths.push_back(picture.width);
    heights.push_back(picture.height);
    modes.push_back(picture.mode());
  }
  const double limit = audit.limits().source_skill;
  const char* so = "the pictures of the classes come from different sources, whose traces stay";
  const double of_sizes =
      std::max(skill_of_numbers(audit, widths, rows), skill_of_numbers(audit, heights, rows));
  if (of_sizes >= limit) {
    report_origin(audit, Severity::kWarn, "picture size",
                  "the width or height of its picture tells a training sample's target", so,
                  of_sizes, rows);
  }
  const double of_modes = skill_of_groups(audit, codes_of_texts(modes), rows);
  if (of_modes >= limit) {
    report_origin(
        audit, Severity::kWarn, "picture mode",
        "the mode of its picture, as " + modes.front() + ", tells a training sample's target", so,
        of_modes, rows);
  }
}

/// Times of the last changes in seconds; NaN where there is none.
std::vector<double> file_times_of(const std::vector<fs::path>& files) {
  std::vector<double> times;
  for (const fs::path& file : files) {
    std::error_code failed;
    const auto time = fs::last_write_time(file, failed).time_since_epoch();
    times.push_back(failed ? NAN : std::chrono::duration<double>(time).count());
  }
  return times;
}

/// True where files were written at once, or one after the other in the order in which they are
/// read: so a copy, an archive or a checkout leaves them, whose times say nothing.
bool written_as_read(const std::vector<double>& times, const Rows& rows) {
  constexpr double kAtOnceSeconds = 3600, kInOrder = 0.9;
  std::vector<std::pair<std::int64_t, double>> order;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!std::isnan(times[i])) order.emplace_back(rows[i], times[i]);
  }
  if (order.size() < 2) return true;
  std::sort(order.begin(), order.end());
  double first = order.front().second, last = first;
  std::size_t rising = 0;
  for (std::size_t i = 1; i < order.size(); ++i) {
    first = std::min(first, order[i].second);
    last = std::max(last, order[i].second);
    rising += order[i].second > order[i - 1].second ? 1 : 0;
  }
  return last - first < kAtOnceSeconds || share_of(rising, order.size() - 1) >= kInOrder;
}

void check_file_times(Audit& audit, const std::vector<fs::path>& files, const Rows& rows) {
  const auto times = file_times_of(files);
  if (written_as_read(times, rows)) return;
  const double score = skill_of_numbers(audit, times, rows);
  if (score < audit.limits().source_skill) return;
  report_origin(audit, Severity::kWarn, "file time",
                "when its file was written tells a training sample's target",
                "the samples of the classes were taken at different times, and whatever else "
                "changed meanwhile tells them apart too",
                score, rows);
}

void check_own_files(Audit& audit, const Rows& rows) {
  const auto files = own_files(audit, rows);
  if (files.empty()) return;
  check_picture_heads(audit, rows);
  check_file_times(audit, files, rows);
  std::vector<double> sizes;
  std::vector<std::string> names, folders;
  for (const fs::path& file : files) {
    std::error_code failed;
    const auto size = fs::file_size(file, failed);
    sizes.push_back(failed ? NAN : static_cast<double>(size));
    names.push_back(file.stem().string());
    folders.push_back(file.parent_path().string());
  }
  const double limit = audit.limits().source_skill;
  const double of_sizes = skill_of_numbers(audit, sizes, rows);
  if (of_sizes >= limit) {
    report_origin(audit, Severity::kWarn, "file size",
                  "the size of its file tells a training sample's target",
                  "the files of the classes were made in different ways, or hold more or less",
                  of_sizes, rows);
  }
  // A pattern takes the label from the name, and class folders are the label.
  const bool by_name = !audit.context.project.data.label_pattern.empty();
  const double of_names = by_name ? 0 : skill_of_names(audit, names, rows);
  if (of_names >= limit) {
    report_origin(audit, Severity::kInfo, "file name",
                  "the name of its file tells a training sample's target",
                  "neighbours by name may come from one session; put them into one part", of_names,
                  rows);
  }
  if (audit.samples().file_column() == nullptr) return;
  const double of_folders = skill_of_groups(audit, codes_of_texts(folders), rows);
  if (of_folders >= limit) {
    report_origin(audit, Severity::kInfo, "folder",
                  "the folder of its file tells a training sample's target",
                  "check that the folders were filled in one way", of_folders, rows);
  }
}

}  // namespace

void check_identifier_skill(Audit& audit) {
  const Rows rows = shuffled_sample(audit);
  if (rows.size() < kFewestForSkill || audit.samples().file_index.empty()) return;
  check_identifier_columns(audit, rows);
  const bool shared = audit.samples().record[rows.front()] > 0;
  if (shared) {
    check_source_files(audit, rows);
    check_row_numbers(audit, rows);
  }
  check_own_files(audit, rows);
}

}  // namespace dlwork::phase::audit
