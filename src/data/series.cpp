#include "data/series.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "data/csv.h"
#include "data/problem.h"
#include "data/series_stamps.h"
#include "dlwork/base/error.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

constexpr std::size_t kSeriesLook = 64u << 10;
constexpr std::int64_t kMostChannels = 1 << 20;
constexpr std::array kTags{"@problemname", "@timestamps",  "@missing",     "@univariate",
                           "@dimension",   "@dimensions",  "@equallength", "@serieslength",
                           "@classlabel",  "@targetlabel", "@data"};

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
    const auto end = std::min(text.find_first_of(" \t"), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

/// Of two channels of a series: counts of the one with more of them.
SeriesStamps worse(const SeriesStamps& a, const SeriesStamps& b) {
  SeriesStamps worst = a.missing >= b.missing && a.count > 0 ? a : b;
  worst.repeated = std::max(a.repeated, b.repeated);
  worst.falling = std::max(a.falling, b.falling);
  worst.jitter = std::max(a.jitter, b.jitter);
  return worst;
}

bool is_known_tag(std::string_view word) {
  return std::find(kTags.begin(), kTags.end(), lower(word)) != kTags.end();
}

}  // namespace

SeriesReader::SeriesReader(const std::string& path, std::size_t most_bytes, Stamps stamps)
    : lines_(path, most_bytes), stamps_(stamps) {
  read_header();
}

void SeriesReader::read_header() {
  while (lines_.next()) {
    const std::string_view text = trimmed(lines_.text());
    if (text.empty() || text.front() == '#') continue;
    if (text.front() != '@') {
      lines_.fail(text.data(), "there are values before the line @data",
                  "a series file has its @ lines first, then @data, then one series a line");
    }
    if (lower(text) == "@data") return;
    read_tag(text);
  }
  input_error(lines_.source().path(), lines_.line(), 0, "the file has no line @data",
              "a series file has its @ lines first, then @data, then one series a line");
}

void SeriesReader::read_tag(std::string_view text) {
  const auto words = words_of(text);
  const std::string tag = lower(words[0]);
  if (!is_known_tag(tag)) {
    const std::vector<std::string> known(kTags.begin(), kTags.end());
    lines_.fail(words[0].data(), "'" + std::string(words[0]) + "' is no line of a series file",
                suggest(tag, known));
  }
  if (tag == "@problemname") return;
  if (words.size() < 2) lines_.fail(words[0].data(), tag + " has no value");
  const std::string value = lower(words[1]);
  if (tag == "@timestamps") header_.stamped = value == "true";
  if (tag == "@univariate" && value == "true") header_.channels = 1;
  if (tag == "@dimension" || tag == "@dimensions" || tag == "@serieslength") {
    const auto number = parse_integer(value);
    const bool steps = tag == "@serieslength";
    if (!number || *number < 1 || (!steps && *number > kMostChannels)) {
      lines_.fail(words[1].data(),
                  tag + " must be a number from 1 up, found '" + std::string(words[1]) + "'");
    }
    (steps ? header_.steps : header_.channels) = *number;
  }
  if (tag == "@classlabel" || tag == "@targetlabel") {
    header_.has_label = value == "true";
    header_.label_is_class = tag == "@classlabel";
    if (header_.has_label && header_.label_is_class) read_labels(words);
  }
}

void SeriesReader::read_labels(const std::vector<std::string_view>& words) {
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (!is_utf8(words[i])) lines_.fail(words[i].data(), "the class is not valid UTF-8");
    header_.classes.emplace_back(words[i]);
  }
}

