#include "spec/fields.h"
#include "spec_support.h"

namespace dlwork::spec {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> problems_of_layers(const std::string& layers) {
  return problems_beside("model: {layers: " + layers + "}\n");
}

TEST(Layers, HaveThreeForms) {
  const Project project = read(R"(data: {train: a}
model:
  layers:
    - conv2d: {channels: 32, kernel: 5, padding: valid}
    - relu
    - max_pool2d:
    - residual:
        - linear: 4
        - residual: {layers: [tanh]}
    - dropout: 0.25
    - output
)");
  const auto& layers = project.model.layers;
  ASSERT_EQ(layers.size(), 6u);
  EXPECT_EQ(layers[0].type, "conv2d");
  EXPECT_EQ(layers[0].at.line, 4);
  EXPECT_EQ(layers[0].at.column, 7);
  const auto& convolution = std::get<Conv2d>(layers[0].options);
  EXPECT_EQ(convolution.channels, 32);
  EXPECT_EQ(convolution.kernel, 5);
  EXPECT_EQ(convolution.padding, "valid");
  EXPECT_EQ(convolution.stride, 1);
  EXPECT_TRUE(std::holds_alternative<Relu>(layers[1].options));
  EXPECT_EQ(std::get<MaxPool2d>(layers[2].options).kernel, 2);
  const auto& residual = std::get<Residual>(layers[3].options);
  EXPECT_EQ(std::get<Linear>(residual.layers.at(0).options).units, 4);
  EXPECT_EQ(std::get<Residual>(residual.layers.at(1).options).layers.at(0).type, "tanh");
  EXPECT_EQ(std::get<Dropout>(layers[4].options).rate, 0.25);
}

TEST(Layers, NamesAreInTheOrderOfTheVariant) {
  EXPECT_EQ(layer_names().size(), std::variant_size_v<LayerOptions>);
  std::string text;
  for (const std::string& name : layer_names()) {
    LayerOptions options = *default_layer(name);
    const Fields keys = fields_of(options);
    const bool required = !keys.empty() && keys.begin()->is_required;
    const bool nested = name == "residual" || name == "sequential" || name == "concat";
    text += "- " + name + (nested ? ": [relu]\n" : required ? ": 3\n" : "\n");
  }
  const Project project = read_project("data: {train: a}\nmodel:\n  layers:\n" +
                                           [&] {
                                             std::string indented;
                                             for (const char c : "    " + text) {
                                               indented += c;
                                               if (c == '\n') indented += "    ";
                                             }
                                             return indented;
                                           }() +
                                           "\n",
                                       "p", {});
  for (std::size_t i = 0; i < layer_names().size(); ++i) {
    EXPECT_EQ(project.model.layers.at(i).type, layer_names()[i]);
    EXPECT_EQ(project.model.layers[i].options.index(), i);
  }
}

TEST(Layers, FaultsHavePlacesAndAdvice) {
  EXPECT_THAT(problems_of_layers("[linar: 3]"),
              ElementsAre("2:18: error: model.layers.0: unknown layer 'linar' "
                          "(did you mean 'linear'?)"));
  EXPECT_THAT(problems_of_layers("[relu, linear]"),
              ElementsAre("2:24: error: model.layers.1.units: is missing (Outputs.)"));
  EXPECT_THAT(problems_of_layers("[linear: -1, relu: 3, flatten: {x: 1}]"),
              ElementsAre("2:26: error: model.layers.0.units: must be at least 1 and at most "
                          "1048576, found -1",
                          "2:36: error: model.layers.1: 'relu' takes no options, found '3'",
                          "2:49: error: model.layers.2.x: unknown key (nothing can be set here)"));
  EXPECT_THAT(problems_of_layers("[{linear: 1, relu: 2}]"),
              ElementsAre("2:18: error: model.layers.0: expected one layer, found 2 keys "
                          "(start each layer with '- ', and indent its options under it)"));
  EXPECT_THAT(problems_of_layers("[residual: [conv2d: {kernel: 3}]]"),
              ElementsAre("2:29: error: model.layers.0.layers.0.channels: is missing "
                          "(Output channels.)"));
  EXPECT_THAT(problems_of_layers("relu"),
              ElementsAre("2:17: error: model.layers: expected a list of layers, found 'relu' "
                          "(as [linear: 64, relu])"));
}

}  // namespace
}  // namespace dlwork::spec
