#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdio>
#include <functional>

#include "data/arrays.h"
#include "data/decode.h"
#include "data/read_tables.h"
#include "data_support.h"
#include "dlwork/base/machine.h"
#include "support/sanitized.h"

namespace dlwork::data {
namespace {

/// Runs `action` in a process of its own; how many bytes its peak of memory grew, or -1 when it did
/// not end with Error(kInput) as it must.
std::int64_t growth_of(const std::function<void()>& action) {
  int ends[2];
  if (pipe(ends) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) {
    const std::uint64_t before = peak_memory_bytes();
    std::int64_t growth = -1;
    try {
      action();
    } catch (const Error& error) {
      if (error.status() == ExitStatus::kInput) {
        growth = static_cast<std::int64_t>(peak_memory_bytes() - before);
      }
    }
    const bool told = write(ends[1], &growth, sizeof growth) == sizeof growth;
    _exit(told ? 0 : 1);
  }
  close(ends[1]);
  std::int64_t growth = -1;
  if (read(ends[0], &growth, sizeof growth) != sizeof growth) growth = -1;
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return growth;
}

TableColumns read_all(const std::string& file, const std::vector<WantedColumn>& wanted) {
  Quiet quiet;
  return read_tables(find_tables({file}, {}), {}, wanted, quiet.run);
}

/// gzip of `head` and then `count` letters, made without holding them.
void write_bomb(const std::string& path, const std::string& head, std::int64_t count) {
  gzFile file = gzopen(path.c_str(), "wb9");
  ASSERT_NE(file, nullptr);
  gzwrite(file, head.data(), static_cast<unsigned>(head.size()));
  const std::string block(1 << 20, 'a');
  for (std::int64_t left = count; left > 0; left -= static_cast<std::int64_t>(block.size())) {
    ASSERT_GT(gzwrite(file, block.data(), static_cast<unsigned>(block.size())), 0);
  }
  gzclose(file);
}

constexpr std::int64_t kMega = 1 << 20;

TEST(Hostile, AnEndlessLineEndsAtTheLongestRecord) {
  Folder folder;
  const std::string file = (folder / "bomb.csv.gz").string();
  write_bomb(file, "a,b\n1,", 160 * kMega);
  ASSERT_LT(static_cast<std::int64_t>(std::filesystem::file_size(file)), 4 * kMega);
  CsvOptions options;
  options.separator = ",";  // else each is tried, up to the longest record
  const std::int64_t growth = growth_of([&] { find_tables({file}, options); });
  EXPECT_GE(growth, 0);
  EXPECT_LT(growth, 4 * static_cast<std::int64_t>(kMostRecordBytes));
  const std::string lines = (folder / "bomb.jsonl.gz").string();
  write_bomb(lines, "{\"a\": 1}\n{\"a\": \"", 160 * kMega);
  EXPECT_HAS(failure_of(ExitStatus::kInput, [&] { read_all(lines, {{"a"}}); }).message,
             "the line is longer than 64.0 MiB");
}

TEST(Hostile, NumbersInAHeadTakeNoMemory) {
  Folder folder;
  const auto idx = folder.write("a.idx", idx_bytes({0x7fffffff, 1000, 1000}, "12345678"));
  const auto npz = folder.write("a.npy", std::string("\x93NUMPY\x01\x00\x76\x00", 10) +
                                             "{'descr': '<f8', 'fortran_order': True, 'shape': "
                                             "(100000000, 8), }" +
                                             std::string(51, ' ') + "\n");
  for (const auto& file : {idx, npz}) {
    const std::int64_t growth = growth_of([&] { probe_path(file, ""); });
    EXPECT_GE(growth, 0) << file;
    EXPECT_LT(growth, 8 * kMega) << file;
  }
}

/// Four bytes of a number, the highest first or last.
std::string four(std::uint32_t number, bool highest_first) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) {
    bytes += static_cast<char>(number >> (highest_first ? 24 - 8 * i : 8 * i));
  }
  return bytes;
}

