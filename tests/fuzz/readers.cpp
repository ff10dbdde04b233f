#include "fuzz/readers.h"

#include <algorithm>
#include <string>
#include <vector>

#include "data/arrays.h"
#include "data/byte_source.h"
#include "data/decode.h"
#include "data/idx.h"
#include "data/line_source.h"
#include "data/read_tables.h"
#include "data/sequence_pool.h"
#include "data/series.h"
#include "data/series_cell.h"
#include "data/sound_file.h"
#include "data/sqlite_table.h"
#include "dlwork/data/file_facts.h"
#include "dlwork/data/preprocess.h"
#include "dlwork/spec/project.h"
#include "fuzz/fuzz_support.h"

namespace dlwork::fuzz {
namespace {

void read_whole_table(const std::string& path, bool with_meanings) {
  data::CsvOptions options;
  options.missing = {"", "NA", "-1"};
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  const auto tables = data::find_tables({path}, options);
  std::vector<data::WantedColumn> wanted;
  for (const auto& name : tables.front().names) wanted.push_back({name});
  if (with_meanings && !wanted.empty()) wanted.front().meaning = data::Meaning::kDatetime;
  if (with_meanings && wanted.size() > 1) wanted.back().meaning = data::Meaning::kBoolean;
  data::read_tables(tables, options, wanted, run);
}

void read_whole_array(const std::string& path) {
  data::Arrays arrays = data::open_arrays(path, "");
  std::vector<double> values;
  std::vector<std::uint8_t> pixels;
  switch (data::kind_of(*arrays.inputs)) {
    case data::Kind::kTable: {
      data::ArrayRecords records(path, "");
      while (records.next()) {
        for (std::size_t c = 0; c < records.names().size(); ++c) records.value(c);
      }
      return;
    }
    case data::Kind::kImage: {
      const auto layout = data::picture_layout(*arrays.inputs);
      while (data::read_array_pictures(*arrays.inputs, layout, 16, pixels) > 0) pixels.clear();
      return;
    }
    case data::Kind::kSequence:
      while (arrays.inputs->read(16, values) > 0) values.clear();
      return;
    default:
      return;
  }
}

/// All of the folder as a data set, as training and as the audit read it.
void read_whole_folder(const std::string& path, const std::string& task) {
  spec::Project project;
  project.data.root = path;
  project.data.train.paths = {"."};
  project.data.validation.amount = spec::Amount{1, false};
  project.data.test.amount = spec::Amount{1, false};
  project.data.picture_size = {8, 8};
  project.data.sound.length.seconds = 0.5;
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  survive([&] { data::load_dataset(project, task, run); });
  survive([&] {
    data::FileFacts facts;
    data::load_with_facts(project, task, run, facts);
  });
}

/// Larger pictures are fine, but cost the time of many small ones.
constexpr std::int64_t kMostPixels = 1 << 20;

}  // namespace

void arrow(const std::uint8_t* bytes, std::size_t size) {
  const ByteFile file(bytes, size, ".parquet");
  survive([&] { read_whole_table(file.path, false); });
}

void arrays(const std::uint8_t* bytes, std::size_t size) {
  const ByteFile file(bytes, size, ".npz");
  survive([&] { read_whole_array(file.path); });
}

void csv(const std::uint8_t* bytes, std::size_t size) {
  const ByteFile file(bytes, size, ".csv");
  survive([&] { read_whole_table(file.path, false); });
  survive([&] { read_whole_table(file.path, true); });
}

void idx(const std::uint8_t* bytes, std::size_t size) {
  const ByteFile file(bytes, size, ".idx");
  survive([&] { data::read_idx_labels(file.path); });
  survive([&] {
    data::Pictures pool;
    data::read_idx_pictures(file.path, pool);
  });
}

void json_lines(const std::uint8_t* bytes, std::size_t size) {
  const ByteFile file(bytes, size, ".jsonl");
  survive([&] { read_whole_table(file.path, false); });
}

void lines(const std::uint8_t* bytes, std::size_t size) {
  const ByteFile file(bytes, size, ".txt");
  survive([&] {
    data::is_line_file(file.path);
    spec::Project project;
    project.data.train.paths = {file.path};
    SilentReporter reporter;
    StopFlag stop;
    RunContext run{reporter, stop};
    data::read_line_sources(project, run);
  });
}

void packed(const std::uint8_t* bytes, std::size_t size) {
  const ByteFile file(bytes, size, ".gz");
  survive([&] {
    data::ByteSource source(file.path);
    std::vector<char> block(1 << 16);
    // A bomb unpacks for long, not to much memory; some MB tell.
    constexpr int kBlocks = 256;
    for (int i = 0; i < kBlocks && source.read(block.data(), block.size()) == block.size(); ++i) {
    }
  });
}

void picture(const std::uint8_t* bytes, std::size_t size) {
  const ByteFile file(bytes, size, ".png");
  survive([&] {
    const data::PictureSize found = data::picture_size(file.path);
    if (std::int64_t{found.width} * found.height > kMostPixels) return;
    std::vector<std::uint8_t> out(3 * 8 * 8);
    data::decode_picture(file.path, 3, 8, 8, out.data(), data::Fit::kResize);
    data::decode_picture(file.path, 1, 8, 8, out.data(), data::Fit::kResize);
  });
}

void picture_folder(const std::uint8_t* bytes, std::size_t size) {
  const ByteFolder folder(bytes, size, ".png");
  bool large = false;
  survive([&] {
    const data::PictureSize found = data::picture_size(folder.path + "/a/1.png");
    large = std::int64_t{found.width} * found.height > kMostPixels;
  });
  if (!large) read_whole_folder(folder.path, "classification");
}

void preprocessor(const std::uint8_t* bytes, std::size_t size) {
  const Json json = Json::parse(bytes, bytes + size, nullptr, false);
  survive([&] {
    const auto read = data::Preprocessor::from_json(json);
    const auto again = data::Preprocessor::from_json(read.to_json());
    if (again.shape().dims != read.shape().dims) std::abort();
  });
}

void project(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  std::string dumped;
  survive([&] {
    dumped = spec::dump_yaml(spec::read_project(text, "project.yaml", {}), spec::Origins::kHide);
  });
  if (dumped.empty()) return;
  // What the program writes it must read, so an Error is a fault here.
  const auto again = spec::read_project(dumped, "project.yaml", {});
  if (spec::dump_yaml(again, spec::Origins::kHide) != dumped) std::abort();
}

void series(const std::uint8_t* bytes, std::size_t size) {
  const ByteFile file(bytes, size, ".ts");
  // Either way must survive: the audit mends stamps that all else refuses.
  for (const auto stamps : {data::Stamps::kStrict, data::Stamps::kMended}) {
    survive([&] {
      data::is_series_file(file.path);
      data::SeriesReader reader(file.path, 0, stamps);
      data::SequencePool pool;
      for (data::SeriesRecord record; reader.next(record);) {
        pool.add(record.values, static_cast<std::int64_t>(record.values.size()) / record.steps);
      }
      pool.finish();
    });
  }
}

void series_cell(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  data::holds_series(text);
  data::LoneSeries cell;
  if (!data::parse_series(text, cell).empty()) return;
  if (cell.channels < 1 || cell.steps() * cell.channels != std::ssize(cell.values)) std::abort();
}

void sound(const std::uint8_t* bytes, std::size_t size) {
  const ByteFile file(bytes, size, ".wav");
  survive([&] {
    const data::SoundFile head = data::sound_head(file.path);
    const std::int64_t rate = head.rate;
    data::SoundMeter meter(head, 1e-6, -50);
    const auto samples = data::read_sound(file.path, rate, 0, &meter);
    meter.finish();
    constexpr std::size_t kMostSamples = 100000;
    if (samples.size() > kMostSamples) return;
    spec::Sound settings;
    settings.window.seconds = 0.01;
    data::sound_features(samples, rate, settings);
  });
}

void sound_folder(const std::uint8_t* bytes, std::size_t size) {
  const ByteFolder folder(bytes, size, ".wav");
  read_whole_folder(folder.path, "classification");
}

void sqlite(const std::uint8_t* bytes, std::size_t size) {
  const ByteFile file(bytes, size, ".db");
  survive([&] {
    data::SqliteReader reader("sqlite:" + file.path);
    constexpr int kRows = 10000;
    for (int row = 0; row < kRows && reader.next(); ++row) {
      for (std::size_t c = 0; c < reader.names().size(); ++c) reader.value(c);
    }
  });
}

}  // namespace dlwork::fuzz
