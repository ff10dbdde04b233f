#include "dlwork/artefact/projector.h"

#include <array>
#include <charconv>

#include "dlwork/base/error.h"
#include "dlwork/base/files.h"
#include "dlwork/base/text.h"

namespace dlwork::artefact {
namespace {

constexpr char kVectors[] = "vectors.tsv", kMetadata[] = "metadata.tsv";

/// A cell cannot hold what separates cells and lines.
std::string cell(std::string text) {
  for (char& c : text) {
    if (c == '\t' || c == '\n' || c == '\r') c = ' ';
  }
  return text;
}

/// Text between quotes as protobuf's text format takes it: ASCII, all else as octal escapes.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || byte > '~' || c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>('0' + (byte >> 6));
      out += static_cast<char>('0' + (byte >> 3 & 7));
      out += static_cast<char>('0' + (byte & 7));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string vectors_text(const Projection& projection) {
  std::string text;
  std::array<char, 32> buffer;
  for (std::size_t i = 0; i < projection.values.size(); ++i) {
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                   projection.values[i], std::chars_format::general, 6);
    text.append(buffer.data(), end.ptr);
    const bool last = (i + 1) % static_cast<std::size_t>(projection.columns) == 0;
    text += last ? '\n' : '\t';
  }
  return text;
}

std::string line_of(const std::vector<std::string>& cells) {
  std::vector<std::string> clean;
  for (const std::string& text : cells) clean.push_back(cell(text));
  return join(clean, "\t") + "\n";
}

std::string config_text(const Projection& projection) {
  std::string text = "embeddings {\n  tensor_name: " + quoted(projection.name) +
                     "\n  tensor_path: " + quoted(kVectors) +
                     "\n  metadata_path: " + quoted(kMetadata) + "\n";
  if (!projection.sprite.empty()) {
    text += "  sprite {\n    image_path: " + quoted(projection.sprite) +
            "\n    single_image_dim: " + std::to_string(projection.tile_width) +
            "\n    single_image_dim: " + std::to_string(projection.tile_height) + "\n  }\n";
  }
  return text + "}\n";
}

}  // namespace

void write_projection(const Projection& projection, const std::filesystem::path& folder) {
  DLWORK_ASSERT(projection.columns > 0 &&
                    projection.values.size() ==
                        projection.rows.size() * static_cast<std::size_t>(projection.columns),
                "a row of metadata for each vector");
  // One field stands without a head, so the reader wants it.
  std::string metadata = projection.fields.size() > 1 ? line_of(projection.fields) : "";
  for (const auto& row : projection.rows) metadata += line_of(row);
  write_file(folder / kVectors, vectors_text(projection));
  write_file(folder / kMetadata, metadata);
  write_file(folder / "projector_config.pbtxt", config_text(projection));
}

}  // namespace dlwork::artefact
