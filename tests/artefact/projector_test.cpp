#include "dlwork/artefact/projector.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "dlwork/base/files.h"
#include "dlwork/base/png.h"
#include "support/places.h"
#include "support/temporary_folder.h"

namespace dlwork::artefact {
namespace {

using testing::TemporaryFolder;

Projection two_points() {
  return {"valid\"ä",
          2,
          {1, -0.5f, 1e-7f, 3},
          {"class", "where"},
          {{"a\tb", "x.csv:2"}, {"<c>", "x.csv:3\n"}},
          "sprite.png",
          28,
          20};
}

TEST(Projector, WritesVectorsAndMetadata) {
  const TemporaryFolder folder;
  write_projection(two_points(), folder.path());
  EXPECT_EQ(read_file(folder / "vectors.tsv"), "1\t-0.5\n1e-07\t3\n");
  EXPECT_EQ(read_file(folder / "metadata.tsv"), "class\twhere\na b\tx.csv:2\n<c>\tx.csv:3 \n");
  Projection plain = two_points();
  plain.fields = {"class"};
  plain.rows = {{"a"}, {"b"}};
  write_projection(plain, folder.path());
  EXPECT_EQ(read_file(folder / "metadata.tsv"), "a\nb\n");
}

TEST(Projector, IsConfiguredAsTensorBoardReads) {
  const char* python = std::getenv("DLWORK_PEERS_PYTHON");
  if (python == nullptr) GTEST_SKIP() << "DLWORK_PEERS_PYTHON names no Python";
  const TemporaryFolder folder;
  write_projection(two_points(), folder.path());
  write_file(folder / "read.py", R"(import sys
try:
    from google.protobuf import text_format
    from tensorboard.plugins.projector import projector_config_pb2
except ImportError as error:
    print(error)
    sys.exit(77)
config = projector_config_pb2.ProjectorConfig()
text_format.Parse(open(sys.argv[1]).read(), config)
e = config.embeddings[0]
print(e.tensor_name, e.tensor_path, e.metadata_path, e.sprite.image_path, list(e.sprite.single_image_dim))
)");
  const std::string command =
      "PYTHONIOENCODING=utf-8 " + std::string(python) + " " + (folder / "read.py").string() + " " +
      (folder / "projector_config.pbtxt").string() + " > " + (folder / "out").string() + " 2>&1";
  const int status = std::system(command.c_str());
  if (status == 77 << 8) GTEST_SKIP() << read_file(folder / "out");
  ASSERT_EQ(status, 0) << read_file(folder / "out");
  EXPECT_EQ(read_file(folder / "out"), "valid\"ä vectors.tsv metadata.tsv sprite.png [28, 20]\n");
}

TEST(Projector, IsServedByTensorBoard) {
  const char* python = std::getenv("DLWORK_PEERS_PYTHON");
  if (python == nullptr) GTEST_SKIP() << "DLWORK_PEERS_PYTHON names no Python";
  const TemporaryFolder folder;
  make_folder(folder / "run");
  write_projection(two_points(), folder / "run");
  const std::vector<std::uint8_t> pixels(56 * 40, 7);
  const std::string sprite = png_bytes(56, 40, 1, pixels.data());
  write_file(folder / "run" / "sprite.png", sprite);
  const std::string command = "PYTHONIOENCODING=utf-8 " + std::string(python) + " " +
                              places::source_folder() + "/tests/artefact/serve_projector.py " +
                              folder.path().string() + " > " + (folder / "out").string() + " 2> " +
                              (folder / "err").string();
  const int status = std::system(command.c_str());
  if (status == 77 << 8) GTEST_SKIP() << read_file(folder / "out");
  ASSERT_EQ(status, 0) << read_file(folder / "err");
  EXPECT_EQ(read_file(folder / "out"),
            "['run'] valid\"ä [2, 2]\n(1.0, -0.5, 1.0000000116860974e-07, 3.0)\n"
            "b'class\\twhere\\na b\\tx.csv:2\\n<c>\\tx.csv:3 \\n'\n" +
                std::to_string(sprite.size()) + "\n");
}

}  // namespace
}  // namespace dlwork::artefact
