#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "phase/tune/space.h"

namespace dlwork::phase {

/// One finished trial.
struct Trial {
  std::int64_t number = 0;
  Settings settings;
  std::string state;             ///< "complete", "pruned", "failed"
  double value = 0;              ///< best validation metric; 0 for a failed one
  std::vector<double> by_epoch;  ///< validation metric after each epoch
  double seconds = 0;
  std::string model;  ///< its model file, relative to the workspace; "" if failed
  std::string note;   ///< why it failed
};

/// tune/study.journal: JSON lines, append-only, each flushed to disk before the next step, so that
/// a killed search goes on where it was. A torn last line is left out. Trials of other studies
/// (other fingerprints) stay in the file and are passed over. Several processes may add to it.
class Journal {
 public:
  Journal(std::filesystem::path file, std::string study);
  /// Finished trials of this study by number.
  const std::map<std::int64_t, Trial>& trials() const { return trials_; }
  void add(const Trial& trial);
  /// Reads again what others have added.
  void refresh();
  /// The study begins anew: its earlier trials no longer count.
  void restart();

 private:
  void read();
  void append(const Json& line);

  std::filesystem::path file_;
  std::string study_;
  std::map<std::int64_t, Trial> trials_;
};

}  // namespace dlwork::phase
