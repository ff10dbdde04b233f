#include "dlwork/base/files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "dlwork/base/error.h"

namespace dlwork {
namespace {

constexpr size_t kBufferBytes = 1 << 18;

// What a person can do about a system error; "" where the reason says it all.
std::string advice_for(int reason) {
  switch (reason) {
    case ENOSPC:
    case EDQUOT:
      return "free some space, or put the folder on another disk";
    case EROFS:
      return "the file system is read-only; use a folder that can be written";
    case EACCES:
    case EPERM:
      return "check the permissions of the file and of its folder";
    case ENOENT:
      return "check the path";
    case ENOTDIR:
    case EEXIST:
      return "a file stands where a folder is needed";
    case EMFILE:
    case ENFILE:
      return "too many files are open; raise `ulimit -n`";
    default:
      return "";
  }
}

[[noreturn]] void throw_system(ExitStatus status, const std::string& what,
                               const std::filesystem::path& path, int reason) {
  throw Error(status, what + " " + path.string() + ": " + std::strerror(reason),
              advice_for(reason));
}

// Closes the descriptor on every way out.
class Descriptor {
 public:
  explicit Descriptor(const std::filesystem::path& path)
      : value_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (value_ < 0) throw_system(ExitStatus::kInput, "cannot read", path, errno);
  }
  ~Descriptor() { ::close(value_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

// A rename survives a power cut only once the folder itself is on disk. File systems that cannot
// (some network ones) answer EINVAL; nothing better can be done there.
void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

std::filesystem::path followed(const std::filesystem::path& path) {
  std::error_code problem;
  if (!std::filesystem::is_symlink(path, problem)) return path;
  const std::filesystem::path target = std::filesystem::weakly_canonical(path, problem);
  return problem ? path : target;
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  const Descriptor file(path);
  std::string bytes;
  struct stat status {};
  if (::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode)) {
    bytes.reserve(static_cast<size_t>(status.st_size) + 1);
  }
  std::string block(kBufferBytes, '\0');
  for (;;) {
    const ssize_t size = ::read(file.get(), block.data(), block.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) throw_system(ExitStatus::kInput, "cannot read", path, errno);
    if (size == 0) return bytes;
    bytes.append(block.data(), static_cast<size_t>(size));
  }
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

AtomicFile::AtomicFile(std::filesystem::path path) : path_(followed(path)) {
  struct stat status {};
  const bool exists = ::stat(path_.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) {
    errno = EISDIR;
    fail("cannot write");
  }
  if (exists && !S_ISREG(status.st_mode)) {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    temporary_ = path_.parent_path() /
                 ("." + path_.filename().string() + ".tmp." + std::to_string(::getpid()));
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  }
  if (descriptor_ < 0) fail("cannot write");
  if (exists && !temporary_.empty() && ::fchmod(descriptor_, status.st_mode & 07777) != 0) {
    fail("cannot keep the permissions of");
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!committed_ && !temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view bytes) {
  if (buffer_.size() + bytes.size() > kBufferBytes) flush();
  if (bytes.size() > kBufferBytes) {
    put(bytes);
  } else {
    buffer_.append(bytes);
  }
}

void AtomicFile::write(const void* bytes, size_t size) {
  write(std::string_view(static_cast<const char*>(bytes), size));
}

void AtomicFile::put(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("cannot write");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void AtomicFile::flush() {
  put(buffer_);
  buffer_.clear();
}

void AtomicFile::commit(Durable durable) {
  DLWORK_ASSERT(!committed_, "a file is committed once");
  flush();
  const bool sync = !temporary_.empty() && durable == Durable::kPowerCut;
  if (sync && ::fsync(descriptor_) != 0) fail("cannot write");
  if (::close(std::exchange(descriptor_, -1)) != 0) fail("cannot write");
  if (!temporary_.empty()) {
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("cannot write");
    if (sync) sync_folder(path_.parent_path());
  }
  committed_ = true;
}

// The destructor does not run for a constructor that throws, so what was made is undone here.
void AtomicFile::fail(const char* what) {
  const int reason = errno;
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  throw_system(ExitStatus::kRuntime, what, path_, reason);
}

void make_folder(const std::filesystem::path& path) {
  std::error_code problem;
  std::filesystem::create_directories(path, problem);
  if (!problem && !std::filesystem::is_directory(path)) {
    problem = std::make_error_code(std::errc::not_a_directory);
  }
  if (problem) throw_system(ExitStatus::kRuntime, "cannot make the folder", path, problem.value());
}

MappedFile::MappedFile(const std::filesystem::path& path) {
  const Descriptor file(path);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) {
    throw_system(ExitStatus::kInput, "cannot read", path, errno);
  }
  if (!S_ISREG(status.st_mode)) {
    throw Error(ExitStatus::kInput, "cannot read " + path.string() + ": it is not a plain file");
  }
  if (status.st_size == 0) return;
  size_ = static_cast<size_t>(status.st_size);
  void* bytes = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (bytes == MAP_FAILED) throw_system(ExitStatus::kInput, "cannot map", path, errno);
  data_ = static_cast<const char*>(bytes);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<char*>(data_), size_);
}

std::uint64_t free_bytes(const std::filesystem::path& path) {
  std::error_code problem;
  std::filesystem::path there = std::filesystem::absolute(path, problem);
  while (!std::filesystem::exists(there, problem) && there.has_relative_path()) {
    there = there.parent_path();
  }
  const std::filesystem::space_info space = std::filesystem::space(there, problem);
  if (problem) {
    throw_system(ExitStatus::kRuntime, "cannot tell the free space of", path, problem.value());
  }
  return space.available;
}

void throw_errno(const char* what, const std::filesystem::path& path) {
  throw_system(ExitStatus::kRuntime, what, path, errno);
}

}  // namespace dlwork
