#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "dlwork/data/preprocess.h"
#include "phase/audit/column_name.h"
#include "phase/audit/components.h"
#include "phase/measuring.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::ColumnType;
using data::Part;
using Rows = std::vector<std::int64_t>;

namespace {

/// Validation samples on which what components lose is measured, at most.
constexpr std::int64_t kLossRows = 2000;

/// Of the pixels of a channel, scaled to 0 to 1: p * scale + offset = (p / 255 - mean) / deviation.
struct PixelScale {
  double mean = 0, deviation = 0;
};
PixelScale pixel_scale(const data::Preprocessor& preprocessor, std::int64_t channel) {
  const auto c = static_cast<std::size_t>(channel);
  const double deviation = 1 / (255.0 * preprocessor.channel_scale()[c]);
  return {-preprocessor.channel_offset()[c] * deviation, deviation};
}

artefact::Table picture_table(const data::Preprocessor& preprocessor) {
  artefact::Table table{"normalisation",
                        "Normalisation, from the training part alone",
                        {"channel", "mean", "deviation"},
                        {false, true, true},
                        {},
                        ""};
  for (std::int64_t c = 0; c < preprocessor.channels(); ++c) {
    const PixelScale scale = pixel_scale(preprocessor, c);
    table.rows.push_back(
        {std::to_string(c), pretty_number(scale.mean), pretty_number(scale.deviation)});
  }
  table.note = "of pixels scaled to 0 to 1";
  return table;
}

artefact::Table column_table(const Audit& audit, const data::Preprocessor& preprocessor) {
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
    table.rows.push_back({name_with_unit(audit, column.name), "number", pretty_number(column.mean),
                          pretty_number(column.deviation),
                          pretty_number(column.fill) + (column.indicator ? ", marked" : "")});
  }
  return table;
}

Json channel_figures(const data::Preprocessor& preprocessor) {
  Json channels = Json::array();
  for (std::int64_t c = 0; c < preprocessor.channels(); ++c) {
    const PixelScale scale = pixel_scale(preprocessor, c);
    channels.push_back({{"mean", scale.mean}, {"deviation", scale.deviation}});
  }
  return channels;
}

Json column_figures(const data::Preprocessor& preprocessor) {
  Json columns = Json::array();
  for (const auto& column : preprocessor.columns()) {
    if (column.type == ColumnType::kCategory) {
      columns.push_back({{"column", column.name}, {"categories", column.categories.size()}});
    } else {
      columns.push_back({{"column", column.name},
                         {"mean", column.mean},
                         {"deviation", column.deviation},
                         {"missing_becomes", column.fill}});
    }
  }
  return columns;
}

void report_normalisation(Audit& audit, const data::Preprocessor& preprocessor) {
  const bool pictures = preprocessor.kind() == data::Kind::kImage;
  const Json figures = pictures ? channel_figures(preprocessor) : column_figures(preprocessor);
  const char* what = pictures ? "channels" : "columns";
  audit.add("normalisation", Severity::kInfo,
            "scaling of " + count_of(figures.size()) + " " + what + ", fitted on " +
                count_of(audit.train().size()) + " training samples alone",
            {{"table", "normalisation"}, {"samples", audit.train().size()}, {what, figures}});
}

/// Components in place of the features, and what is lost by them.
struct Reduced {
  data::Preprocessor::Reduction reduction;
  std::int64_t samples = 0;  ///< of the validation part, that it is measured on
  double share = 0;          ///< of their variance about the training part's mean
  double error = 0;          ///< root mean square of a feature, in deviations
  std::string text() const {
    return "rebuilt from them, the validation part loses " + pretty_number(100 * share, 3) +
           " % of its variance, an error of " + pretty_number(error, 3) + " deviations a feature";
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
  audit
      .add("dimension-reduced", Severity::kInfo,
           "by data.reduce " + reduced.reduction.text() + "; " + reduced.text(), reduced.evidence())
      .key = "data.reduce";
}

}  // namespace

void show_normalisation(Audit& audit) {
  const auto preprocessor =
      data::Preprocessor::fit(audit.samples(), audit.train(), data::Categories::kOneHot);
  audit.result.tables.push_back(preprocessor.kind() == data::Kind::kImage
                                    ? picture_table(preprocessor)
                                    : column_table(audit, preprocessor));
  report_normalisation(audit, preprocessor);
}

void show_components(Audit& audit) {
  report_reduction(audit);
  const auto found = find_components(audit);
  if (!found) return;
  report_components(audit, *found);
  if (found->first_alone) return;  // what data.reduce would take costs all of them
  const data::Pca& pca = found->pca;
  const std::int64_t features = found->features();
  const auto enough = static_cast<double>(pca.components_for(0.95));
  if (audit.samples().kind != data::Kind::kTable || audit.context.project.data.reduce.given() ||
      enough >= audit.limits().compress_share * static_cast<double>(features)) {
    return;
  }
  const Reduced reduced = reduce_inputs(audit, {"pca", 0.95, {}});
  audit.add("dimension-compress", Severity::kInfo,
            pretty_number(enough) + " principal components carry 95 % of the variance of " +
                grouped(features) + " features; data.reduce would take " +
                grouped(reduced.reduction.components()) + ": " + reduced.text(),
            reduced.evidence());
}

}  // namespace dlwork::phase::audit
