#include <gtest/gtest.h>

#include "dlwork/base/png.h"
#include "dlwork/report/render.h"
#include "report/builders.h"
#include "report/raster.h"
#include "support/python_reader.h"

namespace dlwork::report {
namespace {

using testing::read_events;
using testing::TemporaryFolder;
using testing::value_of;

MatrixData confusion() {
  return read_matrix(Json::parse(R"({"row_label": "true", "column_label": "predicted",
      "rows": ["cat", "Bär"], "columns": ["cat", "Bär"], "values": [[90, 10], [0, 100]]})"));
}

TEST(Raster, DrawsAMatrixInItsShades) {
  const PngSize size = png_size(png_matrix(confusion()));
  EXPECT_GE(size.width, 160);
  EXPECT_EQ(size.height, 2 * 12 + 6 + 2 * 20 + 4);
  EXPECT_EQ(png_matrix(read_matrix(Json::object())), "");
}

TEST(Raster, CutsWhatLiesOutside) {
  Canvas canvas(8, 8);
  canvas.fill(-5, -5, 100, 7, {0, 0, 0});
  canvas.text(-3, 2, "long text", {0, 0, 0});
  EXPECT_EQ(png_size(canvas.png()).width, 8);
  EXPECT_GT(Canvas::text_width("wide"), Canvas::text_width("i"));
}

TEST(Events, TellTheResultItsSettingsAndItsPictures) {
  const TemporaryFolder folder;
  const std::vector<std::uint8_t> pixels(6, 9);
  write_file(folder / "a.png", png_bytes(3, 2, 1, pixels.data()));
  write_file(folder / "resolved.yaml", "seed: 1\n");
  auto result = audited();
  result.metrics = {{"accuracy", 0.5, 0.4, 0.6, "validation", 10, "network", true}};
  result.figures = {
      {"c", "Confusion matrix", "matrix",
       Json::parse(R"({"rows": ["a", "b"], "columns": ["a", "b"], "values": [[1, 2], [3, 4]]})"),
       ""},
      {"p", "Mistakes", "pictures", Json::parse(R"({"items": [{"file": "a.png", "caption": "Shirt"},
                                 {"file": "../a.png", "caption": "out"}]})"),
       ""}};
  write_events(result, folder.path());
  const auto read = read_events(folder.path());
  if (!read.skipped.empty()) GTEST_SKIP() << read.skipped;
  ASSERT_EQ(read.problem, "");
  EXPECT_EQ(value_of(read.events, "result/accuracy of network, validation", 0), 0.5);
  EXPECT_EQ(value_of(read.events, "settings", 0), Json::array({"```yaml\nseed: 1\n```\n"}));
  const std::string text = value_of(read.events, "result", 0)[0];
  EXPECT_NE(text.find("312 samples in both parts"), std::string::npos) << text;
  EXPECT_EQ(value_of(read.events, "Mistakes/1 Shirt", 0)[0], "3");
  EXPECT_EQ(value_of(read.events, "Mistakes/1 Shirt", 0)[1], "2");
  EXPECT_TRUE(value_of(read.events, "Mistakes/2 out", 0).is_null());
  EXPECT_FALSE(value_of(read.events, "Confusion matrix", 0).is_null());
}

}  // namespace
}  // namespace dlwork::report
