#include "spec/fields.h"

namespace dlwork::spec {

void describe(Source& source, Fields& f) {
  f.add("path", source.paths, "File or folder, or a list of them.").path().required().or_single();
  f.add("labels", source.labels, "IDX file with the labels of the pictures.").path();
}

void describe(SplitOptions& split, Fields& f) {
  f.add("method", split.method, "How rows are dealt to training, validation and test.")
      .one_of({"auto", "stratified", "random", "group", "time"});
  f.add("column", split.column, "The column that group or time goes by.");
}

void describe(ColumnOptions& column, Fields& f) {
  f.add(
       "type", column.type,
       "What the values are; empty: found from them. Cells of type picture and sound name a file, "
       "those of type sequence hold a series (1.5 2 ? 4) or name a file of one; several columns of "
       "it are its channels.")
      .one_of({"", "number", "integer", "category", "boolean", "datetime", "text", "picture",
               "sound", "sequence", "id", "group", "weight", "ignore"});
  f.add("unit", column.unit, "Unit of the values, for reports.");
  f.add("range", column.range, "Least and greatest value there can be; the audit checks it.");
  f.add("categories", column.categories,
        "Every category that the column may have; the audit checks it.");
  f.add("missing", column.missing,
        "Texts that stand for a missing value here, beside data.missing.");
  f.add("format", column.format, "Which of two numbers of a date comes first; empty: found.")
      .one_of({"", "day-first", "month-first"});
  f.add(
      "truth_of", column.truth_of,
      "Input column that an earlier stage of the system guesses and whose true values stand here; "
      "this column is no input. dlwork diagnose puts the truth in the guess's place.");
  f.add("stage", column.stage,
        "Stage of the system that guesses truth_of; columns of one stage are replaced together, "
        "stages in the order of the columns in the file. Empty: the guess's own name.");
}

void describe(Sound& sound, Fields& f) {
  f.add("features", sound.features,
        "What a network hears: log-mel frames, or the samples themselves.")
      .one_of({"log-mel", "raw"});
  f.add("rate", sound.rate, "Rate that all recordings are brought to; 0: that of the files.")
      .unit("Hz")
      .at_least(0)
      .at_most(768000);
  f.add("bands", sound.bands, "Bands of the mel scale.").at_least(1).at_most(512);
  f.add("window", sound.window, "Length of one frame.").unit("time").above(0);
  f.add("step", sound.step, "From one frame to the next.").unit("time").above(0);
  f.add("length", sound.length, "Longer recordings are cut to this; 0: not cut.")
      .unit("time")
      .at_least(0);
}

void describe(Reduce& reduce, Fields& f) {
  f.add("method", reduce.method,
        "Principal components in place of the inputs, after scaling, fitted on the training part; "
        "pictures become a row of numbers, which takes a network that begins with linear.")
      .one_of({"none", "pca"});
  f.add("keep", reduce.keep,
        "Below 1: the share of the variance to keep, by as few components as do; from 1: how many "
        "components.")
      .above(0)
      .at_most(65536);
}

void describe(Expect& expect, Fields& f) {
  f.add("classes", expect.classes, "Every class that must be there.");
  f.add("balance", expect.balance, "Share of each class in the real world; sums to 1.")
      .at_least(0)
      .at_most(1);
  f.add("rows", expect.rows, "At least so many rows must be there.").unit("rows").at_least(0);
  f.add(
      "combinations", expect.combinations,
      "Columns whose categories must occur in training in every combination, as 'site x sex'; the "
      "target may be one.");
}

void describe(Data& data, Fields& f) {
  f.add("root", data.root, "Folder of the data, relative to the project file.").path();
  f.add("train", data.train,
        "Training data: a path (* and ? match files), a list of paths, or {path, labels}.")
      .path()
      .required_without("environment");
  f.add("environment", data.environment,
        "A simulated world to act in, in place of files: cartpole.");
  f.add("episodes", data.episodes,
        "Of an environment: states it is started from, all parts together.")
      .unit("episodes")
      .at_least(10)
      .at_most(1 << 20);
  f.add("validation", data.validation,
        "Validation data, or how much of train: 0.1, 10% or 5000; empty: 10 %.")
      .path()
      .or_share();
  f.add("test", data.test, "Test data, or how much of train, taken first; empty: 20 %.")
      .path()
      .or_share();
  f.add("inputs", data.inputs, "Input columns; empty: all but the target.");
  f.add("target", data.target, "Target column; empty for pictures with labels.");
  f.add("columns", data.columns,
        "What is known of columns: a type, or {type, unit, range, missing, format}.");
  f.add("missing", data.missing, "Texts that stand for a missing value.");
  f.add("separator", data.separator, "Between columns: auto, tab or one character.");
  f.add("header", data.header, "Whether the first row holds column names.")
      .one_of({"auto", "yes", "no"});
  f.add("class_names", data.class_names,
        "Names of the classes that an IDX file numbers, in order.");
  f.add("picture_size", data.picture_size,
        "Height and width that all pictures are brought to; empty: the most common size.")
      .at_least(1)
      .at_most(65536);
  f.add("label_pattern", data.label_pattern,
        "File names with {label}, {group} and {} in them, in place of class folders.");
  f.group("sound", data.sound, "How recordings become series.");
  f.group("reduce", data.reduce, "Fewer inputs in place of those of the data.");
  f.group("split", data.split, "How test and validation rows are chosen.");
  f.group("expect", data.expect, "What you know about the data; the audit checks it.");
}

}  // namespace dlwork::spec
