#pragma once

#include <string>

#include "spec/fields.h"
#include "spec/scalars.h"

namespace dlwork::spec {

/// The key that a path names. `owner` holds the keys, so that `field` stays valid.
struct Found {
  std::shared_ptr<Fields> owner;
  const Field* field = nullptr;  ///< null with no fault: a layer not yet known
  Fault fault;                   ///< set when the path names no key
};

/// Finds the key at a dotted path: `training.epochs`, `model.layers.2.units`.
Found find_key(Project& project, const std::string& path);

/// "did you mean '...'?" from all key paths, or ""; of a key within others that stands outside of
/// all, where it stands. `group`: what `path` is within.
std::string suggest_path(const std::string& path, const std::string& group = "");

}  // namespace dlwork::spec
