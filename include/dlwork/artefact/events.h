#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "dlwork/base/json.h"
#include "dlwork/base/protobuf.h"

namespace dlwork::artefact {

/// A layer or another node of a network's graph. "4 residual/1 conv2d" stands within "4 residual".
struct GraphNode {
  std::string name;
  std::string op;
  std::vector<std::string> inputs;   ///< names
  std::vector<std::int64_t> output;  ///< shape; -1 for the batch
  std::int64_t parameters = 0;
};

/// How one class is told from the rest, by the threshold on its score: `thresholds` of them, evenly
/// from 0 to 1 (ends included).
struct PrCurve {
  std::vector<double> true_positives, false_positives, true_negatives, false_negatives;
};
/// `positive[i]` tells whether sample i is of the class, `scores[i]` in [0, 1] how much the network
/// takes it to be.
PrCurve pr_curve(const std::vector<float>& scores, const std::vector<bool>& positive,
                 std::size_t thresholds);

/// Counts between bounds; the first bucket begins at `low`.
struct Histogram {
  double low = 0, high = 0, count = 0, sum = 0, sum_of_squares = 0;
  std::vector<double> bounds, counts;
};
/// Equal buckets from the least to the greatest value; values that are not finite are left out.
Histogram histogram_of(const float* values, std::int64_t count);

/// A search dimension and what a search was for, as the HParams page shows them.
struct HParam {
  std::string name;
  bool is_number = false;
};

/// One event file of TensorBoard: records that are appended and flushed one by one, so that a
/// training can be watched and a kill costs at most the last. Format: TensorFlow's TFRecord framing
/// around Event messages (tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto
/// and TensorBoard's plugin_data.proto files).
class EventFile {
 public:
  /// "events.out.tfevents.<seconds>.<host>.<process>.<number>" in `folder`, which is made where it
  /// is missing. Throws Error(kRuntime).
  explicit EventFile(const std::filesystem::path& folder);
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  const std::filesystem::path& path() const { return path_; }

  void scalar(const std::string& tag, std::int64_t step, double value);
  void histogram(const std::string& tag, std::int64_t step, const Histogram& histogram);
  /// `png`: the file's bytes; anything else is left out.
  void image(const std::string& tag, std::int64_t step, std::string_view png);
  void text(const std::string& tag, std::int64_t step, const std::string& markdown);
  void pr_curve(const std::string& tag, std::int64_t step, const PrCurve& curve);
  void graph(const std::vector<GraphNode>& nodes);
  /// Events of `step` and later in older files of the folder no longer count.
  void restarted(std::int64_t step);

  /// For the folder above those of the trials: what is searched, and the scalar tag to compare by.
  void experiment(const std::vector<HParam>& searched, const std::vector<std::string>& metric_tags);
  /// For a trial's own folder: its settings (text; numbers where they can be read so), and its end.
  enum class Ended { kWell, kBadly };
  void session_start(const std::string& name, const Json& settings);
  void session_end(Ended ended);

 private:
  void plugin_value(const std::string& tag, std::int64_t step, const std::string& plugin,
                    const ProtobufMessage& content, const ProtobufMessage& tensor);
  void summary(std::int64_t step, const ProtobufMessage& value);
  void event(std::int64_t step, int field, std::string_view content);
  void record(const std::string& data);

  std::filesystem::path path_;
  int descriptor_ = -1;
};

}  // namespace dlwork::artefact
