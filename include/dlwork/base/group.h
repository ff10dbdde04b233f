#pragma once

#include <string>
#include <vector>

#include "dlwork/base/reporter.h"
#include "dlwork/base/tensor_fwd.h"

namespace dlwork {

/// Processes that train one network together or share out work, seen from one of them. All must call the same
/// functions in the same order with values of the same size. Where one process fails or is lost,
/// all others get Error(kRuntime) that says which one and why.
class Group {
 public:
  virtual ~Group() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  bool leads() const { return rank() == 0; }

  /// Begins to replace `values` by their sum over all processes; they are not to be touched until
  /// `wait`. The same bits everywhere.
  virtual void start_sum(const at::Tensor& values) = 0;
  /// For all sums begun so far.
  virtual void wait() = 0;
  /// Replaces `values` by those of rank 0.
  virtual void broadcast(const at::Tensor& values) = 0;

  virtual void sum(std::vector<double>& values) = 0;
  /// The text of rank 0, on any other.
  virtual void broadcast(std::string& text) = 0;
  /// Whether all are still at work: throws where one has failed or is lost. Does not wait, so that
  /// one that works for itself can look now and then.
  virtual void check() = 0;
  /// Until all are here, however long that takes: for work that does not end for all at one time.
  virtual void meet(const StopFlag& stop) = 0;
  /// Each one's text, in the order of ranks.
  virtual std::vector<std::string> gather(const std::string& text) = 0;
};

}  // namespace dlwork
