#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dlwork/data/dataset.h"

namespace dlwork::data {

/// A picture as its file holds it, before it is brought to the size and channels of all.
struct PictureFile {
  int width = 0;
  int height = 0;
  int channels = 0;     ///< 1 grey, 2 with transparency, 3 colour, 4 with transparency
  int bits = 8;         ///< of a channel
  int orientation = 1;  ///< Exif's: 1 upright, 2 to 8 mirrored or turned; pixels are read as stored
  /// "colour, 8 bits".
  std::string mode() const;
};

/// A recording as its file holds it. Levels are of all channels, full scale being 1.
struct SoundFile {
  std::int64_t rate = 0;  ///< samples a second
  int channels = 0;
  int bits = 0;         ///< of a sample; 0 where the format has none (Vorbis)
  double largest = 1;   ///< sample that the format has; of mu-law and A-law below full scale
  double seconds = 0;   ///< of the whole file
  bool cut = false;     ///< longer than data.sound.length; what follows is of what is kept
  double level = 0;     ///< root mean square, offset included
  double offset = 0;    ///< mean
  double clipped = 0;   ///< share of samples in runs of three or more at the largest one
  double silent = 0;    ///< share of frames of 20 ms below the level asked for
  double roll_off = 0;  ///< frequency below which 99 % of the energy lies, in Hz
  double band = 0;      ///< frequency above which hardly any energy is, to half the rate
  /// "8,000 Hz, 1 channel, 16 bits".
  std::string format() const;
};

/// The stamps of a series before it was put on equal steps. Of several channels the worst one's.
struct SeriesStamps {
  double period = 0;           ///< the usual distance of two stamps, in seconds or the file's unit
  bool dates = false;          ///< so that the period is in seconds
  std::int64_t count = 0;      ///< stamps
  std::int64_t missing = 0;    ///< steps between the first and the last without a stamp
  std::int64_t first_gap = 0;  ///< stamps before the first such step; 0: there is none
  std::int64_t repeated = 0;   ///< stamps equal to the one before
  std::int64_t falling = 0;    ///< stamps earlier than the one before
  double jitter = 0;           ///< deviation of the distances to their median, gaps apart
};

/// A file that was left out, since it cannot be read.
struct UnreadableFile {
  std::int64_t row =
      0;  ///< its place among all samples, those left out counted; -1: it held several
  std::string file;
  std::string reason;
};

/// What files say beside the values that are learned from. Lists are by sample, and empty where the
/// data are of another kind.
struct FileFacts {
  double band_energy = 1e-6;        ///< share that SoundFile::band leaves above itself
  double silent_frame_level = -50;  ///< dB
  bool targets_optional = false;    ///< as of samples that came after training
  std::vector<PictureFile> pictures;
  std::vector<SoundFile> sounds;
  std::vector<SeriesStamps> stamps;
  std::vector<UnreadableFile> unreadable;
};

/// As `load_dataset`, for the audit: fills `facts`, and goes on where `load_dataset` ends with an
/// error that a finding can tell. Pictures, recordings and files of arrays that cannot be read are
/// left out; recordings of several rates are brought to that of most; stamps of series are sorted,
/// repeated ones left out, and put on the nearest of equal steps. Throws where nothing is left.
Dataset load_with_facts(const spec::Project& project, const std::string& task, RunContext& run,
                        FileFacts& facts);

/// Samples that came after training, named as the train source of `project`: as `load_with_facts`,
/// but they need neither a target nor class folders. The target is filled where some have one.
Samples load_new(const spec::Project& project, const std::string& task, RunContext& run,
                 FileFacts& facts);

/// Log-mel frames [frames, bands] of a recording among the samples, also where the network hears
/// its raw samples.
struct SoundFrames {
  std::int64_t bands = 0;
  std::vector<float> values;
};
SoundFrames sound_frames(const Sequences& sequences, std::int64_t row);

}  // namespace dlwork::data
