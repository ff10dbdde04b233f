#include "data/survey_pass.h"

#include <algorithm>
#include <atomic>
#include <future>

#include "data/problem.h"
#include "data/read_records.h"
#include "data/row_sample.h"
#include "data/survey_column.h"

namespace dlwork::data {
namespace {

constexpr std::size_t kBatchRows = 16384;
/// A batch of long texts is summed up before it holds more.
constexpr std::size_t kBatchBytes = 16u << 20;
constexpr std::size_t kPartsOfData = 3;

/// Goes through the files: while one thread reads a batch, others sum up the columns of the one
/// before, each column by itself.
class SurveyPass {
 public:
  SurveyPass(const std::vector<TableFile>& files, const std::vector<WantedColumn>& wanted,
             const CsvOptions& options, const SurveyPlan& plan, std::int64_t rows, RunContext& run,
             Survey& survey)
      : files_(files), wanted_(wanted), plan_(plan), run_(run), survey_(survey) {
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      surveyors_.emplace_back(wanted[i], options.missing, plan.ranges[i].first,
                              plan.ranges[i].second, plan.seed + i);
      if (!plan.categories.empty()) surveyors_.back().expect(plan.categories[i]);
    }
    for (std::size_t part = 0; part < kPartsOfData; ++part) {
      samples_.emplace_back(static_cast<std::size_t>(rows), plan.seed + part);
    }
  }

  void run() {
    for (std::size_t f = 0; f < files_.size(); ++f) read_file(f);
    run_.reporter.progress_done();
    for (auto& sample : samples_) sample.finish();
    for (auto& surveyor : surveyors_) survey_.columns.push_back(surveyor.take());
    survey_.target = wanted_[plan_.target].name;
  }

  const RowSample& sample(std::size_t part) const { return samples_[part]; }

 private:
  void read_file(std::size_t f) {
    const auto places = find_places(files_[f], wanted_);
    const auto records = open_table(files_[f]);
    SurveyBatch read(wanted_.size()), busy(wanted_.size());
    std::int64_t count = 0;
    for (bool more = true; more || busy.rows() > 0;) {
      busy.hashes.resize(busy.rows() * busy.columns());
      next_column_ = 0;
      auto helpers = start_helpers(busy, f);
      read.clear();
      while (more && read.rows() < kBatchRows && read.bytes() < kBatchBytes &&
             (more = records->next())) {
        read.add(*records, places);
      }
      count += static_cast<std::int64_t>(read.rows());
      sum_columns(busy, f);
      for (auto& helper : helpers) helper.get();
      sum_rows(busy, f);
      std::swap(read, busy);
      report(files_[f].path, *records);
    }
    if (count == 0) input_error(files_[f].path, 0, 0, "the file has no data rows");
    survey_.rows += count;
    survey_.rows_of_source[plan_.source_of_file[f]] += count;
  }

  /// Threads beside this one that sum up columns. What is thrown here waits for them: so does the
  /// end of a future of `std::async`.
  std::vector<std::future<void>> start_helpers(SurveyBatch& batch, std::size_t f) {
    const auto most = std::min<std::size_t>(std::max(1, run_.threads), batch.columns());
    std::vector<std::future<void>> helpers;
    for (std::size_t i = 1; i < most && batch.rows() > 0; ++i) {
      helpers.push_back(
          std::async(std::launch::async, [this, &batch, f] { sum_columns(batch, f); }));
    }
    return helpers;
  }

  /// The columns that no thread has begun with.
  void sum_columns(SurveyBatch& batch, std::size_t f) {
    for (std::size_t column; (column = next_column_++) < batch.columns();) {
      surveyors_[column].add(batch, column, static_cast<std::int32_t>(f), plan_.source_of_file[f]);
    }
  }

  /// What goes by whole rows: repeats beside the draw, which need nothing of each other.
  void sum_rows(const SurveyBatch& batch, std::size_t f) {
    const auto launch = run_.threads > 1 ? std::launch::async : std::launch::deferred;
    auto repeats = std::async(launch, [this, &batch, f] { add_repeats(batch, f); });
    RowSample& sample = samples_[plan_.source_of_file[f]];
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      sample.add(batch, row, static_cast<std::int32_t>(f));
    }
    repeats.get();
  }

  void add_repeats(const SurveyBatch& batch, std::size_t f) {
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      std::uint64_t inputs = 0;
      for (std::size_t i = 0; i < plan_.inputs; ++i) {
        inputs = mix_bits(inputs * 31 + batch.hash(row, i));
      }
      survey_.repeats.add(inputs, batch.hash(row, plan_.target), plan_.source_of_file[f],
                          {static_cast<std::int32_t>(f), batch.record(row)});
    }
  }

  void report(const std::string& path, const RecordReader& records) {
    if (run_.stop.requested()) throw Error(ExitStatus::kInterrupted, "stopped while reading data");
    const auto progress = records.progress();
    run_.reporter.progress(
        {"going through " + path, progress.done, progress.total, progress.unit, ""});
  }

  const std::vector<TableFile>& files_;
  const std::vector<WantedColumn>& wanted_;
  const SurveyPlan& plan_;
  RunContext& run_;
  Survey& survey_;
  std::vector<ColumnSurveyor> surveyors_;
  std::vector<RowSample> samples_;
  std::atomic<std::size_t> next_column_ = 0;
};

}  // namespace

TableColumns survey_tables(const std::vector<TableFile>& files, const CsvOptions& options,
                           const std::vector<WantedColumn>& wanted, const SurveyPlan& plan,
                           std::int64_t rows, RunContext& run, Survey& survey) {
  SurveyPass pass(files, wanted, options, plan, rows, run, survey);
  pass.run();
  std::vector<RecordSource> sources;
  for (std::size_t f = 0; f < files.size(); ++f) {
    RecordSource source;
    source.path = files[f].path;
    for (const auto& column : wanted) source.names.push_back(column.name);
    source.may_be_empty = true;
    source.open = [&pass, &files, &plan, f] {
      return pass.sample(plan.source_of_file[f]).read(files[f].path, static_cast<std::int32_t>(f));
    };
    sources.push_back(std::move(source));
  }
  TableColumns columns = read_records(sources, options, wanted, run);
  survey.sampled = static_cast<std::int64_t>(columns.line.size());
  for (std::size_t f = 0; f < files.size(); ++f) {
    survey.sampled_of_source[plan.source_of_file[f]] += columns.rows_of_file[f];
  }
  return columns;
}

}  // namespace dlwork::data
