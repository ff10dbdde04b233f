#include <algorithm>
#include <cmath>
#include <functional>

#include "dlwork/base/contingency.h"
#include "dlwork/base/two_samples.h"
#include "phase/audit/check.h"
#include "phase/audit/stats/skill.h"
#include "phase/audit/target_skill.h"
#include "phase/measuring.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Part;

namespace {

/// Faults that so many pictures have are how these pictures are (black ground, white paper).
constexpr double kUsual = 0.1;
constexpr std::size_t kFewestPictures = 50;
constexpr std::int64_t kBorderRows = 5000;

struct Fault {
  const char* id;
  const char* text;
  std::function<bool(const PictureFacts&)> holds;
};

std::vector<Fault> faults_of(const spec::AuditThresholds& limits, double usual_sharpness) {
  return {
      {"picture-dark", "are nearly black",
       [&limits](const PictureFacts& f) { return f.high < limits.picture_dark; }},
      {"picture-light", "are nearly white",
       [&limits](const PictureFacts& f) { return 1 - f.low < limits.picture_light; }},
      {"picture-low-contrast", "have hardly any contrast",
       [&limits](const PictureFacts& f) { return f.contrast < limits.picture_contrast; }},
      {"picture-low-information", "hold hardly any information (entropy of the grey levels)",
       [&limits](const PictureFacts& f) { return f.entropy < limits.picture_entropy; }},
      {"picture-blurred", "are far less sharp than the others (variance of the Laplacian)",
       [&limits, usual_sharpness](const PictureFacts& f) {
         return f.sharpness < limits.picture_blur * usual_sharpness;
       }},
      {"picture-clipped", "are overexposed: their brightest value fills much of them",
       [&limits](const PictureFacts& f) { return f.clipped > limits.picture_clipped; }},
      {"picture-letterbox", "have a border of one colour, a bar or a frame",
       [&limits](const PictureFacts& f) { return f.border >= limits.letterbox_share; }},
  };
}

void report_fault(Audit& audit, const Fault& fault) {
  const auto& facts = audit.facts.pictures();
  Rows rows;
  for (std::size_t row = 0; row < facts.size(); ++row) {
    if (fault.holds(facts[row])) rows.push_back(static_cast<std::int64_t>(row));
  }
  const double share = share_of(rows.size(), facts.size());
  if (rows.empty() || share > kUsual) return;
  audit.add(fault.id, share > audit.limits().picture_share ? Severity::kWarn : Severity::kInfo,
            count_of(rows.size()) + " pictures (" + percent(share) + ") " + fault.text +
                ", the first at " + audit.samples().where(rows.front()),
            {{"samples", rows.size()}, {"share", share}, {"rows", audit.places(rows)}});
}

std::vector<double> values_of(const std::vector<PictureFacts>& facts, const Rows& rows,
                              const PictureProperty& property) {
  std::vector<double> values;
  values.reserve(rows.size());
  for (const auto row : rows) values.push_back(property.of(facts[row]));
  return values;
}

template <class Work>
void for_each_property(Audit& audit, const Work& work) {
  for (const PictureProperty& property : picture_properties()) {
    if (!property.colour || audit.samples().pictures.channels >= 3) work(property);
  }
}

/// Brightness of the outermost ring of pixels as means of 8 pieces a side, and the corners.
Matrix border_features(const data::Pictures& pictures, const Rows& rows) {
  constexpr std::int64_t kCells = 16;
  Matrix features(static_cast<std::int64_t>(rows.size()), 4 * (kCells - 1));
  const std::int64_t plane = pictures.height * pictures.width;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::uint8_t* pixels = pictures.at(rows[i]);
    std::int64_t place = 0;
    const auto take = [&](std::int64_t cell_y, std::int64_t cell_x) {
      const auto y = cell_y * (pictures.height - 1) / (kCells - 1);
      const auto x = cell_x * (pictures.width - 1) / (kCells - 1);
      float sum = 0;
      for (std::int64_t c = 0; c < pictures.channels; ++c) {
        sum += pixels[c * plane + y * pictures.width + x];
      }
      features(static_cast<std::int64_t>(i), place++) =
          sum / (255.0f * static_cast<float>(pictures.channels));
    };
    for (std::int64_t k = 0; k < kCells - 1; ++k) {
      take(0, k);
      take(kCells - 1, k + 1);
      take(k + 1, 0);
      take(k, kCells - 1);
    }
  }
  return features;
}

