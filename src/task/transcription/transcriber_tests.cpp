#include <algorithm>
#include <set>

#include "dlwork/spec/task_names.h"
#include "task/own_network_tests.h"
#include "task/transcription/transcriber.h"
#include "training/network_tests/tests.h"

namespace dlwork::task {
namespace {

using artefact::Finding;
using artefact::Severity;

Finding test_length_of_texts(const Transcriber& network, const TooLong& found, std::size_t of) {
  const std::string id = "transcript-too-long";
  if (found.rows.empty()) {
    return artefact::make_finding(id, Severity::kInfo,
                                  "the outputs have steps enough for every training text");
  }
  return artefact::make_finding(id, Severity::kWarn, found.text(network.dataset().samples, of),
                                {{"samples", found.rows.size()}, {"of", of}});
}

}  // namespace

std::vector<Finding> Transcriber::test_network(const spec::NetworkTest& limits,
                                               const training::FitOptions& asked, RunContext& run) {
  const TooLong found = too_long(asked.train_rows);
  if (!found.rows.empty() && found.rows.size() == asked.train_rows.size()) refuse_all_too_long();
  // Of what has no path there is no loss, and nothing to learn by heart.
  const std::set<std::int64_t> out(found.rows.begin(), found.rows.end());
  auto options = asked;
  std::erase_if(options.train_rows, [&](std::int64_t row) { return out.contains(row); });
  options.train_rows.resize(std::min(options.train_rows.size(), training::kTestedOfOwnLoss));
  OwnNetwork tested;
  tested.fresh = [&] { return std::make_unique<Transcriber>(blueprint(), &dataset(), run); };
  tested.load = [&](const std::filesystem::path& file) {
    return training::load_network<Transcriber>(file, spec::tasks::transcription, run);
  };
  tested.first_loss = blind_loss_of(options.train_rows);
  tested.not_applied = {
      {"net-label-shuffle", "a text cannot be drawn for another series: it may need more steps"}};
  auto findings = test_own_network(tested, limits, options, run);
  findings.push_back(test_length_of_texts(*this, found, asked.train_rows.size()));
  return findings;
}

}  // namespace dlwork::task
