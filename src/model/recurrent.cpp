#include "model/layers.h"

namespace dlwork::model {
namespace {

namespace nn = torch::nn;
using torch::Tensor;

/// Of what LibTorch's recurrent modules give, the final states [layers * directions, N, H].
Tensor final_states(const Tensor& state) { return state; }
Tensor final_states(const std::tuple<Tensor, Tensor>& states) { return std::get<0>(states); }

/// In autocast inputs come in 16 bits and the weights have 32; else both have as many.
Tensor as_wide_as_weights(const Tensor& x) {
  return x.element_size() < 4 ? x.to(torch::kFloat32) : x;
}

/// A recurrent network over [N, T, C]. Gates and their order are PyTorch's.
template <class Holder>
class Recurrent final : public Layer {
 public:
  Recurrent(Holder module, std::int64_t directions, const std::string& gives)
      : module_(register_module(kInner, std::move(module))),
        directions_(directions),
        gives_last_(gives == "last") {}

  Tensor forward(const Tensor& input) override {
    const auto result = module_->forward(as_wide_as_weights(input));
    return gives_last_ ? last(final_states(std::get<1>(result))) : std::get<0>(result);
  }
  /// Each sequence is read to its end, backwards from its end; what stands after it gives zeros.
  Tensor forward_padded(const Tensor& input, const Tensor& lengths) override {
    namespace rnn = torch::nn::utils::rnn;
    const auto packed = rnn::pack_padded_sequence(as_wide_as_weights(input),
                                                  lengths.to(torch::kCPU), /*batch_first=*/true,
                                                  /*enforce_sorted=*/false);
    const auto result = module_->forward_with_packed_input(packed);
    if (gives_last_) return last(final_states(std::get<1>(result)));
    return std::get<0>(rnn::pad_packed_sequence(std::get<0>(result), /*batch_first=*/true,
                                                /*padding_value=*/0, input.size(1)));
  }

 private:
  /// States of the top layer, both directions side by side: [N, directions * H].
  Tensor last(const Tensor& states) const {
    return states.slice(0, states.size(0) - directions_).transpose(0, 1).flatten(1);
  }

  Holder module_;
  std::int64_t directions_;
  bool gives_last_;
};

template <class Holder, class ModuleOptions, class Options>
std::shared_ptr<Layer> make(const PlannedLayer& layer, const Options& options) {
  Holder module(ModuleOptions(layer.input[1], options.units)
                    .num_layers(options.layers)
                    .bidirectional(options.bidirectional)
                    .dropout(options.layers > 1 ? options.dropout : 0)
                    .batch_first(true));
  return std::make_shared<Recurrent<Holder>>(std::move(module), options.bidirectional ? 2 : 1,
                                             options.gives);
}

}  // namespace

std::shared_ptr<Layer> make_recurrent(const PlannedLayer& layer, const spec::Gru& options) {
  return make<nn::GRU, nn::GRUOptions>(layer, options);
}
std::shared_ptr<Layer> make_recurrent(const PlannedLayer& layer, const spec::Lstm& options) {
  return make<nn::LSTM, nn::LSTMOptions>(layer, options);
}

}  // namespace dlwork::model
