#include "data/arrow_table.h"

#include <arrow/api.h>
#include <arrow/io/api.h>
#include <arrow/ipc/api.h>
#include <arrow/util/config.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <limits>

#include "data/datetime.h"
#include "data/problem.h"
#include "dlwork/base/files.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

/// Memory that the library may take for a part of a file, whatever the file claims: half of all,
/// and not more than packing can make of the file, beside what small ones need.
std::uint64_t memory_limit(const std::string& path) {
  constexpr std::uint64_t kShareOfMemory = 2, kLeast = 64u << 20, kMostRatio = 1000;
  std::error_code missing;  // is told by opening it
  const auto size = std::filesystem::file_size(path, missing);
  const std::uint64_t most = kLeast + kMostRatio * (missing ? 0 : size);
  return std::min(usable_memory_bytes() / kShareOfMemory, most);
}

[[noreturn]] void damaged(const std::string& path, const std::string& why) {
  input_error(path, 0, 0, "cannot be read as Parquet or Arrow: " + why.substr(0, 300),
              "is it complete? write it again");
}

void expect_ok(const std::string& path, const arrow::Status& status) {
  if (status.ok()) return;
  if (status.IsOutOfMemory()) {
    input_error(path, 0, 0,
                "needs more than half of this machine's memory, or than a thousand times its size, "
                "to read a part of it",
                "is it complete? write it with smaller row groups");
  }
  damaged(path, status.message());
}

template <class T>
T value_of(const std::string& path, arrow::Result<T> result) {
  expect_ok(path, result.status());
  return std::move(result).ValueUnsafe();
}

/// The library's own memory up to a limit: it has a pool like this from version 23 on.
class LimitedPool final : public arrow::MemoryPool {
 public:
  explicit LimitedPool(std::int64_t most) : most_(most) {}
  using MemoryPool::Allocate;
  using MemoryPool::Free;
  using MemoryPool::Reallocate;
  arrow::Status Allocate(std::int64_t size, std::int64_t alignment, std::uint8_t** out) override {
    if (!fits(size)) return full();
    const arrow::Status status = pool_->Allocate(size, alignment, out);
    if (status.ok()) taken_ += size;
    return status;
  }
  arrow::Status Reallocate(std::int64_t old_size, std::int64_t size, std::int64_t alignment,
                           std::uint8_t** at) override {
    if (!fits(size - old_size)) return full();
    const arrow::Status status = pool_->Reallocate(old_size, size, alignment, at);
    if (status.ok()) taken_ += size - old_size;
    return status;
  }
  void Free(std::uint8_t* at, std::int64_t size, std::int64_t alignment) override {
    pool_->Free(at, size, alignment);
    taken_ -= size;
  }
  std::int64_t bytes_allocated() const override { return taken_; }
  std::int64_t total_bytes_allocated() const override { return pool_->total_bytes_allocated(); }
  std::int64_t num_allocations() const override { return pool_->num_allocations(); }
  std::string backend_name() const override { return pool_->backend_name(); }

 private:
  bool fits(std::int64_t more) const { return more <= most_ - taken_; }
  static arrow::Status full() { return arrow::Status::OutOfMemory("above the limit"); }

  arrow::MemoryPool* pool_ = arrow::default_memory_pool();
  std::int64_t most_;
  std::atomic<std::int64_t> taken_ = 0;  ///< by this reader alone
};

/// Batches of either kind of file, one after the other.
class Batches {
 public:
  explicit Batches(const std::string& path)
      : path_(path), pool_(static_cast<std::int64_t>(memory_limit(path))) {
    file_ = value_of(path, arrow::io::ReadableFile::Open(path, &pool_));
    const std::string start = value_of(path, file_->ReadAt(0, 6))->ToString();
    if (start.starts_with("FEA1")) {
      input_error(path, 0, 0, "is a Feather file of version 1, which is not read",
                  "write version 2, which every Arrow library does by itself");
    }
    if (start.starts_with("PAR1")) {
      open_parquet();
    } else {
      arrow::ipc::IpcReadOptions options;
      options.memory_pool = &pool_;
      ipc_ = value_of(path, arrow::ipc::RecordBatchFileReader::Open(file_, options));
      schema_ = ipc_->schema();
    }
  }

  const arrow::Schema& schema() const { return *schema_; }

  std::shared_ptr<arrow::RecordBatch> next() {
    if (ipc_ != nullptr) {
      if (done_ == ipc_->num_record_batches()) return nullptr;
      auto batch = value_of(path_, ipc_->ReadRecordBatch(done_++));
      // The format trusts its writer; offsets that point outside would be followed.
      expect_ok(path_, batch->ValidateFull());
      return batch;
    }
    std::shared_ptr<arrow::RecordBatch> batch;
    expect_ok(path_, batches_->ReadNext(&batch));
    return batch;
  }

