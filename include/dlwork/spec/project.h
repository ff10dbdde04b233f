#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dlwork/base/document.h"
#include "dlwork/spec/layers.h"

/// The project file as typed structs, one a section. Member initialisers are the defaults. Each
/// key is declared once, in the `describe` of its struct (src/spec/describe_*.cpp); parsing,
/// validation, schema, reference page, `--set` and the resolved dump all come from there.
namespace dlwork::spec {

/// Seconds; written `90s`, `30min`, `2h`.
struct Duration {
  double seconds = 0;
};
/// Bytes; written `512MiB`, `2GiB`, `1.5GB`.
struct Size {
  std::int64_t bytes = 0;
};
/// A share or a count; written `0.1`, `10%` (shares below 1) or `5000` (a count of rows).
struct Amount {
  double value = 0;
  bool is_fraction = false;
};

struct Budget {
  Duration time{0};         ///< 0: no limit
  std::int64_t trials = 0;  ///< 0: no limit
};
struct Goal {
  std::string metric;               ///< "" is a readiness finding, filled with the task's default
  std::optional<double> target;     ///< the number that counts as success
  std::optional<double> incumbent;  ///< what is reached today, by a person or a program
  Budget budget;
};

struct Readiness {
  std::map<std::string, std::string> answers;  ///< question id -> the person's answer
  Duration time{60};                           ///< for all classical models together
  std::int64_t rows = 20000;                   ///< most training rows a classical model sees
  std::int64_t folds = 5;  ///< of the training part, by which settings are chosen; 0: none
};

/// Where one part of the data comes from. YAML: `train.csv`, a list of paths, or
/// `{path: images.gz, labels: labels.gz}`; for validation and test also a share or a count.
struct Source {
  std::vector<std::string> paths;  ///< as written; relative to data.root
  std::string labels;              ///< IDX label file
  std::optional<Amount> amount;    ///< taken from the training source instead
  Location at;
  bool given() const { return !paths.empty() || amount.has_value(); }
};
struct SplitOptions {
  std::string method = "auto";  ///< auto, stratified, random, group, time
  std::string column;           ///< the group or time column; "": the one of type group or datetime
};
/// What is known of a column. YAML: its type alone, or `{type: number, unit: cm, range: [0, 250]}`.
struct ColumnOptions {
  std::string type;           ///< number, integer, category, ...; "": found from the values
  std::string unit;           ///< of the values, for reports
  std::vector<double> range;  ///< least and greatest value there can be; empty: not known
  std::vector<std::string> categories;  ///< every category there can be; empty: not known
  std::vector<std::string>
      missing;           ///< texts that stand for a missing value here, beside data.missing
  std::string format;    ///< of dates: day-first, month-first; "": as far as it is plain
  std::string truth_of;  ///< input column whose true values these are; then carried, no input
  std::string stage;     ///< of the system, that the guess of `truth_of` comes from; "": its name
  Location at;
};
/// How recordings become series.
struct Sound {
  std::string features = "log-mel";  ///< log-mel, raw
  std::int64_t rate = 0;             ///< samples a second all are brought to; 0: that of the files
  std::int64_t bands = 40;           ///< of the mel scale
  Duration window{0.025};            ///< length of one frame
  Duration step{0.010};              ///< from one frame to the next
  Duration length{0};                ///< longer recordings are cut to this; 0: not cut
};
/// Inputs replaced by fewer.
struct Reduce {
  std::string method = "none";  ///< none, pca
  double keep = 0.95;           ///< below 1: share of the variance; from 1: a count of components
  Location at;                  ///< of the section, where the project file has it
  bool given() const { return method != "none"; }
};
struct Expect {
  std::vector<std::string> classes;       ///< every class that must be there
  std::map<std::string, double> balance;  ///< class -> its share in the real world
  std::int64_t rows = 0;                  ///< at least so many
  /// "site x sex": columns whose categories must occur together, each with each.
  std::vector<std::string> combinations;
};
struct Data {
  std::string root = ".";           ///< relative to the project file
  Source train;                     ///< required where there is no environment
  std::string environment;          ///< a simulated world to act in, in place of files
  std::int64_t episodes = 200;      ///< states it is started from, all parts together
  Source validation;                ///< default: 10 % of train
  Source test;                      ///< default: 20 % of train, taken first
  std::vector<std::string> inputs;  ///< input columns; empty: all but the target
  std::string target;               ///< target column; "" for pictures with labels
  std::map<std::string, ColumnOptions> columns;
  std::vector<std::string> missing{"", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?"};
  std::string separator = "auto";        ///< auto or one character or "tab"
  std::string header = "auto";           ///< auto, yes, no
  std::vector<std::string> class_names;  ///< names for the numeric labels of IDX files, in order
  std::vector<double> picture_size;  ///< height and width all pictures get; empty: the most common
  std::string label_pattern;         ///< of file names: "{label}_{group}_{}.wav"; "": class folders
  Sound sound;
  Reduce reduce;
  SplitOptions split;
  Expect expect;
};

struct Model {
  std::vector<LayerSpec> layers;
  std::string init;  ///< how weights start; "": each layer's own way
};

struct EarlyStopping {
  std::int64_t patience = 0;  ///< epochs without improvement; 0: off
};
struct Augment {
  // Pictures
  bool flip = false;           ///< mirror left-right at random
  bool flip_vertical = false;  ///< and top-bottom
  std::int64_t shift = 0;      ///< pad by so many pixels and crop at random
  double rotate = 0;           ///< at most so many degrees either way
  double zoom = 0;             ///< larger or smaller by at most this share
  double shear = 0;            ///< at most so many degrees either way
  double brightness = 0;       ///< added: at most this share of the full range
  double contrast = 0;         ///< stretched about the mean by at most this share
  std::int64_t erase = 0;      ///< side of a square set to the mean, 0: off
  double cutmix = 0;           ///< alpha of the beta distribution; 0: off
  // Anything
  double noise = 0;  ///< standard deviation added to standardised columns or steps
  double mixup = 0;  ///< alpha of the beta distribution; 0: off
  // Sequences
  double magnitude = 0;           ///< deviation of a factor on each channel
  double crop = 0;                ///< share of the steps cut away, the rest stretched
  std::int64_t time_mask = 0;     ///< at most so many steps set to the mean
  std::int64_t channel_mask = 0;  ///< at most so many channels set to the mean

