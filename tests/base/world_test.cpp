#include "dlwork/base/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "dlwork/base/error.h"

namespace dlwork {
namespace {

using ::testing::HasSubstr;

Environment variables(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

std::string message_of(const Environment& environment) {
  try {
    world_from(environment);
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    return error.what();
  }
  return "no error";
}

TEST(World, IsOneProcessWithoutALauncher) {
  EXPECT_TRUE(world_from(variables({})).alone());
  EXPECT_TRUE(world_from(variables({{"RANK", "0"}, {"WORLD_SIZE", "1"}})).alone());
  // A batch script's own process: Slurm has made room for eight and started one.
  EXPECT_TRUE(world_from(variables({{"SLURM_NTASKS", "8"}, {"SLURM_PROCID", "0"}})).alone());
}

TEST(World, IsReadFromTorchrun) {
  const World world = world_from(variables({{"RANK", "3"},
                                            {"WORLD_SIZE", "4"},
                                            {"LOCAL_RANK", "1"},
                                            {"LOCAL_WORLD_SIZE", "2"},
                                            {"MASTER_ADDR", "node7"},
                                            {"MASTER_PORT", "4711"},
                                            {"TORCHELASTIC_USE_AGENT_STORE", "True"},
                                            {"TORCHELASTIC_RESTART_COUNT", "1"}}));
  EXPECT_EQ(world.launcher, "torchrun");
  EXPECT_EQ(world.rank, 3);
  EXPECT_EQ(world.size, 4);
  EXPECT_EQ(world.local_rank, 1);
  EXPECT_EQ(world.local_size, 2);
  EXPECT_EQ(world.address, "node7");
  EXPECT_EQ(world.port, 4711);
  EXPECT_TRUE(world.hosted);
  EXPECT_EQ(world.attempt, "1");
  EXPECT_FALSE(world.leads());
}

TEST(World, IsReadFromOpenMpi) {
  std::map<std::string, std::string> values{{"OMPI_COMM_WORLD_RANK", "1"},
                                            {"OMPI_COMM_WORLD_SIZE", "2"},
                                            {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                                            {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"},
                                            {"PMIX_NAMESPACE", "prterun-node7-1234@1"}};
  const World world = world_from(variables(values));
  EXPECT_EQ(world.launcher, "mpirun");
  EXPECT_EQ(world.address, "127.0.0.1");
  values["OMPI_COMM_WORLD_RANK"] = "0";
  EXPECT_EQ(world_from(variables(values)).port, world.port);
  values["PMIX_NAMESPACE"] = "prterun-node7-1235@1";
  EXPECT_NE(world_from(variables(values)).port, world.port);

  values["OMPI_COMM_WORLD_LOCAL_SIZE"] = "1";  // two machines: only the user can tell which
  EXPECT_THAT(message_of(variables(values)), HasSubstr("MASTER_ADDR is not set"));
}

TEST(World, IsReadFromAStepOfSlurm) {
  const World world = world_from(variables({{"SLURM_PROCID", "5"},
                                            {"SLURM_STEP_NUM_TASKS", "6"},
                                            {"SLURM_LOCALID", "1"},
                                            {"SLURM_STEP_TASKS_PER_NODE", "2(x3)"},
                                            {"SLURM_STEP_NODELIST", "gpu[03-05]"},
                                            {"SLURM_JOB_ID", "991"},
                                            {"SLURM_STEP_ID", "0"}}));
  EXPECT_EQ(world.launcher, "srun");
  EXPECT_EQ(world.rank, 5);
  EXPECT_EQ(world.local_rank, 1);
  EXPECT_EQ(world.local_size, 2);
  EXPECT_EQ(world.address, "gpu03");
  EXPECT_GE(world.port, 1024);
}

TEST(World, MeetsInAFileOnOneMachine) {
  const World world = world_from(variables({{"DLWORK_RANK", "1"},
                                            {"DLWORK_WORLD_SIZE", "2"},
                                            {"DLWORK_MEETING_FILE", "/tmp/meeting"},
                                            {"RANK", "0"},
                                            {"WORLD_SIZE", "8"}}));
  EXPECT_EQ(world.launcher, "--processes");
  EXPECT_EQ(world.rank, 1);
  EXPECT_EQ(world.size, 2);
  EXPECT_EQ(world.local_size, 2);
  EXPECT_EQ(world.meeting_file, "/tmp/meeting");
}

TEST(World, RefusesWhatCannotBe) {
  EXPECT_THAT(message_of(variables({{"RANK", "2"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}})),
              HasSubstr("torchrun set RANK to '2', which is no whole number from 0 to 1"));
  EXPECT_THAT(message_of(variables({{"RANK", "0"}, {"WORLD_SIZE", "many"}})),
              HasSubstr("WORLD_SIZE to 'many'"));
  EXPECT_THAT(
      message_of(variables(
          {{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "70000"}})),
      HasSubstr("MASTER_PORT"));
}

TEST(World, FindsTheFirstHostOfANodeList) {
  EXPECT_EQ(first_host("node7"), "node7");
  EXPECT_EQ(first_host("node7,node9"), "node7");
  EXPECT_EQ(first_host("gpu[03-05,09],cpu1"), "gpu03");
  EXPECT_EQ(first_host("gpu[3,9]"), "gpu3");
  EXPECT_EQ(first_host("cpu1,gpu[03-05]"), "cpu1");
  EXPECT_EQ(first_host("rack[1-2]-ib"), "rack1-ib");
}

}  // namespace
}  // namespace dlwork
