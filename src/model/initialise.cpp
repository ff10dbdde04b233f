#include "model/initialise.h"

#include <cmath>

#include "dlwork/base/error.h"
#include "dlwork/base/text.h"

namespace dlwork::model {
namespace {

using torch::Tensor;

constexpr double kOutputScale = 0.1;
constexpr double kTruncatedDeviation = 0.02;
constexpr double kPositionDeviation = 0.02;

/// Connections of a weight [out, in, window ..].
struct Fans {
  double in, out;
};

Fans fans_of(const Tensor& weight) {
  const auto count = static_cast<double>(weight.numel());
  return {count / static_cast<double>(weight.size(0)), count / static_cast<double>(weight.size(1))};
}

void draw_normal(Tensor weight, double variance, at::Generator& generator) {
  weight.normal_(0.0, std::sqrt(variance), generator);
}

void draw_uniform(Tensor weight, double variance, at::Generator& generator) {
  const double bound = std::sqrt(3 * variance);
  weight.uniform_(-bound, bound, generator);
}

/// Rows, or where there are more rows than columns, columns, at right angles and of length 1: Q of
/// a normal matrix, with the signs that make it uniform (Mezzadri 2007, section 5).
void draw_orthogonal(Tensor weight, at::Generator& generator) {
  const std::int64_t rows = weight.size(0), columns = weight.numel() / weight.size(0);
  const bool tall = rows >= columns;
  auto normal = torch::empty(tall ? std::vector<std::int64_t>{rows, columns}
                                  : std::vector<std::int64_t>{columns, rows});
  normal.normal_(0.0, 1.0, generator);
  auto [q, r] = torch::linalg_qr(normal);
  q = q * r.diagonal().sign();
  weight.copy_((tall ? q : q.t()).reshape(weight.sizes()));
}

void draw_truncated(Tensor weight, at::Generator& generator) {
  const double bound = std::erf(2 / std::sqrt(2.0));
  weight.uniform_(-bound, bound, generator).erfinv_().mul_(std::sqrt(2.0) * kTruncatedDeviation);
}

struct Way {
  const char* name;
  void (*draw)(Tensor weight, const Fans& fans, at::Generator& generator);
};
using Gen = at::Generator;
constexpr Way kWays[] = {
    {"he", [](Tensor w, const Fans& f, Gen& g) { draw_normal(w, 2 / f.in, g); }},
    {"he-uniform", [](Tensor w, const Fans& f, Gen& g) { draw_uniform(w, 2 / f.in, g); }},
    {"xavier", [](Tensor w, const Fans& f, Gen& g) { draw_normal(w, 2 / (f.in + f.out), g); }},
    {"xavier-uniform",
     [](Tensor w, const Fans& f, Gen& g) { draw_uniform(w, 2 / (f.in + f.out), g); }},
    {"lecun", [](Tensor w, const Fans& f, Gen& g) { draw_normal(w, 1 / f.in, g); }},
    {"lecun-uniform", [](Tensor w, const Fans& f, Gen& g) { draw_uniform(w, 1 / f.in, g); }},
    {"orthogonal", [](Tensor w, const Fans&, Gen& g) { draw_orthogonal(w, g); }},
    {"truncated-normal", [](Tensor w, const Fans&, Gen& g) { draw_truncated(w, g); }},
    {"pytorch", [](Tensor w, const Fans& f, Gen& g) { draw_uniform(w, 1 / (3 * f.in), g); }},
};

void draw(const std::string& init, Tensor weight, const Fans& fans, at::Generator& generator) {
  for (const Way& way : kWays) {
    if (init == way.name) return way.draw(std::move(weight), fans, generator);
  }
  throw Error(ExitStatus::kUsage, Diagnostic{{},
                                             "model.init",
                                             "unknown way '" + init + "'",
                                             "known: " + join_words(spec::init_names())});
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

struct Initialiser {
  const PlannedLayer& layer;
  Layer& module;
  at::Generator& generator;

  /// Weights by their own fans, biases 0. Numbers with one dimension are of norms, and stay.
  void draw_all(const std::string& init, const std::string& otherwise) const {
    for (auto& item : module.named_parameters()) {
      Tensor& parameter = item.value();
      if (parameter.dim() >= 2) {
        draw(init.empty() ? otherwise : init, parameter, fans_of(parameter), generator);
      }
      if (ends_with(item.key(), "bias")) parameter.zero_();
    }
  }

  void operator()(const spec::Output&) const {
    for (auto& parameter : module.parameters()) {
      if (parameter.dim() < 2) {
        parameter.zero_();
      } else {
        parameter.normal_(0.0, std::sqrt(2 / fans_of(parameter).in) * kOutputScale, generator);
      }
    }
  }
  /// [in, out, kernel, kernel]; a pixel that goes out sees kernel^2 / stride^2 places.
  void operator()(const spec::ConvTranspose2d& o) const { transposed(o.init, o.stride * o.stride); }
  /// [in, out, 1, kernel]; a step that goes out sees kernel / stride places.
  void operator()(const spec::ConvTranspose1d& o) const { transposed(o.init, o.stride); }
  /// Every stride-th place of a window reaches the number that goes out.
  void transposed(const std::string& init, std::int64_t stride) const {
    for (auto& item : module.named_parameters()) {
      Tensor& parameter = item.value();
      if (parameter.dim() < 2) {
        parameter.zero_();
        continue;
      }
      const Fans seen = fans_of(parameter);
      draw(init.empty() ? "he" : init, parameter, {seen.out / static_cast<double>(stride), seen.in},
           generator);
    }
  }
  void operator()(const spec::Embedding&) const { vectors(); }
  void operator()(const spec::TokenEmbedding&) const { vectors(); }
  void vectors() const {
    for (auto& table : module.parameters()) {
      table.normal_(0.0, 1.0 / std::sqrt(static_cast<double>(table.size(1))), generator);
    }
  }
  void operator()(const spec::Positions&) const {
    for (auto& table : module.parameters()) table.normal_(0.0, kPositionDeviation, generator);
  }
  void operator()(const spec::Gru& o) const { recurrent(o.init, 3); }
  void operator()(const spec::Lstm& o) const { recurrent(o.init, 4); }
  void recurrent(const std::string& init, std::int64_t gates) const {
    for (auto& item : module.named_parameters()) {
      const bool from_state = item.key().find("weight_hh") != std::string::npos;
      Tensor& parameter = item.value();
      const auto pieces = parameter.chunk(gates);
      if (parameter.dim() < 2) {
        parameter.zero_();
        // Order of an lstm's gates: input, forget, cell, output.
        if (gates == 4 && item.key().find("bias_ih") != std::string::npos) pieces[1].fill_(1);
        continue;
      }
      for (const Tensor& gate : pieces) {
        const std::string& way = init.empty() ? "xavier-uniform" : init;
        draw(from_state ? "orthogonal" : way, gate, fans_of(gate), generator);
      }
    }
  }
  void operator()(const spec::Attention& o) const { attention(o.init); }
  void operator()(const spec::TransformerEncoder& o) const { attention(o.init); }
  void attention(const std::string& init) const {
    const std::string way = init.empty() ? "xavier-uniform" : init;
    for (auto& item : module.named_parameters()) {
      Tensor& parameter = item.value();
      if (ends_with(item.key(), "bias")) parameter.zero_();
      if (parameter.dim() < 2) continue;
      // Queries, keys and values are three layers in one weight.
      const bool joint = ends_with(item.key(), "in.weight");
      for (const Tensor& piece : parameter.chunk(joint ? 3 : 1)) {
        draw(way, piece, fans_of(piece), generator);
      }
    }
  }
  /// As LibTorch makes it, ones and zeros; over pictures its weights are [C, H, W].
  void operator()(const spec::LayerNorm&) const {}
  void operator()(const spec::Residual&) const {
    inside();
    for (auto& item : module.named_parameters()) {
      if (item.key().rfind("projection", 0) != 0) continue;
      draw("he", item.value(), fans_of(item.value()), generator);
    }
  }
  void operator()(const spec::Sequential&) const { inside(); }
  void operator()(const spec::Concat&) const { inside(); }
  void inside() const {
    const auto modules = module.inner();
    for (std::size_t i = 0; i < modules.size(); ++i) {
      initialise(layer.inner[i], *modules[i], generator);
    }
  }
  template <class Options>
  void operator()(const Options& options) const {
    if constexpr (requires { options.init; }) {
      draw_all(options.init, "he");
    } else {
      draw_all("", "he");
    }
  }
};

}  // namespace

void initialise(const PlannedLayer& layer, Layer& module, at::Generator& generator) {
  torch::NoGradGuard no_grad;
  std::visit(Initialiser{layer, module, generator}, layer.spec.options);
}

}  // namespace dlwork::model
