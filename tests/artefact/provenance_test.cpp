#include <gtest/gtest.h>
#include <stdlib.h>

#include "artefact/git.h"
#include "dlwork/artefact/workspace.h"
#include "dlwork/base/files.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/version.h"
#include "support/temporary_folder.h"

namespace dlwork::artefact {
namespace {

constexpr char kOne[] = "1111111111111111111111111111111111111111";
constexpr char kTwo[] = "2222222222222222222222222222222222222222";

class GitTest : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    make_folder((folder_ / name).parent_path());
    write_file(folder_ / name, text);
  }
  dlwork::testing::TemporaryFolder folder_;
};

TEST_F(GitTest, ReadsABranch) {
  write(".git/HEAD", "ref: refs/heads/feature/a\n");
  write(".git/refs/heads/feature/a", std::string(kOne) + "\n");
  make_folder(folder_ / "sub/sub");
  const Json state = git_state(folder_ / "sub/sub");
  EXPECT_EQ(state.at("commit"), kOne);
  EXPECT_EQ(state.at("branch"), "feature/a");
}

TEST_F(GitTest, ReadsPackedRefs) {
  write(".git/HEAD", "ref: refs/heads/main\n");
  write(".git/packed-refs", std::string("# pack-refs with: peeled\n") + kTwo +
                                " refs/heads/other\n" + kOne + " refs/heads/main\n^" + kTwo + "\n");
  EXPECT_EQ(git_state(folder_.path()).at("commit"), kOne);
}

TEST_F(GitTest, ReadsADetachedHead) {
  write(".git/HEAD", kTwo);
  const Json state = git_state(folder_.path());
  EXPECT_EQ(state.at("commit"), kTwo);
  EXPECT_TRUE(state.at("branch").is_null());
}

TEST_F(GitTest, ReadsAWorktree) {
  write("main/.git/refs/heads/side", kOne);
  write("main/.git/worktrees/side/HEAD", "ref: refs/heads/side\n");
  write("main/.git/worktrees/side/commondir", "../..\n");
  write("side/.git", "gitdir: ../main/.git/worktrees/side\n");
  EXPECT_EQ(git_state(folder_ / "side").at("commit"), kOne);
}

TEST_F(GitTest, KnowsARepositoryWithoutCommits) {
  write(".git/HEAD", "ref: refs/heads/main\n");
  const Json state = git_state(folder_.path());
  EXPECT_TRUE(state.at("commit").is_null());
  EXPECT_EQ(state.at("branch"), "main");
  write(".git/HEAD", "nonsense \xff");
  EXPECT_TRUE(git_state(folder_.path()).at("commit").is_null());
}

TEST_F(GitTest, IsNullOutsideOfARepository) { EXPECT_TRUE(git_state(folder_.path()).is_null()); }

TEST_F(GitTest, TellsChangesFromTheCommit) {
  const std::string git =
      "git -C " + folder_.path().string() + " -c user.name=a -c user.email=a@example.org ";
  if (system("git --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "no git program here";
  write("project.yaml", "dlwork: 1\n");
  ASSERT_EQ(system((git + "init -q && " + git + "add . && " + git + "commit -qm one").c_str()), 0);
  const Json clean = git_state(folder_.path());
  EXPECT_EQ(clean.at("commit").get<std::string>().size(), 40u);
  EXPECT_EQ(clean.at("dirty"), false);
  write("untracked", "x");
  EXPECT_EQ(git_state(folder_.path()).at("dirty"), false);
  write("project.yaml", "dlwork: 1\nname: other\n");
  EXPECT_EQ(git_state(folder_.path()).at("dirty"), true);
}

TEST(Provenance, RecordsWhatMadeTheRun) {
  const dlwork::testing::TemporaryFolder folder;
  setenv("OMP_NUM_THREADS", "3", 1);
  setenv("DLWORK_TEST_TOKEN", "secret", 1);
  const Json record = provenance({"dlwork", "audit"}, (folder / "project.yaml").string(), "2.13.0");
  EXPECT_EQ(record.at("dlwork"), version());
  EXPECT_EQ(record.at("libtorch"), "2.13.0");
  EXPECT_EQ(record.at("command"), Json({"dlwork", "audit"}));
  EXPECT_EQ(record.at("project_file"), (folder / "project.yaml").string());
  EXPECT_EQ(record.at("machine").at("cpus"), usable_cpus());
  EXPECT_EQ(record.at("environment").at("OMP_NUM_THREADS"), "3");
  EXPECT_EQ(json_text(record).find("secret"), std::string::npos);
  unsetenv("DLWORK_TEST_TOKEN");
  unsetenv("OMP_NUM_THREADS");
}

TEST(Version, IsThatOfTheBuild) {
  EXPECT_TRUE(version().starts_with("0.") || version().starts_with("1."));
  EXPECT_TRUE(git_commit() == "unknown" || git_commit().size() == 12) << git_commit();
}

}  // namespace
}  // namespace dlwork::artefact
