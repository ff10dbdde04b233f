#include "data/arrow_table.h"

#include <arrow/api.h>
#include <arrow/io/api.h>
#include <arrow/ipc/api.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>

#include <cmath>
#include <limits>

#include "data/datetime.h"
#include "data/problem.h"
#include "dlwork/base/files.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

/// Memory that the library may take, whatever a file claims.
constexpr std::uint64_t kShareOfMemory = 2;

[[noreturn]] void damaged(const std::string& path, const std::string& why) {
  input_error(path, 0, 0, "cannot be read as Parquet or Arrow: " + why.substr(0, 300),
              "is it complete? write it again");
}

template <class T>
T value_of(const std::string& path, arrow::Result<T> result) {
  if (!result.ok()) damaged(path, result.status().message());
  return std::move(result).ValueUnsafe();
}

/// Batches of either kind of file, one after the other.
class Batches {
 public:
  explicit Batches(const std::string& path)
      : path_(path),
        pool_(arrow::default_memory_pool(),
              static_cast<std::int64_t>(usable_memory_bytes() / kShareOfMemory)) {
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
      const auto valid = batch->ValidateFull();
      if (!valid.ok()) damaged(path_, valid.message());
      return batch;
    }
    std::shared_ptr<arrow::RecordBatch> batch;
    const auto status = batches_->ReadNext(&batch);
    if (!status.ok()) damaged(path_, status.message());
    return batch;
  }

  double total() const { return total_; }

 private:
  void open_parquet() {
    parquet::arrow::FileReaderBuilder builder;
    const auto opened = builder.Open(file_, parquet::ReaderProperties(&pool_));
    if (!opened.ok()) damaged(path_, opened.message());
    const auto built = builder.memory_pool(&pool_)->Build(&parquet_);
    if (!built.ok()) damaged(path_, built.message());
    batches_ = value_of(path_, parquet_->GetRecordBatchReader());
    schema_ = batches_->schema();
    total_ = static_cast<double>(parquet_->parquet_reader()->metadata()->num_rows());
  }

  std::string path_;
  arrow::CappedMemoryPool pool_;
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

double seconds_in(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return 1;
    case arrow::TimeUnit::MILLI:
      return 1e-3;
    case arrow::TimeUnit::MICRO:
      return 1e-6;
    case arrow::TimeUnit::NANO:
      return 1e-9;
  }
  return 1;
}

class ArrowRecords final : public RecordReader {
 public:
  explicit ArrowRecords(const std::string& path) : path_(path), batches_(path) {}

  bool next() override {
    ++row_;
    ++record_;
    while (batch_ == nullptr || row_ >= batch_->num_rows()) {
      batch_ = batches_.next();
      if (batch_ == nullptr) return false;
      row_ = 0;
    }
    return true;
  }

  Value value(std::size_t column) override {
    return read(*batch_->column(static_cast<int>(column)), row_);
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
        return text(moment_text(
            1e-3 * static_cast<double>(static_cast<const arrow::Date64Array&>(array).Value(row))));
      case arrow::Type::TIMESTAMP: {
        const auto unit = static_cast<const arrow::TimestampType&>(*array.type()).unit();
        const auto ticks = static_cast<const arrow::TimestampArray&>(array).Value(row);
        return text(moment_text(seconds_in(unit) * static_cast<double>(ticks)));
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

/// Parquet's own faults are exceptions where its Arrow side does not catch them.
template <class Action>
auto guarded(const std::string& path, const Action& action) {
  try {
    return action();
  } catch (const parquet::ParquetException& error) {
    damaged(path, error.what());
  }
}

}  // namespace

bool reads_arrow() { return true; }

std::vector<std::string> arrow_names(const std::string& path) {
  return guarded(path, [&] {
    const Batches batches(path);
    std::vector<std::string> names;
    for (const auto& field : batches.schema().fields()) {
      if (!is_read(*field->type())) {
        input_error(path, 0, 0,
                    "column " + field->name() + " holds " + field->type()->ToString() +
                        ", which is not read",
                    "tables hold numbers, texts, dates and truth values; leave the column out");
      }
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
