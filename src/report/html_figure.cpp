#include <algorithm>
#include <set>
#include <system_error>

#include "dlwork/base/files.h"
#include "report/base64.h"
#include "report/escape.h"
#include "report/figure_data.h"
#include "report/figure_json.h"
#include "report/html.h"
#include "report/summary.h"
#include "report/svg.h"
#include "report/text_layout.h"

namespace dlwork::report {
namespace {

constexpr std::string_view kPngSignature = "\x89PNG\r\n\x1a\n";
constexpr std::uintmax_t kMostPictureBytes = 1024 * 1024;

/// Results are read back from files, so the name is checked: it stays in the run folder.
bool stays_inside(const std::filesystem::path& path) {
  if (path.empty() || path.is_absolute()) return false;
  return std::find(path.begin(), path.end(), "..") == path.end();
}

std::string gallery_item(const Picture& picture, const std::filesystem::path& folder,
                         Budget& budget, size_t& left_out) {
  const std::string caption = xml_text(one_line(picture.caption));
  const LoadedPicture loaded = load_picture(folder, picture.file);
  if (!loaded.problem.empty()) {
    return "<li><p class=\"missing\">" + xml_text(one_line(picture.file)) + ": " +
           xml_text(one_line(loaded.problem)) + "</p><p>" + caption + "</p></li>";
  }
  std::string item = "<li><img alt=\"" + caption + "\" src=\"data:image/png;base64," +
                     base64(loaded.png) + "\"><p>" + caption + "</p></li>";
  if (item.size() > budget.left()) {
    ++left_out;
    return "";
  }
  return budget.fit(std::move(item), "");
}

std::string gallery(const artefact::Figure& figure, const std::filesystem::path& folder,
                    Budget& budget) {
  const std::vector<Picture> pictures = read_pictures(figure.data);
  if (pictures.empty()) return "";
  std::string html = "<ul class=\"gallery\">";
  size_t left_out = 0;
  for (const Picture& picture : pictures) html += gallery_item(picture, folder, budget, left_out);
  html += "</ul>";
  if (left_out > 0) {
    html += "<p class=\"missing\">" + counted(static_cast<std::int64_t>(left_out), "picture") +
            " left out to keep the page small; all are in the run folder.</p>";
  }
  return html;
}

std::string plot(const artefact::Figure& figure) {
  const std::string title = one_line(figure.title);
  if (figure.kind == "lines") return svg_lines(read_xy(figure.data), title);
  if (figure.kind == "scatter") return svg_scatter(read_xy(figure.data), title);
  if (figure.kind == "bars") return svg_bars(read_bars(figure.data), title);
  if (figure.kind == "histogram") return svg_histogram(read_histogram(figure.data), title);
  if (figure.kind == "embedding") return svg_embedding(read_embedding(figure.data), title);
  if (figure.kind == "matrix") return svg_matrix(read_matrix(figure.data), title);
  return "<p class=\"missing\">Figures of kind '" + xml_text(one_line(figure.kind)) +
         "' are not known to this version of dlwork.</p>";
}

/// What plots.js puts in the place of the drawn plot: its data, and the pictures of its points.
std::string interactive(const artefact::Figure& figure, const std::filesystem::path& folder) {
  const std::string data = figure_json(figure);
  if (data.empty()) return "";
  std::string html =
      "<script type=\"application/json\" class=\"figure-data\">" + data + "</script>";
  if (figure.kind != "embedding") return html;
  const std::string sprite = read_embedding(figure.data).sprite;
  if (sprite.empty()) return html;
  const LoadedPicture loaded = load_picture(folder, sprite);
  if (!loaded.problem.empty()) return html;
  return html + "<img class=\"sprite\" alt=\"\" hidden src=\"data:image/png;base64," +
         base64(loaded.png) + "\">";
}

/// Why there is no drawing.
std::string undrawn(const artefact::Figure& figure) {
  if (figure.kind != "matrix") return "Nothing to draw.";
  const MatrixData data = read_matrix(figure.data);
  if (data.rows.empty() || data.columns.empty()) return "Nothing to draw.";
  return std::to_string(data.rows.size()) + " rows and " + std::to_string(data.columns.size()) +
         " columns are too many to draw.";
}

/// `anchor`: the name it is linked by, or "".
std::string figure_html(const artefact::Figure& figure, const std::string& anchor,
                        const std::filesystem::path& folder, Budget& budget) {
  const bool pictures = figure.kind == "pictures";
  std::string content = pictures ? gallery(figure, folder, budget) : plot(figure);
  if (content.empty()) content = "<p class=\"missing\">" + undrawn(figure) + "</p>";
  // A matrix too large for a drawing is still there for who reads the page's data.
  content += interactive(figure, folder);
  const std::string title = xml_text(one_line(figure.title));
  std::string html = "<figure" + (anchor.empty() ? "" : " id=\"" + anchor + "\"") +
                     (pictures ? " class=\"wide\"" : "") + "><figcaption>" + title +
                     "</figcaption>" + content;
  if (!figure.caption.empty()) {
    html += "<p class=\"caption\">" + xml_text(one_line(figure.caption)) + "</p>";
  }
  html += "</figure>\n";
  // The gallery has counted its pictures already.
  if (pictures) return html;
  return budget.fit(std::move(html), "The figure '" + figure.title + "'", anchor);
}

}  // namespace

LoadedPicture load_picture(const std::filesystem::path& folder, const std::string& name) {
  if (!stays_inside(name)) return {"", "not a file of the run folder"};
  std::error_code problem;
  const std::uintmax_t size = std::filesystem::file_size(folder / name, problem);
  if (problem) return {"", problem.message()};
  if (size > kMostPictureBytes) return {"", "over 1 MiB"};
  try {
    std::string bytes = read_file(folder / name);
    if (!bytes.starts_with(kPngSignature)) return {"", "no PNG picture"};
    return {std::move(bytes), ""};
  } catch (const Error& error) {
    return {"", error.what()};
  }
}

std::string html_figures(const artefact::PhaseResult& result, const std::filesystem::path& folder,
                         Budget& budget) {
  std::set<std::string> taken;
  std::string html;
  const auto& figures = result.figures;
  for (size_t begin = 0, end = 0; begin < figures.size(); begin = end) {
    const std::string group = read_group(figures[begin].data);
    std::string row;
    for (end = begin; end < figures.size() && read_group(figures[end].data) == group; ++end) {
      const std::string anchor = figure_anchor(result.phase, figures[end].id);
      row += figure_html(figures[end], taken.insert(anchor).second ? anchor : "", folder, budget);
    }
    row = "<div class=\"figures\">\n" + row + "</div>\n";
    if (group.empty()) {
      html += row;
    } else {
      const auto count = static_cast<std::int64_t>(end - begin);
      html += "<details class=\"fold\"><summary>" + line_html(group) + " <small>" +
              counted(count, "figure") + "</small></summary>\n" + row + "</details>\n";
    }
  }
  return html;
}

}  // namespace dlwork::report
