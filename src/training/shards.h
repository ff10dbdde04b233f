#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dlwork/base/group.h"
#include "training/supervised_learner.h"

namespace dlwork::training {

/// A stretch of rows.
struct Shard {
  std::int64_t begin = 0, end = 0;
  std::int64_t count() const { return end - begin; }
};
/// The part of `whole` that one of `size` takes; parts differ by one row at most.
Shard shard_of(const Shard& whole, int rank, int size);

/// The share that a part of a batch, whose rows `order` names, has in the weight by which the loss
/// takes its mean over the batch. `class_weights` may be undefined.
double weight_share(const torch::Tensor& class_weights, const data::Target& target,
                    const std::vector<std::int64_t>& order, const Shard& part, const Shard& whole);

/// What processes that train together do to stay one training. A team of one does nothing.
class Team {
 public:
  explicit Team(Group* group) : group_(group) {}
  bool alone() const { return group_ == nullptr; }
  bool leads() const { return alone() || group_->leads(); }
  int rank() const { return alone() ? 0 : group_->rank(); }
  int size() const { return alone() ? 1 : group_->size(); }
  Group& group() const { return *group_; }

  Shard own(const Shard& whole) const { return shard_of(whole, rank(), size()); }
  /// Seeds of what each draws for itself: "" for the first, so that it draws what one alone would.
  std::string stream() const { return rank() == 0 ? "" : " process " + std::to_string(rank()); }

  /// All must have been given the same. Throws Error(kInput) naming who was not.
  void agree(const std::string& identity, const std::string& label) const;
  /// All begin with rank 0's tensors.
  void begin_with(const std::vector<torch::Tensor>& tensors) const;
  double sum(double value) const;
  /// Outputs of all, in order: this one's rows go to `places`, in turn, of `rows` in all.
  Outputs gather(Outputs own, const std::vector<Shard>& places, std::int64_t rows) const;
  /// This one's rows of outputs of all.
  static Outputs pick(const Outputs& all, const std::vector<Shard>& places);
  /// Streams of random numbers of all, one after the other, and this one's of them.
  std::vector<std::uint64_t> gather_streams(const std::vector<std::uint64_t>& own) const;
  std::vector<std::uint64_t> own_stream(const std::vector<std::uint64_t>& all) const;

 private:
  Group* group_;
};

}  // namespace dlwork::training
