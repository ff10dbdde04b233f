#include "data/arrays.h"

#include <algorithm>
#include <cmath>

#include "data/byte_source.h"
#include "data/csv.h"
#include "data/problem.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

constexpr std::string_view kEnding = ".npy";
constexpr std::int64_t kMostArraySide = 1 << 16;
constexpr std::int64_t kMostColumns = 1 << 24;

const ZipEntry* find_entry(const std::vector<ZipEntry>& entries,
                           std::initializer_list<const char*> names) {
  for (const char* name : names) {
    for (const auto& entry : entries) {
      if (entry.name == std::string(name) + std::string(kEnding)) return &entry;
    }
  }
  return nullptr;
}

std::string bare_name(const ZipEntry& entry) {
  return entry.name.ends_with(kEnding) ? entry.name.substr(0, entry.name.size() - kEnding.size())
                                       : entry.name;
}

std::unique_ptr<NpyArray> open_entry(ZipArchive& archive, const ZipEntry& entry,
                                     const std::string& path) {
  return std::make_unique<NpyArray>(archive.open(entry), path + ": " + bare_name(entry));
}

Arrays open_archive(const std::string& path) {
  Arrays arrays;
  arrays.archive = std::make_unique<ZipArchive>(path);
  const auto& entries = arrays.archive->entries();
  const ZipEntry* inputs =
      find_entry(entries, {"X", "x", "data", "features", "inputs", "images", "x_train", "X_train"});
  const ZipEntry* targets =
      find_entry(entries, {"y", "Y", "target", "targets", "label", "labels", "y_train", "Y_train"});
  if (inputs == nullptr && entries.size() == 1) inputs = &entries.front();
  if (inputs == nullptr) {
    std::vector<std::string> names;
    for (const auto& entry : entries) names.push_back(bare_name(entry));
    input_error(path, 0, 0, "has no array X",
                (names.empty() ? "it is empty" : "it has: " + join(names, ", ")) +
                    "; write numpy.savez(FILE, X=inputs, y=targets)");
  }
  arrays.inputs = open_entry(*arrays.archive, *inputs, path);
  if (targets != nullptr) {
    arrays.targets = open_entry(*arrays.archive, *targets, path);
    arrays.target_name = bare_name(*targets);
  }
  return arrays;
}

}  // namespace

bool is_array_file(const std::string& start) {
  return is_npy_magic(start) || start.rfind("PK\x03\x04", 0) == 0;
}

Arrays open_arrays(const std::string& path, const std::string& labels) {
  Arrays arrays;
  if (is_zip(path)) {
    arrays = open_archive(path);
  } else {
    arrays.inputs = std::make_unique<NpyArray>(std::make_unique<ByteSource>(path), path);
  }
  if (!labels.empty()) {
    arrays.targets = std::make_unique<NpyArray>(std::make_unique<ByteSource>(labels), labels);
    arrays.target_name = "y";
  }
  const NpyHeader& inputs = arrays.inputs->header();
  if (inputs.is_text() || inputs.dims.empty()) {
    input_error(arrays.inputs->name(), 0, 0, "holds " + inputs.text() + ", no samples of numbers");
  }
  if (arrays.targets == nullptr) return arrays;
  const NpyHeader& targets = arrays.targets->header();
  const bool is_column =
      targets.dims.size() == 1 || (targets.dims.size() == 2 && targets.dims[1] == 1);
  if (!is_column || targets.count() != inputs.count()) {
    input_error(arrays.targets->name(), 0, 0,
                "holds " + targets.text() + " targets for " + grouped(inputs.count()) + " samples",
                "there must be one target for each sample");
  }
  return arrays;
}

