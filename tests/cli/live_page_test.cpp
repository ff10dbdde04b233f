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

TEST(LivePage, FollowsATrainingWithoutBeingReadAnewUntilItsEnd) {
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
  // The browser reads the page once more when it has seen the third epoch.
  wait_for([&] { return read >= 2; });
  artefact::PhaseResult result;
  result.phase = "baseline";
  run.finish(result);
  artefact::PhaseState state;
  state.run = run.id();
  workspace.record("baseline", state);
  const auto said = browser.get();
  stop.request();
  thread.join();
  if (!said.skipped.empty()) GTEST_SKIP() << said.skipped;
  ASSERT_EQ(said.problem, "");
  SCOPED_TRACE(said.found.dump(1));

  EXPECT_EQ(said.found["not_reloaded"], true);
  EXPECT_EQ(said.found["hidden"], false);
  EXPECT_EQ(said.found["state"], "baseline: epoch 3 of 8");
  EXPECT_EQ(said.found["bar"], Json::array({3, 8}));
  const auto line = [](const std::string& name, const std::vector<double>& y) {
    return Json({{"name", name}, {"x", {1, 2, 3}}, {"y", y}});
  };
  EXPECT_EQ(said.found["figures"],
            Json::array({{{"title", "loss"},
                          {"series", Json::array({line("training", {1, 1.0 / 2, 1.0 / 3}),
                                                  line("validation", {2, 1, 2.0 / 3})})}},
                         {{"title", "accuracy"},
                          {"series", Json::array({line("training", {0.25, 0.5, 0.75}),
                                                  line("validation", {0.2, 0.4, 0.2 * 3})})}}}));
  EXPECT_EQ(said.found["afterwards"], Json({{"hidden", true}, {"title", "page 3 - dlwork report"}}))
      << "the end of the run brings a new page";
  EXPECT_EQ(said.found["problems"], Json::array());
}

}  // namespace
}  // namespace dlwork::cli
