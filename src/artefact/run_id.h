#pragma once

#include <string>
#include <string_view>

namespace dlwork::artefact {

/// A new id: "20261123-211456-amber-heron", the UTC time and two words drawn by chance (not from
/// the project's seed: two runs of one project must not share a name). Never before `newest`, the
/// last id in use or "", so that ids sort in the order in which they were made.
std::string new_run_id(std::string_view newest);

/// True for text of the form above; other folders of a workspace are left alone.
bool is_run_id(std::string_view name);

}  // namespace dlwork::artefact
