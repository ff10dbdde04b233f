#include "phase/diagnose/scales.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "phase/diagnose/table_rows.h"

namespace dlwork::phase::diagnose {
namespace {

constexpr std::int64_t kMostLookedAt = 5000;   // samples of a part
constexpr std::int64_t kPixelsOfPicture = 64;  // looked at
constexpr double kOtherDeviation = 1.5;        // times, either way
constexpr double kSameShape = 0.15;            // Kolmogorov-Smirnov distance
constexpr double kShareOff = 0.5, kShareAlike = 0.9;

/// One input's values in a part, and what brings them to those of another.
struct PartScale {
  double mean = 0, deviation = 0;
  explicit PartScale(const std::vector<double>& values)
      : mean(dlwork::mean(values)), deviation(standard_deviation(values)) {}
  double standard(double value) const { return (value - mean) / deviation; }
};

/// How far apart two deviations are; above 1 is another scale.
double scale_distance(double factor) {
  return std::abs(std::log(factor)) / std::log(kOtherDeviation);
}

struct Compared {
  std::string name;
  PartScale train, other;
  bool off = false, alike = false;
  double to_train(double value) const {
    return other.standard(value) * train.deviation + train.mean;
  }
  double factor() const { return other.deviation / train.deviation; }
  double offset() const { return other.mean - train.mean; }
  /// By scale or by offset, whichever is farther; above 1 is off.
  double distance() const {
    return std::max(scale_distance(factor()), std::abs(offset()) / train.deviation);
  }
};

Compared compare(const std::string& name, const std::vector<double>& train,
                 const std::vector<double>& other) {
  Compared compared{name, PartScale(train), PartScale(other)};
  const PartScale &a = compared.train, &b = compared.other;
  if (!(a.deviation > 0) || train.size() < 2 || other.size() < 2) return compared;
  if (!(b.deviation > 0)) {
    compared.off = true;
    return compared;
  }
  compared.off = compared.distance() > 1;
  std::vector<double> standard_train, standard_other;
  for (const double value : train) standard_train.push_back(a.standard(value));
  for (const double value : other) standard_other.push_back(b.standard(value));
  // Chance alone gives distances up to Smirnov's bound at 1 %.
  const auto n = static_cast<double>(train.size()), m = static_cast<double>(other.size());
  const double bound = 1.63 * std::sqrt((n + m) / (n * m));
  compared.alike = ks_distance(standard_train, standard_other) < std::max(kSameShape, bound);
  return compared;
}

/// Some pixels of each picture, evenly spread.
std::vector<double> channel_values(const data::Pictures& pictures, std::int64_t channel,
                                   const std::vector<std::int64_t>& rows) {
  const std::int64_t plane = pictures.width * pictures.height;
  const std::int64_t step = std::max<std::int64_t>(1, plane / kPixelsOfPicture);
  std::vector<double> values;
  for (const auto row : rows) {
    for (std::int64_t i = 0; i < plane; i += step)
      values.push_back(pictures.at(row)[channel * plane + i]);
  }
  return values;
}

bool has_scale(const data::Column& column) {
  return column.type == data::ColumnType::kNumber &&
         column.info.meaning != data::Meaning::kDatetime;
}

std::vector<Compared> compare_inputs(const Study& study) {
  const auto& samples = study.dataset().samples;
  const auto train = some_rows(study.options.train_rows, kMostLookedAt, study.seed, "scales");
  const auto other = some_rows(study.validation_rows(), kMostLookedAt, study.seed, "scales");
  std::vector<Compared> inputs;
  for (const auto& column : samples.table.columns) {
    if (!has_scale(column)) continue;
    inputs.push_back(compare(column.name, present(column, train), present(column, other)));
  }
  if (samples.kind != data::Kind::kImage) return inputs;
  for (std::int64_t c = 0; c < samples.pictures.channels; ++c) {
    inputs.push_back(compare("channel " + std::to_string(c + 1),
                             channel_values(samples.pictures, c, train),
                             channel_values(samples.pictures, c, other)));
  }
  return inputs;
}

/// The validation part with each input brought to training's mean and deviation.
data::Samples brought_to_train(const Study& study, const std::vector<Compared>& inputs) {
  const auto& samples = study.dataset().samples;
  const auto& rows = study.validation_rows();
  data::Samples changed = table_rows(samples, rows);
  const auto of = [&](const std::string& name) {
    return std::find_if(inputs.begin(), inputs.end(), [&](const Compared& each) {
      return each.name == name && each.train.deviation > 0 && each.other.deviation > 0;
    });
  };
  for (auto& column : changed.table.columns) {
    const auto input = of(column.name);
    if (input == inputs.end() || !has_scale(column)) continue;
    for (double& value : column.numbers) value = input->to_train(value);
  }
  if (samples.kind != data::Kind::kImage) return changed;
  const std::int64_t size = samples.pictures.size(),
                     plane = samples.pictures.width * samples.pictures.height;
  changed.pictures = {changed.count,
                      samples.pictures.channels,
                      samples.pictures.height,
                      samples.pictures.width,
                      {}};
  for (const auto row : rows) {
    for (std::int64_t i = 0; i < size; ++i) {
      const double pixel = samples.pictures.at(row)[i];
      const Compared& input = inputs[i / plane];
      const double value = input.other.deviation > 0 ? input.to_train(pixel) : pixel;
      changed.pictures.pixels.push_back(
          static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 255.0))));
    }
  }
  return changed;
}

}  // namespace

bool OtherScales::is_scaled(double factor) { return scale_distance(factor) > 1; }

std::optional<OtherScales> find_other_scales(Study& study) {
  auto inputs = compare_inputs(study);
  OtherScales found;
  found.compared = inputs.size();
  const auto off =
      std::count_if(inputs.begin(), inputs.end(), [](const auto& each) { return each.off; });
  const auto alike = std::count_if(inputs.begin(), inputs.end(),
                                   [](const auto& each) { return each.off && each.alike; });
  if (off == 0 || static_cast<double>(off) < kShareOff * static_cast<double>(inputs.size()) ||
      static_cast<double>(alike) < kShareAlike * static_cast<double>(off)) {
    return std::nullopt;
  }
  std::vector<std::int64_t> places(study.validation_rows().size());
  std::iota(places.begin(), places.end(), std::int64_t{0});
  const auto outputs = study.learner->predict(brought_to_train(study, inputs), places);
  found.mended = measure_goal(study.context, outputs, data::Part::kValidation,
                              study.validation_rows(), "brought to training's scale");
  found.gain = worse_by(study.context, study.validation_metric, found.mended);
  if (!(found.gain.low > 0)) return std::nullopt;
  std::erase_if(inputs, [](const auto& each) { return !each.off || !each.alike; });
  std::stable_sort(inputs.begin(), inputs.end(), [](const Compared& a, const Compared& b) {
    return a.distance() > b.distance();
  });
  for (const auto& input : inputs) {
    found.inputs.push_back(input.name);
    found.factors.push_back(input.factor());
    found.offsets.push_back(input.offset());
  }
  return found;
}

}  // namespace dlwork::phase::diagnose
