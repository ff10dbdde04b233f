#pragma once

#include <cstdint>
#include <vector>

#include "dlwork/data/file_facts.h"

namespace dlwork::data {

/// Measures a recording while it is read, in memory that does not grow with it.
class SoundMeter {
 public:
  /// `head`: what the file's head says. The other two as in `FileFacts`.
  SoundMeter(const SoundFile& head, double band_energy, double silent_frame_level);
  /// The next `count` samples of every channel, channels side by side.
  void add(const float* block, std::int64_t count);
  /// The head, with what was measured.
  SoundFile finish();

 private:
  void end_frame();
  void end_window();
  void end_run(std::size_t channel);

  SoundFile file_;
  double band_energy_, silent_power_;
  double full_scale_ = 1;     ///< from which a sample stands at it
  std::int64_t samples_ = 0;  ///< of one channel
  double squares_ = 0;
  std::vector<double> sums_;        ///< by channel
  std::vector<std::int64_t> runs_;  ///< samples at full scale up to now, by channel
  std::int64_t clipped_ = 0;
  std::int64_t frame_ = 0, in_frame_ = 0, frames_ = 0, silent_ = 0;
  double frame_squares_ = 0;
  std::vector<float> window_;   ///< of the mean of all channels
  std::vector<double> powers_;  ///< by frequency, of all windows
};

}  // namespace dlwork::data
