#include "phase/audit/components.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "dlwork/data/preprocess.h"
#include "phase/features/shrink.h"
#include "phase/measuring.h"

namespace dlwork::phase::audit {

using artefact::Severity;

namespace {

/// Columns up to which the products of all are summed up, and how many products at most.
constexpr std::int64_t kMostSummed = 1024;
constexpr std::int64_t kMostProducts = 100'000'000'000;
constexpr std::int64_t kSummedBlock = 2048;
/// Sums of so many runs of rows are made at once; their number does not depend on the threads.
constexpr std::int64_t kRuns = 8;
/// All components of more features than this would take minutes.
constexpr std::int64_t kExactFeatures = 1500;
constexpr std::int64_t kExactRows = 20000;
constexpr std::int64_t kFirstComponents = 100, kWideRows = 2000;
/// Of very many features as many samples as so many values allow.
constexpr std::int64_t kMostWideValues = 20'000'000;
constexpr double kShares[] = {0.8, 0.9, 0.95, 0.99};

/// Samples as components are made of them.
class ComponentInputs {
 public:
  explicit ComponentInputs(const Audit& audit) : samples_(audit.samples()) {
    if (samples_.kind == data::Kind::kImage) {
      const ShrunkPictures small = shrink(samples_.pictures, {audit.train().front()});
      columns_ = small.columns;
      if (small.block > 1) {
        note_ = " of means of " + std::to_string(small.block) + " x " +
                std::to_string(small.block) + " pixels";
      }
      return;
    }
    preprocessor_ = data::Preprocessor::fit(samples_, audit.train(), data::Categories::kOneHot);
    columns_ = preprocessor_->shape().size();
  }
  std::int64_t columns() const { return columns_; }
  const std::string& note() const { return note_; }
  /// Pixels share one unit.
  data::Scaling scaling() const {
    return preprocessor_ ? data::Scaling::kStandardise : data::Scaling::kCentre;
  }
  std::vector<float> of(const Rows& rows) const {
    if (!preprocessor_) return shrink(samples_.pictures, rows).values;
    std::vector<float> values(rows.size() * static_cast<std::size_t>(columns_));
    preprocessor_->apply(samples_, rows.data(), static_cast<std::int64_t>(rows.size()),
                         values.data());
    return values;
  }

 private:
  const data::Samples& samples_;
  std::optional<data::Preprocessor> preprocessor_;
  std::int64_t columns_ = 0;
  std::string note_;
};

/// A run of rows in blocks, so that their features are not held at once.
data::ComponentSums sums_of_run(const ComponentInputs& inputs, const std::vector<double>& shift,
                                const Rows& rows, std::int64_t run) {
  data::ComponentSums sums(shift);
  const auto count = static_cast<std::int64_t>(rows.size());
  const std::int64_t end = (run + 1) * count / kRuns;
  for (std::int64_t first = run * count / kRuns; first < end; first += kSummedBlock) {
    const Rows block(rows.begin() + first, rows.begin() + std::min(end, first + kSummedBlock));
    sums.add(inputs.of(block).data(), static_cast<std::int64_t>(block.size()));
  }
  return sums;
}

data::Pca summed_components(const ComponentInputs& inputs, const Rows& rows, int threads) {
  const auto first = inputs.of({rows.front()});
  const std::vector<double> shift(first.begin(), first.end());
  std::vector<std::optional<data::ComponentSums>> runs(static_cast<std::size_t>(kRuns));
  for_each_block(kRuns, 1, threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t run = begin; run < end; ++run) {
      runs[static_cast<std::size_t>(run)] = sums_of_run(inputs, shift, rows, run);
    }
  });
  data::ComponentSums all(shift);
  for (const auto& run : runs) all.add(*run);
  return all.fit(inputs.scaling());
}

/// Divides columns by their deviations; constant ones become 0.
void standardise_columns(std::vector<float>& values, std::int64_t columns) {
  const auto width = static_cast<std::size_t>(columns);
  const auto n = static_cast<double>(values.size() / width);
  for (std::size_t column = 0; column < width; ++column) {
    double sum = 0, squares = 0;
    for (std::size_t i = column; i < values.size(); i += width) sum += values[i];
    const double middle = sum / n;
    for (std::size_t i = column; i < values.size(); i += width) {
      squares += (values[i] - middle) * (values[i] - middle);
    }
    const double scale = squares > 0 ? 1 / std::sqrt(squares / (n - 1)) : 0;
    for (std::size_t i = column; i < values.size(); i += width) {
      values[i] = static_cast<float>((values[i] - middle) * scale);
    }
  }
}

}  // namespace

