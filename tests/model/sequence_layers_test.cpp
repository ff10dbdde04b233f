#include "model_support.h"

// Expected figures: the same layers of PyTorch 2.13.0 with the same weights, which want [N, C, T].
namespace dlwork::model {
namespace {

using testing::expect_near;
using testing::fill;
using testing::layers;
using testing::OneLayer;
using testing::wave;

const data::FeatureShape kSeries{{5, 4}, {}};

torch::Tensor series() { return wave({2, 5, 4}); }

TEST(SequenceLayers, ConvolutionsGiveThePyTorchFigures) {
  expect_near(OneLayer("{conv1d: {channels: 3, kernel: 4}}", kSeries)(series()),
              {0.380707, 0.489182, 0.044447, 0.433756, 0.428578, 0.107472, 0.394894, 0.492545,
               0.023817, 0.383411, 0.489163, 0.041779, 0.443529, 0.461603, 0.034447, 0.392549,
               0.491729, 0.027725, 0.38238,  0.49051,  0.040229, 0.450698, 0.431334, 0.085253,
               0.409688, 0.478553, 0.035824, 0.513096, 0.365172, 0.149577});
  expect_near(OneLayer("{conv1d: {channels: 2, padding: causal, dilation: 2, groups: 2}}",
                       kSeries)(series()),
              {0.384441, 0.625115, 0.485083, 0.303587, 0.423707, 0.905349, 0.537114,
               0.054729, 0.329773, 0.950732, 0.50493,  0.506216, 0.357573, 0.350799,
               0.773569, 0.589436, 0.103597, 0.181471, 0.92497,  0.772985});
  expect_near(OneLayer("{conv1d: {channels: 3, padding: valid, stride: 2, bias: false}}",
                       kSeries)(series()),
              {0.038549, -0.081622, -0.176303, 0.060876, -0.097703, -0.22577, -0.043342, 0.042821,
               0.115611, -0.005272, -0.022535, -0.03276});
}

// Worked out in Python from PyTorch's definition: step t of the input adds weight k times its value
// to step t stride + k - cut of the output.
TEST(SequenceLayers, TransposedConvolutionsGiveTheFiguresOfTheirDefinition) {
  expect_near(OneLayer("{conv_transpose1d: 2}", kSeries)(series()),
              {0.403722, 0.527324, 0.472245, 0.481672, 0.411465, 0.386317, 0.348922, 0.452623,
               0.455219, 0.510741, 0.504555, 0.431443, 0.365024, 0.417278, 0.334596, 0.500405,
               0.491238, 0.468980, 0.499241, 0.391629, 0.343589, 0.465014, 0.358936, 0.527649,
               0.495611, 0.420786, 0.458688, 0.380103, 0.356784, 0.508097, 0.411015, 0.522125,
               0.466374, 0.387792, 0.401100, 0.402038, 0.398684, 0.527189, 0.467458, 0.486313});
  // Two steps are cut from the front and one from the end, so that each step has become two.
  expect_near(OneLayer("{conv_transpose1d: {channels: 1, kernel: 5}}", kSeries)(series()),
              {1.047604,  -0.447836, -1.357121, 0.760526,  2.150662,  0.648991, -1.061360,
               -0.349190, 0.742157,  1.056579,  -0.453185, -1.113311, 0.339661, 2.088934,
               1.094585,  -1.188846, -0.768021, 1.785705,  2.085802,  0.200611});
  expect_near(
      OneLayer("{conv_transpose1d: {channels: 1, kernel: 3, stride: 1}}", kSeries)(series()),
      {0.591320, 0.393639, 0.467338, 0.360012, 0.290789, 0.442464, 0.479343, 0.377387, 0.443815,
       0.690980});
  expect_near(OneLayer("{conv_transpose1d: {channels: 2, kernel: 3, padding: valid, bias: false}}",
                       kSeries)(series())[0],
              {0.669856,  -0.608679, 0.686737, -0.729977, -0.720829, 0.500875,  -1.049316, 1.076736,
               0.483800,  -0.192138, 1.290641, -1.299073, -0.190865, -0.138802, -1.382825, 1.371295,
               -0.124125, 0.453703,  1.315217, -1.285056, 0.811974,  -0.950843});
  // A window shorter than its step leaves the bias alone, sin(1) / 2, between the two.
  expect_near(OneLayer("{conv_transpose1d: {channels: 1, kernel: 3, stride: 4, padding: valid}}",
                       kSeries)(series())[0],
              {0.745210, 0.845171, 0.554908, 0.420735, 0.166885, 0.105574, 0.334021, 0.420735,
               0.574628, 0.590205, 0.449972, 0.420735, 0.384584, 0.416542, 0.452356, 0.420735,
               0.334969, 0.259169, 0.331913});
}

TEST(SequenceLayers, CausalConvolutionsSeeNoLaterStep) {
  const OneLayer layer("{conv1d: {channels: 3, padding: causal}}", kSeries);
  auto x = series(), later = series();
  later.narrow(1, 3, 2).zero_();
  EXPECT_TRUE(torch::equal(layer(x).narrow(1, 0, 3), layer(later).narrow(1, 0, 3)));
  EXPECT_FALSE(torch::allclose(layer(x).select(1, 3), layer(later).select(1, 3)));
}

TEST(SequenceLayers, NormsGiveThePyTorchFigures) {
  expect_near(OneLayer("{group_norm: 2}", kSeries)(series())[0],
              {0.87602,   0.815405,  0.083164, -0.029378, -0.126962, -0.133978, 0.007157,
               -0.456206, 0.76012,   0.946552, 0.150387,  -0.435748, 0.091445,  -0.140264,
               -0.043515, -0.047472, 0.464444, 0.827251,  0.178653,  -0.799614});
  expect_near(OneLayer("instance_norm", kSeries)(series())[0],
              {0.929689,  0.780213, 0.077288, 0.047529, -0.172826, -0.096843, 0.013319,
               -0.51305,  0.802288, 0.901369, 0.133866, -0.48618,  0.067255,  -0.102651,
               -0.029329, 0.023764, 0.47727,  0.791156, 0.157656,  -0.964068});
  expect_near(OneLayer("layer_norm", kSeries)(series())[0],
              {0.884754,  0.77255,   0.047848,  0.181713, 0.058566, 0.068976, 0.079036,
               -0.979668, 0.561362,  0.931556,  0.089273, 0.245356, 0.798683, -0.016421,
               0.002961,  -0.793071, -0.266887, 0.614553, 0.146657, -0.455652});
  const OneLayer batch("batch_norm", kSeries);
  expect_near(batch(series())[0],
              {0.94047,   0.899029,  0.086797, -0.131891, -0.181712, -0.196374, 0.018177,
               -0.509603, 0.810796,  1.05035,  0.147487,  -0.491499, 0.062652,  -0.203627,
               -0.027571, -0.147904, 0.47998,  0.912697,  0.173006,  -0.813494});
  expect_near(batch.network.buffers()[0].second, {0.010047, 0.007466, 0.001375, -0.005364});
  expect_near(batch.network.buffers()[1].second, {0.958917, 0.9554, 0.95121, 0.953301});
}

TEST(SequenceLayers, PoolingGivesThePyTorchFigures) {
  expect_near(OneLayer("{max_pool1d: 2}", kSeries)(series())[0],
              {1, 0.764842, 0.169967, 0.186512, 0.775566, 0.999859, 0.753902, 0.153374});
  expect_near(OneLayer("{avg_pool1d: {kernel: 3, stride: 2}}", kSeries)(series())[0],
              {0.277781, 0.276081, 0.144536, -0.054987, 0.153094, 0.279402, 0.274304, 0.140195});
  expect_near(OneLayer("{adaptive_avg_pool: 2}", kSeries)(series())[0],
              {0.277781, 0.276081, 0.144536, -0.054987, 0.153094, 0.279402, 0.274304, 0.140195});
  expect_near(OneLayer("{adaptive_max_pool: 3}", kSeries)(series())[0],
              {1, 0.764842, 0.169967, 0.186512, 0.775566, 0.999859, 0.753902, 0.186512, 0.203005,
               0.78607, 0.999435, 0.742749});
  const auto x = series();
  EXPECT_TRUE(torch::allclose(OneLayer("global_avg_pool", kSeries)(x), x.mean(1)));
  EXPECT_TRUE(torch::equal(OneLayer("global_max_pool", kSeries)(x), std::get<0>(x.max(1))));
}

TEST(SequenceLayers, RecurrentLayersGiveThePyTorchFigures) {
  const struct {
    const char* yaml;
    std::vector<double> last, sequence, last_of_short;
  } cases[] = {{"gru: {units: 3",
                {0.541423, 0.265189, 0.20845, 0.672452, -0.067769, 0.167754},
                {-0.171534, 0.571164, 0.261474, 0.58921, 0.607501, -0.278155, 0.44103, 0.247066,
                 0.18355, 0.601996, 0.521248, -0.412834, 0.672452, -0.067769, 0.167754},
                {0.44103, 0.247066, 0.18355}},
               {"gru: {units: 3, layers: 2, bidirectional: true",
                {0.809677, 0.538299, 0.60029, 0.775171, 0.515598, 0.577151, 0.709174, 0.382589,
                 0.430054, 0.82918, 0.59445, 0.646963},
                {0.424263, 0.550106, 0.261146, 0.82918,  0.59445,  0.646963, 0.692053, 0.58834,
                 0.45699,  0.78824,  0.5678,   0.543534, 0.769431, 0.541594, 0.533581, 0.70068,
                 0.54663,  0.423588, 0.785159, 0.49576,  0.534358, 0.552208, 0.530605, 0.262762,
                 0.709174, 0.382589, 0.430054, 0.257899, 0.427562, 0.067935},
                {0.701131, 0.445917, 0.426953, 0.755499, 0.608263, 0.533526}},
               {"lstm: {units: 3",
                {0.340622, 0.071696, 0.08401, 0.192417, 0.027968, 0.288602},
                {-0.018148, 0.167588, 0.201961, 0.270164, 0.155146, 0.004001, 0.08513, 0.088395,
                 0.316651, 0.21284, 0.253786, -0.008827, 0.192417, 0.027968, 0.288602},
                {0.08513, 0.088395, 0.316651}},
               {"lstm: {units: 3, layers: 2, bidirectional: true",
                {0.213078, 0.173858, 0.158853, 0.208277, 0.173336, 0.159744, 0.206854, 0.170135,
                 0.155937, 0.21136, 0.177207, 0.166426},
                {0.145335, 0.138301, 0.084116, 0.21136,  0.177207, 0.166426, 0.195412, 0.167265,
                 0.13103,  0.213825, 0.17709,  0.160667, 0.206337, 0.172841, 0.150257, 0.206477,
                 0.172718, 0.147932, 0.210223, 0.172982, 0.156219, 0.192354, 0.163337, 0.123579,
                 0.206854, 0.170135, 0.155937, 0.14193,  0.132532, 0.076097},
                {0.20181, 0.168272, 0.143533, 0.205264, 0.174088, 0.150897}}};
  for (const auto& each : cases) {
    SCOPED_TRACE(each.yaml);
    const std::string yaml = std::string("{") + each.yaml;
    expect_near(OneLayer(yaml + "}}", kSeries)(series()), each.last);
    expect_near(OneLayer(yaml + ", gives: sequence}}", kSeries)(series())[1], each.sequence);
    // The network ends with the layer and an output that passes its first two numbers on.
    const Network network(layers("[" + yaml + "}}]"), kSeries, 2, 1);
    fill(network);
    torch::NoGradGuard no_grad;
    auto all = network.parameters();
    all[all.size() - 2].second.copy_(torch::eye(2, all[all.size() - 2].second.size(1)));
    all.back().second.zero_();
    const auto given = network.forward({series(), torch::tensor({5, 3}, torch::kInt64)});
    expect_near(given[1], {each.last_of_short[0], each.last_of_short[1]});
  }
}

TEST(SequenceLayers, AttentionGivesThePyTorchFigures) {
  expect_near(OneLayer("{attention: 2}", kSeries)(series())[0],
              {0.352943,  0.217723,  0.448083, -0.635006, 0.302096,  0.048466, 0.720197,
               -0.821481, 0.459854,  0.164955, 0.410154,  -0.532655, 0.25004,  0.11601,
               0.683953,  -0.841644, 0.509403, 0.091126,  0.457121,  -0.520225});
}

// Ours names parameters in another order than torch.nn.TransformerEncoderLayer; each is filled by
// itself, so the order does not matter.
TEST(SequenceLayers, TransformersGiveThePyTorchFigures) {
  const std::string options = "{transformer_encoder: {heads: 2, feedforward: 8, dropout: 0, norm: ";
  expect_near(OneLayer(options + "first}}", kSeries)(series())[0],
              {0.898751, 0.731754, 0.05399,  0.19329,  1.07119,  0.377969, 0.061653,
               0.095022, 0.845867, 0.758912, 0.064114, 0.22262,  1.02718,  0.565568,
               0.044294, 0.118481, 0.785652, 0.753833, 0.080858, 0.254031});
  expect_near(OneLayer(options + "last}}", kSeries)(series())[0],
              {0.910085,  0.824236,  -0.008369, -0.053966, 1.0202,    0.654248, 0.014805,
               0.027869,  0.899541,  0.835286,  -0.010631, -0.066384, 1.01741,  0.662568,
               -0.002812, -0.062192, 0.899435,  0.837568,  -0.008744, -0.05446});
}

TEST(SequenceLayers, PositionsAreVaswanis) {
  expect_near(OneLayer("positions", kSeries)(series())[0],
              {1,         1.76484,  0.169967,  0.495154, -0.100751, -0.396154, -0.480261,
               1.18646,   1.68486,  0.583712,  0.773901, 1.15317,   -0.378169, -1.93771,
               -0.900431, 0.524013, -0.553798, 0.132427, 1.03942,   1.74195});
  const OneLayer learned("{positions: learned}", kSeries);
  EXPECT_TRUE(
      torch::allclose(learned(series()), series() + learned.network.parameters()[0].second));
}

TEST(SequenceLayers, TokensBecomeTheirVectors) {
  data::FeatureShape text{{3}, {}};
  text.vocabulary = 5;
  expect_near(
      OneLayer("{token_embedding: 3}", text)(torch::tensor({{0.0f, 4.0f, 2.0f}})),
      {0.420735, 0.454649, 0.07056, 0.210084, 0.495304, 0.325144, 0.328493, 0.494679, 0.206059});
}

TEST(SequenceLayers, BranchesAndShortcutsGiveThePyTorchFigures) {
  expect_near(
      OneLayer("{concat: [{conv1d: {channels: 2, kernel: 1}}, identity]}", kSeries)(series())[0],
      {1.39223,   -0.325572, 1,         0.764842, 0.169967,  -0.504846, -0.506619, 0.968455,
       -0.942222, -0.936457, -0.490261, 0.186512, 1.19679,   0.266629,  0.775566,  0.999859,
       0.753902,  0.153374,  -0.114335, 0.295155, -0.519289, -0.947722, -0.930426, -0.475537,
       0.652996,  0.943226,  0.203005,  0.78607,  0.999435,  0.742749});
  expect_near(
      OneLayer("{residual: [{conv1d: {channels: 3, stride: 2}}]}", kSeries)(series())[0],
      {1.72995, -0.151001, 0.075938, 1.14403, 0.361789, -0.246331, 0.455277, 0.767573, -0.899142});
}

TEST(SequenceLayers, EachStepHasItsOwnRow) {
  const OneLayer layer("{linear: {units: 3, each_step: true}}", kSeries);
  const auto x = series();
  const auto weight = layer.network.parameters()[0].second;
  const auto bias = layer.network.parameters()[1].second;
  EXPECT_TRUE(torch::allclose(layer(x)[1][4], torch::mv(weight, x[1][4]) + bias, 1e-5, 1e-6));
}

TEST(SequenceLayers, UpsamplingGivesEachStepSoManyTimes) {
  const auto x = series();
  const auto y = OneLayer("{upsample: 3}", kSeries)(x);
  ASSERT_EQ(y.sizes(), (std::vector<std::int64_t>{2, 15, 4}));
  for (std::int64_t step = 0; step < 15; ++step) {
    EXPECT_TRUE(torch::equal(y.select(1, step), x.select(1, step / 3))) << step;
  }
}

/// What stands past a sequence's end must not matter, and lengths must follow strides and pools.
TEST(SequenceLayers, PaddingHasNoPart) {
  const char* networks[] = {
      "[{conv1d: 3}, batch_norm, relu, {conv1d: {channels: 3, stride: 2}}, relu, global_avg_pool]",
      "[{conv1d: 3}, {max_pool1d: 2}, {conv1d: {channels: 2, padding: causal}}, global_max_pool]",
      "[{linear: {units: 4, each_step: true}}, positions, {attention: 2}, global_avg_pool]",
      "[{transformer_encoder: {heads: 2, layers: 2}}, {gru: {units: 3, bidirectional: true}}]",
      "[{lstm: {units: 3, gives: sequence}}, {residual: [{conv1d: 3}]}, global_avg_pool]",
      "[{max_pool1d: 8}, {max_pool1d: {kernel: 1}}, global_max_pool]",
      "[{avg_pool1d: 8}, {conv1d: 2}, global_avg_pool]",
      "[{upsample: 3}, {conv1d: 2}, global_avg_pool]",
      "[{conv_transpose1d: {channels: 3, kernel: 5}}, {conv1d: 2}, global_avg_pool]",
      "[batch_norm, {conv_transpose1d: {channels: 3, kernel: 3, padding: valid}}, {gru: 3}]",
      "[{conv_transpose1d: {channels: 2, stride: 3, padding: valid}}, relu, global_max_pool]",
      "[{concat: [{conv1d: 2}, {sequential: [{conv1d: 3}, relu, {conv1d: 2}]}]}, global_max_pool]",
  };
  const auto lengths = torch::tensor({10, 6}, torch::kInt64);
  const auto x = wave({2, 10, 4});
  auto other = x.clone();
  other[1].narrow(0, 6, 4).fill_(3);
  for (const char* yaml : networks) {
    SCOPED_TRACE(yaml);
    const Network network(layers(yaml), {{10, 4}, {}}, 2, 1);
    fill(network);
    for (const auto mode : {Network::Mode::kEvaluate, Network::Mode::kTrain}) {
      network.set_mode(mode);
      torch::manual_seed(1);
      const auto a = network.forward({x, lengths});
      torch::manual_seed(1);
      const auto b = network.forward({other, lengths});
      EXPECT_TRUE(torch::allclose(a, b, 1e-5, 1e-6)) << a << b;
      EXPECT_FALSE(torch::allclose(network.forward(x), network.forward(other), 1e-5, 1e-6));
    }
    // A short sequence gives what it gives by itself, without padding.
    network.set_mode(Network::Mode::kEvaluate);
    const std::string text = yaml;
    if (text.find("stride") != std::string::npos || text.find("1d: 8") != std::string::npos) {
      continue;  // it has no such network
    }
    const Network alone(layers(yaml), {{6, 4}, {}}, 2, 1);
    fill(alone);
    alone.set_mode(Network::Mode::kEvaluate);
    const auto buffers = network.buffers();
    torch::NoGradGuard no_grad;
    for (std::size_t i = 0; i < buffers.size(); ++i)
      alone.buffers()[i].second.copy_(buffers[i].second);
    EXPECT_TRUE(torch::allclose(network.forward({x, lengths})[1],
                                alone.forward(x.narrow(0, 1, 1).narrow(1, 0, 6))[0], 1e-4, 1e-5));
  }
}

}  // namespace
}  // namespace dlwork::model
