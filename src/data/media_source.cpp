#include "data/media_source.h"

#include <algorithm>
#include <filesystem>

#include "data/picture_folder.h"
#include "data/problem.h"
#include "data/sequence_pool.h"
#include "data/sound_file.h"

namespace dlwork::data {
namespace {

constexpr std::size_t kFilesBetweenLooks = 64;

/// The group of each file as a column.
Column group_column(const std::vector<std::string>& groups) {
  Column column;
  column.name = "group";
  column.info.meaning = Meaning::kGroup;
  LabelColumn codes(column, "classification");
  for (const auto& group : groups) codes.add_text(group);
  return column;
}

void read_sounds(const spec::Project& project, Raw& raw, RunContext& run) {
  const spec::Sound sound = sound_of(project, raw.paths.front());
  SequencePool pool;
  for (std::size_t i = 0; i < raw.paths.size(); ++i) {
    if (i % kFilesBetweenLooks == 0) {
      if (run.stop.requested()) throw Error(ExitStatus::kInterrupted, "stopped while reading data");
      run.reporter.progress({"reading recordings", static_cast<double>(i),
                             static_cast<double>(raw.paths.size()), "files", ""});
    }
    const std::string& file = raw.paths[i];
    if (project.data.sound.rate == 0) {
      const std::int64_t rate = sound_rate(file);
      if (rate != sound.rate) {
        input_error(file, 0, 0,
                    "has " + std::to_string(rate) + " samples a second, but " + raw.paths.front() +
                        " has " + std::to_string(sound.rate),
                    "set data.sound.rate to bring all to one rate");
      }
    }
    const auto samples = read_sound(file, sound.rate, sound.length.seconds);
    pool.add(sound_features(samples, sound.rate, sound), sound_channels(sound));
  }
  run.reporter.progress_done();
  raw.samples.kind = Kind::kSequence;
  raw.samples.sequences = pool.finish();
  raw.samples.sequences.sound = sound;
}

}  // namespace

spec::Sound sound_of(const spec::Project& project, const std::string& first) {
  spec::Sound sound = project.data.sound;
  if (sound.rate == 0) sound.rate = sound_rate(first);
  return sound;
}

Raw read_media_sources(const spec::Project& project, Media media, RunContext& run) {
  Raw raw;
  Samples& samples = raw.samples;
  samples.kind = Kind::kImage;
  raw.target.name = project.data.target.empty() ? "class" : project.data.target;
  LabelColumn labels(raw.target, "classification");
  std::vector<std::string> groups;
  const spec::Source* const sources[] = {&project.data.train, &project.data.validation,
                                         &project.data.test};
  for (std::size_t part = 0; part < 3; ++part) {
    for (const auto& name : source_files(project, *sources[part])) {
      const LabelledFiles list =
          find_labelled_files(spec::data_path(project, name), media, project.data.label_pattern);
      groups.insert(groups.end(), list.groups.begin(), list.groups.end());
      const std::filesystem::path folder(name);
      for (std::size_t i = 0; i < list.files.size(); ++i) {
        samples.file_index.push_back(static_cast<std::int32_t>(samples.files.size()));
        samples.files.push_back(list.names[i].empty() ? name : (folder / list.names[i]).string());
        samples.record.push_back(0);
        raw.paths.push_back(list.files[i]);
        labels.add_text(list.labels[i]);
      }
      raw.counts[part] += static_cast<std::int64_t>(list.files.size());
    }
  }
  samples.count = static_cast<std::int64_t>(samples.files.size());
  if (media == Media::kPictures) {
    decode_pictures(raw.paths, project.data.picture_size, samples.pictures, run);
  } else {
    read_sounds(project, raw, run);
  }
  if (groups.empty()) return raw;
  Column column = group_column(groups);
  if (project.data.split.method == "group") raw.split_column = column;
  samples.carried.columns.push_back(std::move(column));
  samples.carried.rows = samples.count;
  return raw;
}

}  // namespace dlwork::data
