#pragma once

#include <string>
#include <vector>

#include "dlwork/spec/project.h"

namespace dlwork::testing {

/// Layers from YAML, as a project file would give them: the text stands under `model: {layers:
/// ..}`.
inline std::vector<spec::LayerSpec> layers(const std::string& yaml) {
  return spec::read_project("data: {train: none}\nmodel:\n  layers: " + yaml + "\n", "project.yaml",
                            {})
      .model.layers;
}

}  // namespace dlwork::testing
