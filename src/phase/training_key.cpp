#include "phase/training_key.h"

#include "dlwork/base/hash.h"
#include "dlwork/base/rng.h"
#include "dlwork/base/version.h"

namespace dlwork::phase {

std::string training_key(const Context& context, const spec::Project& project,
                         const TrainingKey& training) {
  const auto& rows = *training.train_rows;
  const Json all = spec::dump_json(project);
  Json key = {{"version", version()},
              {"data", context.dataset_fingerprint},
              {"metric", context.metric()},
              {"epochs", training.epochs},
              {"seed", training.seed},
              {"rows", Hasher().add(rows.data(), rows.size() * sizeof(std::int64_t)).hex()},
              {"variant", training.variant},
              {"validated", training.validated},
              {"device", context.run.device},
              {"threads", context.run.threads}};
  for (const char* section : {"data", "task", "model", "training"}) {
    if (all.contains(section)) key[section] = all[section];
  }
  key["training"].erase("checkpoint_every");
  key["training"].erase("epochs");
  // It decides nothing but a batch size that is left open.
  if (project.training.batch_size > 0) key["training"].erase("memory");
  return hash_text(key.dump());
}

std::uint64_t diagnosed_seed(const spec::Project& project) {
  return derive_seed(project.seed, "diagnose");
}

std::int64_t diagnosed_epochs(const spec::Project& project) {
  return project.diagnose.epochs > 0 ? project.diagnose.epochs : project.training.epochs;
}

std::optional<Diagnosed> last_diagnosis(const Context& context) {
  const auto result = context.workspace.latest("diagnose");
  if (!result || !result->values.contains("training_key")) return std::nullopt;
  Diagnosed diagnosed{result->values.at("training_key").get<std::string>(),
                      *context.workspace.latest_folder("diagnose")};
  if (!std::filesystem::exists(diagnosed.model())) return std::nullopt;
  return diagnosed;
}

}  // namespace dlwork::phase
