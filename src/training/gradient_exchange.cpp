#include "training/gradient_exchange.h"

#include <algorithm>

namespace dlwork::training {

std::vector<torch::Tensor> running_statistics(const model::Network& network) {
  std::vector<torch::Tensor> running;
  for (const auto& [name, buffer] : network.buffers()) {
    if (buffer.scalar_type() == torch::kFloat32) running.push_back(buffer);
  }
  return running;
}

GradientExchange::GradientExchange(Group& group, const FlatParameters& parameters,
                                   std::vector<torch::Tensor> running, std::int64_t bucket_floats)
    : group_(group), exchanged_(parameters.exchanged()), running_(std::move(running)) {
  const auto& segments = parameters.segments();
  bucket_of_.resize(segments.size());
  std::int64_t end = exchanged_.size(0);
  Bucket bucket{end, end, 0};
  for (std::size_t p = segments.size(); p-- > 0;) {
    if (bucket.end - bucket.begin >= bucket_floats) {
      buckets_.push_back(bucket);
      bucket = {bucket.begin, bucket.begin, 0};
    }
    bucket.begin = segments[p].begin + FlatParameters::kHead;
    ++bucket.parameters;
    bucket_of_[p] = buckets_.size();
  }
  bucket.begin = 0;  // the numbers go with the first parameters
  buckets_.push_back(bucket);
  if (running_.empty()) return;
  std::int64_t total = 0;
  for (const auto& tensor : running_) total += tensor.numel();
  running_sum_ = torch::zeros({total}, parameters.values.options());
}

void GradientExchange::begin(double share) {
  share_ = share;
  next_ = 0;
  missing_.clear();
  for (const Bucket& bucket : buckets_) missing_.push_back(bucket.parameters);
}

void GradientExchange::ready(std::size_t parameter) {
  --missing_[bucket_of_[parameter]];
  // The last bucket waits for its numbers.
  while (next_ + 1 < buckets_.size() && missing_[next_] == 0) launch(buckets_[next_++]);
}

GradientExchange::Numbers GradientExchange::finish(const Numbers& numbers) {
  const torch::NoGradGuard no_grad;
  auto head = exchanged_.narrow(0, 0, numbers.size());
  head.copy_(torch::tensor(at::ArrayRef<float>(numbers.data(), numbers.size())));
  while (next_ < buckets_.size()) launch(buckets_[next_++]);
  std::int64_t begin = 0;
  for (const auto& tensor : running_) {
    running_sum_.narrow(0, begin, tensor.numel()).copy_(tensor.reshape({-1}));
    begin += tensor.numel();
  }
  if (begin > 0) group_.start_sum(running_sum_);
  group_.wait();
  begin = 0;
  for (auto& tensor : running_) {
    const auto mean = running_sum_.narrow(0, begin, tensor.numel()) / group_.size();
    tensor.copy_(mean.view_as(tensor));
    begin += tensor.numel();
  }
  const auto sums = head.to(torch::kCPU);
  Numbers summed;
  std::copy_n(sums.data_ptr<float>(), summed.size(), summed.begin());
  return summed;
}

void GradientExchange::launch(const Bucket& bucket) {
  const torch::NoGradGuard no_grad;
  const std::int64_t begin = std::max(bucket.begin, FlatParameters::kHead);
  auto gradients = exchanged_.narrow(0, begin, bucket.end - begin);
  if (share_ == 0) {
    gradients.zero_();  // no samples: whatever is there is of an earlier step
  } else if (share_ != 1) {
    gradients.mul_(share_);
  }
  group_.start_sum(exchanged_.narrow(0, bucket.begin, bucket.end - bucket.begin));
}

}  // namespace dlwork::training
