#include "phase/diagnose/properties.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

namespace dlwork::phase::diagnose {
namespace {

using NamedValues = std::vector<std::pair<std::string, double>>;

NamedValues of_picture(const data::Pictures& pictures, std::int64_t row) {
  const std::uint8_t* pixels = pictures.at(row);
  const std::int64_t area = pictures.height * pictures.width;
  double sum = 0, squares = 0, steps = 0;
  NamedValues properties;
  for (std::int64_t c = 0; c < pictures.channels; ++c) {
    double channel = 0;
    for (std::int64_t i = 0; i < area; ++i) {
      const double pixel = pixels[c * area + i];
      channel += pixel;
      squares += pixel * pixel;
      if (i % pictures.width > 0) steps += std::abs(pixel - pixels[c * area + i - 1]);
    }
    sum += channel;
    if (pictures.channels > 1) {
      properties.emplace_back("channel " + std::to_string(c + 1),
                              channel / static_cast<double>(area));
    }
  }
  const auto n = static_cast<double>(pictures.size());
  properties.emplace_back("brightness", sum / n);
  properties.emplace_back("contrast",
                          std::sqrt(std::max(0.0, squares / n - (sum / n) * (sum / n))));
  properties.emplace_back("edges", steps / n);
  return properties;
}

NamedValues of_series(const data::Sequences& series, std::int64_t row) {
  const float* values = series.at(row);
  NamedValues properties{{"length", static_cast<double>(series.lengths[row])}};
  for (std::int64_t c = 0; c < series.channels; ++c) {
    double level = 0, squares = 0, count = 0;
    for (std::int64_t step = 0; step < series.lengths[row]; ++step) {
      const double value = values[step * series.channels + c];
      if (std::isnan(value)) continue;
      // Running mean and squares (Welford 1962): large levels lose no digits of the spread.
      count += 1;
      const double off = value - level;
      level += off / count;
      squares += off * (value - level);
    }
    const double none = std::numeric_limits<double>::quiet_NaN();
    const std::string name = "channel " + std::to_string(c + 1);
    properties.emplace_back(name + " level", count > 0 ? level : none);
    properties.emplace_back(name + " spread", count > 0 ? std::sqrt(squares / count) : none);
  }
  return properties;
}

NamedValues of_text(const std::string& text) {
  std::istringstream words(text);
  std::string word;
  double count = 0;
  while (words >> word) count += 1;
  return {{"length", count}};
}

}  // namespace

std::vector<Property> properties_of(const data::Samples& samples,
                                    const std::vector<std::int64_t>& rows) {
  std::vector<Property> properties;
  for (const auto row : rows) {
    NamedValues of_sample;
    if (samples.kind == data::Kind::kImage) of_sample = of_picture(samples.pictures, row);
    if (samples.kind == data::Kind::kSequence) of_sample = of_series(samples.sequences, row);
    if (samples.kind == data::Kind::kText) of_sample = of_text(samples.texts[row]);
    if (properties.empty()) {
      for (const auto& [name, value] : of_sample) properties.push_back({name, {}});
    }
    for (std::size_t i = 0; i < of_sample.size(); ++i) {
      properties[i].values.push_back(of_sample[i].second);
    }
  }
  return properties;
}

}  // namespace dlwork::phase::diagnose
