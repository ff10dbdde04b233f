#include "spec/fields.h"

namespace dlwork::spec {

void describe(Budget& budget, Fields& f) {
  f.add("time", budget.time, "Wall time for tuning; 0 sets no limit.").unit("time");
  f.add("trials", budget.trials, "Trials of tuning; 0 sets no limit.").unit("trials").at_least(0);
}

void describe(Goal& goal, Fields& f) {
  f.add("metric", goal.metric,
        "What success is measured by, as accuracy or rmse; empty: the task's default.");
  f.add("target", goal.target, "The figure that counts as success.");
  f.add("incumbent", goal.incumbent, "What is reached today, by a person or a program.");
  f.group("budget", goal.budget, "What reaching the goal may cost.");
}

void describe(Readiness& readiness, Fields& f) {
  f.add("answers", readiness.answers,
        "Your answers to the questions of the readiness phase, by id.");
  f.add("time", readiness.time, "For all classical models together.").unit("time");
  f.add("rows", readiness.rows, "Most training rows that a classical model sees.")
      .unit("rows")
      .at_least(10);
  f.add("folds", readiness.folds,
        "Folds of the training part by which the models' settings are chosen, as far as time "
        "allows; 0: by a tenth of it kept back.")
      .at_least(0)
      .at_most(20);
}

void describe(Project& project, Fields& f) {
  f.add("dlwork", project.dlwork, "Version of this file's format.").at_least(1).at_most(1);
  f.add("name", project.name, "Short name, for reports.");
  f.add("question", project.question,
        "What is to be learned, in a sentence; its words help to find an analogy.");
  f.add("seed", project.seed, "Seed of every random choice.").at_least(0);
  f.group("goal", project.goal, "Success as a number.");
  f.group("readiness", project.readiness, "Is deep learning needed?");
  f.group("data", project.data, "Where the data are and what they mean.");
  f.add("task", project.task, "What kind of thing is learned; empty: told from the data.")
      .one_of({
          "",
#define TASK(folder, name) name,
#include "dlwork/spec/tasks.def"
#undef TASK
      });
  f.add("analogy", project.analogy,
        "Id of the solved problem to start from; empty: the best ranked of `dlwork analogy`.");
  f.group("model", project.model, "The network.");
  f.group("training", project.training, "How the network is trained.");
  f.group("audit", project.audit, "How the data are checked.");
  f.group("test", project.test, "Thresholds of the network's unit tests.");
  f.group("baseline", project.baseline, "The smallest sensible network.");
  f.group("diagnose", project.diagnose, "Where the error comes from.");
  f.group("tune", project.tune, "Search for better settings.");
  f.group("ensemble", project.ensemble, "Several networks together.");
  f.add("accept", project.accept, "Findings that are known and accepted for a while.");
}

}  // namespace dlwork::spec
