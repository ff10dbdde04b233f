#include "data/media_source.h"

#include <filesystem>

#include "data/picture_folder.h"
#include "data/sequence_pool.h"
#include "data/sound_source.h"
#include "data/unreadable.h"
#include "dlwork/spec/task_names.h"

namespace dlwork::data {
namespace {

/// The group of each file as a column.
Column group_column(const std::vector<std::string>& groups) {
  Column column;
  column.name = "group";
  column.info.meaning = Meaning::kGroup;
  LabelColumn codes(column, spec::tasks::classification);
  for (const auto& group : groups) codes.add_text(group);
  return column;
}

}  // namespace

Raw read_media_sources(const spec::Project& project, const std::string& task, Media media,
                       RunContext& run, FileFacts* facts) {
  Raw raw;
  Samples& samples = raw.samples;
  samples.kind = Kind::kImage;
  raw.target.name = project.data.target.empty() ? "class" : project.data.target;
  LabelColumn labels(raw.target, spec::tasks::classification);
  std::vector<std::string> groups;
  const spec::Source* const sources[] = {&project.data.train, &project.data.validation,
                                         &project.data.test};
  for (std::size_t part = 0; part < 3; ++part) {
    for (const auto& name : source_files(project, *sources[part])) {
      const std::string path = spec::data_path(project, name);
      // A pattern of names may still tell groups.
      const bool grouped = learns_unlabelled(task) && !project.data.label_pattern.empty();
      const bool plain = targets_optional(task, facts) && !grouped;
      const LabelledFiles list = plain
                                     ? find_media_files(path, media)
                                     : find_labelled_files(path, media, project.data.label_pattern);
      groups.insert(groups.end(), list.groups.begin(), list.groups.end());
      const std::filesystem::path folder(name);
      for (std::size_t i = 0; i < list.files.size(); ++i) {
        samples.file_index.push_back(static_cast<std::int32_t>(samples.files.size()));
        samples.files.push_back(list.names[i].empty() ? name : (folder / list.names[i]).string());
        samples.record.push_back(0);
        raw.paths.push_back(list.files[i]);
        if (!list.labels.empty()) labels.add_text(list.labels[i]);
      }
      raw.counts[part] += static_cast<std::int64_t>(list.files.size());
    }
  }
  samples.count = static_cast<std::int64_t>(samples.files.size());
  if (media == Media::kPictures) {
    decode_pictures(raw.paths, project.data.picture_size, samples.pictures, run, facts);
  } else {
    read_sounds(project, raw.paths, samples, run, facts);
  }
  if (!groups.empty()) {
    Column column = group_column(groups);
    if (project.data.split.method == "group") raw.split_column = column;
    samples.carried.columns.push_back(std::move(column));
    samples.carried.rows = samples.count;
  }
  if (facts != nullptr) leave_out(raw, facts->unreadable);
  return raw;
}

}  // namespace dlwork::data
