#include "cli/options.h"

#include <algorithm>

#include "cli/commands.h"
#include "dlwork/base/text.h"
#include "dlwork/phase/phase_info.h"

namespace dlwork::cli {
namespace {

constexpr std::string_view kProjectCommands =
    "phases run status report compare predict config clean completion";

/// Every task, parted by blanks.
constexpr std::string_view kTasks = std::string_view(
#define TASK(folder, name) " " name
#include "dlwork/spec/tasks.def"
#undef TASK
                                        )
                                        .substr(1);

const std::vector<OptionInfo> kOptions{
    {"project", 'p', "FILE", "Project file (default: project.yaml here or in a parent folder)",
     kProjectCommands, Completion::kFile},
    {"set", 0, "KEY=VALUE", "Set a key of the project file for this command; may be repeated",
     "phases run status report config init", Completion::kKeyPath, "", true},
    {"seed", 0, "N", "The same as --set seed=N", "phases run status report config"},
    {"device", 0, "NAME", "auto, cpu, cuda or cuda:N (default: auto)", "phases run predict",
     Completion::kWords, "auto cpu cuda cuda:*"},
    {"threads", 0, "N", "CPU threads (default: the CPUs this process may use)",
     "phases run predict"},
    {"processes", 0, "N",
     "Processes on this machine that train one network together; for tune and ensemble, that "
     "share out the trainings",
     "baseline tune ensemble"},
    {"timeout", 0, "TIME", "How long they wait for one another (default: 5min)",
     "baseline tune ensemble"},
    {"from", 0, "PHASE", "First phase to run", "run", Completion::kPhase},
    {"to", 0, "PHASE", "Last phase to run", "run", Completion::kPhase},
    {"ask", 0, "", "Ask on the terminal for what the goal and the method's questions still lack",
     "readiness"},
    {"choose", 0, "ID", "Write this analogy to the project file", "analogy"},
    {"fix", 0, "", "Write a mended copy of the data and the list of changes into the run folder",
     "audit"},
    {"fix-to", 0, "DIR", "The same into this folder", "audit", Completion::kFolder},
    {"against", 0, "FILE", "Compare new data with what the newest audit recorded", "audit",
     Completion::kFile},
    {"ablate", 0, "", "The same as --set diagnose.ablate=true", "diagnose"},
    {"input", 'i', "FILE", "Raw samples: a CSV or IDX file, a picture or a folder of pictures",
     "predict", Completion::kFile},
    {"output", 'o', "FILE", "Where the predictions go (default: -, standard output)", "predict",
     Completion::kFile},
    {"model", 0, "FILE", "A .safetensors model or an ensemble.json (default: the workspace's best)",
     "predict", Completion::kFile},
    {"format", 0, "NAME", "csv or jsonl (default: by the output's name)", "predict",
     Completion::kWords, "csv jsonl"},
    {"data", 0, "PATH", "The data: a CSV or IDX file, or a folder", "init", Completion::kFile},
    {"task", 0, "NAME", "What kind of thing is learned, as similarity (default: from the data)",
     "init", Completion::kWords, kTasks},
    {"target", 0, "COLUMN", "The column to be learned", "init"},
    {"name", 0, "NAME", "The project's name (default: the folder's)", "init"},
    {"template", 0, "NAME", "Start from this template (default: from the data)", "init"},
    {"list", 0, "", "List the templates", "init"},
    {"origin", 0, "", "Show where each value comes from", "config"},
    {"serve", 0, "", "Serve the report to this machine's browser and follow what runs", "report"},
    {"port", 0, "N", "Port of 127.0.0.1 to serve on; 0 for a free one (default: 8717)", "report"},
    {"keep", 0, "N", "Newest runs of each phase to keep (default: 1)", "clean"},
    {"force", 0, "", "Run what is up to date; for init, overwrite the project file",
     "phases run init"},
    {"resume", 0, "", "Go on with a run that was stopped", "phases run"},
    {"profile", 0, "", "Show where the time of training went, and leave a trace in the run folder",
     "phases run"},
    {"dry-run", 0, "", "Say what would be done and do nothing", "phases run clean"},
    {"fail-on", 0, "LEVEL", "Findings that fail a gate: warn or error (default: error)",
     "phases run", Completion::kWords, "warn error"},
    {"json", 0, "", "Print the result as one JSON document", "*"},
    {"junit", 0, "FILE", "Write the results as JUnit XML too", "phases run report",
     Completion::kFile},
    {"markdown", 0, "FILE", "Write the results as Markdown too (compare: - for standard output)",
     "phases run report compare", Completion::kFile},
    {"annotate", 0, "NAME", "Annotations on standard error: github (by itself in GitHub Actions)",
     "phases run", Completion::kWords, "github"},
    {"quiet", 'q', "", "Less: the result in short, no progress", "*"},
    {"verbose", 'v', "", "More: details and debugging messages", "*"},
    {"color", 0, "WHEN", "auto, always or never (default: auto)", "*", Completion::kWords,
     "auto always never"},
    {"version", 'V', "", "Print the version and leave", "*"},
    {"help", 'h', "", "Print help and leave", "*"},
};

CommandInfo phase_command(const phase::PhaseInfo& info) {
  const std::string name(info.name);
  CommandInfo command;
  command.name = name;
  command.summary = std::string(info.summary);
  command.details = "Phase " + std::to_string(info.number) +
                    " of the method. It answers: " + std::string(info.question) +
                    " Its gate passes on: " + std::string(info.gate) + ".";
  command.examples = {"dlwork " + name, "dlwork " + name + " -p other/project.yaml --json",
                      "dlwork " + name + " --set seed=2"};
  if (name == "analogy") {
    command.examples.push_back("dlwork analogy --choose tabular-classification");
  }
  if (name == "readiness") command.examples.push_back("dlwork readiness --ask");
  if (name == "audit") {
    command.examples.push_back("dlwork audit --fix-to cleaned");
    command.examples.push_back("dlwork audit --against tomorrow.csv");
  }
  if (name == "baseline") {
    command.details +=
        " With --processes, or started by torchrun, mpirun or srun, several processes train "
        "together: "
        "each takes training.batch_size samples of a step, so that N give what one gives with N "
        "times the batch.";
    command.examples.push_back("dlwork baseline --processes 2");
    command.examples.push_back("torchrun --nproc-per-node 2 --no-python dlwork baseline");
  }
  if (name == "tune") {
    command.details +=
        " With --processes, or started by torchrun, mpirun or srun, several processes share out "
        "the trials, and each trains by itself: as many times faster as there are CPUs for them.";
    command.examples.push_back("dlwork tune --processes 2");
  }
  if (name == "ensemble") {
    command.details +=
        " With --processes, or started by torchrun, mpirun or srun, several processes share out "
        "the members, and each trains by itself. In one process, members with planned kernels "
        "train side by side already.";
    command.examples.push_back("dlwork ensemble --processes 2");
  }
  command.run = run_phase_command;
  return command;
}

CommandInfo init_info() {
  return {"init",
          "Look at the data and write a commented project file",
          "[DIR]",
          0,
          1,
          Completion::kFolder,
          "",
          "DIR is where project.yaml goes (default: here). What the data do not tell is asked for "
          "on a terminal. An existing project file is never overwritten without --force.",
          {"dlwork init --data measurements.csv --target yield",
           "dlwork init faces --data photos --task similarity",
           "dlwork init garments --data /usr/share/datasets/fashion-mnist", "dlwork init --list"},
          init_command};
}

CommandInfo compare_info() {
  return {"compare",
          "Differences of settings and figures between runs",
          "RUN RUN...",
          2,
          kMany,
          Completion::kRun,
          "",
          "A run is named by its id, an unambiguous beginning of it, phase/latest, or its folder.",
          {"dlwork compare baseline/latest tune/latest",
           "dlwork compare 20261123-2114 20261124-0901 --markdown -"},
          compare_command};
}

CommandInfo predict_info() {
  return {"predict",
          "Predict raw samples with a trained network",
          "",
          0,
          0,
          Completion::kNothing,
          "",
          "One line a sample: where it comes from, the prediction, the probabilities.",
          {"dlwork predict --input new.csv --output predictions.csv",
           "dlwork predict --input pictures/ --format jsonl > predictions.jsonl",
           "dlwork predict --model ensemble.json --input new.csv --output -"},
          predict_command};
}

std::vector<CommandInfo> later_commands() {
  std::vector<CommandInfo> list;
  list.push_back({"run",
                  "Run all phases that are not up to date",
                  "",
                  0,
                  0,
                  Completion::kNothing,
                  "",
                  "Phases run in the method's order until a gate fails. A phase whose inputs have "
                  "not changed is not run again, unless --force is given.",
                  {"dlwork run", "dlwork run --from baseline --to tune", "dlwork run --dry-run",
                   "dlwork run --fail-on warn --junit results.xml --markdown summary.md"},
                  run_all_command});
  list.push_back({"status",
                  "Where each phase stands, and the next step",
                  "",
                  0,
                  0,
                  Completion::kNothing,
                  "",
                  "",
                  {"dlwork status", "dlwork status --json"},
                  status_command});
  list.push_back({"report",
                  "Write the HTML report and print where it is",
                  "",
                  0,
                  0,
                  Completion::kNothing,
                  "",
                  "The page is one file that needs no network. With --serve it is also served to "
                  "this machine alone, on 127.0.0.1, where it follows a training epoch by epoch.",
                  {"dlwork report", "dlwork report --markdown summary.md", "dlwork report --serve"},
                  report_command});
  list.push_back(compare_info());
  list.push_back(predict_info());
  list.push_back({"config",
                  "Print the resolved project file",
                  "",
                  0,
                  0,
                  Completion::kNothing,
                  "",
                  "Default < analogy < project file < --set. What it prints is itself a project "
                  "file.",
                  {"dlwork config", "dlwork config --origin --set training.epochs=3"},
                  config_command});
  list.push_back({"explain",
                  "What a finding means and what to do about it",
                  "[ID]",
                  0,
                  1,
                  Completion::kFinding,
                  "",
                  "Without an ID it lists every finding.",
                  {"dlwork explain goal-missing", "dlwork explain"},
                  explain_command});
  list.push_back({"schema",
                  "Print the JSON Schema of the project file",
                  "",
                  0,
                  0,
                  Completion::kNothing,
                  "",
                  "",
                  {"dlwork schema > project.schema.json"},
                  schema_command});
  list.push_back({"doctor",
                  "Look at the machine and say what is wrong with it",
                  "",
                  0,
                  0,
                  Completion::kNothing,
                  "",
                  "",
                  {"dlwork doctor", "dlwork doctor --json"},
                  doctor_command});
  list.push_back(
      {"clean",
       "Remove old runs and cached data",
       "",
       0,
       0,
       Completion::kNothing,
       "",
       "The newest runs of each phase stay, and the one that its state rests on. Cached data are "
       "made again when they are needed.",
       {"dlwork clean --dry-run", "dlwork clean --keep 3"},
       clean_command});
  list.push_back({"completion",
                  "Print a shell's completion script",
                  "SHELL",
                  1,
                  1,
                  Completion::kWords,
                  "bash zsh fish runs",
                  "`completion runs` lists the ids of this project's runs; the scripts call it.",
                  {"source <(dlwork completion bash)", "dlwork completion zsh > ~/.zfunc/_dlwork",
                   "dlwork completion fish > ~/.config/fish/completions/dlwork.fish"},
                  completion_command});
  list.push_back({"help",
                  "Help on the program or on a command",
                  "[COMMAND]",
                  0,
                  1,
                  Completion::kWords,
                  "",
                  "",
                  {"dlwork help", "dlwork help run"},
                  help_command});
  return list;
}

std::vector<CommandInfo> make_commands() {
  std::vector<CommandInfo> list{init_info()};
  for (const phase::PhaseInfo& info : phase::phases()) list.push_back(phase_command(info));
  for (CommandInfo& command : later_commands()) list.push_back(std::move(command));
  std::vector<std::string> names;
  for (const CommandInfo& command : list) names.push_back(command.name);
  list.back().words = join(names, " ");
  return list;
}

}  // namespace

bool OptionInfo::applies_to(std::string_view command) const {
  if (commands == "*") return true;
  for (const std::string& word : words_of(commands)) {
    if (word == command || (word == "phases" && is_phase(command))) return true;
  }
  return false;
}

const std::vector<OptionInfo>& options() { return kOptions; }

const OptionInfo* find_option(std::string_view name) {
  const auto found = std::find_if(kOptions.begin(), kOptions.end(),
                                  [&](const OptionInfo& info) { return info.name == name; });
  return found == kOptions.end() ? nullptr : &*found;
}

const std::vector<CommandInfo>& commands() {
  static const std::vector<CommandInfo> all = make_commands();
  return all;
}

const CommandInfo* find_command(std::string_view name) {
  const auto& all = commands();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const CommandInfo& info) { return info.name == name; });
  return found == all.end() ? nullptr : &*found;
}

bool is_phase(std::string_view name) {
  const auto& all = phase::phases();
  return std::any_of(all.begin(), all.end(),
                     [&](const phase::PhaseInfo& info) { return info.name == name; });
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  if (text.empty()) return words;
  for (std::string& word : split(text, ' ')) words.push_back(std::move(word));
  return words;
}

}  // namespace dlwork::cli