bool SeriesReader::next(SeriesRecord& record) {
  std::string_view text;
  do {
    if (!lines_.next()) return false;
    text = trimmed(lines_.text());
  } while (text.empty() || text.front() == '#');
  record.steps = 0;
  record.stamps = {};
  by_channel_.clear();
  record.label = take_label(text);
  const auto stamped = header_.stamped ? split_stamped(text) : std::vector<std::string_view>();
  // The file tells how many channels there are before the first series is laid out.
  const std::int64_t channels = header_.stamped ? static_cast<std::int64_t>(stamped.size())
                                                : 1 + std::count(text.begin(), text.end(), ':');
  const std::int64_t expected = channels_seen_ > 0 ? channels_seen_ : header_.channels;
  if (channels > kMostChannels || (expected > 0 && channels != expected)) {
    lines_.fail(nullptr,
                "the series has " + std::to_string(channels) + " channels, " +
                    (channels_seen_ > 0 ? "the first has " : "the head says ") +
                    std::to_string(expected),
                "channels stand apart by ':', and the label comes last");
  }
  if (header_.stamped) {
    read_stamped_channels(stamped, record);
  } else {
    for (std::int64_t c = 0; c < channels; ++c) {
      const auto end = std::min(text.find(':'), text.size());
      read_channel(text.substr(0, end), c, record);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }
  lay_out(channels, record);
  channels_seen_ = channels;  // what a series with a fault says of them does not count
  return true;
}

std::string_view SeriesReader::take_label(std::string_view& text) const {
  if (!header_.has_label) return {};
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    lines_.fail(nullptr, "the series has no label",
                "the head says that each has one, which stands last, after a ':'");
  }
  const std::string_view label = trimmed(text.substr(colon + 1));
  text = text.substr(0, colon);
  if (label.empty() || label == "?") return {};
  if (!is_utf8(label)) lines_.fail(label.data(), "the label is not valid UTF-8");
  const auto& classes = header_.classes;
  if (!classes.empty() && std::find(classes.begin(), classes.end(), label) == classes.end()) {
    lines_.fail(label.data(),
                "the class '" + std::string(label) + "' is not among those of @classLabel",
                suggest(std::string(label), classes));
  }
  return label;
}

void SeriesReader::read_channel(std::string_view text, std::int64_t channel, SeriesRecord& record) {
  const std::size_t before = by_channel_.size();
  const char* const start = text.data();
  for (bool more = true; more;) {
    const auto end = text.find(',');
    more = end != std::string_view::npos;
    const std::string_view value = trimmed(text.substr(0, end));
    double number = std::numeric_limits<double>::quiet_NaN();
    if (value != "?" && !parse_cell(value, number)) {
      lines_.fail(value.data(),
                  "channel " + std::to_string(channel + 1) + ", step " +
                      std::to_string(by_channel_.size() - before + 1) + ": " + shown_text(value) +
                      " is no number",
                  "write ? for a missing value");
    }
    by_channel_.push_back(static_cast<float>(number));
    if (more) text.remove_prefix(end + 1);
  }
  const auto steps = static_cast<std::int64_t>(by_channel_.size() - before);
  if (channel == 0) record.steps = steps;
  if (steps != record.steps) {
    lines_.fail(start,
                "channel " + std::to_string(channel + 1) + " has " + std::to_string(steps) +
                    " values, the first has " + std::to_string(record.steps),
                "all channels of a series have the same steps; write ? for missing values");
  }
}

void SeriesReader::read_stamped_channels(const std::vector<std::string_view>& texts,
                                         SeriesRecord& record) {
  std::vector<StampedChannel> channels(texts.size());
  for (std::size_t c = 0; c < texts.size(); ++c) {
    if (const auto fault = read_stamped(texts[c], stamps_, channels[c])) {
      lines_.fail(fault->at, "channel " + std::to_string(c + 1) + ": " + fault->message,
                  fault->hint);
    }
    if (stamps_ == Stamps::kMended) record.stamps = worse(record.stamps, mend_stamps(channels[c]));
  }
  auto fault = lay_on_steps(channels, record.steps, by_channel_);
  if (fault && stamps_ == Stamps::kMended) {
    for (StampedChannel& channel : channels) lay_on_period(record.stamps.period, channel);
    fault = lay_on_steps(channels, record.steps, by_channel_);
  }
  if (fault) {
    lines_.fail(nullptr, fault->message, fault->hint);
  }
}

/// Files of one length fill shorter series with missing values at the end, in every channel; those
/// are left out. What remains is laid out time first.
void SeriesReader::lay_out(std::int64_t channels, SeriesRecord& record) const {
  const std::int64_t stored = record.steps;
  const auto is_empty = [&](std::int64_t step) {
    for (std::int64_t c = 0; c < channels; ++c) {
      if (!std::isnan(by_channel_[c * stored + step])) return false;
    }
    return true;
  };
  while (record.steps > 0 && is_empty(record.steps - 1)) --record.steps;
  if (record.steps == 0) lines_.fail(nullptr, "the series has no values");
  record.values.resize(static_cast<std::size_t>(record.steps * channels));
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t t = 0; t < record.steps; ++t) {
      record.values[t * channels + c] = by_channel_[c * stored + t];
    }
  }
}

bool is_series_file(const std::string& path) {
  TextLines lines(path, kSeriesLook);
  try {
    while (lines.next()) {
      const auto words = words_of(lines.text());
      if (words.empty() || words[0].front() == '#') continue;
      return is_known_tag(words[0]);
    }
  } catch (const Error&) {
    return false;  // no text
  }
  return false;
}

}  // namespace dlwork::data
