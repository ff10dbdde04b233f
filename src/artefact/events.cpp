#include "dlwork/artefact/events.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "artefact/crc32c.h"
#include "dlwork/base/error.h"
#include "dlwork/base/files.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/png.h"
#include "dlwork/base/text.h"

// The numbers below are those of the fields in TensorFlow's event.proto, summary.proto,
// tensor.proto and TensorBoard's plugins/*/plugin_data.proto, plugins/hparams/api.proto.
namespace dlwork::artefact {
namespace {

namespace fs = std::filesystem;

// Event
constexpr int kWallTime = 1, kStep = 2, kFileVersion = 3, kGraphDef = 4, kSummary = 5,
              kSessionLog = 7;
// DataType
constexpr int kFloat = 1, kString = 7;

double now() {
  using namespace std::chrono;
  return duration<double>(system_clock::now().time_since_epoch()).count();
}

/// Readers take a folder's files in the order of their names, so the number has leading zeros.
std::string file_name() {
  static std::atomic<unsigned> number{0};
  char text[32];
  std::snprintf(text, sizeof text, "%010lld", static_cast<long long>(now()));
  std::string name = std::string("events.out.tfevents.") + text + "." + host_name() + "." +
                     std::to_string(::getpid()) + ".";
  std::snprintf(text, sizeof text, "%05u", number++);
  return name + text;
}

std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

ProtobufMessage shape(const std::vector<std::int64_t>& sizes) {
  ProtobufMessage message;
  for (const std::int64_t size : sizes) message.message(2, ProtobufMessage().integer(1, size));
  return message;
}

ProtobufMessage float_tensor(const std::vector<std::int64_t>& sizes,
                             const std::vector<float>& values) {
  ProtobufMessage tensor;
  tensor.integer(1, kFloat).message(2, shape(sizes));
  if (!values.empty()) tensor.singles(5, values);
  return tensor;
}

/// A value of google.protobuf.Value: numbers where the text is one, else text.
ProtobufMessage setting_value(const Json& value) {
  if (value.is_boolean()) return ProtobufMessage().integer(4, value.get<bool>() ? 1 : 0);
  if (value.is_number()) return ProtobufMessage().real(2, value.get<double>());
  const std::string text = value.is_string() ? value.get<std::string>() : json_text(value);
  if (const auto number = parse_number(text)) return ProtobufMessage().real(2, *number);
  return ProtobufMessage().bytes(3, text);
}

ProtobufMessage node_def(const GraphNode& node) {
  ProtobufMessage message;
  message.bytes(1, node.name).bytes(2, node.op);
  for (const std::string& input : node.inputs) message.bytes(3, input);
  const auto attribute = [&](const std::string& key, const ProtobufMessage& value) {
    message.message(5, ProtobufMessage().bytes(1, key).message(2, value));
  };
  const auto shapes = ProtobufMessage().message(7, shape(node.output));
  attribute("_output_shapes", ProtobufMessage().message(1, shapes));
  attribute("parameters", ProtobufMessage().integer(3, node.parameters));
  return message;
}

}  // namespace

EventFile::EventFile(const fs::path& folder) : path_(folder / file_name()) {
  make_folder(folder);
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw_errno("cannot write", path_);
  event(0, kFileVersion, "brain.Event:2");
}

EventFile::~EventFile() { ::close(descriptor_); }

void EventFile::record(const std::string& data) {
  const std::string length = little_endian(data.size(), 8);
  const std::string whole = length + little_endian(masked_crc32c(length), 4) + data +
                            little_endian(masked_crc32c(data), 4);
  std::size_t done = 0;
  while (done < whole.size()) {
    const ssize_t written = ::write(descriptor_, whole.data() + done, whole.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_errno("cannot write", path_);
    done += static_cast<std::size_t>(written);
  }
}

void EventFile::event(std::int64_t step, int field, std::string_view content) {
  record(
      ProtobufMessage().real(kWallTime, now()).integer(kStep, step).bytes(field, content).text());
}

void EventFile::summary(std::int64_t step, const ProtobufMessage& value) {
  event(step, kSummary, ProtobufMessage().message(1, value).text());
}

void EventFile::scalar(const std::string& tag, std::int64_t step, double value) {
  summary(step, ProtobufMessage().bytes(1, tag).single(2, static_cast<float>(value)));
}

void EventFile::histogram(const std::string& tag, std::int64_t step, const Histogram& histogram) {
  ProtobufMessage buckets;
  buckets.real(1, histogram.low).real(2, histogram.high).real(3, histogram.count);
  buckets.real(4, histogram.sum).real(5, histogram.sum_of_squares);
  buckets.reals(6, histogram.bounds).reals(7, histogram.counts);
  summary(step, ProtobufMessage().bytes(1, tag).message(5, buckets));
}

void EventFile::image(const std::string& tag, std::int64_t step, std::string_view png) {
  const PngSize size = png_size(png);
  if (size.width == 0 || size.height == 0) return;
  constexpr int kColour = 3;
  ProtobufMessage picture;
  picture.integer(1, size.height).integer(2, size.width).integer(3, kColour).bytes(4, png);
  summary(step, ProtobufMessage().bytes(1, tag).message(4, picture));
}

void EventFile::plugin_value(const std::string& tag, std::int64_t step, const std::string& plugin,
                             const ProtobufMessage& content, const ProtobufMessage& tensor) {
  const auto data = ProtobufMessage().bytes(1, plugin).bytes(2, content.text());
  const auto metadata = ProtobufMessage().message(1, data);
  summary(step, ProtobufMessage().bytes(1, tag).message(9, metadata).message(8, tensor));
}

void EventFile::text(const std::string& tag, std::int64_t step, const std::string& markdown) {
  ProtobufMessage tensor;
  tensor.integer(1, kString).message(2, shape({1})).bytes(8, markdown);
  plugin_value(tag, step, "text", ProtobufMessage().integer(1, 0), tensor);
}

void EventFile::pr_curve(const std::string& tag, std::int64_t step, const PrCurve& curve) {
  // Rows: true and false positives, true and false negatives, precision, recall.
  const std::size_t count = curve.true_positives.size();
  constexpr double kLeastCount = 1e-7;  // as TensorBoard divides
  std::vector<float> rows(6 * count);
  for (std::size_t t = 0; t < count; ++t) {
    const double tp = curve.true_positives[t], fp = curve.false_positives[t];
    const double tn = curve.true_negatives[t], fn = curve.false_negatives[t];
    const double all[]{
        tp, fp, tn, fn, tp / std::max(kLeastCount, tp + fp), tp / std::max(kLeastCount, tp + fn)};
    for (std::size_t row = 0; row < 6; ++row) rows[row * count + t] = static_cast<float>(all[row]);
  }
  const auto thresholds = static_cast<std::int64_t>(count);
  plugin_value(tag, step, "pr_curves", ProtobufMessage().integer(1, 0).integer(2, thresholds),
               float_tensor({6, thresholds}, rows));
}

void EventFile::graph(const std::vector<GraphNode>& nodes) {
  ProtobufMessage graph;
  for (const GraphNode& node : nodes) graph.message(1, node_def(node));
  constexpr int kProducer = 22;  // of the format, TensorFlow 1.0's
  graph.message(4, ProtobufMessage().integer(1, kProducer));
  event(0, kGraphDef, graph.text());
}

void EventFile::restarted(std::int64_t step) {
  constexpr int kStart = 1;
  event(step, kSessionLog, ProtobufMessage().integer(1, kStart).text());
}

void EventFile::experiment(const std::vector<HParam>& searched,
                           const std::vector<std::string>& metric_tags) {
  constexpr int kText = 1, kNumber = 3;
  ProtobufMessage experiment;
  experiment.real(3, now());
  for (const HParam& dimension : searched) {
    experiment.message(4, ProtobufMessage()
                              .bytes(1, dimension.name)
                              .integer(4, dimension.is_number ? kNumber : kText));
  }
  for (const std::string& tag : metric_tags) {
    experiment.message(5, ProtobufMessage().message(1, ProtobufMessage().bytes(2, tag)));
  }
  plugin_value("_hparams_/experiment", 0, "hparams",
               ProtobufMessage().integer(1, 0).message(2, experiment), float_tensor({0}, {}));
}

void EventFile::session_start(const std::string& name, const Json& settings) {
  ProtobufMessage start;
  for (const auto& [key, value] : settings.items()) {
    start.message(1, ProtobufMessage().bytes(1, key).message(2, setting_value(value)));
  }
  start.bytes(4, name).real(5, now());
  plugin_value("_hparams_/session_start_info", 0, "hparams",
               ProtobufMessage().integer(1, 0).message(3, start), float_tensor({0}, {}));
}

void EventFile::session_end(Ended ended) {
  constexpr int kSuccess = 1, kFailure = 2;
  const auto end =
      ProtobufMessage().integer(1, ended == Ended::kWell ? kSuccess : kFailure).real(2, now());
  plugin_value("_hparams_/session_end_info", 0, "hparams",
               ProtobufMessage().integer(1, 0).message(4, end), float_tensor({0}, {}));
}

}  // namespace dlwork::artefact
