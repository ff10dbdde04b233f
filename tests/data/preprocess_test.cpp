#include "dlwork/data/preprocess.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "data_support.h"

namespace dlwork::data {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

Column numbers(const std::string& name, std::vector<double> values) {
  Column column;
  column.name = name;
  column.numbers = std::move(values);
  return column;
}
Column texts(const std::string& name, std::vector<std::string> categories,
             std::vector<std::int32_t> codes) {
  Column column;
  column.name = name;
  column.type = ColumnType::kCategory;
  column.categories = std::move(categories);
  column.codes = std::move(codes);
  return column;
}
Samples table(std::vector<Column> columns) {
  Samples samples;
  samples.count = samples.table.rows = columns.front().count();
  samples.table.columns = std::move(columns);
  return samples;
}
std::vector<std::int64_t> first(std::int64_t count) {
  std::vector<std::int64_t> rows(count);
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}
std::vector<float> apply(const Preprocessor& fitted, const Samples& samples,
                         const std::vector<std::int64_t>& rows) {
  std::vector<float> out(rows.size() * fitted.shape().size(), -77.0f);
  fitted.apply(samples, rows.data(), static_cast<std::int64_t>(rows.size()), out.data());
  return out;
}

// numpy: [1, 2, 4, 9, -3] has mean 2.6, std 3.9293765408777004, median 2.
TEST(Preprocessor, StandardisesFillsAndMarksGaps) {
  const Samples samples = table({numbers("a", {1, 2, 4, 9, -3, kNaN, kInf})});
  const auto fitted = Preprocessor::fit(samples, first(7), Categories::kOneHot);
  EXPECT_EQ(fitted.feature_names(), (std::vector<std::string>{"a", "a is missing"}));
  EXPECT_DOUBLE_EQ(fitted.columns()[0].mean, 2.6);
  EXPECT_DOUBLE_EQ(fitted.columns()[0].deviation, 3.9293765408777004);
  EXPECT_EQ(fitted.columns()[0].fill, 2);
  const auto out = apply(fitted, samples, first(7));
  EXPECT_FLOAT_EQ(out[0], static_cast<float>((1 - 2.6) / 3.9293765408777004));
  EXPECT_EQ(out[1], 0);
  for (const int gap : {5, 6}) {
    EXPECT_FLOAT_EQ(out[2 * gap], static_cast<float>((2 - 2.6) / 3.9293765408777004));
    EXPECT_EQ(out[2 * gap + 1], 1);
  }
}

TEST(Preprocessor, LearnsFromTheGivenRowsAlone) {
  const auto make = [](double poison, std::int32_t code) {
    return table({numbers("a", {1, 2, 3, poison, poison}),
                  texts("c", {"x", "y", "poison"}, {0, 1, 0, code, code})});
  };
  const auto clean = Preprocessor::fit(make(2, 0), first(3), Categories::kOneHot).to_json().dump();
  EXPECT_EQ(Preprocessor::fit(make(1e300, 2), first(3), Categories::kOneHot).to_json().dump(),
            clean);
  EXPECT_EQ(Preprocessor::fit(make(kNaN, -1), first(3), Categories::kOneHot).to_json().dump(),
            clean);
  Samples pictures;
  pictures.kind = Kind::kImage;
  pictures.count = 2;
  pictures.pictures = {2, 1, 1, 2, {10, 20, 255, 0}};
  auto poisoned = pictures;
  poisoned.pictures.pixels = {10, 20, 7, 8};
  EXPECT_EQ(Preprocessor::fit(pictures, {0}, Categories::kOneHot).to_json(),
            Preprocessor::fit(poisoned, {0}, Categories::kOneHot).to_json());
}

TEST(Preprocessor, FloorsTheDeviationAndSilencesConstants) {
  std::vector<double> outlier(100000, 0.0);
  outlier[0] = 1;
  std::vector<double> constant(100000, 7.0);
  std::vector<double> tiny(100000);
  for (std::size_t i = 0; i < tiny.size(); ++i) tiny[i] = 1e-12 * static_cast<double>(i % 2);
  const Samples samples =
      table({numbers("outlier", outlier), numbers("constant", constant),
             numbers("none", std::vector<double>(100000, kNaN)), numbers("tiny", tiny)});
  const auto fitted = Preprocessor::fit(samples, first(100000), Categories::kOneHot);
  EXPECT_DOUBLE_EQ(fitted.columns()[0].deviation, 0.01);
  const auto out = apply(fitted, samples, {0, 1});
  EXPECT_NEAR(out[0], 100, 0.01);
  EXPECT_EQ(out[1], 0);
  EXPECT_EQ(out[2], 0);
  EXPECT_NEAR(out[3], -1, 1e-4);
  EXPECT_NEAR(out[7], 1, 1e-4);
  Samples other = table({numbers("outlier", {kNaN}), numbers("constant", {1e9}),
                         numbers("none", {3}), numbers("tiny", {1e300})});
  for (const float value : apply(fitted, other, {0})) EXPECT_TRUE(std::isfinite(value));
  EXPECT_EQ(apply(fitted, other, {0})[1], 0);
  EXPECT_EQ(apply(fitted, other, {0})[2], 0);
}

TEST(Preprocessor, KnowsWhichFeaturesAreAmounts) {
  Column day = numbers("day", {});
  day.info.meaning = Meaning::kDatetime;
  for (int i = 0; i < 4; ++i) day.numbers.push_back(1614556800 + 86400.0 * i);
  const Samples samples =
      table({texts("c", {"x", "y"}, {0, 1, 1, 0}), numbers("gaps", {1, 2, kNaN, 4}),
             numbers("constant", {7, 7, 7, 7}), day});
  const auto hot = Preprocessor::fit(samples, first(4), Categories::kOneHot);
  EXPECT_EQ(
      hot.feature_names(),
      (std::vector<std::string>{"gaps", "gaps is missing", "constant", "day",
                                "day in the week, sine", "day in the week, cosine", "c=x", "c=y"}));
  EXPECT_EQ(hot.amounts(), (std::vector<std::int64_t>{0, 3}));
  EXPECT_EQ(Preprocessor::from_json(hot.to_json()).amounts(), hot.amounts());
  const auto codes = Preprocessor::fit(samples, first(4), Categories::kCodes);
  EXPECT_EQ(codes.amounts(), hot.amounts());
}

TEST(Preprocessor, CodesCategoriesBehindTheNumbers) {
  const Samples samples =
      table({texts("c", {"x", "never", "y"}, {0, 2, -1, 2}), numbers("n", {0, 2, 0, 2})});
  const auto hot = Preprocessor::fit(samples, first(4), Categories::kOneHot);
  EXPECT_EQ(hot.feature_names(), (std::vector<std::string>{"n", "c=x", "c=y"}));
  EXPECT_TRUE(hot.shape().category_sizes.empty());
  EXPECT_EQ(apply(hot, samples, first(4)),
            (std::vector<float>{-1, 1, 0, 1, 0, 1, -1, 0, 0, 1, 0, 1}));
  const auto codes = Preprocessor::fit(samples, first(4), Categories::kCodes);
  EXPECT_EQ(codes.feature_names(), (std::vector<std::string>{"n", "c"}));
  EXPECT_EQ(codes.shape().category_sizes, (std::vector<std::int64_t>{3}));
  EXPECT_EQ(apply(codes, samples, first(4)), (std::vector<float>{-1, 1, 1, 2, -1, 0, 1, 2}));
  // New data with its own codes, order of columns and an unknown text.
  const Samples other = table({numbers("n", {1, 1, 1}), texts("c", {"new", "y", "x"}, {0, 1, 2})});
  EXPECT_EQ(apply(hot, other, first(3)), (std::vector<float>{0, 0, 0, 0, 0, 1, 0, 1, 0}));
  EXPECT_EQ(apply(codes, other, first(3)), (std::vector<float>{0, 0, 0, 2, 0, 1}));
}

TEST(Preprocessor, KeepsTheMostFrequentOfManyCategories) {
  std::vector<std::string> names;
  std::vector<std::int32_t> codes;
  for (int i = 0; i < 400; ++i) {
    names.push_back("id" + std::to_string(i));
    for (int repeat = 0; repeat < (i >= 300 ? 2 : 1); ++repeat) codes.push_back(i);
  }
  const Samples samples = table({texts("id", names, codes)});
  const auto fitted = Preprocessor::fit(samples, first(samples.count), Categories::kOneHot);
  ASSERT_EQ(fitted.columns()[0].categories.size(), kMostOneHot);
  EXPECT_EQ(fitted.columns()[0].categories.front(), "id0");
  EXPECT_EQ(fitted.columns()[0].categories.back(), "id399");
}

TEST(Preprocessor, ScalesPicturesByChannel) {
  Samples samples;
  samples.kind = Kind::kImage;
  samples.count = 1;
  samples.pictures = {1, 3, 1, 2, {0, 255, 51, 51, 0, 51}};
  const auto fitted = Preprocessor::fit(samples, {0}, Categories::kOneHot);
  EXPECT_EQ(fitted.shape().dims, (std::vector<std::int64_t>{3, 1, 2}));
  EXPECT_EQ(fitted.shape().size(), 6);
  const auto out = apply(fitted, samples, {0});
  const std::vector<float> expected{-1, 1, 0, 0, -1, 1};
  for (std::size_t i = 0; i < out.size(); ++i) EXPECT_NEAR(out[i], expected[i], 1e-6);
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

TEST(Preprocessor, ComesBackFromJsonToTheBit) {
  const Samples samples =
      table({numbers("a", {0.1, 0.2, 1e-17, 3e300}), numbers("b", {1.0 / 3, kNaN, 2, 7}),
             texts("c", {"Zoë", "\"q\"\n"}, {0, 1, 1, 0})});
  for (const auto categories : {Categories::kOneHot, Categories::kCodes}) {
    const auto fitted = Preprocessor::fit(samples, first(4), categories);
    const auto back = Preprocessor::from_json(Json::parse(fitted.to_json().dump()));
    EXPECT_EQ(back.to_json(), fitted.to_json());
    EXPECT_EQ(back.feature_names(), fitted.feature_names());
    EXPECT_EQ(back.shape().category_sizes, fitted.shape().category_sizes);
    EXPECT_TRUE(same_bits(apply(back, samples, first(4)), apply(fitted, samples, first(4))));
  }
  Samples pictures;
  pictures.kind = Kind::kImage;
  pictures.count = 1;
  pictures.pictures = {1, 1, 2, 2, {3, 77, 200, 9}};
  const auto fitted = Preprocessor::fit(pictures, {0}, Categories::kOneHot);
  const auto back = Preprocessor::from_json(Json::parse(fitted.to_json().dump()));
  EXPECT_TRUE(same_bits(back.channel_scale(), fitted.channel_scale()));
  EXPECT_TRUE(same_bits(back.channel_offset(), fitted.channel_offset()));
}

TEST(Preprocessor, RefusesDamagedJson) {
  const Samples samples = table({numbers("a", {1, 2})});
  const Json good = Preprocessor::fit(samples, first(2), Categories::kOneHot).to_json();
  const auto fails = [](const Json& json) {
    return failure_of(ExitStatus::kInput, [&] { Preprocessor::from_json(json); }).message;
  };
  for (const char* text : {"null", "[]", "{}", "{\"version\":1,\"kind\":\"sound\"}",
                           "{\"version\":2,\"kind\":\"table\"}",
                           "{\"version\":1,\"kind\":\"image\",\"channels\":99999999,\"height\":1,"
                           "\"width\":1,\"scale\":[],\"offset\":[]}",
                           "{\"version\":1,\"kind\":\"image\",\"channels\":3,\"height\":1,"
                           "\"width\":1,\"scale\":[1],\"offset\":[1]}"}) {
    EXPECT_HAS(fails(Json::parse(text)), "damaged");
  }
  Json bad = good;
  bad["columns"][0]["deviation"] = 0;
  EXPECT_HAS(fails(bad), "deviation of a");
  bad = good;
  bad["columns"][0]["mean"] = nullptr;
  EXPECT_HAS(fails(bad), "damaged");
}

}  // namespace
}  // namespace dlwork::data
