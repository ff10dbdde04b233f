#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dlwork/base/files.h"

namespace dlwork::training {

/// One tensor of a safetensors file: little-endian, row-major. Its bytes are where they were, in a
/// tensor's memory or a file that was read, not copied.
struct StoredTensor {
  std::string name;
  std::string dtype;  ///< "F32", "F64", "I64" or "U8"
  std::vector<std::int64_t> shape;
  std::string_view bytes;
  std::shared_ptr<const void> owner = nullptr;  ///< of the bytes; null: they outlive this
};

/// The safetensors format: u64 length of a JSON header, the header, the tensors' bytes without
/// holes. Data only: nothing in it is ever executed.
struct SafeTensors {
  std::map<std::string, std::string> metadata;
  std::vector<StoredTensor> tensors;
  bool checked = false;  ///< read from bytes with a checksum, which fits them
  const StoredTensor* find(const std::string& name) const;
};

/// The metadata get one entry more, a checksum over all other bytes.
void write_safetensors(const std::filesystem::path& file, const SafeTensors& content,
                       Durable durable = Durable::kPowerCut);
/// Survives any bytes: throws Error(kInput) for a header that is no JSON of the format, claims more
/// than the file holds, overlaps, leaves holes, or repeats a name; and where a checksum is there
/// and does not fit.
SafeTensors read_safetensors(const std::filesystem::path& file);
/// The same of its bytes, which outlive what is returned; `file` is for messages.
SafeTensors parse_safetensors(const std::string& bytes, const std::filesystem::path& file);

}  // namespace dlwork::training
