#include "phase/audit/new_data.h"

#include <filesystem>
#include <numeric>

#include "phase/audit/check.h"

namespace dlwork::phase::audit {
namespace {

/// The project with the new file in place of all its data.
spec::Project project_of(const Context& context, const std::string& path) {
  spec::Project project = context.project;
  const auto file = std::filesystem::absolute(path);
  project.data.root = file.parent_path().string();
  project.data.train = {};
  project.data.train.paths = {file.string()};
  project.data.validation = {};
  project.data.test = {};
  project.data.expect = {};
  project.data.split = {};
  project.data.inputs = {};
  return project;
}

/// Asks for the recorded columns alone, of those that the file has.
void choose_inputs(const Json& profile, const std::string& path,
                   const std::vector<std::string>& names, spec::Data& data) {
  for (const Json& column : profile.at("columns")) {
    const auto name = column.at("name").get<std::string>();
    if (is_listed(names, name)) data.inputs.push_back(name);
  }
  if (data.inputs.empty()) {
    throw Error(ExitStatus::kInput, path + " has none of the recorded columns",
                "is it the right file?");
  }
  std::erase_if(data.columns, [&](const auto& column) {
    const bool asked = is_listed(data.inputs, column.first) || column.first == data.target;
    return !asked || !is_listed(names, column.first);
  });
}

/// Of columns that name or hold the samples, all else of the table is no matter.
void keep_media(const std::vector<std::string>& names, spec::Data& data) {
  std::erase_if(data.columns, [&](const auto& column) {
    const std::string& type = column.second.type;
    const bool media = type == "picture" || type == "sound" || type == "sequence";
    return !is_listed(names, column.first) || !(media || column.first == data.target);
  });
}

}  // namespace

NewData read_new(Context& context, const std::string& path, const Json& profile) {
  spec::Project project = project_of(context, path);
  NewData fresh;
  std::error_code ignored;  // what is not there is told by the reader
  if (profile.at("kind") == "table") {
    fresh.columns = data::probe_path(path, "").columns;
    choose_inputs(profile, path, fresh.columns, project.data);
  } else if (!project.data.columns.empty() && !std::filesystem::is_directory(path, ignored)) {
    keep_media(data::probe_path(path, "").columns, project.data);
  } else {
    project.data.columns.clear();
  }
  fresh.files.band_energy = project.audit.thresholds.band_energy;
  fresh.files.silent_frame_level = project.audit.thresholds.silent_frame_level;
  data::Dataset& dataset = fresh.dataset;
  dataset.samples = data::load_new(project, context.task.name(), context.run, fresh.files);
  auto& rows = dataset.rows[static_cast<int>(data::Part::kTrain)];
  rows.resize(static_cast<std::size_t>(dataset.samples.count));
  std::iota(rows.begin(), rows.end(), 0);
  return fresh;
}

}  // namespace dlwork::phase::audit
