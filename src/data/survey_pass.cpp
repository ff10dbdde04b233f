#include "data/survey_pass.h"

#include <algorithm>
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

/// Goes through the files: one thread reads a batch while another sums up the one before.
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
    std::future<void> work;
    std::int64_t count = 0;
    try {
      for (bool more = true; more;) {
        read.clear();
        while (read.rows() < kBatchRows && read.bytes() < kBatchBytes && (more = records->next())) {
          read.add(*records, places);
        }
        count += static_cast<std::int64_t>(read.rows());
        if (work.valid()) work.get();
        std::swap(read, busy);
        work = std::async(std::launch::async, [this, &busy, f] { sum_up(busy, f); });
        report(files_[f].path, *records);
      }
      work.get();
    } catch (...) {
      if (work.valid()) work.wait();  // it holds a reference to `busy`
      throw;
    }
    if (count == 0) input_error(files_[f].path, 0, 0, "the file has no data rows");
    survey_.rows += count;
    survey_.rows_of_source[plan_.source_of_file[f]] += count;
  }

  void sum_up(SurveyBatch& batch, std::size_t f) {
    const std::size_t columns = batch.columns();
    const std::size_t source = plan_.source_of_file[f];
    const auto file = static_cast<std::int32_t>(f);
    batch.hashes.resize(batch.rows() * columns);
    for (std::size_t column = 0; column < columns; ++column) {
      surveyors_[column].add(batch, column, file, source);
    }
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      const std::uint64_t* hashes = batch.hashes.data() + row * columns;
      std::uint64_t inputs = 0;
      for (std::size_t i = 0; i < plan_.inputs; ++i) inputs = mix_bits(inputs * 31 + hashes[i]);
      survey_.repeats.add(inputs, hashes[plan_.target], source, {file, batch.record(row)});
      samples_[source].add(batch, row, file);
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
