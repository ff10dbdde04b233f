#pragma once

#include <functional>
#include <string>
#include <vector>

#include "dlwork/base/json.h"
#include "dlwork/base/reporter.h"

namespace dlwork::cli {

/// Something that the page is told while it stands open (a server-sent event).
struct PageEvent {
  std::string name;  ///< "epoch"
  Json data;
};

/// What a server serves; asked anew whenever it is needed.
struct Served {
  std::function<std::string()> page;
  /// All that a page opened now has to be told first.
  std::function<std::vector<PageEvent>()> so_far;
  /// What happened since the last call.
  std::function<std::vector<PageEvent>()> news;
};

/// A web server for one page on this machine alone: it listens on 127.0.0.1, opens no connection
/// itself, answers GET of the page and of its events, and nobody who reached it by another name
/// than this machine's (so no foreign site can read it through the browser).
class ReportServer {
 public:
  /// Listens; port 0 takes a free one. Throws Error(kUsage) where the port is taken.
  explicit ReportServer(int port);
  ~ReportServer();
  ReportServer(const ReportServer&) = delete;
  ReportServer& operator=(const ReportServer&) = delete;

  int port() const { return port_; }
  /// Answers until a stop is requested.
  void serve(const Served& served, const StopFlag& stop);

 private:
  struct Client;
  void accept_client();
  void answer(Client& client, const Served& served);
  void read_from(Client& client, const Served& served);
  void write_to(Client& client);

  int listener_ = -1;
  int port_ = 0;
  std::vector<Client> clients_;
};

}  // namespace dlwork::cli
