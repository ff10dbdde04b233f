#include "task/transcription/text_rivals.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "dlwork/base/machine.h"
#include "training/distances.h"

namespace dlwork::task {
namespace {

using data::Samples;
using Rows = std::vector<std::int64_t>;

/// Stretches of a series, of equal length, whose means are compared.
constexpr std::int64_t kStretches = 8;

std::string most_frequent(const std::vector<std::string>& texts, const Rows& rows) {
  std::map<std::string, std::int64_t> counts;
  for (const auto row : rows) ++counts[texts[row]];
  return std::max_element(counts.begin(), counts.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

training::Outputs all_said(const std::vector<std::string>& texts, const Rows& rows,
                           const std::string& said) {
  std::vector<training::Transcript> transcripts;
  for (const auto row : rows) transcripts.push_back({texts[row], said});
  return training::edits_of(transcripts);
}

double words_edited(const training::Outputs& edits) {
  double sum = 0;
  for (std::int64_t i = 0; i < edits.rows; ++i) sum += edits.row(i)[0];
  return sum;
}

/// Mean of one channel's values from step `begin` to `end` that are there; 0 without any.
double mean_between(const float* series, std::int64_t channels, std::int64_t channel,
                    std::int64_t begin, std::int64_t end) {
  double sum = 0;
  std::int64_t count = 0;
  for (std::int64_t t = begin; t < end; ++t) {
    const double value = series[t * channels + channel];
    if (!std::isfinite(value)) continue;
    sum += value;
    ++count;
  }
  return count > 0 ? sum / static_cast<double>(count) : 0;
}

std::vector<float> series_features(const data::Sequences& sequences, std::int64_t row) {
  const std::int64_t length = sequences.lengths[row], channels = sequences.channels;
  const float* series = sequences.at(row);
  std::vector<float> features{static_cast<float>(length)};
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t s = 0; s < kStretches; ++s) {
      const std::int64_t begin = s * length / kStretches;
      const std::int64_t end = std::max(begin + 1, (s + 1) * length / kStretches);
      features.push_back(static_cast<float>(mean_between(series, channels, c, begin, end)));
    }
    const double mean = mean_between(series, channels, c, 0, length);
    double squares = 0;
    for (std::int64_t t = 0; t < length; ++t) {
      const double off = series[t * channels + c] - mean;
      if (std::isfinite(off)) squares += off * off;
    }
    features.push_back(static_cast<float>(std::sqrt(squares / static_cast<double>(length))));
  }
  return features;
}

std::vector<std::vector<float>> all_features(const Samples& samples, const Rows& rows) {
  std::vector<std::vector<float>> all;
  for (const auto row : rows) all.push_back(series_features(samples.sequences, row));
  return all;
}

/// By the mean and deviation of the first; what is constant there counts for nothing.
void standardise_all(std::vector<std::vector<float>>& first,
                     std::vector<std::vector<float>>& second) {
  for (std::size_t f = 0; f < first.front().size(); ++f) {
    double sum = 0, squares = 0;
    for (const auto& one : first) sum += one[f];
    const double mean = sum / static_cast<double>(first.size());
    for (const auto& one : first) squares += (one[f] - mean) * (one[f] - mean);
    const double deviation = std::sqrt(squares / static_cast<double>(first.size()));
    for (auto* all : {&first, &second}) {
      for (auto& one : *all) {
        one[f] = deviation > 0 ? static_cast<float>((one[f] - mean) / deviation) : 0;
      }
    }
  }
}

std::size_t nearest_to(const std::vector<float>& one, const std::vector<std::vector<float>>& all) {
  std::size_t best = 0;
  float least = std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < all.size(); ++i) {
    float distance = 0;
    for (std::size_t f = 0; f < one.size() && distance < least; ++f) {
      distance += (one[f] - all[i][f]) * (one[f] - all[i][f]);
    }
    if (distance >= least) continue;
    least = distance;
    best = i;
  }
  return best;
}

}  // namespace

Rival most_frequent_text(const data::Dataset& dataset, const Rows& fit_rows, const Rows& rows) {
  const auto& texts = dataset.samples.target.texts;
  std::string said = most_frequent(texts, fit_rows);
  std::string settings = "the most frequent text, '" + said + "'";
  if (words_edited(all_said(texts, fit_rows, said)) >=
      words_edited(all_said(texts, fit_rows, ""))) {
    said.clear();
    settings = "no text at all";
  }
  return {"trivial", settings, static_cast<std::int64_t>(fit_rows.size()),
          all_said(texts, rows, said), 0};
}

Rival nearest_text(const data::Dataset& dataset, const Rows& fit_rows, const Rows& rows,
                   const StopFlag& stop) {
  const double start = monotonic_seconds();
  const auto& texts = dataset.samples.target.texts;
  auto known = all_features(dataset.samples, fit_rows);
  auto asked = all_features(dataset.samples, rows);
  standardise_all(known, asked);
  std::vector<training::Transcript> transcripts;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (stop.requested()) throw Error(ExitStatus::kInterrupted, "nearest series: stopped");
    transcripts.push_back({texts[rows[i]], texts[fit_rows[nearest_to(asked[i], known)]]});
  }
  return {"nearest series", "means in 8 stretches, deviation and length",
          static_cast<std::int64_t>(fit_rows.size()), training::edits_of(transcripts),
          monotonic_seconds() - start};
}

}  // namespace dlwork::task
