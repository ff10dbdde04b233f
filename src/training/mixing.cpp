#include "training/mixing.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "dlwork/base/error.h"

namespace dlwork::training {
namespace {

double draw_gamma(double alpha, Rng& rng) {
  if (alpha < 1) return draw_gamma(alpha + 1, rng) * std::pow(1 - rng.uniform(), 1 / alpha);
  const double d = alpha - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = rng.normal(), v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    if (std::log(1 - rng.uniform()) < x * x / 2 + d - d * v + d * std::log(v)) return d * v;
  }
}

}  // namespace

double draw_beta(double alpha, Rng& rng) {
  const double a = draw_gamma(alpha, rng), b = draw_gamma(alpha, rng);
  return a + b > 0 ? a / (a + b) : 0.5;  // both vanish for tiny alpha
}

Mixture::Mixture(const spec::Augment& augment, const std::vector<std::int64_t>& sizes, Rng& rng) {
  const bool mixup = augment.mixup > 0, cutmix = augment.cutmix > 0;
  if ((!mixup && !cutmix) || sizes[0] < 2) return;
  cuts_ = cutmix && (!mixup || rng.below(2) == 1);
  partner_.resize(static_cast<std::size_t>(sizes[0]));
  std::iota(partner_.begin(), partner_.end(), 0);
  rng.shuffle(partner_);
  share_ = draw_beta(cuts_ ? augment.cutmix : augment.mixup, rng);
  if (cuts_) draw_box(sizes, rng);
}

void Mixture::draw_box(const std::vector<std::int64_t>& sizes, Rng& rng) {
  const double side = std::sqrt(1 - share_);
  const auto span = [&](std::int64_t whole, std::int64_t& begin, std::int64_t& length) {
    const auto half = static_cast<std::int64_t>(side * static_cast<double>(whole) / 2);
    const auto middle = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(whole)));
    begin = std::max<std::int64_t>(0, middle - half);
    length = std::min(whole, middle + half) - begin;
  };
  span(sizes[2], top_, height_);
  span(sizes[3], left_, width_);
  share_ = 1 - static_cast<double>(height_ * width_) / static_cast<double>(sizes[2] * sizes[3]);
}

torch::Tensor Mixture::apply(const torch::Tensor& inputs) const {
  if (!mixes()) return inputs;
  const auto others = inputs.index_select(0, order(inputs));
  torch::Tensor mixed;
  if (cuts_) {
    mixed = inputs.clone();
    const auto box = [&](const torch::Tensor& x) {
      return x.narrow(2, top_, height_).narrow(3, left_, width_);
    };
    box(mixed).copy_(box(others));
  } else {
    mixed = inputs * share_ + others * (1 - share_);
  }
  return mixed.dim() == 4 ? mixed.contiguous(at::MemoryFormat::ChannelsLast) : mixed;
}

torch::Tensor Mixture::longest(const torch::Tensor& lengths) const {
  if (!mixes() || !lengths.defined()) return lengths;
  return torch::maximum(lengths, lengths.index_select(0, order(lengths)));
}

torch::Tensor Mixture::order(const torch::Tensor& like) const {
  return torch::tensor(partner_, torch::kInt64).to(like.device());
}

std::vector<std::int64_t> Mixture::partners(const std::int64_t* rows) const {
  std::vector<std::int64_t> all;
  for (const auto partner : partner_) all.push_back(rows[partner]);
  return all;
}

void check_augment(const spec::Augment& augment, const data::Preprocessor& preprocessor) {
  using data::Kind;
  const struct {
    const char* key;
    bool on;
    Kind kind;
  } rules[] = {{"flip", augment.flip, Kind::kImage},
               {"flip_vertical", augment.flip_vertical, Kind::kImage},
               {"shift", augment.shift > 0, Kind::kImage},
               {"rotate", augment.rotate > 0, Kind::kImage},
               {"zoom", augment.zoom > 0, Kind::kImage},
               {"shear", augment.shear > 0, Kind::kImage},
               {"brightness", augment.brightness > 0, Kind::kImage},
               {"contrast", augment.contrast > 0, Kind::kImage},
               {"erase", augment.erase > 0, Kind::kImage},
               {"cutmix", augment.cutmix > 0, Kind::kImage},
               {"magnitude", augment.magnitude > 0, Kind::kSequence},
               {"crop", augment.crop > 0, Kind::kSequence},
               {"time_mask", augment.time_mask > 0, Kind::kSequence},
               {"channel_mask", augment.channel_mask > 0, Kind::kSequence}};
  for (const auto& rule : rules) {
    const Kind kind = preprocessor.feature_kind();
    if (!rule.on || kind == rule.kind) continue;
    const bool cropped = std::string(rule.key) == "crop" && kind == Kind::kImage;
    throw Error(
        ExitStatus::kUsage,
        Diagnostic{{},
                   std::string("training.augment.") + rule.key,
                   "is for data of kind " + data::to_string(rule.kind) +
                       ", and these are of kind " + data::to_string(kind),
                   cropped ? "pictures are cropped by training.augment.shift" : "take it out"});
  }
  const auto& shape = preprocessor.shape();
  if (augment.noise > 0 && preprocessor.feature_kind() == Kind::kImage) {
    throw Error(
        ExitStatus::kUsage,
        Diagnostic{{}, "training.augment.noise", "is for tables and sequences", "take it out"});
  }
  if (augment.mixup > 0 && (!shape.category_sizes.empty() || shape.vocabulary > 0)) {
    throw Error(ExitStatus::kUsage,
                Diagnostic{{},
                           "training.augment.mixup",
                           "the network takes codes of categories, which have no mean",
                           "take it out, or leave out the embedding"});
  }
}

}  // namespace dlwork::training
