#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "dlwork/base/error.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/run_context.h"
#include "dlwork/data/dataset.h"
#include "dlwork/spec/project.h"
#include "support/temporary_folder.h"

namespace dlwork::data {

using dlwork::testing::TemporaryFolder;

/// A run context that says nothing.
struct Quiet {
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
};

/// A folder with files made by a test.
class Folder : public TemporaryFolder {
 public:
  std::string write(const std::string& name, const std::string& bytes) const {
    const auto file = path() / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
    return file.string();
  }
  /// A project whose data section reads `train` here.
  spec::Project project(const std::string& train, const std::string& target = "") const {
    spec::Project project;
    project.file = (path() / "project.yaml").string();
    project.data.root = path().string();
    project.data.train.paths = {train};
    project.data.target = target;
    return project;
  }
};

/// gzip of `bytes`.
inline std::string packed(const std::string& bytes) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// An IDX file of bytes.
inline std::string idx_bytes(const std::vector<std::uint32_t>& dims, const std::string& values) {
  std::string bytes{0, 0, 8, static_cast<char>(dims.size())};
  for (const auto dim : dims) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(dim >> shift);
  }
  return bytes + values;
}

/// So many values of a megabyte each that no memory holds them; a file may have such a size without
/// taking it on the disk.
inline std::uint32_t too_many_megabytes() {
  return static_cast<std::uint32_t>(usable_memory_bytes() >> 20) + 1;
}

/// Runs `action`, which must throw Error with the status; gives its one diagnostic.
template <typename Action>
Diagnostic failure_of(ExitStatus status, Action action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), status) << error.what();
    EXPECT_EQ(error.diagnostics().size(), 1u);
    return error.diagnostics().front();
  }
  ADD_FAILURE() << "no error";
  return {};
}

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

}  // namespace dlwork::data
