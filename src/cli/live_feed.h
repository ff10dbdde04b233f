#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/report_server.h"
#include "dlwork/artefact/workspace.h"

namespace dlwork::cli {

/// What goes on in a workspace, read from its files alone, so that nothing has to know of it:
///   run:     {phase, run} a phase began (or none goes on any more: {})
///   epoch:   a line of its log: {label, epoch, epochs, train_loss, ..., time}
///   changed: {} a phase has finished, so the page is out of date
class LiveFeed {
 public:
  explicit LiveFeed(artefact::Workspace workspace);
  std::vector<PageEvent> news();
  /// Of the run that goes on, from its beginning.
  const std::vector<PageEvent>& so_far() const { return so_far_; }

 private:
  void follow_newest(std::vector<PageEvent>& events);
  void read_log(std::vector<PageEvent>& events);

  artefact::Workspace workspace_;
  std::string state_;          ///< contents of state.json as last seen
  std::filesystem::path run_;  ///< folder that is followed; empty for none
  std::uintmax_t read_ = 0;    ///< bytes of its log
  std::vector<PageEvent> so_far_;
};

}  // namespace dlwork::cli
