#include "cli/report_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "cli/live_feed.h"
#include "dlwork/base/error.h"
#include "dlwork/base/files.h"
#include "support/temporary_folder.h"

namespace dlwork::cli {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A server in a thread of its own, and a plain client for it.
class ServerTest : public ::testing::Test {
 protected:
  ServerTest() : server_(0) {}
  ~ServerTest() override {
    stop_.request();
    if (thread_.joinable()) thread_.join();
  }

  void start(Served served) {
    thread_ = std::thread([this, served] { server_.serve(served, stop_); });
  }

  int connect() const {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(server_.port()));
    EXPECT_EQ(::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const timeval patience{5, 0};
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return descriptor;
  }

  std::string host() const { return "127.0.0.1:" + std::to_string(server_.port()); }

  void send(int descriptor, const std::string& line, const std::string& host) const {
    const std::string request = line + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
    ASSERT_EQ(::send(descriptor, request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
  }

  /// Reads until `until` has come or the other side has closed.
  static std::string receive(int descriptor, const std::string& until = "\n\n\n never") {
    std::string text;
    char buffer[4096];
    while (text.find(until) == std::string::npos) {
      const ssize_t count = ::recv(descriptor, buffer, sizeof buffer, 0);
      if (count <= 0) break;
      text.append(buffer, static_cast<size_t>(count));
    }
    return text;
  }

  std::string ask(const std::string& line, const std::string& host) const {
    const int descriptor = connect();
    send(descriptor, line, host);
    const std::string answer = receive(descriptor);
    ::close(descriptor);
    return answer;
  }

  ReportServer server_;
  StopFlag stop_;
  std::thread thread_;
};

Served page_of(const std::string& text) {
  return {[text] { return text; }, [] { return std::vector<PageEvent>{}; },
          [] { return std::vector<PageEvent>{}; }};
}

TEST_F(ServerTest, ServesThePage) {
  const std::string large(3 << 20, 'x');  // more than a socket holds at once
  start(page_of(large));
  for (const char* path : {"GET /", "GET /index.html", "GET /?again"}) {
    const std::string answer = ask(path, host());
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_TRUE(answer.ends_with("\r\n\r\n" + large)) << answer.size();
  }
  EXPECT_THAT(ask("GET /", "LOCALHOST:" + std::to_string(server_.port())),
              StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, RefusesAllElse) {
  start(page_of("secret"));
  EXPECT_THAT(ask("GET /../etc/passwd", host()), StartsWith("HTTP/1.1 404 Not Found"));
  EXPECT_THAT(ask("POST /", host()), StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(ask("nonsense", host()), StartsWith("HTTP/1.1 405"));
  // A foreign name that was made to point here: what a page of that site would reach it by.
  for (const std::string name : {"evil.example", "evil.example:80", "", "127.0.0.1:1"}) {
    const std::string answer = ask("GET /", name);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 403 Forbidden")) << name;
    EXPECT_EQ(answer.find("secret"), std::string::npos);
  }
}

TEST_F(ServerTest, SaysWhatIsWrongAndGoesOn) {
  std::atomic<bool> broken{true};
  Served served = page_of("");
  served.page = [&]() -> std::string {
    if (broken) throw Error(ExitStatus::kUsage, "project.yaml is broken");
    return "mended";
  };
  start(served);
  const std::string answer = ask("GET /", host());
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500"));
  EXPECT_THAT(answer, HasSubstr("project.yaml is broken"));
  broken = false;
  EXPECT_THAT(ask("GET /", host()), EndsWith("mended"));
}

TEST_F(ServerTest, TellsEventsAsTheyCome) {
  std::atomic<int> count{0};
  Served served = page_of("");
  served.so_far = [] { return std::vector<PageEvent>{{"run", {{"phase", "tune"}}}}; };
  served.news = [&] {
    std::vector<PageEvent> events;
    if (count > 0) events.push_back({"epoch", {{"epoch", count.exchange(0)}}});
    return events;
  };
  start(served);
  const int first = connect(), second = connect();
  send(first, "GET /events", host());
  send(second, "GET /events", host());
  const std::string opening = receive(first, "data: {\"phase\":\"tune\"}\n\n");
  EXPECT_THAT(opening, HasSubstr("Content-Type: text/event-stream"));
  EXPECT_THAT(opening, EndsWith("event: run\ndata: {\"phase\":\"tune\"}\n\n"));
  receive(second, "\n\n");
  count = 7;
  EXPECT_EQ(receive(first, "\n\n"), "event: epoch\ndata: {\"epoch\":7}\n\n");
  EXPECT_THAT(receive(second, "7}\n\n"), EndsWith("event: epoch\ndata: {\"epoch\":7}\n\n"));
  ::close(first);
  count = 8;  // one that has left does not stop the others
  EXPECT_EQ(receive(second, "\n\n"), "event: epoch\ndata: {\"epoch\":8}\n\n");
  ::close(second);
}

TEST_F(ServerTest, SaysThatAPortIsTaken) {
  try {
    ReportServer again(server_.port());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("127.0.0.1:" + std::to_string(server_.port())));
  }
}

std::vector<std::string> names(const std::vector<PageEvent>& events) {
  std::vector<std::string> list;
  for (const PageEvent& event : events) list.push_back(event.name);
  return list;
}

using Names = std::vector<std::string>;

/// What a phase notes down as it begins, or is resumed.
void note_command(const artefact::RunFolder& run) {
  write_file(run.file("command.txt"), "dlwork " + run.phase() + "\n");
}

artefact::RunFolder begin_run(artefact::Workspace& workspace, const std::string& phase) {
  artefact::RunFolder run = workspace.new_run(phase);
  note_command(run);
  return run;
}

TEST(LiveFeed, FollowsARunFromItsBeginningToItsEnd) {
  const testing::TemporaryFolder folder;
  artefact::Workspace workspace(folder / ".dlwork");
  LiveFeed feed(workspace);
  EXPECT_EQ(names(feed.news()), Names{});
  const auto lock = workspace.lock("dlwork baseline");
  artefact::RunFolder run = begin_run(workspace, "baseline");
  run.log({{"event", "note"}});
  run.log({{"event", "epoch"}, {"epoch", 1}, {"train_loss", 0.5}});
  auto events = feed.news();
  EXPECT_EQ(names(events), (Names{"run", "epoch"}));
  EXPECT_EQ(events[0].data, Json({{"phase", "baseline"}, {"run", run.id()}}));
  EXPECT_EQ(events[1].data["train_loss"], 0.5);
  EXPECT_EQ(names(feed.news()), Names{});

  // A line that is still being written is told when it is whole.
  const std::string log = read_file(run.file("log.jsonl"));
  write_file(run.file("log.jsonl"), log + R"({"event": "epoch", "ep)");
  EXPECT_EQ(names(feed.news()), Names{});
  write_file(run.file("log.jsonl"), log + R"({"event": "epoch", "epoch": 2})"
                                          "\n"
                                          "no json\n");
  events = feed.news();
  ASSERT_EQ(names(events), Names{"epoch"});
  EXPECT_EQ(events[0].data["epoch"], 2);
  EXPECT_EQ(names(feed.so_far()), (Names{"run", "epoch", "epoch"}));

  artefact::PhaseResult result;
  result.phase = "baseline";
  run.finish(result);
  artefact::PhaseState state;
  state.run = run.id();
  workspace.record("baseline", state);
  EXPECT_EQ(names(feed.news()), (Names{"changed", "run"}));
  EXPECT_EQ(names(feed.so_far()), Names{"run"});
  EXPECT_EQ(feed.so_far()[0].data, Json::object());
}

TEST(LiveFeed, LetsARunBeWhoseProcessWasKilled) {
  const testing::TemporaryFolder folder;
  artefact::Workspace workspace(folder / ".dlwork");
  LiveFeed feed(workspace);
  const pid_t child = fork();
  if (child == 0) {  // dies with the lock in its hands, as by SIGKILL
    const auto lock = workspace.lock("dlwork tune");
    begin_run(workspace, "tune").log({{"event", "epoch"}, {"epoch", 1}});
    _exit(0);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  const auto killed = workspace.unfinished_run("tune");
  ASSERT_TRUE(killed.has_value());
  ASSERT_TRUE(std::filesystem::exists(folder / ".dlwork/lock"));
  EXPECT_EQ(names(feed.news()), Names{});
  // That was a minute ago.
  std::filesystem::last_write_time(
      killed->file("command.txt"),
      std::filesystem::file_time_type::clock::now() - std::chrono::minutes(1));

  auto lock = workspace.lock("dlwork diagnose");
  EXPECT_EQ(names(feed.news()), Names{}) << "another command holds the workspace";
  artefact::RunFolder run = begin_run(workspace, "diagnose");
  const auto events = feed.news();
  ASSERT_EQ(names(events), Names{"run"});
  EXPECT_EQ(events[0].data, Json({{"phase", "diagnose"}, {"run", run.id()}}));
  artefact::PhaseResult result;
  result.phase = "diagnose";
  run.finish(result);
  const auto ended = feed.news();
  ASSERT_EQ(names(ended), Names{"run"});
  EXPECT_EQ(ended[0].data, Json::object()) << "nothing goes on, the killed run least of all";
  lock.reset();

  lock = workspace.lock("dlwork tune --resume");
  note_command(*killed);
  const auto resumed = feed.news();
  ASSERT_EQ(names(resumed), (Names{"run", "epoch"}));
  EXPECT_EQ(resumed[0].data, Json({{"phase", "tune"}, {"run", killed->id()}}));
}

}  // namespace
}  // namespace dlwork::cli