bool Components::reach(double share) const {
  return pca.total_variance <= 0 || pca.explained().back() >= share - 1e-12;
}

std::optional<Components> find_components(Audit& audit) {
  if (audit.train().size() < 3) return std::nullopt;
  const ComponentInputs inputs(audit);
  const std::int64_t columns = inputs.columns();
  if (columns < 2) return std::nullopt;
  const auto drawn = [&](std::int64_t most) {
    return some_rows(audit.train(), most, audit.seed(), "audit pca");
  };
  Components components;
  components.note = inputs.note();
  const Rows all = drawn(kMostProducts / (columns * columns));
  if (columns <= kMostSummed && static_cast<std::int64_t>(all.size()) >= columns) {
    components.pca = summed_components(inputs, all, audit.context.run.threads);
    components.samples = static_cast<std::int64_t>(all.size());
    return components;
  }
  components.first_alone = columns > kExactFeatures;
  const Rows rows =
      drawn(components.first_alone ? std::min(kWideRows, kMostWideValues / columns) : kExactRows);
  if (rows.size() < 3) return std::nullopt;
  components.samples = static_cast<std::int64_t>(rows.size());
  std::vector<float> values = inputs.of(rows);
  if (!components.first_alone) {
    components.pca = data::fit_pca(values.data(), components.samples, columns, inputs.scaling());
    return components;
  }
  if (inputs.scaling() == data::Scaling::kStandardise) standardise_columns(values, columns);
  components.pca = data::fit_first_components(values.data(), components.samples, columns,
                                              std::min(kFirstComponents, components.samples));
  components.first_alone = static_cast<std::int64_t>(components.pca.variances.size()) <
                           std::min(columns, components.samples);
  return components;
}

namespace {

void add_component_curve(Audit& audit, const Components& components, const std::string& caption) {
  const data::Pca& pca = components.pca;
  Json x = Json::array(), y = Json::array(), marks = Json::array();
  const auto explained = pca.explained();
  for (std::size_t k = 0; k < explained.size(); ++k) {
    x.push_back(k + 1);
    y.push_back(explained[k]);
  }
  for (const double share : kShares) {
    if (!components.reach(share)) continue;
    marks.push_back(
        {{"x", pca.components_for(share)}, {"label", pretty_number(100 * share, 2) + " %"}});
  }
  artefact::Figure figure{
      "principal-components", "Variance explained by principal components", "lines", {}, caption};
  figure.data = {{"x_label", "components"},
                 {"y_label", "share of the variance"},
                 {"series", Json::array({{{"name", "explained"}, {"x", x}, {"y", y}}})},
                 {"marks", marks}};
  audit.result.figures.push_back(std::move(figure));
}

}  // namespace

void report_components(Audit& audit, const Components& components) {
  const data::Pca& pca = components.pca;
  const std::string features = grouped(components.features()) + " features" + components.note;
  Json evidence = {{"features", components.features()}, {"samples", components.samples}};
  std::vector<std::string> texts;
  for (const double share : kShares) {
    const std::string name = pretty_number(100 * share, 2);
    const bool reached = components.reach(share);
    evidence["k" + name] = reached ? Json(pca.components_for(share)) : Json();
    texts.push_back((reached ? std::to_string(pca.components_for(share))
                             : "more than " + std::to_string(pca.variances.size())) +
                    " for " + name + " %");
  }
  std::string spread;
  if (!components.first_alone) {
    evidence["participation_ratio"] = pca.participation_ratio();
    spread = "; their participation ratio is " + pretty_number(pca.participation_ratio(), 3);
  }
  add_component_curve(
      audit, components,
      "Of " + features + ", on " + grouped(components.samples) + " training samples.");
  auto& finding = audit.add("dimension-pca", Severity::kInfo,
                            "principal components that carry the variance of " + features + ": " +
                                join_words(texts) + spread,
                            evidence);
  audit.result.values["principal_components"] = finding.evidence;
}

}  // namespace dlwork::phase::audit
