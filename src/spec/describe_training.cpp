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
  f.add("flip", augment.flip, "Mirror pictures left to right at random.");
  f.add("shift", augment.shift, "Move pictures by up to so much at random.")
      .unit("pixels")
      .at_least(0)
      .at_most(1024);
  f.add("erase", augment.erase, "Side of a square set to the mean at a random place; 0: off.")
      .unit("pixels")
      .at_least(0)
      .at_most(1024);
  f.add("noise", augment.noise, "Standard deviation of noise on standardised columns; 0: off.")
      .at_least(0)
      .at_most(10);
}

void describe(Training& training, Fields& f) {
  f.add("epochs", training.epochs, "Passes over the training part.")
      .unit("epochs")
      .at_least(1)
      .at_most(kMostEpochs);
  f.add("batch_size", training.batch_size, "Samples in one step.")
      .unit("samples")
      .at_least(1)
      .at_most(1 << 20);
  f.add("optimizer", training.optimizer, "How steps are taken.")
      .one_of({"sgd", "adam", "adamw", "rmsprop"});
  f.add("learning_rate", training.learning_rate, "Step size; the peak of one-cycle.")
      .above(0)
      .at_most(100);
  f.add("momentum", training.momentum, "Of sgd and rmsprop.").at_least(0).below(1);
  f.add("weight_decay", training.weight_decay, "Pull of the weights towards 0.")
      .at_least(0)
      .at_most(10);
  f.add("schedule", training.schedule, "How the learning rate changes over the run.")
      .one_of({"one-cycle", "cosine", "constant"});
  f.add("loss", training.loss, "What is minimised; empty: the task's own.")
      .one_of({"", "cross-entropy", "mse", "mae", "huber"});
  f.add("label_smoothing", training.label_smoothing,
        "Share of a label that is spread over all classes.")
      .at_least(0)
      .below(1);
  f.add("class_weights", training.class_weights, "Whether rare classes weigh more in the loss.")
      .one_of({"none", "balanced"});
  f.add("gradient_clip", training.gradient_clip, "Largest norm of the gradient; 0: off.")
      .at_least(0);
  f.group("early_stopping", training.early_stopping, "Stop when validation no longer improves.");
  f.group("augment", training.augment, "Random changes of the training samples.");
  f.add("checkpoint_every", training.checkpoint_every, "How often the state is saved.")
      .unit("time");
}

}  // namespace dlwork::spec
