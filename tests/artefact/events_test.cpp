#include "dlwork/artefact/events.h"

#include <gtest/gtest.h>

#include <limits>

#include "artefact/crc32c.h"
#include "dlwork/base/error.h"
#include "dlwork/base/png.h"
#include "support/python_reader.h"

namespace dlwork::artefact {
namespace {

using testing::read_events;
using testing::TemporaryFolder;
using testing::value_of;

// RFC 3720, appendix B.4, and the polynomial's customary check value.
TEST(Crc32c, IsCastagnolis) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(EventFile, FramesItsRecords) {
  const TemporaryFolder folder;
  const EventFile file(folder / "run");
  const std::string bytes = read_file(file.path());
  ASSERT_GE(bytes.size(), 16u);
  const auto length = static_cast<unsigned char>(bytes[0]);
  ASSERT_EQ(bytes.size(), 12u + length + 4u);
  const auto number = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;)
      value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
  };
  EXPECT_EQ(number(8), masked_crc32c(bytes.substr(0, 8)));
  EXPECT_EQ(number(12 + length), masked_crc32c(bytes.substr(12, length)));
  EXPECT_NE(bytes.find("brain.Event:2"), std::string::npos);
  EXPECT_EQ(file.path().filename().string().find("events.out.tfevents."), 0u);
}

TEST(EventFile, SortsByTheOrderOfItsMaking) {
  const TemporaryFolder folder;
  const EventFile first(folder.path()), second(folder.path());
  EXPECT_LT(first.path().filename(), second.path().filename());
}

TEST(EventFile, SaysWhyItCannotBeWritten) {
  const TemporaryFolder folder;
  write_file(folder / "file", "");
  EXPECT_THROW(EventFile(folder / "file"), Error);
}

// Scores 0.1, 0.4, 0.35, 0.8 of labels no, no, yes, yes (the example of scikit-learn's
// precision_recall_curve) at the thresholds 0, 0.25, 0.5, 0.75, 1.
TEST(PrCurve, CountsByThreshold) {
  const PrCurve curve = pr_curve({0.1f, 0.4f, 0.35f, 0.8f}, {false, false, true, true}, 5);
  EXPECT_EQ(curve.true_positives, (std::vector<double>{2, 2, 1, 1, 0}));
  EXPECT_EQ(curve.false_positives, (std::vector<double>{2, 1, 0, 0, 0}));
  EXPECT_EQ(curve.true_negatives, (std::vector<double>{0, 1, 2, 2, 2}));
  EXPECT_EQ(curve.false_negatives, (std::vector<double>{0, 0, 1, 1, 2}));
}

TEST(Histogram, CountsEveryFiniteValueOnce) {
  std::vector<float> values;
  for (int i = 0; i <= 300; ++i) values.push_back(static_cast<float>(i));
  values.push_back(std::numeric_limits<float>::quiet_NaN());
  const Histogram histogram = histogram_of(values.data(), static_cast<std::int64_t>(values.size()));
  EXPECT_EQ(histogram.low, 0);
  EXPECT_EQ(histogram.high, 300);
  EXPECT_EQ(histogram.count, 301);
  EXPECT_EQ(histogram.sum, 300 * 301 / 2);
  EXPECT_EQ(histogram.sum_of_squares, 300.0 * 301 * 601 / 6);
  ASSERT_EQ(histogram.counts.size(), 30u);
  EXPECT_EQ(histogram.counts.front(), 10);
  EXPECT_EQ(histogram.counts.back(), 11);  // the last bucket holds its upper bound too
  const std::vector<float> same(7, 2.5f);
  EXPECT_EQ(histogram_of(same.data(), 7).counts, std::vector<double>{7});
  EXPECT_EQ(histogram_of(nullptr, 0).count, 0);
}

TEST(EventFile, IsWhatTensorBoardReads) {
  const TemporaryFolder folder;
  const std::vector<std::uint8_t> pixels(12, 7);
  const std::vector<float> values{-1, 0, 0.5f, 3};
  {
    EventFile file(folder.path());
    file.graph(
        {{"input", "input", {}, {-1, 2}, 0}, {"1 linear", "linear", {"input"}, {-1, 5}, 15}});
    file.scalar("loss/training", 3, 0.25);
    file.histogram("weights/w", 2, histogram_of(values.data(), 4));
    file.image("confusion", 1, png_bytes(4, 3, 1, pixels.data()));
    file.image("none", 1, "no picture");
    file.text("notes", 0, "**bold** <b>\n\n- ä");
    file.pr_curve("pr/yes", 5, pr_curve({0.1f, 0.4f, 0.35f, 0.8f}, {false, false, true, true}, 5));
    file.experiment({{"training.learning_rate", true}, {"training.optimizer", false}},
                    {"accuracy/validation"});
    file.session_start(
        "trial 3",
        {{"training.learning_rate", "1e-3"}, {"training.optimizer", "adamw"}, {"depth", 4}});
    file.session_end(EventFile::Ended::kBadly);
    file.restarted(4);
  }
  const auto read = read_events(folder.path());
  if (!read.skipped.empty()) GTEST_SKIP() << read.skipped;
  ASSERT_EQ(read.problem, "");
  const Json& events = read.events;
  EXPECT_EQ(events[0], Json({{"version", "brain.Event:2"}}));
  EXPECT_EQ(events[1]["graph"], Json::parse(R"([["input", "input", [], [-1, 2], 0],
                                               ["1 linear", "linear", ["input"], [-1, 5], 15]])"));
  EXPECT_EQ(value_of(events, "loss/training", 3), 0.25);
  const Json histogram = value_of(events, "weights/w", 2);
  double count = 0;
  for (const Json& bucket : histogram) count += bucket[2].get<double>();
  EXPECT_EQ(count, 4) << histogram;
  EXPECT_EQ(value_of(events, "confusion", 1)[0], "4");
  EXPECT_EQ(value_of(events, "confusion", 1)[1], "3");
  EXPECT_TRUE(value_of(events, "none", 1).is_null());
  EXPECT_EQ(value_of(events, "notes", 0), Json::parse(R"(["**bold** <b>\n\n- ä"])"));
  // true and false positives, true and false negatives, precision, recall
  EXPECT_EQ(value_of(events, "pr/yes", 5),
            Json::parse("[[2, 2, 1, 1, 0], [2, 1, 0, 0, 0], [0, 1, 2, 2, 2], [0, 0, 1, 1, 2],"
                        " [0.5, 0.6666666865348816, 1, 1, 0], [1, 1, 0.5, 0.5, 0]]"));
  EXPECT_EQ(value_of(events, "_hparams_/experiment", 0),
            Json::parse(R"({"hparams": [["training.learning_rate", 3], ["training.optimizer", 1]],
                            "metrics": ["accuracy/validation"]})"));
  const Json session = value_of(events, "_hparams_/session_start_info", 0);
  EXPECT_EQ(session["name"], "trial 3");
  EXPECT_EQ(session["settings"].size(), 3u);
  EXPECT_EQ(session["settings"]["training.learning_rate"], 0.001);
  EXPECT_EQ(session["settings"]["training.optimizer"], "adamw");
  EXPECT_EQ(session["settings"]["depth"], 4);
  EXPECT_EQ(value_of(events, "_hparams_/session_end_info", 0), Json({{"status", 2}}));
  EXPECT_EQ(events.back(), Json({{"restarted", 4}, {"status", 1}}));
}

}  // namespace
}  // namespace dlwork::artefact
