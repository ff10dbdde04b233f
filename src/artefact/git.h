#pragma once

#include <filesystem>
#include <string>

#include "dlwork/base/json.h"

namespace dlwork::artefact {

/// {"commit", "branch", "dirty"} of the repository that holds `folder`; null outside of one.
/// `commit` is null before the first commit, `branch` on a detached head. `dirty` tells whether
/// tracked files under `folder` differ from the commit; null where no git program is installed.
Json git_state(const std::filesystem::path& folder);

}  // namespace dlwork::artefact
