#include "cli/commands.h"
#include "cli/session.h"
#include "dlwork/base/files.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"
#include "dlwork/base/version.h"

namespace dlwork::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kReferenceBlasBelow = 20;  // GFLOP/s of a large float32 product
constexpr std::uint64_t kLeastMemory = 4ull << 30;
constexpr std::uint64_t kLeastDisk = 2ull << 30;

struct Problem {
  bool is_error = false;
  std::string what;
  std::string mend;
};

Json machine_facts(const Session& session) {
  const std::string project = session.find_project_file();
  const fs::path folder =
      project.empty() ? fs::current_path() : fs::absolute(project).parent_path();
  return {{"dlwork", version()},
          {"commit", git_commit()},
          {"system", os_name()},
          {"cpu", cpu_model()},
          {"cpus", usable_cpus()},
          {"memory_bytes", usable_memory_bytes()},
          {"disk_free_bytes", free_bytes(folder)},
          {"folder", folder.lexically_normal().string()}};
}

void check_machine(const Json& facts, std::vector<Problem>& problems) {
  const auto memory = facts.at("memory_bytes").get<std::uint64_t>();
  if (memory < kLeastMemory) {
    problems.push_back({false, "only " + pretty_bytes(memory) + " of memory may be used",
                        "raise the limit, or lower training.batch_size and baseline.subset"});
  }
  const auto disk = facts.at("disk_free_bytes").get<std::uint64_t>();
  if (disk < kLeastDisk) {
    problems.push_back(
        {false,
         "only " + pretty_bytes(disk) + " are free in " + facts.at("folder").get<std::string>(),
         "free some space; `dlwork clean` removes old runs"});
  }
}

void check_engine(const Json& engine, std::vector<Problem>& problems) {
  const auto gflops = engine.find("gemm_gflops");
  if (gflops != engine.end() && gflops->is_number() &&
      gflops->get<double>() < kReferenceBlasBelow) {
    problems.push_back({false,
                        "matrix products run at " + pretty_number(gflops->get<double>(), 3) +
                            " GFLOP/s: LibTorch seems to use the reference BLAS",
                        "install a fast one: apt install libopenblas0-openmp"});
  }
}

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return pretty_number(value.get<double>(), 3);
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (!value.is_array()) return json_text(value);
  std::vector<std::string> parts;
  for (const Json& item : value) parts.push_back(text_of(item));
  return join_words(parts);
}

void add_rows(const Json& facts, artefact::Table& table) {
  for (const auto& [key, value] : facts.items()) {
    const bool bytes = key.ends_with("_bytes");
    std::string name = bytes ? key.substr(0, key.size() - 6) : key;
    for (char& c : name) c = c == '_' ? ' ' : c;
    table.rows.push_back({name, bytes ? pretty_bytes(value.get<std::uint64_t>()) : text_of(value)});
  }
}

void print_text(Session& session, const Json& document, const std::vector<Problem>& problems) {
  artefact::Table table;
  table.id = "doctor";
  table.title = "This machine";
  table.columns = {"what", "found"};
  add_rows(document.at("machine"), table);
  if (document.at("engine").is_object()) add_rows(document.at("engine"), table);
  session.out() << report::table_text(table, session.terminal());
  if (problems.empty()) session.out() << "Nothing is wrong.\n";
  for (const Problem& problem : problems) {
    session.out() << (problem.is_error ? "ERROR: " : "WARN: ") << problem.what
                  << "\n  to mend it: " << problem.mend << '\n';
  }
}

}  // namespace

ExitStatus doctor_command(Session& session) {
  std::vector<Problem> problems;
  Json document = {{"schema", "dlwork/doctor/1"}, {"machine", machine_facts(session)}};
  document["engine"] = nullptr;
  check_machine(document["machine"], problems);
  try {
    document["engine"] = session.engine().describe(phase::Engine::Measure::kYes);
    check_engine(document["engine"], problems);
  } catch (const Error& error) {
    // A sick engine is what a doctor is called for: a finding, not the end.
    for (const Diagnostic& diagnostic : error.diagnostics()) {
      problems.push_back({true, diagnostic.message, diagnostic.hint});
    }
  }
  document["problems"] = Json::array();
  bool has_error = false;
  for (const Problem& problem : problems) {
    has_error = has_error || problem.is_error;
    document["problems"].push_back({{"severity", problem.is_error ? "error" : "warn"},
                                    {"message", problem.what},
                                    {"advice", problem.mend}});
  }
  if (session.json()) {
    session.print(document);
  } else {
    print_text(session, document, problems);
  }
  return has_error ? ExitStatus::kRuntime : ExitStatus::kOk;
}

}  // namespace dlwork::cli
