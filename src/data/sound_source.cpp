#include "data/sound_source.h"

#include <algorithm>
#include <map>
#include <optional>

#include "data/problem.h"
#include "data/sequence_pool.h"
#include "data/sound_file.h"
#include "data/unreadable.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

constexpr std::size_t kFilesBetweenLooks = 64;
constexpr std::int64_t kMostFilesNamed = 20;

void look_at_sounds(std::size_t done, std::size_t total, const char* label, RunContext& run) {
  if (done % kFilesBetweenLooks != 0) return;
  if (run.stop.requested()) throw Error(ExitStatus::kInterrupted, "stopped while reading data");
  run.reporter.progress(
      {label, static_cast<double>(done), static_cast<double>(total), "files", ""});
}

/// Recordings that have a head, and where they stand among all.
struct SoundHeads {
  std::vector<SoundFile> files;
  std::vector<std::int64_t> rows;
};

/// The rate that most have, the lowest of those as frequent.
std::int64_t usual_rate(const SoundHeads& heads) {
  std::map<std::int64_t, std::int64_t> counts;
  for (const SoundFile& file : heads.files) ++counts[file.rate];
  return std::max_element(counts.begin(), counts.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

/// The one rate of all. Recordings of another rate sound otherwise once they are brought to one, so
/// that is left to whoever knows them.
std::int64_t only_rate(const SoundHeads& heads, const std::vector<std::string>& paths) {
  const std::int64_t rate = heads.files.front().rate;
  std::vector<std::string> others;
  std::int64_t other_rate = 0;
  for (std::size_t i = 0; i < heads.files.size(); ++i) {
    if (heads.files[i].rate == rate) continue;
    if (others.empty()) other_rate = heads.files[i].rate;
    others.push_back(paths[heads.rows[i]]);
  }
  if (others.empty()) return rate;
  std::string message = "has " + std::to_string(other_rate) + " samples a second, but " +
                        paths[heads.rows.front()] + " has " + std::to_string(rate);
  const std::string first = others.front();
  if (others.size() > 1) {
    others.erase(others.begin());
    const auto more = static_cast<std::int64_t>(others.size()) - kMostFilesNamed;
    if (more > 0) others.resize(kMostFilesNamed);
    message += "; of another rate are also " + join(others, ", ") +
               (more > 0 ? " and " + grouped(more) + " more" : "");
  }
  input_error(first, 0, 0, message, "set data.sound.rate to bring all to one rate");
}

}  // namespace

void read_sounds(const spec::Project& project, const std::vector<std::string>& paths,
                 Samples& samples, RunContext& run, FileFacts* facts) {
  UnreadableFiles unreadable(facts);
  SoundHeads heads;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    look_at_sounds(i, paths.size(), "looking at recordings", run);
    const auto row = static_cast<std::int64_t>(i);
    const std::string& file = paths[i];
    if (!unreadable.reads(row, file, [&] { heads.files.push_back(sound_head(file)); })) continue;
    heads.rows.push_back(row);
  }
  unreadable.raise(UnreadableFiles::Counted::kAll);
  if (heads.rows.empty()) unreadable.raise_first();
  spec::Sound sound = project.data.sound;
  if (sound.rate == 0) {
    sound.rate = facts != nullptr ? usual_rate(heads) : only_rate(heads, paths);
  }
  SequencePool pool;
  for (std::size_t i = 0; i < heads.rows.size(); ++i) {
    look_at_sounds(i, heads.rows.size(), "reading recordings", run);
    const std::string& file = paths[heads.rows[i]];
    SoundFile& head = heads.files[i];
    head.cut = sound.length.seconds > 0 && head.seconds > sound.length.seconds;
    std::optional<SoundMeter> meter;
    if (facts != nullptr) meter.emplace(head, facts->band_energy, facts->silent_frame_level);
    const bool read = unreadable.reads(heads.rows[i], file, [&] {
      const auto heard =
          read_sound(file, sound.rate, sound.length.seconds, meter ? &*meter : nullptr);
      pool.add(sound_features(heard, sound.rate, sound), sound_channels(sound));
    });
    unreadable.raise(UnreadableFiles::Counted::kNotAll);
    if (read && meter) facts->sounds.push_back(meter->finish());
  }
  run.reporter.progress_done();
  if (pool.count() == 0) unreadable.raise_first();
  samples.kind = Kind::kSequence;
  samples.sequences = pool.finish();
  samples.sequences.sound = sound;
}

}  // namespace dlwork::data
