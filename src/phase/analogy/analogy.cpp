#include <algorithm>

#include "dlwork/base/text.h"
#include "dlwork/data/resolve.h"
#include "phase/analogy/choose.h"
#include "phase/measuring.h"

namespace dlwork::phase {

using artefact::PhaseResult;
using artefact::Severity;

namespace {

data::Kind kind_of(const Context& context) {
  return data::feature_kind(context.project, context.loaded ? context.loaded->samples.kind
                                                            : data::probe(context.project).kind);
}

artefact::Table ranking_table(const std::vector<spec::RankedAnalogy>& ranking,
                              const std::string& kind, const std::string& task) {
  artefact::Table table{"ranking",
                        "Solved problems, nearest first",
                        {"analogy", "nearness", "why", "can be chosen"},
                        {false, true, false, false},
                        {},
                        ""};
  for (const auto& ranked : ranking) {
    const std::string unfit = why_unfit(*ranked.analogy, kind, task);
    table.rows.push_back({ranked.analogy->id, pretty_number(ranked.score, 3),
                          join(ranked.why, "; "), unfit.empty() ? "yes" : "no: " + unfit});
  }
  return table;
}

void describe_choice(const Context& context, const spec::Analogy& analogy, PhaseResult& result) {
  artefact::Table takes{"takes", "What is taken over from " + analogy.id, {"what", "why"}, {}, {},
                        ""};
  for (const auto& [what, why] : analogy.takes) takes.rows.push_back({what, why});
  takes.note = analogy.title + ". " + analogy.summary + " Source: " + analogy.source + ".";
  if (!analogy.expected.empty()) takes.note += " Others reached: " + analogy.expected + ".";
  result.tables.push_back(std::move(takes));

  artefact::Table keys{
      "defaults", "What it lays under the project file", {"key", "value", "in force from"}, {}, {},
      ""};
  for (const LaidKey& key : laid_keys(analogy)) {
    const auto origin = context.project.origins.find(key.path);
    keys.rows.push_back(
        {key.path, key.value, origin == context.project.origins.end() ? "" : origin->second});
  }
  keys.note = "a key of the project file goes before the analogy's";
  result.tables.push_back(std::move(keys));
}

/// The entry that is used: the asked-for, the one written down, or the nearest that can be run.
struct Choice {
  const spec::Analogy* analogy = nullptr;
  bool asked = false;
};

Choice choose(const Context& context, const std::vector<spec::RankedAnalogy>& ranking,
              const std::string& kind) {
  if (!context.choose.empty()) return {&find_analogy(spec::analogies(), context.choose), true};
  if (!context.project.analogy.empty()) {
    return {&find_analogy(spec::analogies(), context.project.analogy), false};
  }
  for (const auto& ranked : ranking) {
    if (why_unfit(*ranked.analogy, kind, context.task.name()).empty())
      return {ranked.analogy, false};
  }
  return {};
}

void judge(const Context& context, const Choice& choice, const std::string& kind,
           PhaseResult& result) {
  const std::string task = context.task.name();
  if (choice.analogy == nullptr) {
    result.findings.push_back(artefact::make_finding(
        "analogy-none-fits", Severity::kError,
        "the catalogue has nothing that can be run for " + task + " of " + kind + " data",
        {{"kind", kind}, {"task", task}}));
    return;
  }
  const std::string& id = choice.analogy->id;
  const std::string unfit = why_unfit(*choice.analogy, kind, task);
  if (!unfit.empty()) {
    result.findings.push_back(artefact::make_finding("analogy-unfit", Severity::kError,
                                                     id + " cannot be chosen: " + unfit,
                                                     {{"analogy", id}, {"why", unfit}}));
  } else if (choice.asked) {
    write_choice(context.project.file, id);
    result.findings.push_back(artefact::make_finding(
        "analogy-written", Severity::kInfo, "analogy: " + id + " is now in the project file",
        {{"analogy", id}}));
  } else if (!context.analogy_chosen) {
    auto finding = artefact::make_finding(
        "analogy-not-chosen", Severity::kWarn,
        "the nearest analogy, " + id + ", is used without being written down", {{"analogy", id}});
    finding.advice = "Read what is taken over, then run dlwork analogy --choose " + id + ".";
    finding.key = "analogy";
    finding.at.file = context.project.file;
    result.findings.push_back(std::move(finding));
  }
}

}  // namespace

PhaseResult run_analogy(Context& context) {
  const std::string kind = data::to_string(kind_of(context));
  const auto ranking =
      spec::rank_analogies(spec::analogies(), kind, context.task.name(), context.project.question);
  PhaseResult result;
  result.tables.push_back(ranking_table(ranking, kind, context.task.name()));
  const Choice choice = choose(context, ranking, kind);
  judge(context, choice, kind, result);
  result.next = {"dlwork test", "test the network before it is trained"};
  if (choice.analogy == nullptr) {
    result.headline = "no analogy fits";
    result.next = {"dlwork analogy", "describe model.layers in the project file yourself"};
    return result;
  }
  describe_choice(context, *choice.analogy, result);
  result.values = {{"analogy", choice.analogy->id}};
  result.headline = choice.analogy->id + ": " + choice.analogy->title;
  return result;
}

}  // namespace dlwork::phase
