#include "task/transcription/decoding.h"

#include <algorithm>
#include <cmath>

#include "training/distances.h"

namespace dlwork::task {
namespace {

double log_binomial(std::int64_t n, std::int64_t k) {
  const auto of = [](std::int64_t value) { return std::lgamma(static_cast<double>(value) + 1); };
  return of(n) - of(k) - of(n - k);
}

float mean_of_largest(const float* frames, std::int64_t steps, std::int64_t outputs) {
  double sum = 0;
  for (std::int64_t t = 0; t < steps; ++t, frames += outputs) {
    sum += *std::max_element(frames, frames + outputs);
  }
  return static_cast<float>(sum / static_cast<double>(std::max<std::int64_t>(1, steps)));
}

}  // namespace

std::vector<std::int64_t> best_path(const float* frames, std::int64_t steps, std::int64_t outputs) {
  std::vector<std::int64_t> codes;
  std::int64_t before = 0;
  for (std::int64_t t = 0; t < steps; ++t, frames += outputs) {
    const std::int64_t best = std::max_element(frames, frames + outputs) - frames;
    if (best != before && best != 0) codes.push_back(best);
    before = best;
  }
  return codes;
}

std::int64_t needed_steps(const std::vector<std::int64_t>& codes) {
  auto steps = static_cast<std::int64_t>(codes.size());
  for (std::size_t i = 1; i < codes.size(); ++i) steps += codes[i] == codes[i - 1] ? 1 : 0;
  return steps;
}

double blind_loss(const std::vector<std::int64_t>& codes, std::int64_t steps,
                  std::int64_t outputs) {
  const std::int64_t needed = needed_steps(codes);
  if (needed > steps) return 0;
  const auto units = static_cast<std::int64_t>(codes.size());
  const double paths = log_binomial(steps + 2 * units - needed, 2 * units);
  const double loss = static_cast<double>(steps) * std::log(static_cast<double>(outputs)) - paths;
  return loss / static_cast<double>(std::max<std::int64_t>(1, units));
}

training::Outputs read_frames(const Alphabet& alphabet, const model::Inputs& frames,
                              const std::vector<std::int64_t>& rows, const data::Target& target) {
  const auto plain = frames.values.detach().to(torch::kCPU, torch::kFloat32).contiguous();
  const auto steps = plain.size(1), outputs = plain.size(2);
  const auto lengths = frames.lengths.defined()
                           ? frames.lengths.to(torch::kCPU)
                           : torch::full({plain.size(0)}, steps, torch::kInt64);
  const float* values = plain.data_ptr<float>();
  std::vector<training::Transcript> transcripts;
  std::vector<float> confidences;
  for (std::size_t i = 0; i < rows.size(); ++i, values += steps * outputs) {
    const auto length = lengths[static_cast<std::int64_t>(i)].item<std::int64_t>();
    transcripts.push_back({target.texts.empty() ? std::string() : target.texts[rows[i]],
                           alphabet.decode(best_path(values, length, outputs))});
    confidences.push_back(mean_of_largest(values, length, outputs));
  }
  const auto edits = training::edits_of(transcripts);
  training::Outputs said{edits.rows, kConfidenceColumn + 1, {}, edits.texts};
  for (std::int64_t i = 0; i < edits.rows; ++i) {
    said.values.insert(said.values.end(), edits.row(i), edits.row(i) + edits.columns);
    said.values.push_back(confidences[i]);
  }
  return said;
}

}  // namespace dlwork::task
