#pragma once

#include "dlwork/training/learner.h"
#include "model/network.h"
#include "model/torch.h"
#include "task/reinforcement/replay.h"
#include "task/reinforcement/world.h"
#include "training/own_model.h"

namespace dlwork::task {

/// A network that says what each action is worth in a state: the discounted sum of the rewards to
/// come. Learned by deep Q-learning (Mnih et al., Human-level Control through Deep Reinforcement
/// Learning, 2015, algorithm 1), but the copy that judges follows softly (Lillicrap et al. 2016),
/// not at once from time to time; with double Q-learning (van Hasselt, Guez and Silver 2016) where
/// asked for.
class DeepQ final : public training::Learner {
 public:
  /// `dataset` outlives the learner; null for one read from a file.
  DeepQ(std::string world, std::vector<spec::LayerSpec> layers, std::uint64_t seed,
        const data::Dataset* dataset, const std::string& device);

  training::FitReport fit(const training::FitOptions& options, RunContext& run) override;
  /// The return of an episode from each row's state, taking the action worth most: [rows, 1].
  training::Outputs predict(const data::Samples& samples,
                            const std::vector<std::int64_t>& rows) override;
  std::vector<artefact::Finding> test_network(const spec::NetworkTest& thresholds,
                                              const training::FitOptions& options,
                                              RunContext& run) override;
  std::vector<training::LayerReport> inspect(const std::vector<std::int64_t>& rows) override;
  std::int64_t parameter_count() const override { return network_.parameter_count(); }
  void save(const std::filesystem::path& file) override;
  static std::unique_ptr<DeepQ> load(const std::filesystem::path& file, RunContext& run);

  const std::string& world() const { return world_; }
  const std::vector<spec::LayerSpec>& layers() const { return layers_; }
  std::uint64_t seed() const { return seed_; }
  torch::Device device() const { return device_; }
  const data::Dataset& dataset() const;
  training::NamedTensors tensors() const;
  const model::Network& network() const { return network_; }
  training::NamedTensors parameters() const { return network_.parameters(); }
  /// states: [B, state] float32; returns [B, actions], without a gradient.
  torch::Tensor values(const torch::Tensor& states) const;
  /// The same in training mode, with a gradient.
  torch::Tensor forward(const torch::Tensor& states) const {
    network_.set_mode(model::Network::Mode::kTrain);
    return network_.forward(scaled(states));
  }
  /// As the network sees them.
  torch::Tensor scaled(const torch::Tensor& states) const { return states / scales_; }

 private:
  /// Of the loss on random steps from these rows.
  void take_gradients(const std::vector<std::int64_t>& rows);

  std::string world_;
  std::vector<spec::LayerSpec> layers_;
  std::uint64_t seed_;
  const data::Dataset* dataset_;
  torch::Device device_;
  torch::Tensor scales_;  ///< [state]
  model::Network network_;
};

/// What a temporal difference should have been: r + g max_a Q'(s', a), 0 after the end; with
/// `chooser` (double Q) the action is the chooser's and the worth the judge's. All [B, ...].
torch::Tensor targets_of(const Transitions& steps, const DeepQ& judge, const DeepQ* chooser,
                         double discount);
/// Mean Huber loss of Q(s, a) against `targets`.
torch::Tensor q_loss(const torch::Tensor& worths, const Transitions& steps,
                     const torch::Tensor& targets);
/// Steps of random actions from starts of these rows.
Transitions random_steps(const DeepQ& learner, const std::vector<std::int64_t>& rows,
                         std::uint64_t seed, std::int64_t count);
/// The action worth most in each row of [B, actions]; ties go to the first.
std::vector<std::int64_t> best_actions(const torch::Tensor& values);

}  // namespace dlwork::task
