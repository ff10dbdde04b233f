#include <cmath>
#include <numeric>

#include "data_support.h"
#include "dlwork/base/rng.h"
#include "dlwork/data/pca.h"
#include "dlwork/data/preprocess.h"
#include "dlwork/data/resolve.h"

namespace dlwork::data {
namespace {

using Rows = std::vector<std::int64_t>;

Rows first_rows(std::int64_t count) {
  Rows rows(count);
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

std::vector<float> prepared(const Preprocessor& fitted, const Samples& samples, const Rows& rows) {
  std::vector<float> out(rows.size() * fitted.shape().size(), -77.0f);
  fitted.apply(samples, rows.data(), static_cast<std::int64_t>(rows.size()), out.data());
  return out;
}

/// 40 rows of four numbers in pairs that say much the same, and a category.
Samples pairs() {
  Samples samples;
  samples.count = samples.table.rows = 40;
  std::vector<Column> columns(5);
  for (int i = 0; i < 40; ++i) {
    const double a = std::sin(1.3 * i), b = std::cos(0.7 * i);
    columns[0].numbers.push_back(10 * a);
    columns[1].numbers.push_back(-3 * a + 0.4 * std::sin(5.1 * i));
    columns[2].numbers.push_back(100 + 7 * b);
    columns[3].numbers.push_back(b + 0.2 * std::cos(3.3 * i));
    columns[4].codes.push_back(i % 3);
  }
  columns[4].type = ColumnType::kCategory;
  columns[4].categories = {"red", "blue", "green"};
  for (int c = 0; c < 5; ++c) columns[c].name = std::string(1, static_cast<char>('a' + c));
  samples.table.columns = std::move(columns);
  return samples;
}

spec::Reduce keep(double amount) { return {"pca", amount, {"project.yaml", 7, 3}}; }

// scikit-learn 1.9.1: PCA(n_components=0.9, svd_solver="full") of the columns by StandardScaler and
// the category one-hot. Components are defined up to their sign, and here scaled by one number.
TEST(Reduce, GivesTheComponentsOfScikitLearn) {
  const Samples samples = pairs();
  const auto fitted = Preprocessor::fit(samples, first_rows(40), Categories::kOneHot, keep(0.9));
  ASSERT_TRUE(fitted.reduction());
  const auto& reduction = *fitted.reduction();
  EXPECT_EQ(reduction.features(), 7);
  ASSERT_EQ(reduction.components(), 3);
  EXPECT_NEAR(reduction.kept, 0.9243314173922941, 1e-6);
  EXPECT_EQ(reduction.text(), "3 principal components keep 92.43 % of the variance of 7 features");
  EXPECT_NEAR(reduction.scale, std::sqrt(3 / (2.1416917 + 1.93207471 + 0.34998894)), 1e-6);
  const double expected[2][3] = {{-1.4389090033980436, 1.539401710449077, 0.7978553468106989},
                                 {-1.0652927554660003, 1.2760772309059225, -0.42958789845772705}};
  const auto out = prepared(fitted, samples, {0, 17});
  for (int k = 0; k < 3; ++k) {
    const double sign = out[k] * expected[0][k] < 0 ? -1 : 1;
    for (int i = 0; i < 2; ++i) {
      EXPECT_NEAR(sign * out[i * 3 + k] / reduction.scale, expected[i][k], 1e-5) << i << " " << k;
    }
  }
}

TEST(Reduce, HasTheShapeAndNamesOfComponents) {
  const Samples samples = pairs();
  const auto fitted = Preprocessor::fit(samples, first_rows(40), Categories::kOneHot, keep(2));
  EXPECT_EQ(fitted.shape().dims, (std::vector<std::int64_t>{2}));
  EXPECT_EQ(fitted.feature_names(), (std::vector<std::string>{"component 1", "component 2"}));
  EXPECT_EQ(fitted.amounts(), (std::vector<std::int64_t>{0, 1}));
  EXPECT_NEAR(fitted.reduction()->kept, 0.8512021987026699, 1e-6);
  EXPECT_EQ(fitted.columns().size(), 5u);  // raw input still has them
  EXPECT_EQ(fitted.feature_kind(), Kind::kTable);
}

TEST(Reduce, ComponentsHaveUnitVarianceOnAverageAndNoMean) {
  const Samples samples = pairs();
  const auto fitted = Preprocessor::fit(samples, first_rows(40), Categories::kOneHot, keep(3));
  const auto out = prepared(fitted, samples, first_rows(40));
  double sum = 0, squares = 0;
  for (const float value : out) {
    sum += value;
    squares += static_cast<double>(value) * value;
  }
  EXPECT_NEAR(sum, 0, 1e-4);
  EXPECT_NEAR(squares / (3 * 39), 1, 1e-5);
}

TEST(Reduce, LearnsFromTheGivenRowsAlone) {
  Samples samples = pairs();
  const auto clean = Preprocessor::fit(samples, first_rows(30), Categories::kOneHot, keep(0.9));
  for (int i = 30; i < 40; ++i) samples.table.columns[0].numbers[i] = 1e6;
  EXPECT_EQ(
      Preprocessor::fit(samples, first_rows(30), Categories::kOneHot, keep(0.9)).to_json().dump(),
      clean.to_json().dump());
}

TEST(Reduce, ReadsBackWithTheSameBitsInWhateverCompany) {
  const Samples samples = pairs();
  const auto fitted = Preprocessor::fit(samples, first_rows(30), Categories::kOneHot, keep(0.95));
  const auto again = Preprocessor::from_json(Json::parse(fitted.to_json().dump()));
  const auto all = prepared(fitted, samples, first_rows(40));
  EXPECT_EQ(prepared(again, samples, first_rows(40)), all);
  EXPECT_EQ(again.feature_names(), fitted.feature_names());
  const std::int64_t width = fitted.shape().size();
  for (const std::int64_t row : {3, 35}) {
    EXPECT_EQ(prepared(again, samples, {row}),
              std::vector<float>(all.begin() + row * width, all.begin() + (row + 1) * width));
  }
}

TEST(Reduce, RefusesADamagedRecord) {
  const Json sound =
      Preprocessor::fit(pairs(), first_rows(40), Categories::kOneHot, keep(2)).to_json();
  const auto refused = [&](const char* key, const Json& value) {
    Json json = sound;
    json["reduction"][key] = value;
    return failure_of(ExitStatus::kInput, [&] { Preprocessor::from_json(json); }).message;
  };
  EXPECT_NE(refused("mean", {1, 2}).find("do not fit its features"), std::string::npos);
  EXPECT_NE(refused("basis", {1, 2, 3}).find("do not fit its features"), std::string::npos);
  EXPECT_NE(refused("scale", 0).find("out of range"), std::string::npos);
  EXPECT_NE(refused("method", "svd").find("its reduction is unknown"), std::string::npos);
}

TEST(Reduce, PicturesBecomeARowOfNumbers) {
  Samples samples;
  samples.kind = Kind::kImage;
  samples.count = 50;
  samples.pictures = {50, 1, 4, 5, {}};
  Rng rng(3, "reduce pictures");
  for (int i = 0; i < 50; ++i) {
    // Two brightnesses, a half each, and a little noise.
    const auto left = rng.below(200), right = rng.below(200);
    for (int p = 0; p < 20; ++p) {
      samples.pictures.pixels.push_back(
          static_cast<std::uint8_t>((p % 5 < 2 ? left : right) + rng.below(20)));
    }
  }
  const auto fitted = Preprocessor::fit(samples, first_rows(50), Categories::kOneHot, keep(0.9));
  EXPECT_EQ(fitted.kind(), Kind::kImage);
  EXPECT_EQ(fitted.feature_kind(), Kind::kTable);
  EXPECT_EQ(fitted.shape().dims, (std::vector<std::int64_t>{2}));
  EXPECT_EQ(fitted.reduction()->features(), 20);
  const auto again = Preprocessor::from_json(Json::parse(fitted.to_json().dump()));
  EXPECT_EQ(prepared(again, samples, {7, 49}), prepared(fitted, samples, {7, 49}));
}

TEST(Reduce, SaysWhereItAsksForTooMuch) {
  const auto fails = [](double amount, const Samples& samples, std::int64_t rows) {
    try {
      Preprocessor::fit(samples, first_rows(rows), Categories::kOneHot, keep(amount));
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::kUsage);
      EXPECT_EQ(error.diagnostics().front().at.line, 7);
      return error.diagnostics().front().key + ": " + error.diagnostics().front().message;
    }
    return std::string("no error");
  };
  EXPECT_EQ(fails(9, pairs(), 40),
            "data.reduce.keep: 9 components cannot be had of 7 features and 40 training samples");
  EXPECT_EQ(fails(5, pairs(), 4),
            "data.reduce.keep: 5 components cannot be had of 7 features and 4 training samples");
  Samples alike = pairs();
  for (auto& column : alike.table.columns) {
    for (auto& value : column.numbers) value = 1;
    for (auto& code : column.codes) code = 0;
  }
  EXPECT_EQ(fails(0.9, alike, 40),
            "data.reduce: the training samples are all alike, so there are no components");
  Samples series;
  series.kind = Kind::kSequence;
  series.count = 2;
  series.sequences = {2, 2, 1, {1, 2, 3, 4}, {2, 2}};
  EXPECT_EQ(fails(0.9, series, 2),
            "data.reduce: principal components are made of tables and pictures, and these are of "
            "kind sequence");
}

// So many rows and columns for so few components that their space is drawn; of rank 8.
TEST(Reduce, WideDataGiveTheSameVarianceByDrawnDirections) {
  constexpr std::int64_t kRows = 110, kColumns = 100, kRank = 8;
  Rng rng(9, "reduce wide");
  std::vector<float> left(kRows * kRank), right(kRank * kColumns), values(kRows * kColumns);
  for (auto& value : left) value = static_cast<float>(rng.normal());
  for (auto& value : right) value = static_cast<float>(rng.normal());
  for (std::int64_t i = 0; i < kRows; ++i) {
    for (std::int64_t k = 0; k < kRank; ++k) {
      const float factor = left[i * kRank + k] / static_cast<float>(k + 1);
      for (std::int64_t j = 0; j < kColumns; ++j) {
        values[i * kColumns + j] += factor * right[k * kColumns + j];
      }
    }
  }
  const Pca drawn = fit_first_components(values.data(), kRows, kColumns, 10);
  ASSERT_EQ(drawn.variances.size(), 10u);
  EXPECT_NEAR(drawn.explained()[7], 1, 1e-6);
  // The rows' own variance along a component is its eigenvalue, and components are orthonormal.
  const auto product = [&](std::int64_t a, std::int64_t b) {
    return std::inner_product(drawn.components.begin() + a * kColumns,
                              drawn.components.begin() + (a + 1) * kColumns,
                              drawn.components.begin() + b * kColumns, 0.0);
  };
  EXPECT_NEAR(product(0, 0), 1, 1e-9);
  EXPECT_NEAR(product(0, 1), 0, 1e-9);
  EXPECT_NEAR(product(3, 7), 0, 1e-9);
  for (const std::int64_t k : {0, 5, 7}) {
    double squares = 0;
    for (std::int64_t i = 0; i < kRows; ++i) {
      double score = 0;
      for (std::int64_t j = 0; j < kColumns; ++j) {
        score += (values[i * kColumns + j] - drawn.mean[j]) * drawn.components[k * kColumns + j];
      }
      squares += score * score;
    }
    EXPECT_NEAR(squares / (kRows - 1) / drawn.variances[k], 1, 1e-6) << k;
  }
}

TEST(Reduce, ResolvingRefusesWhatCannotBeReducedAndRanksPicturesAsTables) {
  Folder folder;
  folder.write("lines.txt", "one two\nthree four\nfive six\n");
  const std::string file = folder.write("project.yaml",
                                        "dlwork: 1\ntask: embedding\ndata:\n  train: lines.txt\n"
                                        "  reduce: {method: pca}\n");
  try {
    resolve_project(file, {});
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    EXPECT_EQ(error.diagnostics().front().key, "data.reduce");
    EXPECT_EQ(error.diagnostics().front().at.line, 5);
    EXPECT_EQ(error.diagnostics().front().at.column, 3);
  }
  spec::Project project;
  EXPECT_EQ(feature_kind(project, Kind::kImage), Kind::kImage);
  project.data.reduce.method = "pca";
  EXPECT_EQ(feature_kind(project, Kind::kImage), Kind::kTable);
}

}  // namespace
}  // namespace dlwork::data
