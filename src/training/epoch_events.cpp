#include "training/epoch_events.h"

#include <algorithm>
#include <filesystem>

namespace dlwork::training {
namespace {

bool stands_beside_others(const artefact::EventFile& file) {
  const std::filesystem::directory_iterator all(file.path().parent_path());
  return std::any_of(begin(all), end(all), [&](const auto& entry) {
    const std::string name = entry.path().filename().string();
    return name.starts_with("events.out.tfevents.") && entry.path() != file.path();
  });
}

}  // namespace

void write_epoch(artefact::EventFile& file, const FitOptions& options, const EpochRecord& record) {
  file.scalar("loss/training", record.epoch, record.train_loss);
  file.scalar(options.metric + "/training", record.epoch, record.train_metric);
  if (!options.validation_rows.empty()) {
    file.scalar("loss/validation", record.epoch, record.validation_loss);
    file.scalar(options.metric + "/validation", record.epoch, record.validation_metric);
  }
  file.scalar("training/learning rate", record.epoch, record.learning_rate);
  file.scalar("training/seconds", record.epoch, record.seconds);
}

bool write_history(artefact::EventFile& file, const FitOptions& options,
                   const std::vector<EpochRecord>& history) {
  if (history.empty()) return false;
  if (stands_beside_others(file)) {
    file.restarted(history.back().epoch + 1);
    return false;
  }
  for (const EpochRecord& record : history) write_epoch(file, options, record);
  return true;
}

}  // namespace dlwork::training
