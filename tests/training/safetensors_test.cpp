#include "training/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>

#include "dlwork/base/error.h"
#include "dlwork/base/files.h"
#include "dlwork/base/hash.h"
#include "dlwork/base/rng.h"
#include "support/temporary_folder.h"
#include "training/supervised_learner.h"

namespace dlwork::training {
namespace {

using testing::TemporaryFolder;

std::string file_of(const std::string& header, const std::string& data) {
  const std::uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header + data;
}

SafeTensors sample() {
  SafeTensors content;
  content.metadata = {{"format", "x"}, {"note", "ü \" \\"}};
  content.tensors.push_back({"a", "F32", {2, 1}, {"\0\0\x80\x3f\0\0\0\x40", 8}});
  content.tensors.push_back({"empty", "I64", {0, 3}, ""});
  content.tensors.push_back({"scalar", "I64", {}, {"\7\0\0\0\0\0\0\0", 8}});
  return content;
}

TEST(SafeTensors, ComeBackAsTheyWere) {
  TemporaryFolder folder;
  write_safetensors(folder / "m.safetensors", sample());
  const auto read = read_safetensors(folder / "m.safetensors");
  EXPECT_EQ(read.metadata, sample().metadata);
  ASSERT_EQ(read.tensors.size(), 3u);
  for (const auto& tensor : sample().tensors) {
    ASSERT_NE(read.find(tensor.name), nullptr);
    EXPECT_EQ(read.find(tensor.name)->shape, tensor.shape);
    EXPECT_EQ(read.find(tensor.name)->bytes, tensor.bytes);
  }
  // The data begin on a multiple of 8, so that they can be mapped.
  std::uint64_t length = 0;
  std::memcpy(&length, read_file(folder / "m.safetensors").data(), 8);
  EXPECT_EQ(length % 8, 0u);
}

TEST(SafeTensors, OfTheSameContentAreTheSameFile) {
  TemporaryFolder folder;
  write_safetensors(folder / "m.safetensors", sample());
  EXPECT_EQ(hash_file(folder / "m.safetensors"), "ed4d3ff3ee7868461293294dfcfe9dc1");
}

TEST(SafeTensors, AreStoredFromTheMemoryTheyAreIn) {
  TemporaryFolder folder;
  const auto plain = torch::arange(6, torch::kFloat32).view({2, 3});
  const auto turned = plain.t();
  const auto memory = static_cast<const void*>(plain.data_ptr());
  SafeTensors content;
  content.tensors = {store_tensor("plain", plain), store_tensor("turned", turned)};
  EXPECT_EQ(static_cast<const void*>(content.tensors[0].bytes.data()), memory);
  EXPECT_NE(static_cast<const void*>(content.tensors[1].bytes.data()), memory)
      << "row-major is another order";
  write_safetensors(folder / "m.safetensors", content);
  const auto read = read_safetensors(folder / "m.safetensors");
  EXPECT_TRUE(torch::equal(load_tensor(*read.find("plain")), plain));
  EXPECT_TRUE(torch::equal(load_tensor(*read.find("turned")), turned));
}

TEST(SafeTensors, HostileBytesAreAnErrorThatNamesTheFile) {
  const std::vector<std::string> hostile{
      "",
      "short",
      std::string("\xff\xff\xff\xff\xff\xff\xff\x7f{}", 10),
      file_of("{}", "left over"),
      file_of("[1]", ""),
      file_of("{\"a\":1}", ""),
      file_of(
          R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
          "1234"),
      file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "1234"),
      file_of(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", "1234"),
      file_of(R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", ""),
      file_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", "12345678"),
      file_of(R"({"a":{"dtype":"F32","shape":[1000000],"data_offsets":[0,4000000]}})", "1234"),
      file_of(R"({"a":{"dtype":"OBJ","shape":[1],"data_offsets":[0,4]}})", "1234"),
      file_of(R"({"__metadata__":{"a":1}})", ""),
      file_of(std::string(100000, '['), ""),
  };
  TemporaryFolder folder;
  for (const auto& bytes : hostile) {
    write_file(folder / "bad.safetensors", bytes);
    try {
      read_safetensors(folder / "bad.safetensors");
      ADD_FAILURE() << "accepted: " << bytes.substr(0, 80);
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::kInput);
      EXPECT_NE(std::string(error.what()).find("bad.safetensors"), std::string::npos);
    }
  }
}

TEST(SafeTensors, SurvivesAnyChangedByte) {
  TemporaryFolder folder;
  write_safetensors(folder / "m.safetensors", sample());
  const std::string good = read_file(folder / "m.safetensors");
  Rng rng(1, "bytes");
  for (int round = 0; round < 500; ++round) {
    std::string bytes = good;
    bytes[rng.below(bytes.size())] = static_cast<char>(rng.below(256));
    if (round % 3 == 0) bytes.resize(rng.below(bytes.size()));
    write_file(folder / "changed.safetensors", bytes);
    try {
      read_safetensors(folder / "changed.safetensors");
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::kInput);
    }
  }
}

}  // namespace
}  // namespace dlwork::training
