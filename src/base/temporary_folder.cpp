#include "dlwork/base/temporary_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "dlwork/base/error.h"

namespace dlwork {

TemporaryFolder::TemporaryFolder() : TemporaryFolder(std::filesystem::temp_directory_path()) {}

TemporaryFolder::TemporaryFolder(const std::filesystem::path& parent) {
  std::string name = (parent / "dlwork-process-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw Error(ExitStatus::kRuntime,
                "cannot make a folder in " + parent.string() + ": " + std::strerror(errno));
  }
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code stays;  // which does no harm
  std::filesystem::remove_all(path_, stays);
}

}  // namespace dlwork
