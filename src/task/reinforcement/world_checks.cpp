#include "task/reinforcement/world_checks.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/stats.h"
#include "dlwork/base/text.h"
#include "task/reinforcement/episodes.h"

namespace dlwork::task {
namespace {

using artefact::Severity;

constexpr std::size_t kWatched = 100;  // episodes

/// What random actions showed.
struct Watched {
  std::vector<double> returns;
  std::vector<double> low, high;  ///< of each number of the state
  double least_reward = 0, most_reward = 0;
  std::int64_t steps = 0;
  std::int64_t cut = 0;  ///< episodes that were long enough
  std::vector<std::string> faults;
};

void note(Watched& watched, const std::vector<double>& state) {
  if (watched.low.empty()) watched.low = watched.high = state;
  for (std::size_t i = 0; i < state.size(); ++i) {
    watched.low[i] = std::min(watched.low[i], state[i]);
    watched.high[i] = std::max(watched.high[i], state[i]);
  }
}

bool is_finite(const std::vector<double>& state) {
  return std::all_of(state.begin(), state.end(), [](double value) { return std::isfinite(value); });
}

void add_fault(Watched& watched, const std::string& fault) {
  if (std::find(watched.faults.begin(), watched.faults.end(), fault) == watched.faults.end()) {
    watched.faults.push_back(fault);
  }
}

/// One episode, and its twin with the same actions beside it.
void watch_episode(const std::string& name, const std::vector<double>& start, Rng& rng,
                   Watched& watched) {
  const auto world = make_world(name), twin = make_world(name);
  world->start(start);
  twin->start(start);
  const auto actions = static_cast<std::uint64_t>(world->actions().size());
  double earned = 0;
  for (std::int64_t step = 1;; ++step) {
    const auto action = static_cast<std::int64_t>(rng.below(actions));
    const WorldStep done = world->step(action), again = twin->step(action);
    ++watched.steps;
    note(watched, world->state());
    if (watched.steps == 1) watched.least_reward = watched.most_reward = done.reward;
    watched.least_reward = std::min(watched.least_reward, done.reward);
    watched.most_reward = std::max(watched.most_reward, done.reward);
    earned += done.reward;
    if (!is_finite(world->state()) || !std::isfinite(done.reward)) {
      add_fault(watched, "an observation or reward is not finite");
      break;
    }
    if (world->state() != twin->state() || done.reward != again.reward) {
      add_fault(watched, "the same actions from the same state lead elsewhere");
    }
    if (done.cut) ++watched.cut;
    if (done.ended || done.cut) break;
    if (step > world->most_steps()) {
      add_fault(watched, "an episode does not end");
      break;
    }
  }
  watched.returns.push_back(earned);
}

/// Whether from this state every action leads elsewhere.
bool actions_differ(const std::string& name, const std::vector<double>& start) {
  std::vector<std::vector<double>> after;
  const auto world = make_world(name);
  for (std::size_t action = 0; action < world->actions().size(); ++action) {
    world->start(start);
    world->step(static_cast<std::int64_t>(action));
    if (std::find(after.begin(), after.end(), world->state()) != after.end()) return false;
    after.push_back(world->state());
  }
  return true;
}

artefact::Table range_table(const World& world, const Watched& watched) {
  artefact::Table table{"observations",
                        "What random actions lead to",
                        {"number", "least", "greatest"},
                        {false, true, true},
                        {},
                        ""};
  const auto names = world.state_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    table.rows.push_back({names[i], pretty_number(watched.low[i]), pretty_number(watched.high[i])});
  }
  table.rows.push_back(
      {"reward", pretty_number(watched.least_reward), pretty_number(watched.most_reward)});
  table.note = grouped(watched.steps) + " steps in " +
               grouped(static_cast<std::int64_t>(watched.returns.size())) +
               " episodes; actions: " + join_words(world.actions());
  return table;
}

}  // namespace

void check_world(const std::string& name, const data::Dataset& dataset,
                 artefact::PhaseResult& result) {
  const auto world = make_world(name);
  Watched watched;
  Rng rng(1, "watched world");  // what is checked is the world, not a draw of it
  const auto& rows = dataset.part(data::Part::kTrain);
  for (std::size_t i = 0; i < std::min(rows.size(), kWatched); ++i) {
    const auto start = start_of(*world, dataset.samples, rows[i]);
    watch_episode(name, start, rng, watched);
    if (!actions_differ(name, start)) add_fault(watched, "two actions lead to the same state");
  }
  if (watched.returns.empty()) return;  // the part is empty, which is said elsewhere
  const double middle = mean(watched.returns);
  const bool sound = watched.faults.empty();
  result.findings.push_back(artefact::make_finding(
      "world-sound", sound ? Severity::kInfo : Severity::kError,
      sound ? grouped(watched.steps) + " steps of random actions are finite, the same when "
                                       "repeated, and end; each action counts"
            : join_words(watched.faults),
      {{"steps", watched.steps}, {"faults", watched.faults}}));
  result.findings.push_back(artefact::make_finding(
      "world-returns", Severity::kInfo,
      "random actions earn " + pretty_number(middle) + " an episode, from " +
          pretty_number(*std::min_element(watched.returns.begin(), watched.returns.end())) +
          " to " + pretty_number(*std::max_element(watched.returns.begin(), watched.returns.end())),
      {{"mean", middle}, {"episodes", watched.returns.size()}, {"cut", watched.cut}}));
  result.tables.push_back(range_table(*world, watched));
}

}  // namespace dlwork::task
