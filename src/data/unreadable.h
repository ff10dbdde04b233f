#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/sources.h"
#include "dlwork/base/error.h"
#include "dlwork/data/file_facts.h"

namespace dlwork::data {

/// Goes through files of which some cannot be read: with facts these are noted there, without the
/// first error ends the reading.
class UnreadableFiles {
 public:
  /// `facts`: of the audit, or null.
  explicit UnreadableFiles(FileFacts* facts) : facts_(facts) {}
  /// Runs `read` for the file at `row`; false where it cannot be read and is noted. Without facts
  /// its error is kept for `raise`, so that more files can be counted.
  template <class Read>
  bool reads(std::int64_t row, const std::string& file, const Read& read) {
    try {
      read();
      return true;
    } catch (const Error& error) {
      if (error.status() != ExitStatus::kInput) throw;
      note(row, file, error);
      return false;
    }
  }
  /// Notes what could not be read, where its place is known only then.
  void note(std::int64_t row, const std::string& file, const Error& error);
  bool any() const { return first_.has_value(); }
  std::int64_t count() const { return count_; }
  /// Throws the first error, which tells how many more files there are, where there is one and
  /// there are no facts. `counted`: whether all files were looked at.
  enum class Counted { kAll, kNotAll };
  void raise(Counted counted) const;
  /// Throws the first error, facts or none: nothing is left to go on with.
  [[noreturn]] void raise_first() const;

 private:
  FileFacts* facts_;
  std::optional<Error> first_;
  std::int64_t count_ = 0;
};

/// Takes the samples at the rows of `unreadable` from `raw`, whose pictures or series lack them
/// already, and names the files as the samples do.
void leave_out(Raw& raw, std::vector<UnreadableFile>& unreadable);

}  // namespace dlwork::data
