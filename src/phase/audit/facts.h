#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dlwork/phase/phase.h"
#include "phase/audit/contents.h"
#include "phase/audit/groupings.h"
#include "phase/audit/neighbours.h"
#include "phase/audit/predictions.h"
#include "phase/audit/profile.h"
#include "phase/audit/stats/picture_facts.h"

namespace dlwork::phase::audit {

/// Training samples as classical models take them, at most `audit.rows`, drawn with the seed.
struct Sampled {
  Rows rows;                   ///< ascending
  classical::Problem problem;  ///< features of these rows: at most 128, standardised or projected
};

/// What several checks need, computed on first use and kept.
class Facts {
 public:
  Facts(Context& context, const data::Dataset& data) : context_(context), data_(data) {}

  /// Every input column on the training part; empty for pictures.
  const std::vector<Profile>& profiles();
  /// Every column that samples carry beside their inputs, on the training part.
  const std::vector<Profile>& carried();
  /// Of the table's rows.
  const EqualPairs& equal_rows();
  /// Which samples belong together, and when they were taken.
  const Groupings& groupings();
  const Sampled& sampled();
  /// Test samples, at most `audit.rows`, in the same features.
  const Sampled& tested();
  /// The sampled rows as models judge their labels: of pictures the slopes of their pixels join the
  /// pixels themselves. Test samples in the same features.
  const classical::Problem& judged();
  const Matrix& judged_tests();
  /// Figures of every picture; empty for tables.
  const std::vector<PictureFacts>& pictures();
  /// The ten nearest others of each sampled row.
  const Graph& neighbours();
  /// Out-of-fold predictions of the sampled rows.
  const Predictions& predictions();

 private:
  void make_samples();
  void make_judged();

  Context& context_;
  const data::Dataset& data_;
  std::optional<std::vector<Profile>> profiles_;
  std::optional<std::vector<Profile>> carried_;
  std::optional<EqualPairs> equal_rows_;
  std::optional<Groupings> groupings_;
  std::optional<Sampled> sampled_;
  std::optional<Sampled> tested_;
  std::optional<classical::Problem> judged_;
  Matrix judged_tests_;
  std::optional<std::vector<PictureFacts>> pictures_;
  std::optional<Graph> neighbours_;
  std::optional<Predictions> predictions_;
};

inline constexpr std::int64_t kNeighbours = 10;
inline constexpr int kFolds = 5;

/// The classical models that judge samples of this problem, in no order.
std::vector<std::unique_ptr<classical::Model>> judges(const data::Samples& samples,
                                                      const classical::Problem& problem);

}  // namespace dlwork::phase::audit
