#include "training/safetensors.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <set>

#include "dlwork/base/error.h"
#include "dlwork/base/files.h"
#include "dlwork/base/hash.h"
#include "dlwork/base/json.h"

namespace dlwork::training {
namespace {

/// As the reference implementation: no header is longer.
constexpr std::uint64_t kLongestHeader = 100'000'000;

constexpr char kMetadata[] = "__metadata__";
constexpr char kChecksum[] = "checksum";

/// Of a header without its checksum, and the tensors' bytes.
std::string checksum_of(const Json& header, const std::vector<std::string_view>& bytes) {
  Hasher hasher;
  hasher.add(header.dump());
  for (const auto part : bytes) hasher.add(part);
  return hasher.hex();
}

[[noreturn]] void not_safetensors(const std::filesystem::path& file, const std::string& why) {
  throw Error(ExitStatus::kInput, file.string() + ": is not a safetensors file: " + why,
              "name a model file that dlwork wrote");
}

std::uint64_t dtype_size(const std::string& dtype) {
  if (dtype == "F32") return 4;
  if (dtype == "F64" || dtype == "I64") return 8;
  if (dtype == "U8") return 1;
  return 0;
}

/// Bytes a tensor of this shape needs, or nullopt past 64 bits or for a negative side.
std::optional<std::uint64_t> byte_size(const StoredTensor& tensor) {
  std::uint64_t size = dtype_size(tensor.dtype);
  for (const std::int64_t side : tensor.shape) {
    if (side < 0) return std::nullopt;
    if (side > 0 &&
        size > std::numeric_limits<std::uint64_t>::max() / static_cast<std::uint64_t>(side)) {
      return std::nullopt;
    }
    size *= static_cast<std::uint64_t>(side);
  }
  return size;
}

struct Span {
  std::uint64_t begin, end;
  StoredTensor tensor;
};

Span read_entry(const std::filesystem::path& file, const std::string& name, const Json& entry) {
  if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string() ||
      !entry.contains("shape") || !entry["shape"].is_array() || !entry.contains("data_offsets") ||
      !entry["data_offsets"].is_array() || entry["data_offsets"].size() != 2) {
    not_safetensors(file, "the entry of '" + name + "' is not whole");
  }
  Span span{0, 0, {name, entry["dtype"].get<std::string>(), {}, {}, {}}};
  if (dtype_size(span.tensor.dtype) == 0) {
    not_safetensors(file, "'" + name + "' has the type " + span.tensor.dtype);
  }
  for (const auto& side : entry["shape"]) {
    if (!side.is_number_unsigned()) not_safetensors(file, "'" + name + "' has no valid shape");
    span.tensor.shape.push_back(side.get<std::int64_t>());
  }
  for (const auto& offset : entry["data_offsets"]) {
    if (!offset.is_number_unsigned()) not_safetensors(file, "'" + name + "' has no valid offsets");
  }
  span.begin = entry["data_offsets"][0].get<std::uint64_t>();
  span.end = entry["data_offsets"][1].get<std::uint64_t>();
  const auto size = byte_size(span.tensor);
  if (span.end < span.begin || !size || *size != span.end - span.begin) {
    not_safetensors(file, "the offsets of '" + name + "' do not fit its shape");
  }
  return span;
}

/// Parses the header; a repeated name is refused, which plain parsing would let pass.
Json parse_header(const std::filesystem::path& file, std::string_view text) {
  std::set<std::string> names;
  bool repeated = false;
  int depth = 0;
  const auto watch = [&](int level, Json::parse_event_t event, Json& value) {
    depth = std::max(depth, level);
    if (event == Json::parse_event_t::key && level == 1) {
      repeated = !names.insert(value.get<std::string>()).second || repeated;
    }
    return level <= 4;
  };
  Json header = Json::parse(text.begin(), text.end(), watch, /*allow_exceptions=*/false);
  if (!header.is_object()) not_safetensors(file, "its header is not a JSON object");
  if (repeated) not_safetensors(file, "its header repeats a name");
  return header;
}

/// Takes the checksum out of the header; false where there is none, as in files of other programs.
bool take_checksum(const std::filesystem::path& file, Json& header, std::string_view data) {
  if (!header.contains(kMetadata) || !header[kMetadata].is_object() ||
      !header[kMetadata].contains(kChecksum)) {
    return false;
  }
  const Json written = header[kMetadata][kChecksum];
  header[kMetadata].erase(kChecksum);
  if (written == checksum_of(header, {data})) return true;
  throw Error(
      ExitStatus::kInput,
      file.string() + ": is damaged: its bytes do not fit the checksum written with them",
      "copy it from where it is whole, or make it anew (a checkpoint: run without --resume)");
}

}  // namespace

