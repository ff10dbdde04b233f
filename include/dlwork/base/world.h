#pragma once

#include <functional>
#include <optional>
#include <string>

namespace dlwork {

/// Which of several processes this one is, as whatever started it said.
struct World {
  int rank = 0, size = 1;              ///< of all processes
  int local_rank = 0, local_size = 1;  ///< of those on this machine
  std::string launcher;                ///< "torchrun", "mpirun", "srun" or "--processes"; "": none
  std::string meeting_file;            ///< where they find one another on one machine; or else:
  std::string address;                 ///< of the machine that rank 0 runs on
  int port = 0;
  bool hosted = false;           ///< torchrun itself listens there, not rank 0
  std::string attempt;           ///< keeps restarts of a hosted job apart
  double timeout_seconds = 300;  ///< how long to wait for another process

  bool alone() const { return size == 1; }
  bool leads() const { return rank == 0; }
};

/// The value of an environment variable, where it is set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();

/// What the launcher's variables say: those of torchrun (RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR,
/// MASTER_PORT), of Open MPI (OMPI_COMM_WORLD_*), of a Slurm step (SLURM_PROCID,
/// SLURM_STEP_NUM_TASKS ...), in this order, or of `--processes`. MASTER_ADDR and MASTER_PORT go
/// before what follows from the others. One process where there are none. Throws Error(kUsage) for
/// values that cannot be.
World world_from(const Environment& environment);

/// CPU threads for each of a machine's processes, so that they share its CPUs: mpirun and srun may
/// have bound each to its own already.
int threads_of(const World& world);

/// First host of a Slurm node list: "gpu[03-05,09],cpu1" -> "gpu03".
std::string first_host(const std::string& node_list);

}  // namespace dlwork