  double total() const { return total_; }

 private:
  void open_parquet() {
    parquet::arrow::FileReaderBuilder builder;
    expect_ok(path_, builder.Open(file_, parquet::ReaderProperties(&pool_)));
    // What is read ahead stays until the end: all of the file.
    parquet::ArrowReaderProperties properties;
    properties.set_pre_buffer(false);
    expect_ok(path_, builder.memory_pool(&pool_)->properties(properties)->Build(&parquet_));
    // A file of rows without columns makes the library list as many batches as it claims.
    if (parquet_->parquet_reader()->metadata()->num_columns() < 1) {
      damaged(path_, "it has no columns");
    }
#if ARROW_VERSION_MAJOR >= 19
    batches_ = value_of(path_, parquet_->GetRecordBatchReader());
#else
    expect_ok(path_, parquet_->GetRecordBatchReader(&batches_));
#endif
    schema_ = batches_->schema();
    total_ = static_cast<double>(parquet_->parquet_reader()->metadata()->num_rows());
  }

  std::string path_;
  LimitedPool pool_;
  std::shared_ptr<arrow::io::ReadableFile> file_;
  std::shared_ptr<arrow::ipc::RecordBatchFileReader> ipc_;
  std::unique_ptr<parquet::arrow::FileReader> parquet_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
  std::shared_ptr<arrow::Schema> schema_;
  int done_ = 0;
  double total_ = 0;
};

bool is_read(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::DICTIONARY:
      return is_read(*static_cast<const arrow::DictionaryType&>(type).value_type());
    case arrow::Type::NA:
    case arrow::Type::BOOL:
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DECIMAL128:
      return true;
    default:
      return arrow::is_integer(type.id()) || arrow::is_floating(type.id());
  }
}

/// Lists of numbers, and lists of them.
bool is_list(const arrow::DataType& type) {
  const bool lists = type.id() == arrow::Type::LIST || type.id() == arrow::Type::LARGE_LIST ||
                     type.id() == arrow::Type::FIXED_SIZE_LIST;
  if (!lists) return false;
  const arrow::DataType& item = *static_cast<const arrow::BaseListType&>(type).value_type();
  return arrow::is_integer(item.id()) || item.id() == arrow::Type::FLOAT ||
         item.id() == arrow::Type::DOUBLE || is_list(item);
}

std::int64_t ticks_a_second(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return 1;
    case arrow::TimeUnit::MILLI:
      return 1'000;
    case arrow::TimeUnit::MICRO:
      return 1'000'000;
    case arrow::TimeUnit::NANO:
      return 1'000'000'000;
  }
  return 1;
}

/// In whole numbers: nanoseconds since 1970 have more digits than a double.
std::string stamp_text(std::int64_t ticks, std::int64_t a_second) {
  const std::int64_t whole = ticks / a_second - (ticks % a_second < 0 ? 1 : 0);
  const std::int64_t rest = ticks - whole * a_second;
  std::string text = moment_text(static_cast<double>(whole));
  if (rest == 0) return text;
  if (text.find(' ') == std::string::npos) text += " 00:00:00";
  return text + "." + std::to_string(a_second + rest).substr(1);
}

/// Parquet's own faults are exceptions where its Arrow side does not catch them.
template <class Action>
auto guarded(const std::string& path, const Action& action) {
  try {
    return action();
  } catch (const parquet::ParquetException& error) {
    damaged(path, error.what());
  }
}

class ArrowRecords final : public RecordReader {
 public:
  explicit ArrowRecords(const std::string& path) : path_(path), batches_(path) {}

  bool next() override {
    ++row_;
    ++record_;
    while (batch_ == nullptr || row_ >= batch_->num_rows()) {
      batch_ = guarded(path_, [&] { return batches_.next(); });
      if (batch_ == nullptr) return false;
      row_ = 0;
    }
    return true;
  }

  Value value(std::size_t index) override {
    const arrow::Array& column = *batch_->column(static_cast<int>(index));
    if (!is_read(*column.type())) {
      fail(index, "holds " + column.type()->ToString() + ", which is not read",
           "tables hold numbers, texts, dates and truth values; set data.columns." +
               batch_->column_name(static_cast<int>(index)) + ": ignore");
    }
    return read(column, row_);
  }
  Value list(std::size_t index) override {
    const arrow::Array& column = *batch_->column(static_cast<int>(index));
    if (!is_list(*column.type())) return value(index);
    return column.IsNull(row_) ? Value() : text(list_text(column, row_));
  }
  std::int64_t record() const override { return record_; }
  [[noreturn]] void fail(std::size_t column, const std::string& message,
                         const std::string& hint) const override {
    input_error(path_, record_, static_cast<std::int64_t>(column) + 1, message, hint);
  }
  Progress progress() const override {
    return {static_cast<double>(record_), batches_.total(), "rows"};
  }

