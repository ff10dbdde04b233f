// The served page in a real browser while a training runs. Skipped where there is no Chromium.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "cli/live_feed.h"
#include "cli/report_server.h"
#include "dlwork/base/files.h"
#include "dlwork/base/machine.h"
#include "dlwork/report/render.h"
#include "support/python_reader.h"

namespace dlwork::cli {
namespace {

using std::chrono::milliseconds;

Json epoch_line(int epoch) {
  return {{"event", "epoch"},
          {"label", "baseline"},
          {"epochs", 8},
          {"metric", "accuracy"},
          {"epoch", epoch},
          {"train_loss", 1.0 / epoch},
          {"validation_loss", 2.0 / epoch},
          {"train_metric", 0.25 * epoch},
          {"validation_metric", 0.2 * epoch}};
}

/// A training is followed by a browser once, which does all that the tests ask for.
class LivePage : public ::testing::Test {
 protected:
  static void SetUpTestSuite();
  void SetUp() override {
    if (!said_.skipped.empty()) GTEST_SKIP() << said_.skipped;
    ASSERT_EQ(said_.problem, "");
  }

  static inline testing::ScriptSaid said_;
  const ::testing::ScopedTrace trace_{__FILE__, __LINE__, said_.found.dump(1)};
};

void LivePage::SetUpTestSuite() {
  const testing::TemporaryFolder folder;
  artefact::Workspace workspace(folder / ".dlwork");
  const auto lock = workspace.lock("dlwork baseline");
  artefact::RunFolder run = workspace.new_run("baseline");
  write_file(run.file("command.txt"), "dlwork baseline\n");

  ReportServer server(0);
  LiveFeed feed(workspace);
  StopFlag stop;
  std::atomic<int> read{0};  // how often the page was
  std::atomic<bool> followed{false};
  const Served served{[&] {
                        report::ReportInput input;
                        input.project_name = "page " + std::to_string(++read);
                        return report::to_html(input, report::PageMode::kServed);
                      },
                      [&] {
                        followed = true;
                        return feed.so_far();
                      },
                      [&] { return feed.news(); }};
  std::thread thread([&] { server.serve(served, stop); });
  auto browser = std::async(std::launch::async, [&] {
    return testing::ask_browser("http://127.0.0.1:" + std::to_string(server.port()) + "/",
                                "--follow");
  });
  const auto ended = [&] { return browser.wait_for(milliseconds(0)) == std::future_status::ready; };
  const auto wait_for = [&](auto&& happened) {
    const double start = monotonic_seconds();
    while (!happened() && !ended() && monotonic_seconds() - start < 60) {
      std::this_thread::sleep_for(milliseconds(20));
    }
  };
  wait_for([&] { return followed.load(); });
  for (int epoch = 1; epoch <= 3; ++epoch) {
    run.log(epoch_line(epoch));
    std::this_thread::sleep_for(milliseconds(300));  // each in news of its own
  }
  // The browser reads the page once more when it has seen the third epoch, and when the fourth.
  wait_for([&] { return read >= 2; });
  run.log(epoch_line(4));
  wait_for([&] { return read >= 3; });
  artefact::PhaseResult result;
  result.phase = "baseline";
  run.finish(result);
  artefact::PhaseState state;
  state.run = run.id();
  workspace.record("baseline", state);
  said_ = browser.get();
  stop.request();
  thread.join();
}

TEST_F(LivePage, FollowsATrainingWithoutBeingReadAnewUntilItsEnd) {
  EXPECT_EQ(said_.found["not_reloaded"], true);
  EXPECT_EQ(said_.found["hidden"], false);
  EXPECT_EQ(said_.found["state"], "baseline: epoch 3 of 8");
  EXPECT_EQ(said_.found["bar"], Json::array({3, 8}));
  const auto line = [](const std::string& name, const std::vector<double>& y) {
    return Json({{"name", name}, {"x", {1, 2, 3}}, {"y", y}});
  };
  EXPECT_EQ(said_.found["figures"],
            Json::array({{{"title", "loss"},
                          {"series", Json::array({line("training", {1, 1.0 / 2, 1.0 / 3}),
                                                  line("validation", {2, 1, 2.0 / 3})})}},
                         {{"title", "accuracy"},
                          {"series", Json::array({line("training", {0.25, 0.5, 0.75}),
                                                  line("validation", {0.2, 0.4, 0.2 * 3})})}}}));
  EXPECT_EQ(said_.found["afterwards"],
            Json({{"hidden", true}, {"title", "page 4 - dlwork report"}}))
      << "the end of the run brings a new page";
  EXPECT_EQ(said_.found["problems"], Json::array());
}

TEST_F(LivePage, KeepsWhatAPlotShowsWhenAnEpochComes) {
  const Json& shown = said_.found["shown"];
  const Json &all = shown["all"], &closer = shown["closer"], &kept = shown["kept"],
             &again = shown["again"];
  EXPECT_EQ(all[0]["x"], Json::array({1, 3}));
  EXPECT_EQ(all[0]["reset_shown"], false);
  // 0.7 of the epochs 1 to 3, about their middle.
  EXPECT_NEAR(closer[0]["x"][0].get<double>(), 1.3, 1e-9);
  EXPECT_NEAR(closer[0]["x"][1].get<double>(), 2.7, 1e-9);
  EXPECT_EQ(kept[0]["points"], 4);
  EXPECT_EQ(kept[0]["x"], closer[0]["x"]);
  EXPECT_EQ(kept[0]["y"], closer[0]["y"]);
  EXPECT_EQ(kept[0]["reset_shown"], true);
  EXPECT_EQ(kept[1]["x"], Json::array({1, 4})) << "the other plot, which shows all";
  EXPECT_EQ(again[0]["x"], Json::array({1, 4})) << "all is the new epoch too";
  EXPECT_EQ(again[0]["reset_shown"], false);
}

}  // namespace
}  // namespace dlwork::cli
