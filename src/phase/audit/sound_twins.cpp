#include <algorithm>
#include <cmath>

#include "phase/audit/near_pairs.h"
#include "phase/measuring.h"

namespace dlwork::phase::audit {

using data::Part;

namespace {

/// The nearest recordings by mean and deviation of each band that are compared frame by frame.
constexpr std::int64_t kCandidates = 8;
/// Frames that one of two recordings may start later by.
constexpr std::int64_t kMostLag = 20;
/// Share of the shorter recording that must lie over the other one.
constexpr double kLeastOverlap = 0.7;
constexpr std::int64_t kSoundBlock = 16;

/// Frames of a recording, brought to mean 0 and deviation 1 over all of it.
struct Frames {
  std::int64_t bands = 0, count = 0;
  std::vector<float> values;
};

Frames frames_of(const data::Sequences& sequences, std::int64_t row) {
  data::SoundFrames found = data::sound_frames(sequences, row);
  Frames frames{found.bands, static_cast<std::int64_t>(found.values.size()) / found.bands,
                std::move(found.values)};
  double sum = 0, squares = 0;
  for (const float value : frames.values) {
    sum += value;
    squares += static_cast<double>(value) * value;
  }
  const auto n = static_cast<double>(frames.values.size());
  const double mean = sum / n, deviation = std::sqrt(std::max(0.0, squares / n - mean * mean));
  for (float& value : frames.values) {
    value = deviation > 1e-6 ? static_cast<float>((value - mean) / deviation) : 0.0f;
  }
  return frames;
}

/// Correlation of what lies over each other when `b` starts `lag` frames into `a`.
double correlation_at(const Frames& a, const Frames& b, std::int64_t lag) {
  const std::int64_t from = std::max<std::int64_t>(0, lag);
  const std::int64_t to = std::min(a.count, b.count + lag);
  const auto least = kLeastOverlap * static_cast<double>(std::min(a.count, b.count));
  if (to - from < 1 || static_cast<double>(to - from) < least) return 0;
  const std::int64_t count = (to - from) * a.bands;
  using Values = Eigen::Map<const Eigen::ArrayXf>;
  const Values x(a.values.data() + from * a.bands, count);
  const Values y(b.values.data() + (from - lag) * b.bands, count);
  const double n = static_cast<double>(count), x_mean = x.sum() / n, y_mean = y.sum() / n;
  const double product = (x * y).sum() / n - x_mean * y_mean;
  const double left = x.square().sum() / n - x_mean * x_mean;
  const double right = y.square().sum() / n - y_mean * y_mean;
  return left > 0 && right > 0 ? product / std::sqrt(left * right) : 0;
}

double best_correlation(const Frames& a, const Frames& b) {
  double best = 0;
  for (std::int64_t lag = -kMostLag; lag <= kMostLag; ++lag) {
    best = std::max(best, correlation_at(a, b, lag));
  }
  return best;
}

/// Mean and deviation of each band, which a shift in time hardly changes.
Matrix summaries(const std::vector<Frames>& all) {
  Matrix result = Matrix::Zero(static_cast<std::int64_t>(all.size()), 2 * all.front().bands);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Frames& frames = all[i];
    for (std::int64_t b = 0; b < frames.bands; ++b) {
      double sum = 0, squares = 0;
      for (std::int64_t t = 0; t < frames.count; ++t) {
        const double value = frames.values[t * frames.bands + b];
        sum += value;
        squares += value * value;
      }
      const auto n = static_cast<double>(frames.count);
      const double mean = sum / n;
      result(static_cast<std::int64_t>(i), b) = static_cast<float>(mean);
      result(static_cast<std::int64_t>(i), frames.bands + b) =
          static_cast<float>(std::sqrt(std::max(0.0, squares / n - mean * mean)));
    }
  }
  return result;
}

/// Pairs of rows that sound the same, the earlier row first; those equal in every value are
/// duplicate-exact.
std::vector<NearPair> sound_pairs(Audit& audit, const Rows& rows) {
  std::vector<Frames> frames(rows.size());
  const int threads = audit.context.run.threads;
  const auto count = static_cast<std::int64_t>(rows.size());
  for_each_block(count, kSoundBlock, threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      frames[i] = frames_of(audit.samples().sequences, rows[i]);
    }
  });
  const Graph graph = nearest_others(summaries(frames), kCandidates, threads);
  std::vector<std::vector<NearPair>> found(rows.size());
  for_each_block(count, kSoundBlock, threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      for (std::int64_t k = 0; k < graph.k; ++k) {
        const auto j = static_cast<std::int64_t>(graph.neighbour(i, k));
        if (frames[i].values == frames[j].values ||
            best_correlation(frames[i], frames[j]) < audit.limits().near_sound) {
          continue;
        }
        found[i].emplace_back(std::min(rows[i], rows[j]), std::max(rows[i], rows[j]));
      }
    }
  });
  std::vector<NearPair> pairs;
  for (const auto& some : found) pairs.insert(pairs.end(), some.begin(), some.end());
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  return pairs;
}

}  // namespace

void check_near_sounds(Audit& audit) {
  const Rows rows = [&] {
    Rows all(static_cast<std::size_t>(audit.samples().count));
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
    return some_rows(all, audit.context.project.audit.rows, audit.seed(), "audit sounds");
  }();
  if (rows.size() < 2) return;
  const auto by_later = by_later_part(audit, sound_pairs(audit, rows));
  report_near_inside(audit, "duplicate-near-audio", "recordings", by_later[0]);
  for (const Part part : {Part::kValidation, Part::kTest}) {
    report_near_across(audit, part, "recordings", by_later[static_cast<std::size_t>(part)]);
  }
}

}  // namespace dlwork::phase::audit
