#include "phase/readiness/evidence.h"

#include <algorithm>
#include <functional>

#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"
#include "phase/measuring.h"
#include "phase/readiness/questions.h"
#include "phase/readiness/verdict.h"

namespace dlwork::phase {
namespace {

using artefact::PhaseResult;

/// Messages of one kind of finding that a cell shows.
constexpr std::size_t kMessagesShown = 2;
constexpr std::size_t kFilesShown = 3;

/// What the evidence is taken from.
struct Known {
  Context& context;
  const Contest& contest;
  const Ceilings& ceilings;
  const PhaseResult& result;
  std::optional<PhaseResult> audit;

  const spec::Project& project() const { return context.project; }
  const data::Samples& samples() const { return context.dataset().samples; }
  std::int64_t size_of(data::Part part) const { return context.population(part); }
  /// The words where the samples at hand were drawn from more, else "".
  std::string if_drawn(const char* words) const { return context.survey ? words : ""; }
};

using Facts = std::vector<std::string>;

void add_if(Facts& facts, const std::string& fact) {
  if (!fact.empty()) facts.push_back(fact);
}

/// What the newest audit says under these ids, the gravest first.
void add_findings(const Known& known, const std::vector<std::string>& ids, Facts& facts) {
  if (!known.audit) return;
  std::vector<const artefact::Finding*> found;
  for (const artefact::Finding& finding : known.audit->findings) {
    if (std::find(ids.begin(), ids.end(), finding.id) != ids.end()) found.push_back(&finding);
  }
  std::stable_sort(found.begin(), found.end(), [](const auto* a, const auto* b) {
    return static_cast<int>(a->severity) > static_cast<int>(b->severity);
  });
  for (std::size_t i = 0; i < std::min(found.size(), kMessagesShown); ++i) {
    facts.push_back("audit: " + found[i]->message);
  }
}

Facts of_need(const Known& known) {
  Facts facts;
  const Contestant* best = known.contest.best(known.context);
  if (best != nullptr) {
    facts.push_back(best->name + " reaches " + metric_text(best->metric) +
                    goal_text(known.context));
  }
  facts.push_back("the trivial predictor has " + metric_text(known.contest.trivial.metric));
  return facts;
}

Facts of_human_level(const Known& known) {
  Facts facts;
  const auto& goal = known.project().goal;
  if (goal.incumbent) facts.push_back("goal.incumbent is " + pretty_number(*goal.incumbent));
  if (known.ceilings.people) {
    facts.push_back("the people in audit.annotators agree with the label at " +
                    pretty_number(*known.ceilings.people));
  }
  return facts;
}

std::string balance_text(const Known& known) {
  const auto& rows = known.context.dataset().part(data::Part::kTrain);
  const auto counts = class_counts(known.samples().target, rows);
  if (counts.empty() || rows.empty()) return "";
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  const auto part = [&](auto count) {
    return known.samples().target.classes[static_cast<std::size_t>(count - counts.begin())] + " " +
           percent(static_cast<double>(*count) / static_cast<double>(rows.size()));
  };
  return "of the training samples " + known.if_drawn("drawn ") + "the commonest class is " +
         part(most) + ", the rarest " + part(least);
}

Facts of_errors(const Known& known) {
  Facts facts{"the goal's metric is " + known.context.metric()};
  const auto& costs = known.project().diagnose.costs;
  if (costs.missed != costs.false_alarm) {
    facts.push_back("diagnose.costs: missed " + pretty_number(costs.missed) + ", false alarm " +
                    pretty_number(costs.false_alarm));
  } else {
    facts.push_back("diagnose.costs holds all errors for equal");
  }
  return facts;
}

Facts of_deployment(const Known& known) {
  const auto estimate = known.result.values.find("estimate");
  if (estimate == known.result.values.end()) return {};
  return {
      "here the network trains on " +
          pretty_number(estimate->at("samples_per_second").get<double>(), 3) + " samples a second",
      "it takes " + pretty_bytes(static_cast<std::uint64_t>(estimate->at("bytes").get<double>())) +
          " while it trains"};
}

Facts of_source(const Known& known) {
  Facts facts;
  const auto& files = known.samples().files;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(files.size(), kFilesShown); ++i) {
    names.push_back(files[i].substr(files[i].rfind('/') + 1));
  }
  if (!names.empty()) {
    facts.push_back(grouped(static_cast<std::int64_t>(files.size())) +
                    (files.size() == 1 ? " file: " : " files: ") + join(names, ", ") +
                    (files.size() > names.size() ? ", ..." : ""));
  }
  add_findings(known, {"text-personal-data", "column-personal-data"}, facts);
  return facts;
}

Facts of_amount(const Known& known) {
  Facts facts{grouped(known.size_of(data::Part::kTrain)) + " samples to train, " +
              grouped(known.size_of(data::Part::kValidation)) + " to validate, " +
              grouped(known.size_of(data::Part::kTest)) + " to test"};
  add_findings(known, {"train-size-curve", "train-size-rule", "class-too-few"}, facts);
  return facts;
}

Facts of_confidence(const Known& known) {
  Facts facts;
  const Ceilings& ceilings = known.ceilings;
  if (ceilings.equal_inputs && *ceilings.equal_inputs < 1) {
    facts.push_back("equal inputs with other labels leave " +
                    pretty_number(*ceilings.equal_inputs, 4) + " reachable");
  }
  if (ceilings.noise.deviation > 0) {
    facts.push_back("targets of equal inputs differ by a standard deviation of " +
                    pretty_number(ceilings.noise.deviation) + " (" +
                    grouped(ceilings.noise.freedom) + " repeats)");
  }
  if (ceilings.doubtful_labels) {
    facts.push_back("out of fold, " + ceilings.judge + " doubts " +
                    pretty_number(100 * (1 - *ceilings.doubtful_labels), 2) + " % of the labels");
  }
  add_findings(known, {"label-agreement", "label-noise", "label-noise-regression"}, facts);
  return facts;
}

Facts of_coverage(const Known& known) {
  Facts facts{"the split is " + known.context.dataset().split +
              known.if_drawn(" of the rows drawn")};
  add_findings(known,
               {"leak-group-gap", "leak-time-gap", "leak-adversarial", "prior-shift-split",
                "space-range-coverage", "space-pair-coverage", "space-hole", "subgroup-small",
                "drift-feature-split"},
               facts);
  return facts;
}

Facts of_balance(const Known& known) {
  Facts facts;
  add_if(facts, balance_text(known));
  if (!known.project().data.expect.balance.empty()) facts.push_back("data.expect.balance is set");
  add_findings(known, {"class-imbalance", "prior-shift-declared"}, facts);
  return facts;
}

Facts of_easier_version(const Known& known) {
  Facts facts;
  const auto classes = known.samples().target.classes.size();
  if (classes > 2) facts.push_back("fewer than the " + std::to_string(classes) + " classes");
  const Contestant* best = known.contest.best(known.context);
  if (best != nullptr &&
      better_by(known.context, best->metric.value, known.contest.trivial.metric.value) > 0) {
    facts.push_back(best->name + " already does better than the trivial predictor");
  }
  return facts;
}

Facts of_shortcut(const Known& known) {
  for (const artefact::Table& table : known.result.tables) {
    if (table.id == "shortcuts" && !table.rows.empty()) {
      return {"the likeliest here: " + table.rows.front()[0] + " (" + table.rows.front()[1] + ")"};
    }
  }
  return {};
}

Facts of_compute(const Known& known) {
  Facts facts{std::to_string(known.context.run.threads) + " threads, " +
              pretty_bytes(usable_memory_bytes()) + " of memory, " + known.context.run.device};
  const auto estimate = known.result.values.find("estimate");
  if (estimate != known.result.values.end()) {
    double seconds = 0;
    for (const auto& [phase, takes] : estimate->at("seconds").items())
      seconds += takes.get<double>();
    facts.push_back("the phases that train would take about " + pretty_duration(seconds));
  }
  const double budget = known.project().goal.budget.time.seconds;
  if (budget > 0) facts.push_back("goal.budget.time is " + pretty_duration(budget));
  return facts;
}

/// Where each question's evidence comes from.
struct EvidenceSource {
  const char* question;
  Facts (*facts)(const Known& known);
};
constexpr EvidenceSource kEvidenceSources[] = {
    {"why_network", of_need},      {"human_level", of_human_level},
    {"cost_of_errors", of_errors}, {"deployment", of_deployment},
    {"data_source", of_source},    {"data_amount", of_amount},
    {"confidence", of_confidence}, {"representative", of_coverage},
    {"class_balance", of_balance}, {"easier_version", of_easier_version},
    {"shortcut", of_shortcut},     {"compute", of_compute}};

std::string evidence_for(const Known& known, const std::string& question) {
  for (const EvidenceSource& source : kEvidenceSources) {
    if (question == source.question) return join(source.facts(known), "; ");
  }
  return "";
}

}  // namespace

void show_answers(Context& context, const Contest& contest, const Ceilings& ceilings,
                  PhaseResult& result) {
  const Known known{context, contest, ceilings, result, context.workspace.latest("audit")};
  artefact::Table table{
      "answers",
      "The method's questions",
      {"question", "answer", "what the program found"},
      {},
      {},
      known.audit ? "" : "dlwork audit finds more; run dlwork readiness after it"};
  Json all = Json::object();
  const auto& answers = context.project.readiness.answers;
  for (const Question& question : questions()) {
    const auto answer = answers.find(question.id);
    const bool answered = answer != answers.end() && !trim(answer->second).empty();
    const std::string evidence = evidence_for(known, question.id);
    table.rows.push_back({question.text, answered ? answer->second : "not answered",
                          evidence.empty() ? "-" : evidence});
    all[question.id] = {{"answer", answered ? Json(answer->second) : Json(nullptr)},
                        {"evidence", evidence}};
  }
  result.values["questions"] = std::move(all);
  result.tables.push_back(std::move(table));
}

}  // namespace dlwork::phase
