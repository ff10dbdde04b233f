#include <gmock/gmock.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>

#include "dlwork/base/ranks.h"
#include "dlwork/base/rng.h"
#include "phase/audit/neighbours.h"
#include "phase/audit/stats/calendar.h"
#include "phase/audit/stats/confident.h"
#include "phase/audit/stats/cuts.h"
#include "phase/audit/stats/isolation.h"
#include "phase/audit/stats/personal.h"
#include "phase/audit/stats/picture_facts.h"
#include "phase/audit/stats/skill.h"
#include "phase/audit/stats/spelling.h"
#include "phase/audit/stats/transform.h"
#include "phase/audit/stats/two_nn.h"
#include "phase/audit/twins.h"

namespace dlwork::phase::audit {
namespace {

using ::testing::ElementsAre;

/// The numbers that the reference was made from, in Python as here.
class Lcg {
 public:
  double next() {
    state_ = (1103515245ull * state_ + 12345ull) % 2147483648ull;
    return static_cast<double>(state_) / 2147483648.0;
  }

 private:
  std::uint64_t state_ = 12345;
};

// cleanlab 2.9.0: count.compute_confident_joint(calibrate=True) and
// filter.find_label_issues(filter_by="prune_by_noise_rate", ranked by normalized_margin).
TEST(ConfidentLearning, AgreesWithCleanlab) {
  Lcg lcg;
  std::vector<std::int32_t> labels;
  std::vector<float> probabilities;
  for (int i = 0; i < 300; ++i) {
    const auto truth = static_cast<std::int32_t>(lcg.next() * 3);
    const double flip = lcg.next();
    double values[3], sum = 0;
    for (int k = 0; k < 3; ++k) {
      values[k] = 0.1 + lcg.next() + (k == truth ? 2.0 : 0.0);
      sum += values[k];
    }
    for (const double value : values) probabilities.push_back(static_cast<float>(value / sum));
    labels.push_back(flip > 0.15 ? truth : (truth + 1) % 3);
  }
  const auto issues = find_label_issues(labels, probabilities, 3);
  EXPECT_THAT(issues.joint, ElementsAre(93, 0, 16, 15, 79, 0, 0, 13, 84));
  EXPECT_NEAR(issues.estimated_share, 44.0 / 300, 1e-12);
  EXPECT_THAT(issues.samples,
              ElementsAre(205, 112, 52, 24, 209, 89, 207, 186, 75, 105, 43, 54, 285, 78, 74, 41,
                          144, 18, 198, 76, 191, 36, 188, 6, 14, 104, 135, 219, 15, 35, 161, 221,
                          222, 182, 293, 101, 139, 20, 23, 12));
}

TEST(ConfidentLearning, LeavesAClassWithoutSamplesAlone) {
  const auto issues =
      find_label_issues({0, 0, 1, 1}, {.9f, .1f, 0, .8f, .2f, 0, .2f, .8f, 0, .1f, .9f, 0}, 3);
  EXPECT_TRUE(issues.samples.empty());
}

/// As many samples as labels, of two classes, whose labels have these probabilities.
std::vector<float> of_labels(const std::vector<std::int32_t>& labels,
                             const std::vector<float>& shares) {
  std::vector<float> probabilities;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    probabilities.push_back(labels[i] == 0 ? shares[i] : 1 - shares[i]);
    probabilities.push_back(labels[i] == 0 ? 1 - shares[i] : shares[i]);
  }
  return probabilities;
}

// Of the ten surest samples the model contradicts the last: e = 0.1. A label of probability 0.2 is
// the true one with (0.2 - 0.1) / 0.8 = 1/8, and wrong with 1 - 0.9 (1/8) / 0.2 = 0.4375.
TEST(WrongLabels, TakeTheirRateFromTheSurestHalfAndTheirChanceFromBayes) {
  const std::vector<float> shares{.99f, .99f, .99f, .99f, .99f, .99f, .99f, .99f, .99f, .02f,
                                  .2f,  .05f, .5f,  .9f,  .6f,  .6f,  .6f,  .6f,  .6f,  .6f};
  const std::vector<std::int32_t> labels{0, 1, 0, 1, 0, 1, 0, 1, 0, 1,
                                         0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
  const auto wrong = wrong_labels(labels, of_labels(labels, shares), 2);
  EXPECT_NEAR(wrong.rate, 0.1, 1e-12);
  EXPECT_EQ(wrong.chance[9], 1);
  EXPECT_NEAR(wrong.chance[10], 0.4375, 1e-6);
  EXPECT_EQ(wrong.chance[11], 1) << "rarer than a mistake is";
  EXPECT_NEAR(wrong.chance[12], 0.1, 1e-6) << "nothing is known but the rate";
  EXPECT_NEAR(wrong.chance[13], 0, 1e-6);
}

// A model that is wrong itself does not make labels wrong.
TEST(WrongLabels, AreNoMoreThanATenth) {
  std::vector<float> probabilities;
  for (int i = 0; i < 20; ++i) probabilities.insert(probabilities.end(), {.4f, .6f});
  const auto wrong = wrong_labels(std::vector<std::int32_t>(20, 0), probabilities, 2);
  EXPECT_NEAR(wrong.rate, 0.1, 1e-12);
  EXPECT_NEAR(wrong.chance[0], 1 - 0.9 * (0.3 / 0.8) / 0.4, 1e-6);
}

// Of ten samples one is taken to be wrong at least; of three classes a wrong one is either other.
TEST(WrongLabels, ShareTheRateAmongTheOtherClasses) {
  std::vector<float> probabilities{.2f, .7f, .1f};
  for (int i = 0; i < 9; ++i) probabilities.insert(probabilities.end(), {.98f, .01f, .01f});
  const auto wrong = wrong_labels({0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, probabilities, 3);
  EXPECT_NEAR(wrong.rate, 0.1, 1e-12);
  EXPECT_NEAR(wrong.chance[0], 1 - 0.9 * ((0.2 - 0.05) / 0.85) / 0.2, 1e-6);
}

// scipy.stats.yeojohnson and yeojohnson_normmax
TEST(YeoJohnson, AgreesWithScipy) {
  EXPECT_NEAR(yeo_johnson(3, 0.3), 1.719055221701327, 1e-14);
  EXPECT_NEAR(yeo_johnson(-2, 0.3), -3.2194163764257517, 1e-14);
  EXPECT_NEAR(yeo_johnson(0.5, 0.3), 0.4311564515228515, 1e-14);
  const std::vector<double> values{0.1, 0.5, 1, 2, 3, 5, 8, 20, 50, 100, -1, -0.5, 0.2, 0.7, 1.5};
  EXPECT_NEAR(yeo_johnson_lambda(values), -0.14596013355407636, 1e-5);
}

Matrix normal_rows(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  Rng rng(seed, "rows");
  Matrix matrix(rows, columns);
  for (std::int64_t i = 0; i < matrix.size(); ++i)
    matrix.data()[i] = static_cast<float>(rng.normal());
  return matrix;
}

TEST(IsolationForest, SinglesOutWhatLiesApart) {
  Matrix rows = normal_rows(1000, 4, 1);
  rows.row(500).setConstant(6);
  const auto scores = isolation_scores(rows, 3, 2);
  EXPECT_EQ(std::max_element(scores.begin(), scores.end()) - scores.begin(), 500);
  EXPECT_GT(scores[500], 0.75);
  EXPECT_NEAR(std::accumulate(scores.begin(), scores.end(), 0.0) / 1000, 0.46, 0.05);
  EXPECT_EQ(scores, isolation_scores(rows, 3, 1));  // the same bits on any number of threads
  EXPECT_NEAR(expected_path(256), 10.2448, 1e-3);   // Liu, Ting and Zhou 2008, equation 1
}

/// Distances of each of `rows` to its two nearest others.
IntrinsicDimension dimension_of(const Matrix& rows) {
  const Graph graph = nearest_others(rows, 2, 2);
  std::vector<double> first, second;
  for (std::int64_t i = 0; i < graph.rows; ++i) {
    first.push_back(graph.at(i, 0));
    second.push_back(graph.at(i, 1));
  }
  return two_nn(first, second);
}

TEST(TwoNn, FindsTheDimensionOfASubspace) {
  const Matrix flat = normal_rows(3000, 5, 2) * normal_rows(5, 20, 3);
  EXPECT_NEAR(dimension_of(flat).least_squares, 5, 0.4);
  EXPECT_NEAR(dimension_of(flat).likelihood, 5, 0.4);
  EXPECT_NEAR(dimension_of(normal_rows(3000, 2, 4)).least_squares, 2, 0.15);
  EXPECT_TRUE(std::isnan(two_nn({0, 0, 1}, {1, 1, 2}).least_squares));
}

TEST(Neighbours, AreTheNearestByDistance) {
  const Matrix rows = normal_rows(300, 6, 5);
  const Graph graph = nearest_others(rows, 4, 2);
  for (std::int64_t i = 0; i < 300; i += 37) {
    std::vector<std::pair<float, std::int32_t>> all;
    for (std::int32_t j = 0; j < 300; ++j) {
      if (j != i) all.emplace_back((rows.row(i) - rows.row(j)).norm(), j);
    }
    std::sort(all.begin(), all.end());
    for (std::int64_t place = 0; place < 4; ++place) {
      EXPECT_EQ(graph.neighbour(i, place), all[place].second);
      EXPECT_FLOAT_EQ(graph.at(i, place), all[place].first);
    }
  }
  EXPECT_EQ(nearest_others(rows.topRows(1), 4, 1).k, 0);
  const Graph across = nearest(rows, rows.topRows(3), 1, 1);
  EXPECT_EQ(across.neighbour(2, 0), 2);
  EXPECT_EQ(across.at(2, 0), 0);
}

TEST(Skill, IsNothingForNoiseAndAllForACopy) {
  Rng rng(7, "skill");
  std::vector<std::int32_t> classes, noise;
  std::vector<double> values, near;
  for (int i = 0; i < 3000; ++i) {
    classes.push_back(static_cast<std::int32_t>(rng.below(3)));
    noise.push_back(static_cast<std::int32_t>(rng.below(8)));
    values.push_back(rng.normal());
    near.push_back(values.back() + 0.001 * rng.normal());
  }
  EXPECT_LT(class_skill(noise, classes, 3), 0.01);
  EXPECT_GT(class_skill(classes, classes, 3), 0.99);
  EXPECT_LT(number_skill(noise, values), 0.01);
  EXPECT_GT(number_skill(group_numbers(near), values), 0.9);
}

// With no row lost to smoothing a near copy scores near 1 in a table of a few hundred rows too.
TEST(Skill, OfANearCopyIsNearOne) {
  Rng rng(11, "near copies");
  std::vector<std::int32_t> classes;
  std::vector<double> copy, hint, noise, numbers, near, far;
  for (int i = 0; i < 400; ++i) {
    classes.push_back(static_cast<std::int32_t>(rng.below(2)));
    copy.push_back(classes.back() + 0.2 * rng.uniform());
    hint.push_back(classes.back() + rng.normal());
    noise.push_back(rng.normal());
    numbers.push_back(rng.normal());
    near.push_back(numbers.back() + 0.01 * rng.normal());
    far.push_back(numbers.back() + rng.normal());
  }
  EXPECT_GT(class_skill_of_numbers(copy, classes, 2), 0.97);
  EXPECT_LT(class_skill_of_numbers(hint, classes, 2), 0.3);
  EXPECT_LT(class_skill_of_numbers(noise, classes, 2), 0.02);
  EXPECT_GT(number_skill_of_numbers(near, numbers), 0.95);
  EXPECT_LT(number_skill_of_numbers(far, numbers), 0.5);
  EXPECT_LT(number_skill_of_numbers(noise, numbers), 0.02);
}

TEST(Cuts, LieWhereTheClassesPart) {
  std::vector<double> values;
  std::vector<std::int32_t> classes;
  for (int i = 0; i < 90; ++i) {
    values.push_back(i);
    classes.push_back(i < 30 ? 0 : i < 60 ? 1 : 0);
  }
  EXPECT_EQ(class_cuts(values, classes, 2), (std::vector<double>{29.5, 59.5}));
  EXPECT_TRUE(class_cuts(std::vector<double>(90, 1.0), classes, 2).empty());
  EXPECT_TRUE(class_cuts({1, 2, 3, 4}, {0, 1, 0, 1}, 2).empty());  // no cut pays for itself
  EXPECT_TRUE(class_cuts({NAN, NAN}, {0, 1}, 2).empty());
}

TEST(Skill, GroupsKeepEqualNumbersTogetherAndGapsApart) {
  std::vector<double> values(100, 1.0);
  for (int i = 0; i < 50; ++i) values[i] = 2;
  values[99] = NAN;
  const auto groups = group_numbers(values);
  EXPECT_EQ(groups[0], groups[49]);
  EXPECT_EQ(groups[50], groups[98]);
  EXPECT_NE(groups[0], groups[50]);
  EXPECT_NE(groups[99], groups[98]);
  EXPECT_NE(groups[99], groups[0]);
}

TEST(Calendar, ReadsDaysInUsualForms) {
  EXPECT_EQ(parse_day("1970-01-02")->number(), 1);
  EXPECT_EQ(parse_day("2024/2/29")->number(), 19782);
  EXPECT_EQ(parse_day("29.2.2024")->number(), 19782);
  EXPECT_EQ(parse_day("02/29/2024")->number(), 19782);
  EXPECT_EQ(parse_day("2024-02-29T13:00:00Z")->number(), 19782);
  EXPECT_FALSE(parse_day("2023-02-29")->exists);
  for (const char* text :
       {"2024-02", "1.2.3.4", "12-34", "2024-02-29 noon", "abc", "", "2024-02/29"}) {
    EXPECT_FALSE(parse_day(text)) << text;
  }
}

TEST(Spelling, CountsEdits) {
  EXPECT_EQ(edit_distance("chevroelt", "chevrolet", 2), 1);
  EXPECT_EQ(edit_distance("kitten", "sitting", 3), 3);
  EXPECT_EQ(edit_distance("kitten", "sitting", 2), 3);
  EXPECT_EQ(edit_distance("", "ab", 2), 2);
}

TEST(Spelling, BareFormsKeepSignsThatTellValuesApart) {
  EXPECT_EQ(bare(" >50K. "), ">50k");
  EXPECT_EQ(bare("<=50K"), "<=50k");
  EXPECT_EQ(bare("C++"), "c++");
  EXPECT_EQ(bare("C#"), "c#");
  EXPECT_EQ(bare(" A- "), "a-");
  EXPECT_EQ(bare("A+"), "a+");
  EXPECT_EQ(bare("-5 %"), "-5%");
  EXPECT_EQ(bare("New-York, (N.Y.)"), "newyorkny");
}

TEST(Spelling, KnowsNumbersInTheirDress) {
  for (const char* text : {"165cm", "$12", "1,234", "5 %", "<5", "~12.5 kg"}) {
    EXPECT_TRUE(is_dressed_number(text)) << text;
  }
  for (const char* text :
       {"165", "5' 4\"", "model 7 of 9", "red", "", "2024-01-05", "Boeing-747x"}) {
    EXPECT_FALSE(is_dressed_number(text)) << text;
  }
}

TEST(Spelling, KnowsFaults) {
  EXPECT_TRUE(is_doubly_encoded("caf\xC3\x83\xC2\xA9"));
  EXPECT_FALSE(is_doubly_encoded("caf\xC3\xA9"));
  EXPECT_TRUE(is_missing_word(" N/A "));
  EXPECT_FALSE(is_missing_word("nails"));
}

TEST(Personal, KnowsCardsTelephonesAndMail) {
  EXPECT_TRUE(passes_luhn("79927398713"));  // ISO/IEC 7812-1's example
  EXPECT_FALSE(passes_luhn("79927398710"));
  EXPECT_EQ(personal_kind("paid with 4111 1111 1111 1111"), "payment card number");
  EXPECT_EQ(personal_kind("4111111111111112"), "");
  EXPECT_EQ(personal_kind("call +49 30 1234567"), "telephone number");
  EXPECT_EQ(personal_kind("030-1234567"), "telephone number");
  EXPECT_EQ(personal_kind("mail to a.b@example.org please"), "e-mail address");
  for (const char* text : {"1234567890", "3.14159265", "2024-02-29", "a@b", "0.123 0.456", "red"}) {
    EXPECT_EQ(personal_kind(text), "") << text;
  }
  for (const char* text :
       {"(212) 555-1234", "212-555-1234", "212.555.1234", "(212)555-1234", "(212) 555 1234",
        "212 555-1234", "1-800-555-0199", "1 (212) 555-1234", "call (212) 555-1234, or 5"}) {
    EXPECT_EQ(personal_kind(text), "telephone number") << text;
  }
  for (const char* text :
       {"2125551234", "212 555 1234", "112-555-1234", "212-155-1234", "212-555-12345",
        "212-5555-123", "2021-11-30", "30.11.2021", "3.11.2", "10.15.7.1200", "255.255.255.0",
        "978-3-16-148410-0", "212-555-1234-9", "212--555-1234", "212/555", "555-1234"}) {
    EXPECT_EQ(personal_kind(text), "") << text;
  }
  EXPECT_EQ(personal_name("First_Name"), "name");
  EXPECT_EQ(personal_name("file_name"), "");
  EXPECT_EQ(personal_name("Date of birth"), "birth date");
}

data::Pictures pictures_of(std::int64_t count, std::int64_t channels, std::int64_t side) {
  return {count, channels, side, side,
          std::vector<std::uint8_t>(static_cast<std::size_t>(count * channels * side * side), 0)};
}

TEST(PictureFacts, OfAHalfWhitePicture) {
  auto pictures = pictures_of(1, 1, 20);
  for (int y = 0; y < 20; ++y) {
    for (int x = 10; x < 20; ++x) pictures.pixels[y * 20 + x] = 255;
  }
  const auto facts = picture_facts(pictures, 0);
  EXPECT_FLOAT_EQ(facts.brightness, 0.5f);
  EXPECT_FLOAT_EQ(facts.contrast, 1);
  EXPECT_FLOAT_EQ(facts.entropy, 1);
  EXPECT_FLOAT_EQ(facts.clipped, 0.5f);
  EXPECT_FLOAT_EQ(facts.border, 0.5f);
  EXPECT_TRUE(facts.grey);
  // Of 18 x 18 pixels 18 have a Laplacian of 1 and 18 of -1.
  EXPECT_NEAR(facts.sharpness, 36.0 / 324, 1e-6);
}

TEST(PictureFacts, BrightnessWeighsColours) {
  auto pictures = pictures_of(1, 3, 4);
  std::fill(pictures.pixels.begin() + 16, pictures.pixels.begin() + 32, 255);
  const auto facts = picture_facts(pictures, 0);
  EXPECT_NEAR(facts.brightness, 0.587, 1e-6);
  EXPECT_FALSE(facts.grey);
  EXPECT_FLOAT_EQ(facts.channels[1], 1);
}

/// Smooth blobs, another for each picture.
data::Pictures blobs(std::int64_t count) {
  auto pictures = pictures_of(count, 1, 32);
  Rng rng(11, "blobs");
  for (std::int64_t i = 0; i < count; ++i) {
    double a[6];
    for (double& value : a) value = rng.uniform(0.5, 3);
    for (int y = 0; y < 32; ++y) {
      for (int x = 0; x < 32; ++x) {
        const double u = x / 32.0 * std::numbers::pi, v = y / 32.0 * std::numbers::pi;
        const double value = std::sin(a[0] * u + a[1]) * std::cos(a[2] * v + a[3]) +
                             0.5 * std::sin(a[4] * (u + v) + a[5]);
        pictures.pixels[(i * 32 + y) * 32 + x] =
            static_cast<std::uint8_t>(std::clamp(127 + 80 * value, 0.0, 255.0));
      }
    }
  }
  return pictures;
}

TEST(PerceptualHash, ChangesLittleWithBrightnessAndMuchWithContent) {
  auto pictures = blobs(20);
  auto brighter = pictures;
  for (auto& pixel : brighter.pixels) pixel = static_cast<std::uint8_t>(pixel * 0.9);
  for (std::int64_t i = 0; i < 20; ++i) {
    EXPECT_LE(std::popcount(perceptual_hash(pictures, i) ^ perceptual_hash(brighter, i)), 6);
  }
  int far = 0;
  for (std::int64_t i = 1; i < 20; ++i) {
    far += std::popcount(perceptual_hash(pictures, 0) ^ perceptual_hash(pictures, i)) > 10;
  }
  EXPECT_GE(far, 15);
}

TEST(Twins, AreFoundThroughNoise) {
  auto pictures = blobs(400);
  Rng rng(12, "noise");
  for (int i = 0; i < 1024; ++i) {  // picture 399 becomes picture 7 with noise
    pictures.pixels[399 * 1024 + i] = static_cast<std::uint8_t>(
        std::clamp(pictures.pixels[7 * 1024 + i] * 0.95 + rng.uniform(-6, 6), 0.0, 255.0));
  }
  const auto twins = find_twins(pictures, 5, 2);
  EXPECT_EQ(twins[399].first, 7);
  EXPECT_EQ(twins[7].first, 399);
  EXPECT_GT(twins[7].correlation, 0.99f);
  EXPECT_LT(twins[7].ratio(), 0.7);
}

}  // namespace
}  // namespace dlwork::phase::audit
