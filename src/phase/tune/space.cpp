#include "phase/tune/space.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/rng.h"
#include "dlwork/base/text.h"

namespace dlwork::phase {
namespace {

/// Values of a range that one-at-a-time tries.
constexpr int kGridPoints = 3;

/// The value at `share` (0 to 1) of a range.
std::string value_at(const spec::Dimension& dimension, double share) {
  double low = *dimension.low, high = *dimension.high;
  double value = dimension.log ? std::exp(std::log(low) + share * (std::log(high) - std::log(low)))
                               : low + share * (high - low);
  if (dimension.integer) return number_text(std::clamp(std::round(value), low, high));
  // Four digits are enough for a setting and keep the record readable.
  const double unit = std::pow(10.0, std::floor(std::log10(std::abs(value) + 1e-300)) - 3);
  return number_text(std::clamp(std::round(value / unit) * unit, low, high));
}

std::string draw(const spec::Dimension& dimension, Rng& rng) {
  if (!dimension.choices.empty())
    return dimension.choices[rng.below(dimension.choices.size())].scalar;
  return value_at(dimension, rng.uniform());
}

std::vector<Settings> random_trials(const spec::Project& project, std::int64_t count) {
  std::vector<Settings> trials;
  for (std::int64_t number = 1; number < count; ++number) {
    Rng rng(derive_seed(project.seed, "trial " + std::to_string(number)), "settings");
    Settings settings;
    for (const auto& [path, dimension] : project.tune.space) settings[path] = draw(dimension, rng);
    trials.push_back(std::move(settings));
  }
  return trials;
}

std::vector<Settings> one_at_a_time(const spec::Project& project, std::int64_t count) {
  std::vector<Settings> trials;
  for (const auto& [path, dimension] : project.tune.space) {
    if (!dimension.choices.empty()) {
      for (const Node& choice : dimension.choices) trials.push_back({{path, choice.scalar}});
    } else {
      for (int point = 0; point < kGridPoints; ++point) {
        trials.push_back({{path, value_at(dimension, point / (kGridPoints - 1.0))}});
      }
    }
  }
  if (static_cast<std::int64_t>(trials.size()) > count - 1) trials.resize(count - 1);
  return trials;
}

}  // namespace

std::string settings_text(const Settings& settings) {
  if (settings.empty()) return "as the project says";
  std::vector<std::string> parts;
  for (const auto& [path, value] : settings) parts.push_back(path + " " + value);
  return join(parts, ", ");
}

Json to_json(const Settings& settings) {
  Json json = Json::object();
  for (const auto& [path, value] : settings) json[path] = value;
  return json;
}

Settings settings_from_json(const Json& json) {
  Settings settings;
  for (const auto& [path, value] : json.items()) settings[path] = value.get<std::string>();
  return settings;
}

spec::Project with_settings(const spec::Project& project, const Settings& settings) {
  spec::Project changed = project;
  for (const auto& [path, value] : settings) {
    Node node;
    node.kind = Node::Kind::kScalar;
    node.scalar = value;
    const auto dimension = project.tune.space.find(path);
    if (dimension != project.tune.space.end()) node.at = dimension->second.at;
    changed = spec::with_override(changed, path, node);
  }
  return changed;
}

std::vector<Settings> plan_trials(const spec::Project& project, std::int64_t count) {
  if (project.tune.space.empty()) {
    throw Error(ExitStatus::kUsage,
                Diagnostic{{project.file, 0, 0},
                           "tune.space",
                           "is empty: nothing to search",
                           "name keys and their values, as training.learning_rate: {low: 1e-4, "
                           "high: 1e-2, log: true}"});
  }
  std::vector<Settings> trials{{}};
  const auto more = project.tune.method == "random" ? random_trials(project, count)
                                                    : one_at_a_time(project, count);
  trials.insert(trials.end(), more.begin(), more.end());
  return trials;
}

}  // namespace dlwork::phase
