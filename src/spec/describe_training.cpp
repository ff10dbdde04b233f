#include "spec/fields.h"

namespace dlwork::spec {
namespace {

constexpr double kMostEpochs = 1e6;

}  // namespace

void describe(EarlyStopping& stopping, Fields& f) {
  f.add("patience", stopping.patience,
        "Epochs without improvement on validation before training stops; 0: off.")
      .unit("epochs")
      .at_least(0);
}

void describe(Augment& augment, Fields& f) {
  const auto pixels = [&](const char* name, std::int64_t& value, const char* help) {
    f.add(name, value, help).unit("pixels").at_least(0).at_most(1024);
  };
  f.add("flip", augment.flip, "Mirror pictures left to right at random.");
  f.add("flip_vertical", augment.flip_vertical, "Mirror pictures top to bottom at random.");
  pixels("shift", augment.shift, "Pad pictures by so much and crop them to their size at random.");
  f.add("rotate", augment.rotate, "Turn pictures by up to so much either way.")
      .unit("degrees")
      .at_least(0)
      .at_most(180);
  f.add("zoom", augment.zoom, "Make what pictures show larger or smaller by up to this share.")
      .at_least(0)
      .below(1);
  f.add("shear", augment.shear, "Slant pictures by up to so much either way.")
      .unit("degrees")
      .at_least(0)
      .at_most(60);
  f.add("brightness", augment.brightness, "Added to all pixels: up to this share of the range.")
      .at_least(0)
      .at_most(1);
  f.add("contrast", augment.contrast, "Stretch pixels about their middle by up to this share.")
      .at_least(0)
      .below(1);
  pixels("erase", augment.erase, "Side of a square set to the mean at a random place; 0: off.");
  f.add("cutmix", augment.cutmix,
        "Alpha of cutmix: a box of another picture, and its share of the target; 0: off.")
      .at_least(0)
      .at_most(100);
  f.add("noise", augment.noise,
        "Standard deviation of noise on standardised numbers of tables or steps; 0: off.")
      .at_least(0)
      .at_most(10);
  f.add("mixup", augment.mixup,
        "Alpha of mixup: a weighted mean of two samples and of their targets; 0: off.")
      .at_least(0)
      .at_most(100);
  f.add("magnitude", augment.magnitude,
        "Standard deviation of a random factor about 1 on each channel of a sequence; 0: off.")
      .at_least(0)
      .at_most(10);
  f.add("crop", augment.crop,
        "Cut away up to this share of a sequence's steps and stretch the rest; 0: off.")
      .at_least(0)
      .below(1);
  f.add("time_mask", augment.time_mask, "Up to so many steps in a row set to the mean; 0: off.")
      .unit("steps")
      .at_least(0);
  f.add("channel_mask", augment.channel_mask,
        "Up to so many channels (frequencies) in a row set to the mean; 0: off.")
      .unit("channels")
      .at_least(0);
}

void describe(RateDecay& decay, Fields& f) {
  f.add("factor", decay.factor, "What the learning rate is multiplied by.").above(0).below(1);
  f.add("every", decay.every, "Of step: so many epochs.")
      .unit("epochs")
      .at_least(1)
      .at_most(kMostEpochs);
  f.add("patience", decay.patience, "Of plateau: epochs without a lower loss that are waited for.")
      .unit("epochs")
      .at_least(0)
      .at_most(kMostEpochs);
}

void describe(Averaging& averaging, Fields& f) {
  f.add("method", averaging.method,
        "ema: a running mean after each step; swa: the mean of the last epochs.")
      .one_of({"none", "ema", "swa"});
  f.add("decay", averaging.decay, "Of ema: what is kept of the mean at a step.")
      .at_least(0)
      .below(1);
  f.add("start", averaging.start, "Of swa: share of the run before it begins.")
      .at_least(0)
      .below(1);
}

void describe(Enlarge& enlarge, Fields& f) {
  f.add("factor", enlarge.factor,
        "How many times larger both sides of a picture become: it is made so much smaller by the "
        "means of squares of pixels, and restored from that.")
      .at_least(2)
      .at_most(4);
}

void describe(WordVectors& words, Fields& f) {
  f.add("window", words.window, "Words on either side that count as neighbours, at most.")
      .unit("words")
      .at_least(1)
      .at_most(100);
  f.add("negatives", words.negatives, "Drawn words for each true neighbour.")
      .unit("words")
      .at_least(1)
      .at_most(100);
  f.add("min_count", words.min_count,
        "Words that occur less often in the training part have no vector.")
      .at_least(1);
  f.add("subsample", words.subsample,
        "Words that make more than this share of the text are skipped at times; 0: off.")
      .at_least(0)
      .at_most(1);
}

void describe(Transcript& transcript, Fields& f) {
  f.add("units", transcript.units,
        "What a text is written in: characters, blanks included, or words parted by blanks.")
      .one_of({"character", "word"});
}

void describe(Reinforcement& learning, Fields& f) {
  f.add("discount", learning.discount, "What a reward is worth one step later.")
      .above(0)
      .at_most(1);
  f.add("steps", learning.steps, "Steps of the world that make an epoch.")
      .unit("steps")
      .at_least(1)
      .at_most(1 << 24);
  f.add("buffer", learning.buffer, "Newest steps that are learned from.")
      .unit("steps")
      .at_least(1)
      .at_most(1 << 24);
  f.add("warm_up", learning.warm_up, "Steps before learning begins.").unit("steps").at_least(1);
  f.add("steps_a_batch", learning.steps_a_batch, "Steps of the world between two of the optimizer.")
      .unit("steps")
      .at_least(1);
  f.add("target_every", learning.target_every,
        "Steps of the optimizer in which the copy that judges follows the network.")
      .unit("steps")
      .at_least(1);
  f.add("explore_start", learning.explore_start, "Share of random actions at the start.")
      .at_least(0)
      .at_most(1);
  f.add("explore_end", learning.explore_end, "And at the end.").at_least(0).at_most(1);
  f.add("explore_share", learning.explore_share,
        "Share of the run in which it falls from the one to the other.")
      .above(0)
      .at_most(1);
  f.add("double_q", learning.double_q,
        "One network chooses the next action, the other says what it is worth.");
}

void describe(Triplets& triplets, Fields& f) {
  f.add("margin", triplets.margin,
        "By how much another class should be further away than the sample's own.")
      .above(0)
      .at_most(100);
  f.add("mining", triplets.mining,
        "semi-hard: each pair of a class with the nearest of another that is further away; hard: "
        "the furthest of the class and the nearest of another, which takes longer to learn.")
      .one_of({"hard", "semi-hard"});
  f.add("samples", triplets.samples,
        "Of each class in a batch, at least; training.batch_size by it gives the classes.")
      .unit("samples")
      .at_least(2)
      .at_most(1 << 16);
  f.add("unit_length", triplets.unit_length,
        "Whether vectors are brought to length 1, so that their direction alone counts.");
}

void describe(Training& training, Fields& f) {
  f.add("epochs", training.epochs, "Passes over the training part.")
      .unit("epochs")
      .at_least(1)
      .at_most(kMostEpochs);
  f.add("batch_size", training.batch_size,
        "Samples in one step; 0: chosen by memory and how many there are.")
      .unit("samples")
      .at_least(0)
      .at_most(1 << 20);
  f.add("optimizer", training.optimizer, "How steps are taken.")
      .one_of({"sgd", "adam", "adamw", "rmsprop"});
  f.add("learning_rate", training.learning_rate, "Step size; the peak of one-cycle.")
      .above(0)
      .at_most(100);
  f.add("momentum", training.momentum, "Of sgd and rmsprop; beta1 of the others.")
      .at_least(0)
      .below(1);
  f.add("weight_decay", training.weight_decay, "Pull of the weights towards 0.")
      .at_least(0)
      .at_most(10);
  f.add("schedule", training.schedule, "How the learning rate changes over the run.")
      .one_of({"one-cycle", "cosine", "step", "plateau", "constant"});
  f.add("warmup", training.warmup,
        "Epochs in which the learning rate grows from 0; one-cycle has its own.")
      .unit("epochs")
      .at_least(0)
      .at_most(kMostEpochs);
  f.group("rate_decay", training.rate_decay, "Of the schedules step and plateau.");
  f.add("loss", training.loss, "What is minimised; empty: the task's own.")
      .one_of({"", "cross-entropy", "bce", "focal", "mse", "mae", "huber", "quantile", "gram",
               "triplet", "ctc"});
  f.add("focal_gamma", training.focal_gamma, "Of the loss focal: how little easy samples weigh.")
      .at_least(0)
      .at_most(10);
  f.add("quantile", training.quantile, "Of the loss quantile: the share that should lie below.")
      .above(0)
      .below(1);
  f.add("label_smoothing", training.label_smoothing,
        "Share of a label that is spread over all classes; of classification alone.")
      .at_least(0)
      .below(1);
  f.add("class_weights", training.class_weights, "Whether rare classes weigh more in the loss.")
      .one_of({"none", "balanced"});
  f.add("gradient_clip", training.gradient_clip, "Largest norm of the gradient; 0: off.")
      .at_least(0);
  f.add("accumulate", training.accumulate, "Batches whose gradients make one step.")
      .unit("batches")
      .at_least(1)
      .at_most(1 << 16);
  f.add("precision", training.precision,
        "bfloat16, float16: matrix products of training in half the bits; weights keep float32.")
      .one_of({"float32", "bfloat16", "float16"});
  f.group("averaging", training.averaging, "Of the weights over the run.");
  f.group("early_stopping", training.early_stopping, "Stop when validation no longer improves.");
  f.group("augment", training.augment, "Random changes of the training samples.");
  f.group("words", training.words, "Of the task embedding: skip-gram with negative sampling.");
  f.group("transcript", training.transcript, "Of the task transcription.");
  f.group("enlarge", training.enlarge, "Of the task super-resolution.");
  f.group("reinforcement", training.reinforcement,
          "Of the task reinforcement-learning: deep Q-learning.");
  f.group("triplets", training.triplets,
          "Of the task similarity: which samples of a batch the loss compares.");
  f.add("checkpoint_every", training.checkpoint_every, "How often the state is saved.")
      .unit("time");
  f.add("memory", training.memory,
        "The most memory that training may take, looked at before it starts and where the batch "
        "size is chosen; 0: what the machine or the device has.");
}

}  // namespace dlwork::spec
