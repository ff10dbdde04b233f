#include "task/reinforcement/episodes.h"

#include <cmath>
#include <numeric>

#include "dlwork/base/error.h"
#include "dlwork/base/hash.h"

namespace dlwork::task {

std::vector<double> start_of(const World& world, const data::Samples& samples, std::int64_t row) {
  std::vector<double> state;
  for (const std::string& name : world.state_names()) {
    const data::Column* column = samples.table.find(name);
    if (column == nullptr || column->type != data::ColumnType::kNumber ||
        !std::isfinite(column->numbers[row])) {
      throw Error(ExitStatus::kInput,
                  samples.where(row) + ": the state has no number '" + name + "'");
    }
    state.push_back(column->numbers[row]);
  }
  return state;
}

training::Outputs play(const std::string& world, const data::Samples& samples,
                       const std::vector<std::int64_t>& rows, const ChooseActions& choose) {
  training::Outputs returns{static_cast<std::int64_t>(rows.size()), 1,
                            std::vector<float>(rows.size(), 0.0f)};
  std::vector<std::unique_ptr<World>> worlds;
  for (const auto row : rows) {
    worlds.push_back(make_world(world));
    worlds.back()->start(start_of(*worlds.back(), samples, row));
  }
  std::vector<std::size_t> running(rows.size());
  std::iota(running.begin(), running.end(), std::size_t{0});
  while (!running.empty()) {
    std::vector<float> states;
    for (const auto i : running) {
      states.insert(states.end(), worlds[i]->state().begin(), worlds[i]->state().end());
    }
    const auto actions = choose(states, static_cast<std::int64_t>(running.size()));
    std::vector<std::size_t> left;
    for (std::size_t place = 0; place < running.size(); ++place) {
      const WorldStep step = worlds[running[place]]->step(actions[place]);
      returns.values[running[place]] += static_cast<float>(step.reward);
      if (!step.ended && !step.cut) left.push_back(running[place]);
    }
    running = std::move(left);
  }
  return returns;
}

training::Outputs play_at_random(const std::string& world, const data::Samples& samples,
                                 const std::vector<std::int64_t>& rows) {
  training::Outputs returns{static_cast<std::int64_t>(rows.size()), 1, {}};
  for (const auto row : rows) {
    const auto played = make_world(world);
    const auto start = start_of(*played, samples, row);
    played->start(start);
    Rng rng(hash64(start.data(), start.size() * sizeof(double)), "random actions");
    const auto actions = static_cast<std::uint64_t>(played->actions().size());
    double sum = 0;
    for (bool running = true; running;) {
      const WorldStep step = played->step(static_cast<std::int64_t>(rng.below(actions)));
      sum += step.reward;
      running = !step.ended && !step.cut;
    }
    returns.values.push_back(static_cast<float>(sum));
  }
  return returns;
}

}  // namespace dlwork::task
