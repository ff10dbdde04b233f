#include "dlwork/artefact/events.h"

#include "dlwork/base/files.h"
#include "dlwork/report/render.h"
#include "report/html.h"
#include "report/raster.h"

namespace dlwork::report {
namespace {

constexpr size_t kMostPictures = 24;

std::string metric_tag(const artefact::Metric& metric) {
  std::string tag = metric.name;
  if (!metric.of.empty()) tag += " of " + metric.of;
  return "result/" + tag + (metric.part.empty() ? "" : ", " + metric.part);
}

void write_figure(const artefact::Figure& figure, const std::filesystem::path& folder,
                  artefact::EventFile& events) {
  if (figure.kind == "matrix") events.image(figure.title, 0, png_matrix(read_matrix(figure.data)));
  if (figure.kind != "pictures") return;
  size_t number = 0;
  for (const Picture& picture : read_pictures(figure.data)) {
    if (number == kMostPictures) break;
    const LoadedPicture loaded = load_picture(folder, picture.file);
    const std::string place = std::to_string(++number);
    events.image(figure.title + "/" + place + " " + picture.caption, 0, loaded.png);
  }
}

}  // namespace

void write_events(const artefact::PhaseResult& result, const std::filesystem::path& folder) {
  artefact::EventFile events(folder);
  for (const auto& metric : result.metrics) events.scalar(metric_tag(metric), 0, metric.value);
  events.text("result", 0, to_markdown({result}, result.phase));
  const auto settings = folder / "resolved.yaml";
  if (std::filesystem::exists(settings)) {
    events.text("settings", 0, "```yaml\n" + read_file(settings) + "```\n");
  }
  for (const auto& figure : result.figures) write_figure(figure, folder, events);
}

}  // namespace dlwork::report
