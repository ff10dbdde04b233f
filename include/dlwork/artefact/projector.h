#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace dlwork::artefact {

/// Vectors for TensorBoard's embedding projector.
struct Projection {
  std::string name;                            ///< "validation samples"
  std::int64_t columns = 0;                    ///< of a vector
  std::vector<float> values;                   ///< [vectors, columns]
  std::vector<std::string> fields;             ///< of the metadata: "class", "prediction"
  std::vector<std::vector<std::string>> rows;  ///< a text for each field of each vector
  std::string sprite;                          ///< PNG in the folder, or ""
  std::int64_t tile_width = 0, tile_height = 0;
};

/// Writes projector_config.pbtxt, vectors.tsv and metadata.tsv into a folder that holds event files
/// (projector_config.proto names the fields). Throws Error(kRuntime).
void write_projection(const Projection& projection, const std::filesystem::path& folder);

}  // namespace dlwork::artefact
