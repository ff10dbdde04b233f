#include "data/idx.h"

#include <cmath>
#include <numeric>

#include "data_support.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"
#include "dlwork/data/preprocess.h"

namespace dlwork::data {
namespace {

TEST(Idx, ReadsPicturesAndLabelsPackedOrNot) {
  Folder folder;
  std::string values;
  for (int i = 0; i < 12; ++i) values += static_cast<char>(i * 20);
  const auto plain = folder.write("p.idx", idx_bytes({2, 2, 3}, values));
  const auto gz = folder.write("p.gz", packed(idx_bytes({2, 2, 3}, values)));
  for (const auto& file : {plain, gz}) {
    EXPECT_TRUE(is_idx(file));
    Pictures pool;
    EXPECT_EQ(read_idx_pictures(file, pool), 2);
    EXPECT_EQ(read_idx_pictures(file, pool), 2);
    EXPECT_EQ(pool.count, 4);
    EXPECT_EQ(pool.channels, 1);
    EXPECT_EQ(pool.height, 2);
    EXPECT_EQ(pool.width, 3);
    EXPECT_EQ(pool.at(3)[5], 220);
  }
  Pictures colour;
  read_idx_pictures(folder.write("c.idx", idx_bytes({1, 3, 2, 2}, values)), colour);
  EXPECT_EQ(colour.channels, 3);
  const auto labels = read_idx_labels(folder.write("l.idx", idx_bytes({3}, "\x01\x02\xFF")));
  EXPECT_EQ(labels, (std::vector<std::int32_t>{1, 2, 255}));
  const std::string wide("\0\0\x0C\x01\0\0\0\x02\xFF\xFF\xFF\xFE\0\0\x01\0", 16);
  EXPECT_EQ(read_idx_labels(folder.write("w.idx", wide)), (std::vector<std::int32_t>{-2, 256}));
}

TEST(Idx, RefusesWhatTheMemoryCannotHold) {
  Folder folder;
  const std::uint32_t count = too_many_megabytes();
  const auto file = folder.write("big.idx", idx_bytes({count, 1024, 1024}, ""));
  std::filesystem::resize_file(file, 16 + (std::uint64_t{count} << 20));
  Pictures pool;
  const std::uint64_t before = peak_memory_bytes();
  const auto error = failure_of(ExitStatus::kInput, [&] { read_idx_pictures(file, pool); });
  EXPECT_EQ(error.at.file, file);
  EXPECT_EQ(error.message, "its pictures and those before need " +
                               pretty_bytes(std::uint64_t{count} << 20) +
                               " of memory, more than this machine has");
  EXPECT_EQ(pool.pixels.capacity(), 0u);
  EXPECT_LT(peak_memory_bytes() - before, 16u << 20);
}

TEST(Idx, RefusesWhatTheFileCannotHold) {
  Folder folder;
  Pictures pool;
  const auto fails = [&](const std::string& name, const std::string& bytes) {
    const auto file = folder.write(name, bytes);
    const auto error = failure_of(ExitStatus::kInput, [&] { read_idx_pictures(file, pool); });
    EXPECT_EQ(error.at.file, file);
    return error.message;
  };
  const std::uint64_t before = peak_memory_bytes();
  const std::uint32_t huge = 0xFFFFFFFF;
  EXPECT_HAS(fails("a", idx_bytes({huge, huge, huge}, "xy")), "more than the file can hold");
  EXPECT_HAS(fails("b", packed(idx_bytes({huge, 28, 28}, "xy"))), "more than the file can hold");
  // Deflate could just make this much of the file, but the bytes are not there.
  const std::string random_tail = [] {
    std::string bytes;
    std::uint64_t state = 1;
    for (int i = 0; i < 100000; ++i) {
      state = state * 6364136223846793005u + 1;
      bytes += static_cast<char>(state >> 40);
    }
    return bytes;
  }();
  EXPECT_HAS(fails("c", packed(idx_bytes({1000, 300, 300}, random_tail))), "fewer values");
  EXPECT_HAS(fails("d", idx_bytes({2, 2, 3}, "12345678901")), "promises");
  EXPECT_HAS(fails("e", idx_bytes({2, 2, 3}, "1234567890123")), "promises");
  EXPECT_HAS(fails("f", packed(idx_bytes({2, 2, 3}, "1234567890123"))), "more values");
  EXPECT_HAS(fails("g", idx_bytes({0, 2, 3}, "")), "no records");
  EXPECT_HAS(fails("h", idx_bytes({3}, "123")), "not pictures");
  EXPECT_HAS(fails("i", "\x01\x02\x03\x04"), "no IDX file");
  EXPECT_HAS(fails("j", ""), "empty");
  EXPECT_HAS(fails("k", std::string("\0\0\x08\x03\0\0", 6)), "inside its IDX header");
  EXPECT_LT(peak_memory_bytes() - before, 64u << 20);
}

TEST(Idx, RefusesPicturesOfAnotherSize) {
  Folder folder;
  Pictures pool;
  read_idx_pictures(folder.write("a", idx_bytes({1, 2, 2}, "1234")), pool);
  const auto other = folder.write("b", idx_bytes({1, 1, 4}, "1234"));
  const auto error = failure_of(ExitStatus::kInput, [&] { read_idx_pictures(other, pool); });
  EXPECT_HAS(error.message, "1 x 1 x 4");
  EXPECT_HAS(error.message, "1 x 2 x 2");
}

// numpy: x = the 60,000 pictures / 255; x.mean() == 0.2860406, x.std() == 0.3530242.
TEST(Idx, ReadsFashionMnist) {
  const std::string root = "/usr/share/datasets/fashion-mnist";
  if (!std::filesystem::exists(root)) {
    GTEST_SKIP() << "needs Debian's package dataset-fashion-mnist in " << root;
  }
  spec::Project project;
  project.data.root = root;
  project.data.train.paths = {"train-images-idx3-ubyte.gz"};
  project.data.train.labels = "train-labels-idx1-ubyte.gz";
  project.data.test.paths = {"t10k-images-idx3-ubyte.gz"};
  project.data.test.labels = "t10k-labels-idx1-ubyte.gz";
  Quiet quiet;
  const double start = monotonic_seconds();
  const Dataset dataset = load_dataset(project, "classification", quiet.run);
  const double seconds = monotonic_seconds() - start;
  RecordProperty("load_seconds", std::to_string(seconds));
  EXPECT_LT(seconds, 20) << "a tenth of this is usual";
  EXPECT_EQ(dataset.samples.count, 70000);
  EXPECT_EQ(dataset.split, "stratified, seed 1: 54,000 / 6,000 / 10,000");
  std::vector<int> counts(10, 0);
  for (const auto row : dataset.part(Part::kValidation)) {
    ++counts[dataset.samples.target.codes[row]];
  }
  EXPECT_EQ(counts, std::vector<int>(10, 600));
  std::vector<std::int64_t> rows(60000);
  std::iota(rows.begin(), rows.end(), 0);
  const auto fitted = Preprocessor::fit(dataset.samples, rows, Categories::kOneHot);
  const double deviation = 1 / (255.0 * fitted.channel_scale()[0]);
  EXPECT_NEAR(deviation, 0.3530242, 1e-6);
  EXPECT_NEAR(-fitted.channel_offset()[0] * deviation, 0.2860406, 1e-6);
}

}  // namespace
}  // namespace dlwork::data