 private:
  Value text(std::string held) {
    text_ = std::move(held);
    return {Value::Kind::kText, text_, 0};
  }
  static Value number(double value) {
    if (std::isnan(value)) return {};
    return {Value::Kind::kNumber, {}, value};
  }

  template <class Array>
  static Value number_at(const arrow::Array& array, std::int64_t row) {
    return number(static_cast<double>(static_cast<const Array&>(array).Value(row)));
  }

  std::string list_text(const arrow::Array& array, std::int64_t row) {
    if (array.IsNull(row)) return "null";
    switch (array.type_id()) {
      case arrow::Type::LIST:
        return items_text(static_cast<const arrow::ListArray&>(array), row);
      case arrow::Type::LARGE_LIST:
        return items_text(static_cast<const arrow::LargeListArray&>(array), row);
      case arrow::Type::FIXED_SIZE_LIST:
        return items_text(static_cast<const arrow::FixedSizeListArray&>(array), row);
      default: {
        const Value value = read(array, row);
        return value.kind == Value::Kind::kNumber ? number_text(value.number) : "null";
      }
    }
  }
  template <class Lists>
  std::string items_text(const Lists& lists, std::int64_t row) {
    std::vector<std::string> items;
    const std::int64_t begin = lists.value_offset(row), count = lists.value_length(row);
    for (std::int64_t i = 0; i < count; ++i) items.push_back(list_text(*lists.values(), begin + i));
    return "[" + join(items, ", ") + "]";
  }

  Value read(const arrow::Array& array, std::int64_t row) {
    if (array.IsNull(row)) return {};
    switch (array.type_id()) {
      case arrow::Type::DICTIONARY: {
        const auto& coded = static_cast<const arrow::DictionaryArray&>(array);
        return read(*coded.dictionary(), coded.GetValueIndex(row));
      }
      case arrow::Type::BOOL:
        return text(static_cast<const arrow::BooleanArray&>(array).Value(row) ? "true" : "false");
      case arrow::Type::STRING:
        return text(std::string(static_cast<const arrow::StringArray&>(array).GetView(row)));
      case arrow::Type::LARGE_STRING:
        return text(std::string(static_cast<const arrow::LargeStringArray&>(array).GetView(row)));
      case arrow::Type::DATE32:
        return text(
            moment_text(86400.0 * static_cast<const arrow::Date32Array&>(array).Value(row)));
      case arrow::Type::DATE64:
        return text(stamp_text(static_cast<const arrow::Date64Array&>(array).Value(row), 1'000));
      case arrow::Type::TIMESTAMP: {
        const auto unit = static_cast<const arrow::TimestampType&>(*array.type()).unit();
        const auto ticks = static_cast<const arrow::TimestampArray&>(array).Value(row);
        return text(stamp_text(ticks, ticks_a_second(unit)));
      }
      case arrow::Type::DECIMAL128:
        return text(static_cast<const arrow::Decimal128Array&>(array).FormatValue(row));
      case arrow::Type::INT8:
        return number_at<arrow::Int8Array>(array, row);
      case arrow::Type::INT16:
        return number_at<arrow::Int16Array>(array, row);
      case arrow::Type::INT32:
        return number_at<arrow::Int32Array>(array, row);
      case arrow::Type::INT64:
        return number_at<arrow::Int64Array>(array, row);
      case arrow::Type::UINT8:
        return number_at<arrow::UInt8Array>(array, row);
      case arrow::Type::UINT16:
        return number_at<arrow::UInt16Array>(array, row);
      case arrow::Type::UINT32:
        return number_at<arrow::UInt32Array>(array, row);
      case arrow::Type::UINT64:
        return number_at<arrow::UInt64Array>(array, row);
      case arrow::Type::FLOAT:
        return number_at<arrow::FloatArray>(array, row);
      case arrow::Type::DOUBLE:
        return number_at<arrow::DoubleArray>(array, row);
      default:
        return text(value_of(path_, array.GetScalar(row))->ToString());
    }
  }

  std::string path_;
  Batches batches_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  std::int64_t row_ = -1, record_ = 0;
  std::string text_;
};

}  // namespace

bool reads_arrow() { return true; }

std::vector<std::string> arrow_names(const std::string& path) {
  return guarded(path, [&] {
    const Batches batches(path);
    std::vector<std::string> names;
    for (const auto& field : batches.schema().fields()) {
      if (!is_utf8(field->name())) damaged(path, "a column's name is not valid UTF-8");
      names.push_back(field->name());
    }
    return names;
  });
}

std::unique_ptr<RecordReader> open_arrow(const std::string& path) {
  return guarded(path, [&]() -> std::unique_ptr<RecordReader> {
    return std::make_unique<ArrowRecords>(path);
  });
}

}  // namespace dlwork::data