  bool operator==(const Augment&) const = default;
};
/// Of the schedules step and plateau.
struct RateDecay {
  double factor = 0.1;
  std::int64_t every = 10;    ///< epochs; step
  std::int64_t patience = 3;  ///< epochs without improvement; plateau
};
/// Of the weights over the run.
struct Averaging {
  std::string method = "none";  ///< none, ema, swa
  double decay = 0.999;         ///< ema: weight of what was, a step
  double start = 0.75;          ///< swa: share of the epochs before it begins
};
/// Of word vectors (Mikolov et al. 2013, arXiv 1310.4546).
struct WordVectors {
  std::int64_t window = 5;     ///< words on either side that count as neighbours, at most
  std::int64_t negatives = 5;  ///< drawn words for each true neighbour
  std::int64_t min_count = 2;  ///< rarer words have no vector
  double subsample = 1e-3;     ///< share of the text above which a word is skipped at times; 0: off
};
/// Of deep Q-learning (Mnih et al. 2015).
struct Reinforcement {
  double discount = 0.99;           ///< of a reward one step later
  std::int64_t steps = 1000;        ///< of the world, that make an epoch
  std::int64_t buffer = 10000;      ///< newest steps that are learned from
  std::int64_t warm_up = 500;       ///< steps before learning begins
  std::int64_t steps_a_batch = 1;   ///< of the world, between two of the optimizer
  std::int64_t target_every = 250;  ///< steps in which the copy that judges follows the network
  double explore_start = 1;         ///< share of random actions
  double explore_end = 0.05;
  double explore_share = 0.3;  ///< of the run, in which it falls from start to end
  bool double_q = true;        ///< van Hasselt, Guez and Silver 2016 (arXiv 1509.06461)
};
/// Of the task transcription.
struct Transcript {
  std::string units = "character";  ///< character, word
};
/// Of metric learning: which samples are compared.
struct Triplets {
  double margin = 0.2;
  std::string mining = "semi-hard";  ///< hard, semi-hard
  std::int64_t samples = 4;          ///< of each class in a batch, at least
  bool unit_length = true;
};
/// Of the task super-resolution.
struct Enlarge {
  std::int64_t factor = 2;  ///< of both sides
};
struct Training {
  std::int64_t epochs = 10;
  std::int64_t batch_size = 64;
  std::string optimizer = "adamw";  ///< sgd, adam, adamw, rmsprop
  double learning_rate = 1e-3;
  double momentum = 0.9;
  double weight_decay = 1e-4;
  std::string schedule = "one-cycle";  ///< one-cycle, cosine, constant, step, plateau
  double warmup = 0;                   ///< epochs of a rate that grows; not of one-cycle
  RateDecay rate_decay;
  std::string loss;        ///< "" : the task's own
  double focal_gamma = 2;  ///< of the loss focal
  double quantile = 0.5;   ///< of the loss quantile
  double label_smoothing = 0;
  std::string class_weights = "none";  ///< none, balanced
  double gradient_clip = 0;            ///< largest norm, 0: off
  std::int64_t accumulate = 1;         ///< batches whose gradients make one step
  std::string precision = "float32";   ///< float32, bfloat16, float16
  Averaging averaging;
  EarlyStopping early_stopping;
  Augment augment;
  WordVectors words;
  Transcript transcript;
  Enlarge enlarge;
  Reinforcement reinforcement;
  Triplets triplets;
  Duration checkpoint_every{60};
  Size memory{0};  ///< the most that training may take; 0: what the machine has
};

/// Limits of the audit's checks, from audit_thresholds.def; each decides on one finding.
struct AuditThresholds {
#define THRESHOLD(finding, key, value, least, most, unit, help) double key = value;
#include "dlwork/spec/audit_thresholds.def"
#undef THRESHOLD
};
struct Audit {
  std::int64_t rows = 20000;            ///< most samples that costly checks look at
  std::vector<std::string> annotators;  ///< columns that hold other people's labels
  AuditThresholds thresholds;
};

/// Thresholds of the network's unit tests.
struct NetworkTest {
  double initial_loss_tolerance = 0.5;  ///< share by which the first loss may differ from theory
  std::int64_t overfit_samples = 32;
  std::int64_t overfit_steps = 2000;
  double overfit_loss_ratio = 0.05;  ///< last loss / first loss must be below this
  double independence_tolerance = 1e-5;
  double padding_tolerance = 1e-5;  ///< share by which what fills up sequences may change anything
  double causality_tolerance = 1e-5;  ///< share by which a later step may change an earlier one
  double share_sum_tolerance = 1e-5;  ///< by which class probabilities may miss the sum of 1
  double output_range = 10;           ///< deviations of the target from its mean, untrained
  double dead_units = 0.5;            ///< share of a layer's units that say the same of all samples
  double saturated = 0.5;             ///< share of a layer's activations at their function's bounds
  double signal_ratio = 1000;         ///< between layers: of activations, and of gradients
  double gradient_tolerance = 0.01;   ///< share by which a gradient may be off
  double update_ratio_low = 1e-4;     ///< a step's size against the weights it changes
  double update_ratio_high = 0.2;
  double least_lost = 0.1;     ///< share of what was learned that must be lost with the inputs
  double unread_inputs = 0.5;  ///< share of a sample's numbers that no output answers to
  std::int64_t label_steps = 40;
  double label_deviations = 5;     ///< that held-out shuffled targets may be better than chance
  double label_least = 2;          ///< that held-out true targets must be better than chance
  double device_tolerance = 1e-3;  ///< share by which CPU and CUDA may differ
};
struct Baseline {
  Model model;              ///< empty: from the analogy
  std::int64_t subset = 0;  ///< rows of the training part, at most; 0: as a learning curve says
  std::int64_t epochs = 5;
  double min_gain = 0;       ///< by how much it must beat the trivial predictor (interval's end)
  bool range_test = true;    ///< the loss over a range of learning rates
  bool decay_grid = true;    ///< short runs with other weight decays
  double decay_gain = 0.02;  ///< share by which one's validation loss must be lower to be taken
  /// Billions of multiply-adds that a run before the baseline's own may take; 0: no limit. Work and
  /// not time, so that figures do not depend on what else the machine does.
  double trial_work = 150;
};
/// What a wrong decision between two classes costs, in any unit.
struct Costs {
  std::string positive;    ///< the class to be found; "": the rarer one of the training part
  double missed = 1;       ///< a positive sample taken for a negative one
  double false_alarm = 1;  ///< a negative sample taken for a positive one
};
struct Diagnose {
  std::int64_t mistakes = 24;        ///< most confident mistakes shown
  double bias_tolerance = 0.01;      ///< training metric may miss the best attainable by this
  double variance_tolerance = 0.02;  ///< validation may be worse than training by this
  double shift_tolerance = 0.02;     ///< validation may differ from a held training part by this
  std::int64_t epochs = 0;           ///< 0: training.epochs
  Duration time{90};                 ///< for the trainings beside the diagnosed one
  std::int64_t probe_steps = 60;     ///< steps of each probed learning rate; 0: no probe
  double gradient_ratio = 1e-4;      ///< smallest to largest layer's gradient, relative to weights
  double dead_tolerance = 0.5;       ///< share of a layer's rectifiers that may never be active
  std::int64_t curve_points = 4;     ///< sizes of the learning curve below the full one; 0: none
  std::int64_t curve_repeats = 2;    ///< subsets drawn for each size below a half
  bool capacity = true;              ///< validation curve over the network's width
  double label_noise_tolerance = 0.05;  ///< share of a class whose labels may be contradicted
  double label_margin = 0;              ///< below this mean margin a sample is hard to learn
  double slice_tolerance = 0.05;        ///< a slice may be worse than the rest by this
  double slice_discovery = 0.05;        ///< false discovery rate of the slices named
  std::int64_t clusters = 8;            ///< of the embedding; 0: none
  double calibration_tolerance = 0.05;  ///< expected calibration error
  Costs costs;
  double leak_share = 0.9;      ///< of what the network knows, from one column
  std::int64_t attributed = 8;  ///< samples whose answer is traced to their input; 0: none
  bool ablate = false;
  std::int64_t ablate_seeds = 3;
  Duration ablate_time{0};  ///< 0: no limit
};
/// One searched key: a list of choices, or a range.
struct Dimension {
  std::vector<Node> choices;
  std::optional<double> low;
  std::optional<double> high;
  bool log = false;
  bool integer = false;
  Location at;
};
struct Tune {
  std::string method = "random";  ///< random, one-at-a-time
  std::int64_t trials = 8;
  Duration time{0};
  std::int64_t epochs = 0;                 ///< of a trial; 0: training.epochs
  std::map<std::string, Dimension> space;  ///< "training.learning_rate" -> dimension
  bool prune = true;                       ///< stop trials worse than the median at the same epoch
};
struct Ensemble {
  std::int64_t members = 3;
  std::int64_t epochs = 0;      ///< 0: training.epochs
  bool use_best_trials = true;  ///< members take the settings of the best trials
};
struct Waiver {
  std::string finding;
  std::string reason;
  std::string until;  ///< YYYY-MM-DD
};

struct Project {
  std::int64_t dlwork = 1;  ///< format version
  std::string name;
  std::string question;
  std::int64_t seed = 1;
  Goal goal;
  Readiness readiness;
  Data data;
  std::string task;     ///< one of spec/tasks.def; "" : from the data
  std::string analogy;  ///< id in the catalogue; "" : the best ranked
  Model model;          ///< empty: from the analogy
  Training training;
  Audit audit;
  NetworkTest test;
  Baseline baseline;
  Diagnose diagnose;
  Tune tune;
  Ensemble ensemble;
  std::vector<Waiver> accept;

