// How the network's last hidden layer places samples, to be looked at: near points are alike to it.
#include <algorithm>
#include <map>

#include "dlwork/artefact/projector.h"
#include "dlwork/base/files.h"
#include "dlwork/base/text.h"
#include "dlwork/data/pca.h"
#include "dlwork/data/tsne.h"
#include "phase/diagnose/sprite.h"
#include "phase/diagnose/study.h"

namespace dlwork::phase::diagnose {
namespace {

constexpr std::int64_t kMostMapped = 2000;       // all pairs are looked at
constexpr std::int64_t kMostComponents = 64;     // of the vectors for the projector
constexpr std::size_t kMostSprite = 768 * 1024;  // bytes: the report's page holds it once
constexpr std::size_t kFewestMapped = 4;
constexpr char kSprite[] = "embedding.png";
constexpr double kFifths[] = {0.2, 0.4, 0.6, 0.8};

/// A sample on the map.
struct Mapped {
  std::int64_t place = 0, row = 0;  ///< in the validation rows; in the data
  std::string group;                ///< its class, or the fifth its value is in
  std::string text;                 ///< "coat (shirt 0.51)"
};

/// The group of each value: which fifth of them all it is in, as bounds.
std::vector<std::string> fifths_of(const std::vector<double>& values) {
  std::vector<double> bounds;
  for (const double share : kFifths) bounds.push_back(quantile(values, share));
  bounds.erase(std::unique(bounds.begin(), bounds.end()), bounds.end());
  std::vector<std::string> groups;
  for (const double value : values) {
    const auto above = std::lower_bound(bounds.begin(), bounds.end(), value);
    const std::string number = std::to_string(above - bounds.begin() + 1) + ": ";
    if (above == bounds.end()) {
      groups.push_back(number + "above " + pretty_number(bounds.back(), 3));
    } else if (above == bounds.begin()) {
      groups.push_back(number + "to " + pretty_number(*above, 3));
    } else {
      groups.push_back(number + pretty_number(*(above - 1), 3) + " to " + pretty_number(*above, 3));
    }
  }
  return groups;
}

std::vector<Mapped> describe(const Study& study, const std::vector<std::int64_t>& places) {
  const auto& target = study.dataset().samples.target;
  std::vector<Mapped> all;
  std::vector<double> values;
  for (const auto place : places) {
    const auto row = study.validation_rows()[place];
    all.push_back({place, row, "", sample_text(study, study.validation, place, row)});
    if (target.is_class) {
      all.back().group = target.classes[target.codes[row]];
    } else {
      values.push_back(target.values[row]);
    }
  }
  if (target.is_class) return all;
  const auto groups = fifths_of(values);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].group = groups[i];
  return all;
}

/// The groups' names in the order of the classes, or of the values.
std::vector<std::string> groups_of(const Study& study, const std::vector<Mapped>& samples) {
  const auto& target = study.dataset().samples.target;
  if (target.is_class) return target.classes;
  std::vector<std::string> groups;
  for (const auto& sample : samples) groups.push_back(sample.group);
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return groups;
}

artefact::Figure map_figure(const Study& study, const std::vector<Mapped>& samples,
                            const data::Map& flat, const data::Scores& scores,
                            const Sprite& sprite) {
  std::map<std::string, Json> by_group;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    Json& group = by_group[samples[i].group];
    group["name"] = samples[i].group;
    group["x"].push_back(flat.x[i]);
    group["y"].push_back(flat.y[i]);
    for (std::int64_t k = 0; k < 3; ++k) {
      const bool is_there = k < scores.columns;
      group["space"][k].push_back(is_there ? scores.values[i * scores.columns + k] : 0);
    }
    group["labels"].push_back(samples[i].text + " - " +
                              study.dataset().samples.where(samples[i].row));
    if (sprite.width > 0) group["tiles"].push_back(i);
  }
  artefact::Figure figure{
      "embedding", "Map of the samples as the network sees them", "embedding", {}, ""};
  figure.data = {
      {"method", "t-SNE"}, {"space_method", "principal components"}, {"series", Json::array()}};
  for (const auto& name : groups_of(study, samples)) {
    if (by_group.contains(name)) figure.data["series"].push_back(by_group[name]);
  }
  if (sprite.width > 0) {
    figure.data["sprite"] = {{"file", kSprite},
                             {"width", sprite.width},
                             {"height", sprite.height},
                             {"columns", sprite.columns}};
  }
  figure.caption =
      grouped(static_cast<std::int64_t>(samples.size())) +
      " validation samples by the activations of the last hidden layer. In two dimensions "
      "by t-SNE: near points are alike to the network, distances between groups tell "
      "nothing. In three by principal components, which hold " +
      percent(scores.explained(3)) + " of the variance.";
  return figure;
}

void write_projector(Study& study, const std::vector<Mapped>& samples, const data::Scores& scores,
                     const Sprite& sprite) {
  const auto& target = study.dataset().samples.target;
  artefact::Projection projection;
  projection.name = "validation samples";
  projection.columns = scores.columns;
  projection.values = scores.values;
  projection.fields = {target.is_class ? "class" : target.name, "predicted", "right", "where"};
  if (!target.is_class) projection.fields[2] = "group";
  const auto said =
      study.context.task.guesses(study.validation, study.dataset(), study.validation_rows());
  for (const auto& sample : samples) {
    const std::string where = study.dataset().samples.where(sample.row);
    if (target.is_class) {
      const std::int32_t guess = said[sample.place];
      const bool right = guess == target.codes[sample.row];
      projection.rows.push_back(
          {sample.group, target.classes[guess], right ? "right" : "wrong", where});
    } else {
      projection.rows.push_back({number_text(target.values[sample.row]),
                                 number_text(study.validation.row(sample.place)[0]), sample.group,
                                 where});
    }
  }
  if (sprite.width > 0) projection.sprite = kSprite;
  projection.tile_width = sprite.width;
  projection.tile_height = sprite.height;
  artefact::write_projection(projection, study.context.folder.path());
  study.result.artefacts.push_back(
      {"projector", "projector_config.pbtxt", "the map's vectors for TensorBoard's projector"});
}

}  // namespace

void draw_embedding(Study& study) {
  const auto& rows = study.validation_rows();
  std::vector<std::int64_t> places(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) places[i] = static_cast<std::int64_t>(i);
  if (rows.empty()) return;
  places = some_rows(places, kMostMapped, study.seed, "embedding");
  std::vector<std::int64_t> shown;
  for (const auto place : places) shown.push_back(rows[place]);
  const auto& samples = study.dataset().samples;
  const auto seen = study.learner->embed(samples, shown);
  if (seen.columns == 0) return;
  if (rows.size() < kFewestMapped) {
    study.left_out.push_back({"map of the samples",
                              std::to_string(rows.size()) + " validation samples, a map takes " +
                                  std::to_string(kFewestMapped),
                              {}});
    return;
  }
  const auto scores =
      data::principal_scores(seen.values.data(), seen.rows, seen.columns, kMostComponents);
  const auto flat = data::tsne(scores.values.data(), seen.rows, scores.columns);
  Sprite sprite;
  if (samples.kind == data::Kind::kImage) {
    sprite = sprite_of(samples.pictures, shown, kMostSprite);
    write_file(study.context.folder.file(kSprite), sprite.png);
  }
  const auto described = describe(study, places);
  study.result.figures.push_back(map_figure(study, described, flat, scores, sprite));
  write_projector(study, described, scores, sprite);
}

}  // namespace dlwork::phase::diagnose
