#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "dlwork/data/pca.h"
#include "dlwork/data/preprocess.h"
#include "phase/audit/check.h"
#include "phase/features/shrink.h"
#include "phase/measuring.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::ColumnType;
using data::Part;
using Rows = std::vector<std::int64_t>;

namespace {

constexpr std::int64_t kComponentRows = 20000;
/// The covariance of more features than this costs minutes.
constexpr std::int64_t kMostFeatures = 1500;
/// Validation samples on which what components lose is measured, at most.
constexpr std::int64_t kLossRows = 2000;
constexpr double kShares[] = {0.8, 0.9, 0.95, 0.99};

artefact::Table picture_table(const data::Preprocessor& preprocessor) {
  artefact::Table table{"normalisation",
                        "Normalisation, from the training part alone",
                        {"channel", "mean", "deviation"},
                        {false, true, true},
                        {},
                        ""};
  for (std::int64_t c = 0; c < preprocessor.channels(); ++c) {
    // p * scale + offset = (p / 255 - mean) / deviation
    const double deviation = 1 / (255.0 * preprocessor.channel_scale()[c]);
    const double mean = -preprocessor.channel_offset()[c] * deviation;
    table.rows.push_back({std::to_string(c), pretty_number(mean), pretty_number(deviation)});
  }
  table.note = "of pixels scaled to 0 to 1";
  return table;
}

artefact::Table column_table(const data::Preprocessor& preprocessor) {
  artefact::Table table{"normalisation",
                        "Normalisation, from the training part alone",
                        {"column", "kind", "mean", "deviation", "missing becomes"},
                        {false, false, true, true, false},
                        {},
                        ""};
  for (const auto& column : preprocessor.columns()) {
    if (column.type == ColumnType::kCategory) {
      table.rows.push_back(
          {column.name,
           grouped(static_cast<std::int64_t>(column.categories.size())) + " categories", "-", "-",
           "unknown"});
      continue;
    }
    table.rows.push_back({column.name, "number", pretty_number(column.mean),
                          pretty_number(column.deviation),
                          pretty_number(column.fill) + (column.indicator ? ", marked" : "")});
  }
  return table;
}

struct Values {
  std::vector<float> values;
  std::int64_t columns = 0;
  data::Scaling scaling = data::Scaling::kStandardise;
  std::string note;
};

Values component_values(const Audit& audit, const Rows& rows) {
  Values result;
  if (audit.samples().kind == data::Kind::kImage) {
    ShrunkPictures small = shrink(audit.samples().pictures, rows);
    if (small.block > 1) {
      result.note = " of means of " + std::to_string(small.block) + " x " +
                    std::to_string(small.block) + " pixels";
    }
    result.columns = small.columns;
    result.values = std::move(small.values);
    result.scaling = data::Scaling::kCentre;  // pixels share one unit
    return result;
  }
  const auto preprocessor =
      data::Preprocessor::fit(audit.samples(), audit.train(), data::Categories::kOneHot);
  result.columns = preprocessor.shape().size();
  if (result.columns > kMostFeatures) return result;
  result.values.resize(rows.size() * result.columns);
  preprocessor.apply(audit.samples(), rows.data(), static_cast<std::int64_t>(rows.size()),
                     result.values.data());
  return result;
}

/// Components in place of the features, and what is lost by them.
struct Reduced {
  data::Preprocessor::Reduction reduction;
  std::int64_t samples = 0;  ///< of the validation part, that it is measured on
  double share = 0;          ///< of their variance about the training part's mean
  double error = 0;          ///< root mean square of a feature, in deviations
  std::string text() const {
    return "rebuilt from them, the validation part loses " + pretty_number(100 * share, 3) +
           " % of its variance, an error of " + pretty_number(error, 3) +
           " deviations a feature";
  }
  Json evidence() const {
    return {{"components", reduction.components()},
            {"features", reduction.features()},
            {"kept", reduction.kept},
            {"lost_share", share},
            {"reconstruction_error", error},
            {"samples", samples}};
  }
};

/// Components are orthonormal, so what a sample loses is its square less those of its components.
Reduced reduce_inputs(const Audit& audit, const spec::Reduce& reduce) {
  const auto& train = audit.train();
  const auto kind = data::Categories::kOneHot;
  const auto plain = data::Preprocessor::fit(audit.samples(), train, kind);
  const auto fitted = data::Preprocessor::fit(audit.samples(), train, kind, reduce);
  Reduced reduced{*fitted.reduction()};
  const Rows rows = some_rows(audit.rows(Part::kValidation), kLossRows, audit.seed(), "audit loss");
  reduced.samples = static_cast<std::int64_t>(rows.size());
  const std::int64_t features = plain.shape().size(), components = fitted.shape().size();
  std::vector<float> values(reduced.samples * features), scores(reduced.samples * components);
  plain.apply(audit.samples(), rows.data(), reduced.samples, values.data());
  fitted.apply(audit.samples(), rows.data(), reduced.samples, scores.data());
  double all = 0, held = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double away = values[i] - reduced.reduction.mean[i % features];
    all += away * away;
  }
  for (const double score : scores) {
    held += score * score / (reduced.reduction.scale * reduced.reduction.scale);
  }
  const double lost = std::max(0.0, all - held);
  reduced.share = all > 0 ? lost / all : 0;
  reduced.error = std::sqrt(lost / static_cast<double>(std::max<std::size_t>(1, values.size())));
  return reduced;
}

