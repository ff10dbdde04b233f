#include "data/unreadable.h"

#include <algorithm>

#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

/// The entries of `values` whose flag is false; lists that are not filled stay empty.
template <class T>
void keep(std::vector<T>& values, const std::vector<bool>& gone) {
  std::size_t next = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (gone[i]) continue;
    if (next != i) values[next] = std::move(values[i]);
    ++next;
  }
  values.resize(next);
}

void keep(Column& column, const std::vector<bool>& gone) {
  keep(column.numbers, gone);
  keep(column.codes, gone);
}

}  // namespace

void UnreadableFiles::note(std::int64_t row, const std::string& file, const Error& error) {
  const std::string reason =
      error.diagnostics().empty() ? error.what() : error.diagnostics().front().message;
  if (facts_ != nullptr) facts_->unreadable.push_back({row, file, reason});
  if (!first_) first_ = error;
  ++count_;
}

void UnreadableFiles::raise(Counted counted) const {
  if (facts_ != nullptr || !first_) return;
  if (first_->diagnostics().empty()) throw *first_;
  Diagnostic told = first_->diagnostics().front();
  if (count_ > 1) {
    told.message +=
        "; " + grouped(count_ - 1) + " more file" + (count_ == 2 ? "" : "s") + " cannot be read";
  }
  if (count_ > 1 || counted == Counted::kNotAll) {
    told.hint += std::string(told.hint.empty() ? "" : "; ") + "dlwork audit lists all such files";
  }
  throw Error(ExitStatus::kInput, told);
}

void UnreadableFiles::raise_first() const {
  DLWORK_ASSERT(first_.has_value(), "a file could not be read");
  throw *first_;
}

void leave_out(Raw& raw, std::vector<UnreadableFile>& unreadable) {
  if (unreadable.empty()) return;
  Samples& samples = raw.samples;
  std::vector<bool> gone(static_cast<std::size_t>(samples.count), false);
  for (UnreadableFile& file : unreadable) {
    file.file = samples.where(file.row);
    gone[file.row] = true;
  }
  std::sort(unreadable.begin(), unreadable.end(),
            [](const auto& a, const auto& b) { return a.row < b.row; });
  std::int64_t row = 0;
  for (auto& count : raw.counts) {
    const std::int64_t end = row + count;
    for (; row < end; ++row) count -= gone[row] ? 1 : 0;
  }
  keep(samples.file_index, gone);
  keep(samples.record, gone);
  keep(samples.weights, gone);
  keep(raw.target, gone);
  if (raw.split_column) keep(*raw.split_column, gone);
  for (Column& column : samples.carried.columns) keep(column, gone);
  samples.count -= static_cast<std::int64_t>(unreadable.size());
  samples.carried.rows = samples.count;
}

}  // namespace dlwork::data