const StoredTensor* SafeTensors::find(const std::string& name) const {
  for (const auto& tensor : tensors) {
    if (tensor.name == name) return &tensor;
  }
  return nullptr;
}

void write_safetensors(const std::filesystem::path& file, const SafeTensors& content,
                       Durable durable) {
  Json header = {{kMetadata, content.metadata}};
  std::vector<std::string_view> parts;
  std::uint64_t offset = 0;
  for (const auto& tensor : content.tensors) {
    header[tensor.name] = {{"dtype", tensor.dtype},
                           {"shape", tensor.shape},
                           {"data_offsets", {offset, offset + tensor.bytes.size()}}};
    offset += tensor.bytes.size();
    parts.push_back(tensor.bytes);
  }
  header[kMetadata][kChecksum] = checksum_of(header, parts);
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();
  AtomicFile out(file);
  out.write(&length, sizeof length);
  out.write(text);
  for (const auto& tensor : content.tensors) out.write(tensor.bytes);
  out.commit(durable);
}

SafeTensors read_safetensors(const std::filesystem::path& file) {
  const auto bytes = std::make_shared<const std::string>(read_file(file));
  SafeTensors content = parse_safetensors(*bytes, file);
  for (StoredTensor& tensor : content.tensors) tensor.owner = bytes;
  return content;
}

SafeTensors parse_safetensors(const std::string& bytes, const std::filesystem::path& file) {
  std::uint64_t length = 0;
  if (bytes.size() < sizeof length)
    not_safetensors(file, "it has only " + std::to_string(bytes.size()) + " bytes");
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > kLongestHeader || length > bytes.size() - sizeof length) {
    not_safetensors(file, "its header claims to be longer than the file");
  }
  const std::string_view data = std::string_view(bytes).substr(sizeof length + length);
  Json header = parse_header(file, std::string_view(bytes).substr(sizeof length, length));

  SafeTensors content;
  content.checked = take_checksum(file, header, data);
  std::vector<Span> spans;
  for (const auto& [name, entry] : header.items()) {
    if (name != kMetadata) {
      spans.push_back(read_entry(file, name, entry));
      continue;
    }
    if (!entry.is_object()) not_safetensors(file, "__metadata__ is not an object");
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_string()) not_safetensors(file, "__metadata__ holds more than strings");
      content.metadata[key] = value.get<std::string>();
    }
  }
  std::stable_sort(spans.begin(), spans.end(),
                   [](const Span& a, const Span& b) { return a.begin < b.begin; });
  std::uint64_t place = 0;
  for (Span& span : spans) {
    if (span.begin != place || span.end > data.size()) {
      not_safetensors(
          file, "the bytes of '" + span.tensor.name + "' overlap, leave a hole or are cut off");
    }
    span.tensor.bytes = data.substr(span.begin, span.end - span.begin);
    place = span.end;
    content.tensors.push_back(std::move(span.tensor));
  }
  if (place != data.size()) not_safetensors(file, "bytes are left over after the last tensor");
  return content;
}

}  // namespace dlwork::training
