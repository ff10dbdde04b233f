#include "cli/report_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "dlwork/base/error.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"

namespace dlwork::cli {
namespace {

constexpr std::size_t kMostClients = 32;
constexpr std::size_t kMostRequest = 16 * 1024;
constexpr std::size_t kMostWaiting = 32 << 20;  // bytes that a page that reads nothing may pile up
constexpr double kRequestSeconds = 10;
constexpr int kPollMilliseconds = 250;

/// The parts of a request that matter.
struct Request {
  std::string method, path, host;
};

Request parse_request(const std::string& text) {
  Request request;
  const std::vector<std::string> lines = split(text, '\n');
  const std::vector<std::string> words = split(trim(lines.front()), ' ');
  if (words.size() == 3) {
    request.method = words[0];
    request.path = words[1].substr(0, words[1].find('?'));
  }
  for (const std::string& line : lines) {
    const std::size_t colon = line.find(':');
    if (colon != std::string::npos && lower(line.substr(0, colon)) == "host") {
      request.host = lower(trim(line.substr(colon + 1)));
    }
  }
  return request;
}

/// Names under which a browser on this machine reaches it.
bool is_this_machine(const std::string& host, int port) {
  const std::string number = ":" + std::to_string(port);
  for (const std::string name : {"127.0.0.1", "localhost"}) {
    if (host == name + number || (port == 80 && host == name)) return true;
  }
  return false;
}

std::string response(const std::string& status, const std::string& type, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nContent-Type: " + type +
         "; charset=utf-8\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
         "Referrer-Policy: no-referrer\r\nConnection: close\r\n\r\n" +
         body;
}

std::string event_text(const PageEvent& event) {
  return "event: " + event.name + "\ndata: " + json_text(event.data) + "\n\n";
}

[[noreturn]] void fail(int port) {
  const int reason = errno;
  const bool taken = reason == EADDRINUSE || reason == EACCES;
  throw Error(taken ? ExitStatus::kUsage : ExitStatus::kRuntime,
              "cannot listen on 127.0.0.1:" + std::to_string(port) + ": " + std::strerror(reason),
              taken ? "take another with --port, or --port 0 for a free one" : "");
}

}  // namespace

struct ReportServer::Client {
  int descriptor;
  double since;
  std::string request, waiting;
  bool answered = false;  ///< all is in `waiting`; closed when that is out, unless it listens
  bool listens = false;   ///< to events
  bool gone = false;
};

ReportServer::ReportServer(int port) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener_ < 0) fail(port);
  const int yes = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  socklen_t size = sizeof address;
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, plain, size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, plain, &size) != 0) {
    const int reason = errno;
    ::close(listener_);
    errno = reason;
    fail(port);
  }
  port_ = ntohs(address.sin_port);
}

ReportServer::~ReportServer() {
  for (const Client& client : clients_) ::close(client.descriptor);
  ::close(listener_);
}

void ReportServer::accept_client() {
  const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (descriptor < 0) return;  // it has left already
  if (clients_.size() >= kMostClients) {
    ::close(descriptor);
    return;
  }
  clients_.push_back({descriptor, monotonic_seconds(), "", ""});
}

void ReportServer::answer(Client& client, const Served& served) {
  const Request request = parse_request(client.request);
  client.answered = true;
  const auto refuse = [&](const std::string& status) {
    client.waiting = response(status, "text/plain", status + "\n");
  };
  if (!is_this_machine(request.host, port_)) return refuse("403 Forbidden");
  if (request.method != "GET") return refuse("405 Method Not Allowed");
  if (request.path == "/events") {
    client.listens = true;
    client.waiting =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n";
    for (const PageEvent& event : served.so_far()) client.waiting += event_text(event);
    return;
  }
  if (request.path != "/" && request.path != "/index.html") return refuse("404 Not Found");
  try {
    client.waiting = response("200 OK", "text/html", served.page());
  } catch (const std::exception& error) {
    // A project file that is being edited: told in the browser, and served again when it is mended.
    client.waiting =
        response("500 Internal Server Error", "text/plain", std::string(error.what()) + "\n");
  }
}

void ReportServer::read_from(Client& client, const Served& served) {
  char buffer[4096];
  const ssize_t count = ::recv(client.descriptor, buffer, sizeof buffer, 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    client.gone = true;
    return;
  }
  if (client.answered) return;  // what comes after a request is of no interest
  client.request.append(buffer, static_cast<std::size_t>(count));
  if (client.request.find("\r\n\r\n") != std::string::npos) {
    answer(client, served);
  } else if (client.request.size() > kMostRequest) {
    client.gone = true;
  }
}

void ReportServer::write_to(Client& client) {
  const ssize_t count =
      ::send(client.descriptor, client.waiting.data(), client.waiting.size(), MSG_NOSIGNAL);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count < 0) {
    client.gone = true;
    return;
  }
  client.waiting.erase(0, static_cast<std::size_t>(count));
  if (client.waiting.empty() && client.answered && !client.listens) client.gone = true;
}

void ReportServer::serve(const Served& served, const StopFlag& stop) {
  double told = 0;
  while (!stop.requested()) {
    std::vector<pollfd> watched{{listener_, POLLIN, 0}};
    for (const Client& client : clients_) {
      const short out = client.waiting.empty() ? 0 : POLLOUT;
      watched.push_back({client.descriptor, static_cast<short>(POLLIN | out), 0});
    }
    const int ready = ::poll(watched.data(), watched.size(), kPollMilliseconds);
    if (ready < 0 && errno != EINTR) fail(port_);
    const double now = monotonic_seconds();
    for (std::size_t i = 0; ready > 0 && i < clients_.size(); ++i) {
      Client& client = clients_[i];
      const short seen = watched[i + 1].revents;
      if ((seen & (POLLIN | POLLHUP | POLLERR)) != 0) read_from(client, served);
      if ((seen & POLLOUT) != 0 && !client.gone) write_to(client);
    }
    if (ready > 0 && (watched.front().revents & POLLIN) != 0) accept_client();
    if (1000 * (now - told) >= kPollMilliseconds) {
      told = now;
      for (const PageEvent& event : served.news()) {
        for (Client& client : clients_) {
          if (client.listens) client.waiting += event_text(event);
        }
      }
    }
    for (Client& client : clients_) {
      const bool idle = !client.answered && now - client.since > kRequestSeconds;
      client.gone = client.gone || idle || client.waiting.size() > kMostWaiting;
      if (client.gone) ::close(client.descriptor);
    }
    std::erase_if(clients_, [](const Client& client) { return client.gone; });
  }
}

}  // namespace dlwork::cli
