#include "dlwork/data/copies.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "data/byte_source.h"
#include "data/csv.h"
#include "data/idx.h"
#include "data/problem.h"
#include "data/records.h"
#include "data/sources.h"
#include "data/sqlite_table.h"
#include "data/text_blocks.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kUnpackedBlock = 1u << 20;

CopyForm form_of(TableFormat format) {
  if (format == TableFormat::kCsv) return CopyForm::kCells;
  return format == TableFormat::kJsonLines ? CopyForm::kObjects : CopyForm::kTable;
}

std::string labels_path(const spec::Project& project, const CopyPlan& plan) {
  return plan.labels.empty() ? "" : spec::data_path(project, plan.labels);
}

void find_form(const spec::Project& project, CsvOptions& options, CopyPlan& plan) {
  switch (find_file_format(plan.path)) {
    case Format::kPictures:
    case Format::kSounds:
      plan.form = CopyForm::kFile;
      return;
    case Format::kIdx:
      plan.form = CopyForm::kIdx;
      return;
    case Format::kSeries:
    case Format::kLines:
      plan.form = CopyForm::kLines;
      return;
    case Format::kArrays:
      plan.form = CopyForm::kNone;
      return;
    case Format::kTable:
      break;
  }
  const TableFile table = find_table(plan.path, options, labels_path(project, plan));
  if (table.format == TableFormat::kCsv) options.header = table.csv.header ? "yes" : "no";
  plan.form = form_of(table.format);
  plan.columns = table.names;
  plan.separator = table.csv.separator;
}

std::string name_of_copy(const CopyPlan& plan, const std::string& name) {
  switch (plan.form) {
    case CopyForm::kFile:
    case CopyForm::kNone:
      return name;
    case CopyForm::kTable:
      return fs::path(is_sqlite(name) ? parse_sqlite(name).file : unpacked_name(name))
          .replace_extension(".csv")
          .string();
    default:
      return unpacked_name(name);
  }
}

/// The name, or "name-2.csv" where that is taken.
std::string untaken(const std::string& name, std::set<std::string>& taken) {
  const fs::path path(name);
  std::string free = name;
  for (int i = 2; !taken.insert(free).second; ++i) {
    const std::string file =
        path.stem().string() + "-" + std::to_string(i) + path.extension().string();
    free = (path.parent_path() / file).string();
  }
  return free;
}

std::string cell_text(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kMissing:
      return "";
    case Value::Kind::kText:
      return std::string(value.text);
    case Value::Kind::kNumber:
      return number_text(value.number);
  }
  return "";
}

/// A whole file, unpacked where it is packed.
std::string read_unpacked(const std::string& path) {
  ByteSource source(path);
  std::string bytes;
  for (std::size_t got = kUnpackedBlock; got == kUnpackedBlock;) {
    const std::size_t old = bytes.size();
    bytes.resize(old + kUnpackedBlock);
    got = source.read(bytes.data() + old, kUnpackedBlock);
    bytes.resize(old + got);
  }
  return bytes;
}

}  // namespace

std::vector<CopyPlan> copy_plans(const spec::Project& project, const Samples& samples) {
  std::vector<CopyPlan> plans(samples.files.size());
  std::size_t next = 0;
  for (const auto* source : {&project.data.train, &project.data.validation, &project.data.test}) {
    // A folder stands for many files, but has no file of labels.
    const std::size_t count = source_files(project, *source).size();
    for (std::size_t i = 0; i < count && next < plans.size(); ++i) {
      plans[next++].labels = source->labels;
    }
  }
  std::vector<bool> has_samples(plans.size(), false);
  for (const auto f : samples.file_index) has_samples[static_cast<std::size_t>(f)] = true;
  CsvOptions options = csv_options(project.data);
  std::set<std::string> taken;
  for (std::size_t f = 0; f < plans.size(); ++f) {
    CopyPlan& plan = plans[f];
    if (!has_samples[f]) continue;  // it could not be read
    plan.path = spec::data_path(project, samples.files[f]);
    plan.file = is_sqlite(plan.path) ? parse_sqlite(plan.path).file : plan.path;
    find_form(project, options, plan);
    plan.name = untaken(name_of_copy(plan, samples.files[f]), taken);
  }
  return plans;
}

std::string unpacked_name(const std::string& name) {
  const fs::path path(name);
  const std::string end = lower(path.extension().string());
  return end == ".gz" || end == ".zst" ? (path.parent_path() / path.stem()).string() : name;
}

std::string read_text(const std::string& path) {
  TextBlocks blocks(path, 0);
  std::string text;
  while (!blocks.at_end()) {
    const char* begin = nullptr;
    const char* end = nullptr;
    blocks.more(begin, end);
    text.append(begin, end);
  }
  return text;
}

TextRecords::TextRecords(const std::string& path, char separator)
    : reader_(std::make_unique<CsvReader>(path, separator)) {}
TextRecords::~TextRecords() = default;

bool TextRecords::has_byte_order_mark() const { return reader_->has_byte_order_mark(); }
bool TextRecords::next() { return reader_->next_line(); }
std::int64_t TextRecords::line() const { return reader_->line(); }
std::string_view TextRecords::bytes() const { return reader_->bytes(); }

std::vector<std::string> TextRecords::cells() {
  std::vector<std::string> cells;
  for (std::size_t i = 0; i < reader_->cells().size(); ++i) cells.emplace_back(reader_->text(i));
  return cells;
}

void read_cells(
    const spec::Project& project, const CopyPlan& plan,
    const std::function<void(std::int64_t record, std::vector<std::string>& cells)>& take) {
  const TableFile table =
      find_table(plan.path, csv_options(project.data), labels_path(project, plan));
  std::vector<bool> ignored;
  for (const std::string& name : table.names) {
    const auto declared = project.data.columns.find(name);
    ignored.push_back(declared != project.data.columns.end() && declared->second.type == "ignore");
  }
  const auto records = open_table(table);
  std::vector<std::string> cells(table.names.size());
  while (records->next()) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      cells[i] = ignored[i] ? "" : cell_text(records->list(i));
    }
    take(records->record(), cells);
  }
}

std::string idx_without(const std::string& path, const std::vector<bool>& out) {
  const IdxFile file(path);
  const std::string bytes = read_unpacked(path);
  constexpr std::size_t kMagic = 4, kDimension = 4;
  const std::size_t head = kMagic + kDimension * file.dims().size();
  const auto record = static_cast<std::size_t>(file.record_bytes());
  if (out.size() != static_cast<std::size_t>(file.records()) ||
      bytes.size() != head + out.size() * record) {
    input_error(path, 0, 0,
                "does not have " + grouped(static_cast<std::int64_t>(out.size())) + " records",
                "run the command again if the file has changed");
  }
  std::string copy = bytes.substr(0, head);
  std::uint32_t kept = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i]) continue;
    copy.append(bytes, head + i * record, record);
    ++kept;
  }
  for (std::size_t b = 0; b < kDimension; ++b) {
    copy[kMagic + b] = static_cast<char>((kept >> (24 - 8 * b)) & 255);
  }
  return copy;
}

}  // namespace dlwork::data
