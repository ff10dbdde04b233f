#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "report/scale.h"
#include "report/summary.h"
#include "report/svg.h"
#include "report/text_layout.h"

namespace dlwork::report {
namespace {

constexpr size_t kMostLabels = 100;
constexpr double kBarsTop = 22, kBottom = 8, kGroupGap = 8;
constexpr double kMostGutter = 150;

struct BarsLayout {
  double left, right;
  double bar;    ///< height of one bar
  double group;  ///< of all bars of a label, with the gap
  size_t shown;
};

BarsLayout lay_out_bars(const BarsData& data) {
  BarsLayout layout;
  layout.shown = std::min(data.labels.size(), kMostLabels);
  double longest = 0, figures = 0;
  for (size_t l = 0; l < layout.shown; ++l) {
    longest = std::max(longest, text_length(one_line(data.labels[l])));
    for (const Series& series : data.series) {
      if (!std::isnan(series.y[l])) {
        figures = std::max(figures, text_length(pretty_number(series.y[l])));
      }
    }
  }
  layout.left = std::min(longest, kMostGutter) + 10;
  layout.right = kPlotWidth - figures - 10;
  layout.bar = data.series.size() > 1 ? 10 : 15;
  layout.group = layout.bar * static_cast<double>(data.series.size()) + kGroupGap;
  return layout;
}

std::string grid(const Scale& scale, const BarsLayout& layout, double height) {
  std::string svg;
  for (const Tick& tick : ticks(scale, 5)) {
    const double x = layout.left + scale.place(tick.value) * (layout.right - layout.left);
    svg += svg_line(x, kBarsTop, x, height - kBottom, tick.value == 0 ? "axis" : "grid");
    svg += svg_text(x, kBarsTop - 7, Anchor::kMiddle, "tick", tick.text);
  }
  return svg;
}

std::string group(const BarsData& data, const Scale& scale, const BarsLayout& layout,
                  size_t label) {
  const double top = kBarsTop + kGroupGap / 2 + layout.group * static_cast<double>(label);
  const auto at = [&](double v) {
    return layout.left + scale.place(v) * (layout.right - layout.left);
  };
  const std::string name = one_line(data.labels[label]);
  std::string svg = svg_text(layout.left - 7, top + (layout.group - kGroupGap) / 2 + 4,
                             Anchor::kEnd, "tick strong", cut_to_length(name, layout.left - 10));
  for (size_t s = 0; s < data.series.size(); ++s) {
    const double value = data.series[s].y[label];
    const double y = top + layout.bar * static_cast<double>(s);
    if (std::isnan(value)) continue;
    const double from = std::min(at(0), at(value)), to = std::max(at(0), at(value));
    std::string title = name;
    if (data.series.size() > 1) title += ", " + one_line(data.series[s].name);
    title += ": " + pretty_number(value, 6);
    svg += "<g class=\"" + series_class(s) + "\">" +
           svg_rect(from, y, std::max(to - from, 0.5), layout.bar - 1, "class=\"bar\"", title) +
           "</g>";
    svg += svg_text(to + 5, y + layout.bar / 2 + 3.5, Anchor::kStart, "tick", pretty_number(value));
  }
  return svg;
}

}  // namespace

std::string svg_bars(const BarsData& data, const std::string& title) {
  Range range;
  const BarsLayout layout = lay_out_bars(data);
  for (const Series& series : data.series) {
    for (size_t l = 0; l < layout.shown; ++l) range.add(series.y[l]);
  }
  if (range.is_empty()) return "";
  range.add(0);  // a bar's length tells its value only from zero on
  const Scale scale(range, Axis::kLinear);
  const bool is_cut = layout.shown < data.labels.size();
  const double height = kBarsTop + layout.group * static_cast<double>(layout.shown) + kBottom;
  std::string svg = svg_open(kPlotWidth, height + (is_cut ? 18 : 0), title);
  svg += grid(scale, layout, height);
  for (size_t l = 0; l < layout.shown; ++l) svg += group(data, scale, layout, l);
  if (is_cut) {
    const auto more = static_cast<std::int64_t>(data.labels.size() - layout.shown);
    svg += svg_text(layout.left, height + 10, Anchor::kStart, "tick",
                    "… " + counted(more, "more label"));
  }
  return legend(data.series) + svg + "</svg>";
}

}  // namespace dlwork::report
