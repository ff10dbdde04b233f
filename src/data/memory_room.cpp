#include "data/memory_room.h"

#include "data/problem.h"
#include "dlwork/base/text.h"

namespace dlwork::data {

void expect_room(const std::string& path, const char* what, std::uint64_t bytes, const char* hint,
                 std::uint64_t most) {
  if (bytes <= most) return;
  const std::string memory = pretty_bytes(bytes) + " of memory, more than this machine has";
  input_error(path, 0, 0, std::string(what) + " " + memory, hint);
}

}  // namespace dlwork::data
