#include "model_support.h"

// Expected figures: the same layers of PyTorch 2.13.0 with the same weights.
namespace dlwork::model {
namespace {

using testing::expect_near;
using testing::OneLayer;
using testing::wave;

TEST(PictureLayers, TransposedConvolutionsGiveThePyTorchFigures) {
  const data::FeatureShape shape{{2, 3, 3}, {}};
  const auto x = wave({1, 2, 3, 3});
  expect_near(
      OneLayer("{conv_transpose2d: 1}", shape)(x),
      {0.362077, 0.735696, 0.381064, 0.663144, 0.41871,  0.476583, 0.819742, 0.536943, 0.722355,
       0.504258, 0.483111, 0.432291, 0.457308, 0.263757, 0.478706, 0.124759, 0.472839, 0.124964,
       0.214531, 0.354889, 0.042932, 0.308455, 0.04902,  0.314829, 0.442467, 0.264275, 0.401875,
       0.477172, 0.370153, 0.663525, 0.229932, 0.371013, 0.500582, 0.450581, 0.733678, 0.516113});
  expect_near(
      OneLayer("{conv_transpose2d: {channels: 1, kernel: 3}}", shape)(x),
      {0.436507, 0.475091, 0.427433, 0.526913, 0.415209, 0.446858, 0.464898, 0.359134, 0.482163,
       0.37587,  0.470538, 0.581712, 0.405585, 0.47986,  0.403085, 0.403114, 0.408887, 0.249043,
       0.43549,  0.454849, 0.393502, 0.479947, 0.364323, 0.420971, 0.420262, 0.306682, 0.431859,
       0.332349, 0.438224, 0.567969, 0.406804, 0.530319, 0.415415, 0.524553, 0.426529, 0.285384});
  expect_near(
      OneLayer("{conv_transpose2d: {channels: 1, kernel: 3, padding: valid}}", shape)(x),
      {0.569499, 0.37546,  0.339774, 0.391523, 0.302233, 0.421325, 0.39158,  0.252388, 0.436507,
       0.475091, 0.427433, 0.526913, 0.415209, 0.446858, 0.534143, 0.464898, 0.359134, 0.482163,
       0.37587,  0.470538, 0.581712, 0.502676, 0.405585, 0.47986,  0.403085, 0.403114, 0.408887,
       0.249043, 0.25273,  0.43549,  0.454849, 0.393502, 0.479947, 0.364323, 0.420971, 0.506348,
       0.420262, 0.306682, 0.431859, 0.332349, 0.438224, 0.567969, 0.328142, 0.406804, 0.530319,
       0.415415, 0.524553, 0.426529, 0.285384});
}

TEST(PictureLayers, DilatedConvolutionsGiveThePyTorchFigures) {
  expect_near(
      OneLayer("{conv2d: {channels: 2, dilation: 2}}", {{2, 4, 4}, {}})(wave({1, 2, 4, 4})),
      {0.804464,  0.80111,   0.809731,   0.799041,  0.104357, 0.0140817, 0.0962234, 0.0124695,
       0.0713138, 0.0731451, 0.00652704, 0.0167035, 0.708193, 0.791699,  0.765654,  0.85612,
       0.870162,  0.860025,  0.556618,   0.547398,  0.10868,  0.0178533, 0.366246,  0.351123,
       0.0227436, 0.0321519, 0.293256,   0.303248,  0.813678, 0.90929,   0.592178,  0.621011});
  expect_near(OneLayer("{conv2d: {channels: 2, dilation: 2, stride: 2}}",
                       {{2, 4, 4}, {}})(wave({1, 2, 4, 4})),
              {0.804464, 0.809731, 0.0713138, 0.00652704, 0.870162, 0.556618, 0.0227436, 0.293256});
  expect_near(OneLayer("{conv2d: {channels: 2, dilation: 2, padding: valid}}",
                       {{2, 5, 5}, {}})(wave({1, 2, 5, 5})),
              {0.354611, 0.376336});
}

TEST(PictureLayers, DepthwiseConvolutionsGiveThePyTorchFigures) {
  expect_near(OneLayer("{depthwise_conv2d: {multiplier: 2}}", {{2, 3, 3}, {}})(wave({1, 2, 3, 3})),
              {-0.609472, -1.17303, -0.722934, 1.09895,  2.06585,   2.07027,   0.333729,  -0.298391,
               -0.843881, 1.79511,  1.97606,   1.2853,   -0.64132,  -1.43291,  -0.899817, 0.77767,
               1.55587,   1.60249,  -1.34503,  -1.0942,  -0.289706, 1.40694,   1.86312,   0.881213,
               -0.453653, -1.2299,  -0.758668, 0.855331, 0.231064,  -0.539932, -1.69846,  -1.74952,
               -0.506836, 0.232479, 0.870414,  -0.022322});
}

TEST(PictureLayers, NormsGiveThePyTorchFigures) {
  const data::FeatureShape shape{{4, 2, 2}, {}};
  expect_near(OneLayer("{group_norm: 2}", shape)(wave({2, 4, 2, 2})),
              {1.08531,  0.942469, 0.581116, 0.171205, -0.102092, -0.098307, 0.194579,  0.638817,
               0.146198, 0.167422, 0.144148, 0.087324, -0.126954, 0.090457,  0.08168,   -0.149156,
               0.504929, 0.841534, 0.964709, 0.816524, 0.504288,  0.086118,  -0.175499, -0.15752,
               0.009919, 0.08188,  0.14292,  0.164333, -0.729593, -0.382717, -0.003801, 0.228945});
  expect_near(OneLayer("instance_norm", shape)(wave({2, 4, 2, 2})),
              {0.884754,  0.714924, 0.285306, -0.202042, 0.063287, 0.068976,  0.509262,  1.17707,
               0.094144,  0.144574, 0.089273, -0.045751, -0.71832, 0.013667,  -0.015882, -0.793071,
               -0.266887, 0.568713, 0.874488, 0.506628,  1.18406,  0.490744,  0.056993,  0.086802,
               -0.035008, 0.049547, 0.121271, 0.146431,  -0.90408, -0.544992, -0.152736, 0.088204});
}

TEST(PictureLayers, PoolingAndGrowthGiveThePyTorchFigures) {
  const data::FeatureShape five{{1, 5, 5}, {}}, two{{1, 2, 2}, {}}, four{{4, 2, 2}, {}};
  expect_near(OneLayer("{adaptive_avg_pool: 2}", five)(wave({1, 1, 5, 5})),
              {0.120288, -0.190289, -0.049808, -0.245216});
  expect_near(OneLayer("{adaptive_max_pool: 3}", five)(wave({1, 1, 5, 5})),
              {1, 0.775566, 0.999859, 0.753902, 0.999435, 0.999859, 0.203005, 0.999435, 0.999435});
  expect_near(OneLayer("pixel_shuffle", four)(wave({1, 4, 2, 2})),
              {1, -0.942222, 0.764842, -0.936457, 0.775566, -0.519289, 0.999859, -0.947722,
               0.169967, -0.490261, -0.504846, 0.186512, 0.753902, -0.930426, 0.153374, -0.475537});
  expect_near(OneLayer("{upsample: {mode: bilinear}}", two)(wave({1, 1, 2, 2})),
              {1, 0.941211, 0.823632, 0.764842, 0.792492, 0.706224, 0.533688, 0.44742, 0.377475,
               0.236251, -0.046199, -0.187424, 0.169967, 0.001264, -0.336143, -0.504846});
  expect_near(OneLayer("upsample", two)(wave({1, 1, 2, 2})),
              {1, 1, 0.764842, 0.764842, 1, 1, 0.764842, 0.764842, 0.169967, 0.169967, -0.504846,
               -0.504846, 0.169967, 0.169967, -0.504846, -0.504846});
}

TEST(PictureLayers, ActivationsGiveThePyTorchFigures) {
  const data::FeatureShape row{{6}, {}};
  const auto x = wave({1, 6}) * 2;
  expect_near(OneLayer("elu", row)(x), {2, 1.52968, 0.339934, -0.635669, -0.848087, -0.846325});
  expect_near(OneLayer("selu", row)(x), {2.1014, 1.60724, 0.357169, -1.11757, -1.49102, -1.48792});
  expect_near(OneLayer("softplus", row)(x),
              {2.12693, 1.72575, 0.87749, 0.310664, 0.141424, 0.142953});
  expect_near(OneLayer("hardswish", row)(x),
              {1.66667, 1.15483, 0.189226, -0.334933, -0.350367, -0.351823});
  expect_near(OneLayer("mish", row)(x),
              {1.94396, 1.43569, 0.239708, -0.303959, -0.264744, -0.265929});
  expect_near(OneLayer("softmax, {linear: 3}", row)(x),
              {0.52477, 0.327879, 0.099773, 0.025875, 0.010789, 0.010914});
  expect_near(OneLayer("prelu", {{2, 2, 2}, {}})(wave({1, 2, 2, 2}) * 2),
              {2, 1.52968, 0.339934, -0.424813, -0.85676, -0.851518, -0.445793, 0.373025});
}

TEST(PictureLayers, DropoutTakesWholeChannelsAndKeepsTheMean) {
  torch::manual_seed(4);
  const auto x = torch::ones({64, 8, 3, 3});
  const auto y = OneLayer("{dropout2d: 0.25}", {{8, 3, 3}, {}})(x);
  const auto channels = y.flatten(2);
  EXPECT_TRUE(torch::equal(channels.amin(2), channels.amax(2)));
  EXPECT_NEAR(y.mean().item<double>(), 1, 0.08);
  EXPECT_NEAR((y == 0).to(torch::kFloat64).mean().item<double>(), 0.25, 0.06);
  const auto steps = OneLayer("{dropout2d: 0.25}", {{5, 8}, {}})(torch::ones({64, 5, 8}));
  EXPECT_TRUE(torch::equal(steps.amin(1), steps.amax(1)));
}

TEST(PictureLayers, AlphaDropoutKeepsMeanAndVariance) {
  torch::manual_seed(4);
  const auto y = OneLayer("{alpha_dropout: 0.2}", {{1000}, {}})(torch::randn({200, 1000}));
  EXPECT_NEAR(y.mean().item<double>(), 0, 0.02);
  EXPECT_NEAR(y.var().item<double>(), 1, 0.02);
}

TEST(PictureLayers, PixelsBecomeSteps) {
  const auto x = wave({1, 3, 2, 2});
  const auto y = OneLayer("to_sequence", {{3, 2, 2}, {}})(x);
  ASSERT_EQ(y.sizes(), (std::vector<std::int64_t>{1, 4, 3}));
  for (std::int64_t c = 0; c < 3; ++c) {
    EXPECT_EQ(y[0][2][c].item<float>(), x[0][c][1][0].item<float>());
  }
}

}  // namespace
}  // namespace dlwork::model
