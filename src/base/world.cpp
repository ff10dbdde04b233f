#include "dlwork/base/world.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "dlwork/base/error.h"
#include "dlwork/base/hash.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"

namespace dlwork {
namespace {

constexpr int kUsualPort = 29500;  // torchrun's
/// Ports that a job's name is turned into: below those that Linux hands out by itself.
constexpr int kFirstPort = 20000, kPorts = 12000;

/// Reads one launcher's variables.
class Variables {
 public:
  Variables(const Environment& environment, std::string launcher)
      : environment_(environment), launcher_(std::move(launcher)) {}

  std::string text(const std::string& name) const { return environment_(name).value_or(""); }

  int number(const std::string& name, int least, int most) const {
    const std::string value = text(name);
    const auto number = parse_integer(value);
    if (number && *number >= least && *number <= most) return static_cast<int>(*number);
    throw Error(ExitStatus::kUsage, launcher_ + " set " + name + " to '" + value +
                                        "', which is no whole number from " +
                                        std::to_string(least) + " to " + std::to_string(most));
  }
  int number(const std::string& name, int least, int most, int otherwise) const {
    return text(name).empty() ? otherwise : number(name, least, most);
  }

 private:
  const Environment& environment_;
  std::string launcher_;
};

constexpr int kMostProcesses = 1 << 16;
constexpr int kLastPort = 65535;

struct Names {
  const char *launcher, *rank, *size, *local_rank, *local_size;
};
constexpr Names kLaunchers[] = {
    {"--processes", "DLWORK_RANK", "DLWORK_WORLD_SIZE", "DLWORK_RANK", "DLWORK_WORLD_SIZE"},
    {"torchrun", "RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"},
    {"mpirun", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK",
     "OMPI_COMM_WORLD_LOCAL_SIZE"},
    // Those of a step alone: in a batch script SLURM_NTASKS tells of processes that nobody started.
    {"srun", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID", ""}};

/// "2(x3),1" -> 2: tasks on the first machine. All that is needed of it is how many share the
/// cores.
int tasks_on_first_node(const std::string& list) {
  const auto number = parse_integer(list.substr(0, list.find_first_of("(,")));
  return number && *number > 0 ? static_cast<int>(*number) : 1;
}

int port_of(const std::string& job) {
  if (job.empty()) return kUsualPort;
  std::uint64_t sum = 0;
  for (const char c : hash_text(job)) sum = sum * 31 + static_cast<unsigned char>(c);
  return kFirstPort + static_cast<int>(sum % kPorts);
}

void find_address(World& world, const Variables& variables) {
  world.address = variables.text("MASTER_ADDR");
  std::string job;
  if (world.launcher == "torchrun") {
    world.hosted = variables.text("TORCHELASTIC_USE_AGENT_STORE") == "True";
    world.attempt = variables.text("TORCHELASTIC_RESTART_COUNT");
  } else if (world.launcher == "mpirun") {
    job = variables.text("PMIX_NAMESPACE");
    if (world.address.empty() && world.local_size == world.size) world.address = "127.0.0.1";
  } else if (world.launcher == "srun") {
    job = variables.text("SLURM_JOB_ID") + "." + variables.text("SLURM_STEP_ID");
    const std::string nodes = variables.text("SLURM_STEP_NODELIST");
    if (world.address.empty() && !nodes.empty()) world.address = first_host(nodes);
  }
  world.port = variables.number("MASTER_PORT", 1, kLastPort, port_of(job));
  if (!world.address.empty()) return;
  throw Error(ExitStatus::kUsage,
              "process " + std::to_string(world.rank) + " of " + std::to_string(world.size) +
                  ", started by " + world.launcher +
                  ", cannot find process 0: MASTER_ADDR is not set",
              "set MASTER_ADDR to the first machine's name, for mpirun with -x MASTER_ADDR=NAME");
}

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

World world_from(const Environment& environment) {
  World world;
  for (const Names& names : kLaunchers) {
    const Variables variables(environment, names.launcher);
    if (variables.text(names.size).empty() || variables.text(names.rank).empty()) continue;
    world.size = variables.number(names.size, 1, kMostProcesses);
    world.rank = variables.number(names.rank, 0, world.size - 1);
    if (world.alone()) return world;
    world.launcher = names.launcher;
    world.local_rank = variables.number(names.local_rank, 0, world.size - 1, 0);
    world.local_size = world.launcher == "srun"
                           ? tasks_on_first_node(variables.text("SLURM_STEP_TASKS_PER_NODE"))
                           : variables.number(names.local_size, 1, world.size, 1);
    if (world.launcher == "--processes") world.meeting_file = variables.text("DLWORK_MEETING_FILE");
    if (world.meeting_file.empty()) find_address(world, variables);
    return world;
  }
  return world;
}

int threads_of(const World& world) {
  const int cpus = usable_cpus();
  const bool binds = world.launcher == "mpirun" || world.launcher == "srun";
  if (binds && cpus < static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN))) return cpus;
  return std::max(1, cpus / world.local_size);
}

std::string first_host(const std::string& node_list) {
  const auto bracket = node_list.find('[');
  const auto comma = node_list.find(',');
  if (bracket == std::string::npos || comma < bracket) return node_list.substr(0, comma);
  const auto number_end = node_list.find_first_of("-,]", bracket);
  std::string host = node_list.substr(0, bracket);
  if (number_end == std::string::npos) return host;
  host += node_list.substr(bracket + 1, number_end - bracket - 1);
  const auto close = node_list.find(']', bracket);
  const auto end = std::min(node_list.find(',', close), node_list.size());
  return close == std::string::npos ? host : host + node_list.substr(close + 1, end - close - 1);
}

}  // namespace dlwork