Kind kind_of(const NpyArray& inputs) {
  const NpyHeader& header = inputs.header();
  const bool bytes = header.kind == 'u' && header.value_bytes == 1;
  if (header.dims.size() <= 2) return Kind::kTable;
  if (header.dims.size() == 3) return bytes ? Kind::kImage : Kind::kSequence;
  if (header.dims.size() == 4 && bytes) return Kind::kImage;
  input_error(inputs.name(), 0, 0, "holds " + header.text() + ", which is no kind of data",
              "tables have 2 dimensions, series 3 (samples, steps, channels), pictures 3 or 4 and "
              "the type uint8");
}

ArrayRecords::ArrayRecords(const std::string& path, const std::string& labels)
    : arrays_(open_arrays(path, labels)) {
  const std::int64_t columns = arrays_.inputs->header().item();
  if (columns > kMostColumns) {
    input_error(arrays_.inputs->name(), 0, 0, "has " + grouped(columns) + " columns, too many");
  }
  for (std::int64_t c = 0; c < columns; ++c) {
    names_.push_back(column_name(static_cast<std::size_t>(c)));
  }
  if (arrays_.targets != nullptr) names_.push_back(arrays_.target_name);
}

bool ArrayRecords::next() {
  values_.clear();
  if (arrays_.inputs->read(1, values_) == 0) {
    arrays_.inputs->expect_end();
    return false;
  }
  ++row_;
  if (arrays_.targets == nullptr) return true;
  if (arrays_.targets->header().is_text()) {
    text_ = arrays_.targets->read_text().value_or("");
  } else {
    arrays_.targets->read(1, values_);
  }
  return true;
}

Value ArrayRecords::value(std::size_t column) {
  if (column < values_.size()) return {Value::Kind::kNumber, {}, values_[column]};
  return {Value::Kind::kText, text_, 0};
}

void ArrayRecords::fail(std::size_t column, const std::string& message,
                        const std::string& hint) const {
  input_error(arrays_.inputs->name(), 0, 0,
              "row " + std::to_string(row_) + ", " + names_[column] + ": " + message, hint);
}

RecordReader::Progress ArrayRecords::progress() const {
  return {static_cast<double>(row_), static_cast<double>(arrays_.inputs->header().count()), "rows"};
}

ArrayPictures picture_layout(const NpyArray& inputs) {
  const auto& dims = inputs.header().dims;
  const auto are_channels = [](std::int64_t count) { return count == 1 || count == 3; };
  ArrayPictures layout;
  if (dims.size() == 3) {
    layout = {1, dims[1], dims[2], false};
  } else if (are_channels(dims[3])) {
    layout = {dims[3], dims[1], dims[2], true};
  } else if (are_channels(dims[1])) {
    layout = {dims[1], dims[2], dims[3], false};
  } else {
    input_error(inputs.name(), 0, 0,
                "holds " + inputs.header().text() + ", whose channels are unclear",
                "pictures have 1 or 3 channels: N x C x H x W or N x H x W x C");
  }
  if (layout.height > kMostArraySide || layout.width > kMostArraySide) {
    input_error(inputs.name(), 0, 0,
                "holds pictures that are too large (" + inputs.header().text() + ")");
  }
  return layout;
}

std::int64_t read_array_pictures(NpyArray& inputs, const ArrayPictures& layout, std::int64_t count,
                                 std::vector<std::uint8_t>& pixels) {
  const std::size_t before = pixels.size();
  const std::int64_t read = inputs.read_bytes(count, pixels);
  if (!layout.channels_last || layout.channels == 1) return read;
  const std::int64_t area = layout.height * layout.width, channels = layout.channels;
  std::vector<std::uint8_t> picture(static_cast<std::size_t>(area * channels));
  for (std::int64_t i = 0; i < read; ++i) {
    std::uint8_t* at = pixels.data() + before + i * area * channels;
    std::copy(at, at + area * channels, picture.begin());
    for (std::int64_t p = 0; p < area; ++p) {
      for (std::int64_t c = 0; c < channels; ++c) at[c * area + p] = picture[p * channels + c];
    }
  }
  return read;
}

}  // namespace dlwork::data