/// Columns to mean 0 and deviation 1; constant ones to 0.
void standardise_pictures(Matrix& features) {
  for (std::int64_t j = 0; j < features.cols(); ++j) {
    auto column = features.col(j);
    column.array() -= column.mean();
    const float deviation = std::sqrt(
        column.squaredNorm() / static_cast<float>(std::max<std::int64_t>(1, features.rows())));
    if (deviation > 1e-6f) column /= deviation;
  }
}

}  // namespace

void check_picture_faults(Audit& audit) {
  const auto& facts = audit.facts.pictures();
  std::vector<double> sharpness;
  for (const PictureFacts& fact : facts) sharpness.push_back(fact.sharpness);
  const double usual = sharpness.empty() ? 0 : spread_of(sharpness).median;
  for (const Fault& fault : faults_of(audit.limits(), usual)) report_fault(audit, fault);
}

void check_picture_colours(Audit& audit) {
  const auto& pictures = audit.samples().pictures;
  const auto& facts = audit.facts.pictures();
  std::uint8_t most = 0;
  for (const auto pixel : pictures.pixels) most = std::max(most, pixel);
  if (most <= 1 && !facts.empty()) {
    audit.add("picture-range", Severity::kError,
              "no pixel is above " + std::to_string(most) +
                  " of 255: the pictures were scaled to 0 to 1 before they were saved",
              {{"most", most}});
  }
  if (pictures.channels < 3) return;
  Rows grey;
  for (std::size_t row = 0; row < facts.size(); ++row) {
    if (facts[row].grey) grey.push_back(static_cast<std::int64_t>(row));
  }
  if (grey.empty()) return;
  const double share = share_of(grey.size(), facts.size());
  const bool all = grey.size() == facts.size();
  audit.add("picture-grey", Severity::kInfo,
            all ? "every picture is grey, saved in three channels"
                : count_of(grey.size()) + " pictures (" + percent(share) +
                      ") are grey among coloured ones, the first at " +
                      audit.samples().where(grey.front()),
            {{"samples", grey.size()}, {"share", share}, {"rows", audit.places(grey)}});
}

void check_picture_outliers(Audit& audit) {
  const auto& facts = audit.facts.pictures();
  Rows all(facts.size());
  for (std::size_t row = 0; row < all.size(); ++row) all[row] = static_cast<std::int64_t>(row);
  if (all.size() < kFewestPictures) return;
  for_each_property(audit, [&](const PictureProperty& property) {
    const auto values = values_of(facts, all, property);
    const Spread spread = spread_of(values);
    const double reach = audit.limits().property_ranges * spread.range();
    if (reach <= 0) return;
    Rows odd;
    for (std::size_t row = 0; row < values.size(); ++row) {
      if (values[row] > spread.upper_quartile + reach ||
          values[row] < spread.lower_quartile - reach) {
        odd.push_back(static_cast<std::int64_t>(row));
      }
    }
    if (odd.empty() || share_of(odd.size(), all.size()) > kUsual) return;
    audit.add("picture-property-outlier", Severity::kInfo,
              count_of(odd.size()) + " pictures are far from the others in " + property.name +
                  ", the first at " + audit.samples().where(odd.front()),
              {{"property", property.name},
               {"samples", odd.size()},
               {"median", spread.median},
               {"rows", audit.places(odd)}});
  });
}

