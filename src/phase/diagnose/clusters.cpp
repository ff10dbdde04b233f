// Groups of samples that are alike to the network, and where it fails.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "dlwork/base/text.h"
#include "phase/diagnose/mistakes.h"
#include "phase/diagnose/slices.h"
#include "phase/diagnose/study.h"
#include "phase/features/matrix.h"

namespace dlwork::phase::diagnose {

using artefact::Severity;

namespace {

constexpr int kRounds = 25;
constexpr std::size_t kFewestOfCluster = 10;

Matrix matrix_of(const training::Outputs& outputs) {
  return Eigen::Map<const Matrix>(outputs.values.data(), outputs.rows, outputs.columns);
}

/// Squared distance of each sample to a centre.
Eigen::VectorXf distances(const Matrix& samples, const Eigen::RowVectorXf& centre) {
  return (samples.rowwise() - centre).rowwise().squaredNorm();
}

/// k-means++ (Arthur and Vassilvitskii 2007): the next centre is drawn with probability in
/// proportion to the squared distance to the nearest one so far.
Matrix first_centres(const Matrix& samples, std::int64_t count, Rng& rng) {
  Matrix centres(count, samples.cols());
  centres.row(0) = samples.row(static_cast<std::int64_t>(rng.below(samples.rows())));
  Eigen::VectorXf nearest = distances(samples, centres.row(0));
  for (std::int64_t k = 1; k < count; ++k) {
    double left = rng.uniform() * nearest.cast<double>().sum();
    std::int64_t chosen = 0;
    while (chosen + 1 < samples.rows() && left > nearest[chosen]) left -= nearest[chosen++];
    centres.row(k) = samples.row(chosen);
    nearest = nearest.cwiseMin(distances(samples, centres.row(k)));
  }
  return centres;
}

/// Lloyd's algorithm (1982). Returns each sample's cluster.
std::vector<std::int64_t> k_means(const Matrix& samples, std::int64_t count, std::uint64_t seed) {
  Rng rng(seed, "clusters");
  Matrix centres = first_centres(samples, count, rng);
  std::vector<std::int64_t> cluster(samples.rows(), 0);
  for (int round = 0; round < kRounds; ++round) {
    Eigen::VectorXf nearest =
        Eigen::VectorXf::Constant(samples.rows(), std::numeric_limits<float>::infinity());
    bool changed = false;
    std::vector<std::int64_t> before = cluster;
    for (std::int64_t k = 0; k < count; ++k) {
      const Eigen::VectorXf to = distances(samples, centres.row(k));
      for (std::int64_t i = 0; i < samples.rows(); ++i) {
        if (to[i] >= nearest[i]) continue;
        nearest[i] = to[i];
        cluster[i] = k;
      }
    }
    changed = cluster != before;
    Matrix sums = Matrix::Zero(count, samples.cols());
    std::vector<float> sizes(count, 0);
    for (std::int64_t i = 0; i < samples.rows(); ++i) {
      sums.row(cluster[i]) += samples.row(i);
      sizes[cluster[i]] += 1;
    }
    for (std::int64_t k = 0; k < count; ++k) {
      if (sizes[k] > 0) centres.row(k) = sums.row(k) / sizes[k];
    }
    if (!changed && round > 0) break;
  }
  return cluster;
}

/// What a cluster is made of: its two most frequent classes, or its mean target.
std::string content(const Study& study, const Slice& slice) {
  const auto& target = study.dataset().samples.target;
  const auto& rows = study.validation_rows();
  if (!target.is_class) {
    std::vector<double> values;
    for (const auto place : slice.members) values.push_back(target.values[rows[place]]);
    return "mean " + target.name + " " + pretty_number(mean(values));
  }
  std::map<std::int32_t, double> counts;
  for (const auto place : slice.members) counts[target.codes[rows[place]]] += 1;
  std::vector<std::pair<double, std::int32_t>> order;
  for (const auto& [code, count] : counts) order.emplace_back(-count, code);
  std::sort(order.begin(), order.end());
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < order.size() && i < 2; ++i) {
    parts.push_back(percent(-order[i].first / static_cast<double>(slice.members.size())) + " " +
                    target.classes[order[i].second]);
  }
  return join_words(parts);
}

void show_cluster(Study& study, const Slice& slice, const std::vector<double>& errors) {
  std::vector<task::Mistake> shown;
  for (const auto place : slice.members) {
    if (static_cast<std::int64_t>(shown.size()) >= study.settings().mistakes) break;
    if (errors[place] <= 0) continue;
    const auto row = study.validation_rows()[place];
    shown.push_back({row, errors[place],
                     sample_text(study, study.validation, static_cast<std::int64_t>(place), row)});
  }
  show_samples(study.context,
               {"weak-cluster", "Errors in the weakest cluster",
                "Samples that are alike to the network.", "true and predicted"},
               shown, study.result);
}

}  // namespace

void find_weak_clusters(Study& study) {
  const auto& rows = study.validation_rows();
  const auto errors = study.context.task.errors(study.validation, study.dataset(), rows);
  const std::int64_t count = study.settings().clusters;
  if (errors.empty() || count < 2 || rows.empty()) return;
  const auto embedded = study.learner->embed(study.dataset().samples, rows);
  if (embedded.columns == 0) return;
  const std::size_t fewest = kFewestOfCluster * static_cast<std::size_t>(count);
  if (rows.size() < fewest) {
    study.left_out.push_back({"clusters",
                              std::to_string(rows.size()) + " validation samples, " +
                                  std::to_string(count) + " clusters take " +
                                  std::to_string(fewest),
                              {}});
    return;
  }
  const auto cluster = k_means(matrix_of(embedded), count, study.seed);
  std::vector<Slice> slices(count);
  for (std::size_t i = 0; i < cluster.size(); ++i) slices[cluster[i]].members.push_back(i);
  std::erase_if(slices, [&](const Slice& slice) {
    return slice.members.size() < kFewestOfCluster || slice.members.size() == rows.size();
  });
  for (auto& slice : slices) slice.name = content(study, slice);
  if (slices.empty()) return;
  auto judged = judge_slices(slices, errors);
  const WeakFrom limits = weak_from(study, errors);
  sort_by_worth(judged, limits);
  const bool is_class = study.dataset().samples.target.is_class;
  const std::string error_name = is_class ? "share wrong" : "mean absolute error";
  std::vector<std::string> labels;
  std::vector<double> values;
  for (const auto& one : judged) {
    labels.push_back(one.slice->name);
    values.push_back(one.inside);
  }
  study.result.figures.push_back(
      bars("clusters", "Error by cluster of the network's own view", error_name, labels, values,
           "k-means on what the last layer sees of the validation samples."));
  const auto& worst = judged.front();
  if (!is_weak(worst, limits)) return;
  show_cluster(study, *worst.slice, errors);
  study.add("diagnosis-weak-cluster", Severity::kInfo,
            "of " + std::to_string(slices.size()) +
                " clusters of what the last layer sees, one of " +
                grouped(static_cast<std::int64_t>(worst.slice->members.size())) + " samples (" +
                worst.slice->name + ") has " + error_name + " " + pretty_number(worst.inside, 3) +
                ", all others " + pretty_number(worst.outside, 3) + ", worse by " +
                difference_text(worst.gap),
            {{"samples", worst.slice->members.size()},
             {"content", worst.slice->name},
             {"inside", worst.inside},
             {"outside", worst.outside},
             {"interval", worst.gap.interval()},
             {"q", worst.q},
             {"explains", worst.explains}},
            "clusters");
}

}  // namespace dlwork::phase::diagnose
