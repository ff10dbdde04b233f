#include "phase/readiness/shortcuts.h"

#include <algorithm>

#include "dlwork/base/text.h"
#include "phase/measuring.h"
#include "phase/readiness/features.h"

namespace dlwork::phase {
namespace {

using artefact::Severity;

/// Samples of a class below which weights of a like network are worth more than a new start.
constexpr double kEnoughPerClass = 1000;
/// Samples for each input below which inputs are worth leaving out.
constexpr double kSamplesPerInput = 10;
constexpr std::int64_t kLargeSide = 64;

struct Shortcut {
  std::string name;
  std::string why;
  double gain = 0;  ///< how much it promises, 0 to 1; ranks them
};

/// What a finding of the audit is worth as a shortcut.
struct Lesson {
  const char* finding;
  const char* name;
  double gain;
};
constexpr Lesson kLessons[] = {
    {"label-noise", "cleaner labels: correct the doubtful ones that the audit lists", 0.7},
    {"class-too-few", "a simpler target: merge or leave out the rare classes first", 0.7},
    {"duplicate-exact", "less data: take the repeats out", 0.3},
    {"dimension-compress", "fewer inputs: data.reduce: {method: pca, keep: 0.95}", 0.6},
    {"column-redundant", "fewer inputs: leave out columns that say the same", 0.3},
    {"picture-grey", "fewer inputs: read grey pictures as one channel", 0.5},
    {"train-size-curve", "more data: the learning curve has not levelled out", 0.4},
};

void from_audit(const Context& context, std::vector<Shortcut>& shortcuts) {
  const auto audit = context.workspace.latest("audit");
  if (!audit) return;
  for (const Lesson& lesson : kLessons) {
    const auto found = std::find_if(
        audit->findings.begin(), audit->findings.end(),
        [&](const artefact::Finding& finding) { return finding.id == lesson.finding; });
    if (found == audit->findings.end()) continue;
    const double more = found->severity == Severity::kError  ? 0.2
                        : found->severity == Severity::kWarn ? 0.1
                                                             : 0;
    shortcuts.push_back({lesson.name, "audit: " + found->message, lesson.gain + more});
  }
}

void from_contest(const Context& context, const Contest& contest,
                  std::vector<Shortcut>& shortcuts) {
  const Contestant* best = contest.best(context);
  const auto& target = context.project.goal.target;
  if (best == nullptr || !target || better_by(context, best->metric.value, *target) < 0) return;
  // As in the verdict, the folds' figure must not speak against it.
  if (best->out_of_fold && better_by(context, best->out_of_fold->value, *target) < 0) return;
  shortcuts.push_back(
      {"no network: " + best->name,
       "it reaches " + metric_text(best->metric) + ", the goal is " + pretty_number(*target), 1});
}

void from_sizes(Context& context, std::vector<Shortcut>& shortcuts) {
  const data::Samples& samples = context.dataset().samples;
  const auto count = static_cast<double>(context.population(data::Part::kTrain));
  const auto inputs = static_cast<double>(classical::count_features(samples));
  if (samples.kind == data::Kind::kTable && count < kSamplesPerInput * inputs) {
    shortcuts.push_back({"fewer inputs: leave columns out, or data.reduce: {method: pca}",
                         pretty_number(count / std::max(1.0, inputs), 2) +
                             " training samples for each of " + pretty_number(inputs) + " inputs",
                         0.6});
  }
  if (samples.kind != data::Kind::kImage) return;
  const double per_class =
      count / static_cast<double>(std::max<std::size_t>(1, samples.target.classes.size()));
  if (samples.target.given() && samples.target.is_class && per_class < kEnoughPerClass) {
    shortcuts.push_back({"transfer: begin with the weights of a network for like pictures",
                         "about " + pretty_number(per_class, 3) + " training pictures of a class",
                         0.9 - 0.5 * per_class / kEnoughPerClass});
  }
  const auto side = std::max(samples.pictures.height, samples.pictures.width);
  if (side > kLargeSide) {
    shortcuts.push_back({"smaller pictures: data.picture_size: [" +
                             std::to_string(samples.pictures.height / 2) + ", " +
                             std::to_string(samples.pictures.width / 2) + "]",
                         "they are " + std::to_string(samples.pictures.width) + " x " +
                             std::to_string(samples.pictures.height) +
                             ", and half the side trains in a quarter of the time",
                         0.5});
  }
}

}  // namespace

artefact::Table shortcut_table(Context& context, const Contest& contest) {
  std::vector<Shortcut> shortcuts;
  from_contest(context, contest, shortcuts);
  from_sizes(context, shortcuts);
  from_audit(context, shortcuts);
  std::stable_sort(shortcuts.begin(), shortcuts.end(),
                   [](const Shortcut& a, const Shortcut& b) { return a.gain > b.gain; });
  artefact::Table table{
      "shortcuts", "Shortcuts, the likeliest first", {"shortcut", "why"}, {false, false}, {}, ""};
  for (const Shortcut& shortcut : shortcuts) table.rows.push_back({shortcut.name, shortcut.why});
  if (!context.workspace.latest("audit")) {
    table.note = "run again after dlwork audit, which tells more of the data";
  }
  return table;
}

}  // namespace dlwork::phase