TEST(Hostile, PicturesThatClaimToBeHugeAreNotBelieved) {
  Folder folder;
  constexpr std::uint32_t kSide = 100'000;
  // Heads alone: 100,000 x 100,000 pixels of 24 bits.
  const std::string png = std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16) + four(kSide, true) +
                          four(kSide, true) + std::string("\x08\x02\0\0\0", 5) +
                          std::string(4, '\0') + std::string("\0\0\0\0IDAT", 8) +
                          std::string(64, '\1');
  const std::string bmp = "BM" + four(1000, false) + four(0, false) + four(54, false) +
                          four(40, false) + four(kSide, false) + four(kSide, false) +
                          std::string("\x01\0\x18\0", 4) + std::string(24, '\0') +
                          std::string(64, '\1');
  const std::string jpg = std::string("\xFF\xD8\xFF\xC0\0\x11\x08", 7) + "\xFF\xFF\xFF\xFF" +
                          std::string("\x03\x01\x22\0\x02\x11\1\x03\x11\1", 10) + "\xFF\xD9";
  for (const auto& [name, bytes] :
       {std::pair{"a.png", png}, std::pair{"a.bmp", bmp}, std::pair{"a.jpg", jpg}}) {
    const auto file = folder.write(name, bytes);
    const std::int64_t growth = growth_of([&] {
      std::vector<std::uint8_t> out(3 * 8 * 8);
      decode_picture(file, 3, 8, 8, out.data(), Fit::kResize);
    });
    EXPECT_GE(growth, 0) << name;
    EXPECT_LT(growth, 16 * kMega) << name;
  }
  EXPECT_HAS(
      failure_of(ExitStatus::kInput, [&] { picture_size((folder / "a.bmp").string()); }).message,
      "claims a size of 100000 x 100000 pixels");
}

TEST(Hostile, APngWithoutDataIsRefused) {
  Folder folder;
  const auto file = folder.write(
      "a.png", std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16) + four(4, true) + four(4, true) +
                   std::string("\x08\x02\0\0\0", 5) + std::string(4, '\0') +
                   std::string("\0\0\0\0IDAT", 8) + std::string(4, '\0') +
                   std::string("\0\0\0\0IEND", 8) + std::string(4, '\0'));
  std::vector<std::uint8_t> out(3 * 4 * 4);
  const auto error =
      failure_of(ExitStatus::kInput, [&] { decode_picture(file, 3, 4, 4, out.data()); });
  EXPECT_EQ(error.at.file, file);
}

TEST(Hostile, ManyDifferentTextsTakeTheirLengthAndLittleMore) {
  if (testing::kSanitized) GTEST_SKIP() << "the sanitizer keeps freed memory";
  Folder folder;
  const std::string path = (folder / "ids.csv").string();
  constexpr std::int64_t kRows = 400'000;
  std::FILE* file = std::fopen(path.c_str(), "wb");
  ASSERT_NE(file, nullptr);
  std::fputs("id,y\n", file);
  for (std::int64_t row = 0; row < kRows; ++row) {
    std::fprintf(file, "key-%010lld,1\n", static_cast<long long>(row * 7919 % 9999991));
  }
  ASSERT_EQ(std::fclose(file), 0);
  const std::int64_t growth = growth_of([&] {
    const auto table = read_all(path, {{"id", Meaning::kId}});
    if (table.columns[0].categories.size() != kRows) return;
    throw Error(ExitStatus::kInput, "as wanted");
  });
  EXPECT_GE(growth, 0);
  // A text of 14 letters in a growing list (up to 2 x 32), its code, its slot, and its row.
  EXPECT_LT(growth, kRows * (2 * 32 + 4 + 24 + 12) + 16 * kMega);
}

TEST(Hostile, BytesOfAllKindsAreRefusedByEveryReader) {
  Folder folder;
  std::string bytes;
  for (int i = 0; i < 5000; ++i) bytes += static_cast<char>((i * 7919 + i / 256) & 255);
  for (const char* name : {"a.csv", "a.jsonl", "a.ts", "a.npy", "a.npz", "a.png", "a.tif", "a.wav",
                           "a.csv.gz", "a.csv.zst", "a.idx"}) {
    const auto file = folder.write(name, bytes);
    EXPECT_EQ(failure_of(ExitStatus::kInput, [&] { probe_path(file, ""); }).at.file, file) << name;
  }
  for (const std::string start : {"\x1f\x8b", "\x28\xb5\x2f\xfd", "PK\x03\x04", "\x93NUMPY", "II*",
                                  "{\"a\": ", "@data\n", "SQLite format 3"}) {
    const auto file = folder.write("b", start + bytes);
    failure_of(ExitStatus::kInput, [&] { probe_path(file, ""); });
    failure_of(ExitStatus::kInput, [&] { probe_path("sqlite:" + file, ""); });
  }
}

TEST(Hostile, WhatIsNoFileIsRefused) {
  Folder folder;
  ASSERT_EQ(mkfifo((folder / "pipe.csv").c_str(), 0600), 0);
  EXPECT_HAS(failure_of(ExitStatus::kInput, [&] { probe_path((folder / "pipe.csv").string(), ""); })
                 .message,
             "is not a regular file");
  EXPECT_HAS(failure_of(ExitStatus::kInput, [&] { probe_path("/dev/zero", ""); }).message,
             "is not a regular file");
  std::filesystem::create_symlink("loop.csv", folder / "loop.csv");
  EXPECT_HAS(failure_of(ExitStatus::kInput, [&] { probe_path((folder / "loop.csv").string(), ""); })
                 .message,
             "cannot be read");
}

}  // namespace
}  // namespace dlwork::data