/// What data.reduce does to the inputs.
void report_reduction(Audit& audit) {
  const spec::Reduce& reduce = audit.context.project.data.reduce;
  if (!reduce.given()) return;
  const Reduced reduced = reduce_inputs(audit, reduce);
  audit.add("dimension-reduced", Severity::kInfo,
            "by data.reduce " + reduced.reduction.text() + "; " + reduced.text(),
            reduced.evidence())
      .key = "data.reduce";
}

void add_curve(Audit& audit, const data::Pca& pca, const std::string& caption) {
  Json x = Json::array(), y = Json::array(), marks = Json::array();
  const auto explained = pca.explained();
  for (std::size_t k = 0; k < explained.size(); ++k) {
    x.push_back(k + 1);
    y.push_back(explained[k]);
  }
  for (const double share : kShares) {
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

void show_normalisation(Audit& audit) {
  const auto preprocessor =
      data::Preprocessor::fit(audit.samples(), audit.train(), data::Categories::kOneHot);
  audit.result.tables.push_back(preprocessor.kind() == data::Kind::kImage
                                    ? picture_table(preprocessor)
                                    : column_table(preprocessor));
}

void show_components(Audit& audit) {
  report_reduction(audit);
  const Rows rows = some_rows(audit.train(), kComponentRows,
                              static_cast<std::uint64_t>(audit.context.project.seed), "audit pca");
  const Values values = component_values(audit, rows);
  const auto count = static_cast<std::int64_t>(rows.size());
  if (values.columns < 2 || count < 3) return;
  if (values.columns > kMostFeatures) {
    audit.add("dimension-pca", Severity::kInfo,
              "principal components are not computed: " + grouped(values.columns) +
                  " features are more than " + grouped(kMostFeatures),
              {{"features", values.columns}});
    return;
  }
  const auto pca = data::fit_pca(values.values.data(), count, values.columns, values.scaling);
  Json evidence = {{"features", values.columns}, {"samples", count}};
  std::vector<std::string> texts;
  for (const double share : kShares) {
    const std::string name = pretty_number(100 * share, 2);
    evidence["k" + name] = pca.components_for(share);
    texts.push_back(std::to_string(pca.components_for(share)) + " for " + name + " %");
  }
  const std::string caption = "Of " + grouped(values.columns) + " features" + values.note +
                              ", on " + grouped(count) + " training samples.";
  add_curve(audit, pca, caption);
  auto& finding =
      audit.add("dimension-pca", Severity::kInfo,
                "principal components that carry the variance of " + grouped(values.columns) +
                    " features" + values.note + ": " + join_words(texts),
                evidence);
  audit.result.values["principal_components"] = finding.evidence;
  const auto enough = static_cast<double>(pca.components_for(0.95));
  if (audit.samples().kind != data::Kind::kTable || audit.context.project.data.reduce.given() ||
      enough >= audit.limits().compress_share * static_cast<double>(values.columns)) {
    return;
  }
  const Reduced reduced = reduce_inputs(audit, {"pca", 0.95, {}});
  audit.add("dimension-compress", Severity::kInfo,
            pretty_number(enough) + " principal components carry 95 % of the variance of " +
                grouped(values.columns) + " features; data.reduce would take " +
                grouped(reduced.reduction.components()) + ": " + reduced.text(),
            reduced.evidence());
}

}  // namespace dlwork::phase::audit