  std::string file;                            ///< the project file; not a key
  std::map<std::string, std::string> origins;  ///< key path -> "default", "project.yaml:4", ...
  std::map<std::string, Location>
      places;  ///< key path -> where it stands; sections too, no defaults
};

/// One `--set key.path=value`.
struct Override {
  std::string path;
  std::string value;
  std::string origin;  ///< "--set #2"
};

/// Reads, validates and resolves a project file: default < analogy < file < overrides. `analogy`
/// is the `project:` fragment of a catalogue entry, or null. Throws Error(kUsage) with every
/// problem found in one run.
Project load_project(const std::string& file, const std::vector<Override>& overrides,
                     const Node* analogy = nullptr);
/// The same from text.
Project read_project(const std::string& text, const std::string& file,
                     const std::vector<Override>& overrides, const Node* analogy = nullptr);

/// The project with one more override, as tuning makes them. `value` is a YAML scalar or flow.
Project with_override(const Project& base, const std::string& path, const Node& value);

/// A path of the project, relative to data.root, as an absolute path. Of `sqlite:FILE?query=...`
/// the file alone is made absolute.
std::string data_path(const Project& project, const std::string& path);
/// The columns that an entry of data.expect.combinations names.
std::vector<std::string> combined_columns(const std::string& combination);

/// The resolved project as YAML that `load_project` accepts and gives back equal; with `origins`
/// a comment on each line tells where its value came from.
enum class Origins { kHide, kShow };
std::string dump_yaml(const Project& project, Origins origins);
/// The named sections ("data", "model", ...) as JSON, for fingerprints and records.
Json dump_json(const Project& project);

/// JSON Schema (draft 2020-12) of the project file.
Json project_schema();
/// The reference page (Markdown) of every key: type, unit, default, range, help.
std::string reference_page();
/// Every key path, for shell completion of --set.
std::vector<std::string> key_paths();

/// A solved problem of the catalogue (configs/analogies/<id>.yaml).
struct Analogy {
  std::string id;
  std::string title;
  std::string summary;
  std::string kind;  ///< table, image, sequence, text, audio, environment
  std::string task;  ///< classification, regression, ...
  bool runnable = true;
  std::vector<std::string> words;            ///< that a matching question uses
  std::string source;                        ///< paper or data set
  std::string expected;                      ///< the figure others reached, with where it stands
  std::map<std::string, std::string> takes;  ///< "architecture" -> why it is taken over
  Node project;                              ///< fragment laid under the project file
};
/// The catalogue built into the program, ordered by id.
const std::vector<Analogy>& analogies();
Analogy read_analogy(const std::string& text, const std::string& file);
/// What an entry lays under a project on data of this kind, for this task. Where they are not the
/// entry's own, the baseline is still the smallest sensible network for them, if configs/baselines
/// has one and the entry does not bring its own.
Node fragment_for(const Analogy& analogy, const std::string& kind, const std::string& task);

/// How near a catalogue entry is, and why.
struct RankedAnalogy {
  const Analogy* analogy = nullptr;
  double score = 0;              ///< 0 to 1
  std::vector<std::string> why;  ///< "same kind of data: image", "question says 'garment'"
};
/// Best first. Kind weighs 0.5, task 0.35, words of the question 0.15; entries of another kind and
/// task are left out. Ties go to the lower id.
std::vector<RankedAnalogy> rank_analogies(const std::vector<Analogy>& catalogue,
                                          const std::string& kind, const std::string& task,
                                          const std::string& question);

}  // namespace dlwork::spec