void check_picture_shift(Audit& audit) {
  const auto& facts = audit.facts.pictures();
  for (const Part part : {Part::kValidation, Part::kTest}) {
    std::vector<const PictureProperty*> properties;
    std::vector<double> effects, p;
    for_each_property(audit, [&](const PictureProperty& property) {
      const auto test = kolmogorov_smirnov(values_of(facts, audit.train(), property),
                                           values_of(facts, audit.rows(part), property));
      properties.push_back(&property);
      effects.push_back(test.distance);
      p.push_back(test.p);
    });
    const auto q = adjust_false_discovery(p);
    for (std::size_t i = 0; i < properties.size(); ++i) {
      if (effects[i] < audit.limits().property_shift || q[i] >= audit.limits().drift_significance) {
        continue;
      }
      audit.add("picture-property-shift", Severity::kWarn,
                std::string(properties[i]->name) + " of the pictures differs in the " +
                    data::to_string(part) + " part (Kolmogorov-Smirnov " +
                    pretty_number(effects[i], 2) + ", q " + pretty_number(q[i], 2) + ")",
                {{"property", properties[i]->name},
                 {"part", data::to_string(part)},
                 {"effect", effects[i]},
                 {"q", q[i]}});
    }
  }
}

void check_spurious_properties(Audit& audit) {
  Rows rows =
      some_rows(audit.train(), audit.context.project.audit.rows, audit.seed(), "audit properties");
  if (rows.size() < kFewestPictures) return;
  Rng(audit.seed(), "audit properties").shuffle(rows);
  const auto& limits = audit.limits();
  for_each_property(audit, [&](const PictureProperty& property) {
    const auto groups = group_numbers(values_of(audit.facts.pictures(), rows, property));
    const double score = skill_of_groups(audit, groups, rows);
    if (score < limits.property_warn) return;
    audit.add("spurious-property",
              score >= limits.property_error ? Severity::kError : Severity::kWarn,
              std::string(property.name) + " of the pictures alone tells the target (score " +
                  pretty_number(score, 3) + ")",
              {{"property", property.name}, {"score", score}, {"samples", rows.size()}});
  });
}

void check_border(Audit& audit) {
  if (!audit.is_class()) return;  // the score is that of a class
  const Rows rows =
      some_rows(audit.train(), std::min(kBorderRows, audit.context.project.audit.rows),
                audit.seed(), "audit border");
  if (rows.size() < kFewestPictures) return;
  classical::Problem problem;
  problem.features = border_features(audit.samples().pictures, rows);
  standardise_pictures(problem.features);
  problem.outputs = static_cast<std::int64_t>(audit.target().classes.size());
  std::vector<double> shares(static_cast<std::size_t>(problem.outputs), 0.0);
  for (const auto row : rows) {
    problem.classes.push_back(audit.target().codes[row]);
    shares[static_cast<std::size_t>(audit.target().codes[row])] += 1;
  }
  const auto limits = audit_limits(audit.context, "border");
  const auto model = classical::make_logistic();
  const auto outputs =
      out_of_fold(*model, problem, fold_of_rows(problem, kFolds, limits.seed), limits);
  double loss = 0, baseline = 0;
  for (std::int64_t i = 0; i < outputs.rows; ++i) {
    const auto c = problem.classes[i];
    loss -= std::log(std::max(outputs.row(i)[c], 1e-6f));
    baseline -= std::log(shares[static_cast<std::size_t>(c)] / static_cast<double>(rows.size()));
  }
  const double score = baseline > 0 ? 1 - loss / baseline : 0;
  if (score < audit.limits().border_warn) return;
  audit.add("leak-border",
            score >= audit.limits().border_error ? Severity::kError : Severity::kWarn,
            "the outermost pixels alone tell the class (score " + pretty_number(score, 3) + ")",
            {{"score", score}, {"samples", rows.size()}, {"model", model->name()}});
}

}  // namespace dlwork::phase::audit
