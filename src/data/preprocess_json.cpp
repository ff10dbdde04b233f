#include <algorithm>
#include <array>
#include <cmath>

#include "dlwork/base/error.h"
#include "dlwork/data/preprocess.h"

namespace dlwork::data {
namespace {

constexpr int kVersion = 1;
constexpr std::int64_t kMostSide = 1 << 16;
constexpr std::int64_t kMostRate = 768000;
constexpr double kLongestFrame = 60;  ///< seconds
constexpr std::int64_t kMostSteps = std::int64_t{1} << 31;

Json column_to_json(const Preprocessor::InputColumn& column) {
  Json json = {{"name", column.name}};
  if (column.type == ColumnType::kCategory) {
    json["type"] = column.meaning == Meaning::kBoolean ? "boolean" : "category";
    json["categories"] = column.categories;
  } else {
    json["type"] = column.meaning == Meaning::kDatetime ? "datetime" : "number";
    json["fill"] = column.fill;
    json["mean"] = column.mean;
    json["deviation"] = column.deviation;
    json["indicator"] = column.indicator;
    json["constant"] = column.constant;
  }
  if (column.meaning == Meaning::kDatetime) {
    json["month_first"] = column.month_first;
    json["cycles"] = {column.in_year, column.in_week, column.in_day};
  }
  if (!column.missing.empty()) json["missing"] = column.missing;
  return json;
}

[[noreturn]] void fail(const std::string& what) {
  throw Error(ExitStatus::kInput, "the preprocessing in the model file is damaged: " + what,
              "train again, or copy the model file again");
}

Json sound_to_json(const spec::Sound& sound) {
  return {{"features", sound.features}, {"rate", sound.rate},
          {"bands", sound.bands},       {"window", sound.window.seconds},
          {"step", sound.step.seconds}, {"length", sound.length.seconds}};
}

spec::Sound sound_from_json(const Json& json) {
  spec::Sound sound;
  sound.features = json.at("features").get<std::string>();
  sound.rate = json.at("rate").get<std::int64_t>();
  sound.bands = json.at("bands").get<std::int64_t>();
  sound.window.seconds = json.at("window").get<double>();
  sound.step.seconds = json.at("step").get<double>();
  sound.length.seconds = json.at("length").get<double>();
  const bool is_sound = (sound.features == "raw" || sound.features == "log-mel") &&
                        sound.rate > 0 && sound.rate <= kMostRate && sound.bands > 0 &&
                        sound.bands <= kMostSide && sound.window.seconds > 0 &&
                        sound.window.seconds <= kLongestFrame && sound.step.seconds > 0 &&
                        sound.step.seconds <= kLongestFrame && sound.length.seconds >= 0;
  if (!is_sound) fail("how recordings become series is out of range");
  return sound;
}

Preprocessor::InputColumn column_from_json(const Json& json) {
  Preprocessor::InputColumn column;
  column.name = json.at("name").get<std::string>();
  const auto type = json.at("type").get<std::string>();
  column.missing = json.value("missing", std::vector<std::string>());
  if (type == "category" || type == "boolean") {
    column.type = ColumnType::kCategory;
    column.meaning = type == "boolean" ? Meaning::kBoolean : Meaning::kCategory;
    column.categories = json.at("categories").get<std::vector<std::string>>();
    return column;
  }
  if (type == "datetime") {
    column.meaning = Meaning::kDatetime;
    column.month_first = json.at("month_first").get<bool>();
    const auto cycles = json.at("cycles").get<std::array<bool, 3>>();
    column.in_year = cycles[0];
    column.in_week = cycles[1];
    column.in_day = cycles[2];
  } else if (type != "number") {
    fail("a column has the type " + type);
  }
  column.fill = json.at("fill").get<double>();
  column.mean = json.at("mean").get<double>();
  column.deviation = json.at("deviation").get<double>();
  column.indicator = json.at("indicator").get<bool>();
  column.constant = json.at("constant").get<bool>();
  if (!(column.deviation > 0)) fail("the deviation of " + column.name + " is not above 0");
  return column;
}

Json reduction_to_json(const Preprocessor::Reduction& reduction) {
  return {{"method", "pca"},
          {"mean", reduction.mean},
          {"basis", std::vector<double>(reduction.basis.begin(), reduction.basis.end())},
          {"scale", reduction.scale},
          {"kept", reduction.kept}};
}

/// Of `features` features.
Preprocessor::Reduction reduction_from_json(const Json& json, std::int64_t features) {
  if (json.at("method").get<std::string>() != "pca") fail("its reduction is unknown");
  Preprocessor::Reduction reduction;
  reduction.mean = json.at("mean").get<std::vector<double>>();
  reduction.scale = json.at("scale").get<double>();
  reduction.kept = json.at("kept").get<double>();
  for (const auto value : json.at("basis").get<std::vector<double>>()) {
    reduction.basis.push_back(static_cast<float>(value));
  }
  if (reduction.mean.empty() || reduction.features() != features || reduction.basis.empty() ||
      reduction.basis.size() % reduction.mean.size() != 0 ||
      reduction.components() > reduction.features()) {
    fail("its components do not fit its features");
  }
  const auto finite = [](double value) { return std::isfinite(value); };
  if (!std::all_of(reduction.mean.begin(), reduction.mean.end(), finite) ||
      !std::all_of(reduction.basis.begin(), reduction.basis.end(), finite) ||
      !(finite(reduction.scale) && reduction.scale > 0)) {
    fail("its components are out of range");
  }
  return reduction;
}

}  // namespace

Json Preprocessor::to_json() const {
  Json json = {{"version", kVersion}, {"kind", to_string(kind_)}};
  if (reduction_) json["reduction"] = reduction_to_json(*reduction_);
  if (!media_columns_.empty()) json["media_columns"] = media_columns_;
  if (kind_ == Kind::kImage) {
    json["channels"] = channels_;
    json["height"] = height_;
    json["width"] = width_;
    if (resizes_) json["resizes"] = true;
    // Every float is a double, whose shortest text reads back as the same bits.
    json["scale"] = std::vector<double>(channel_scale_.begin(), channel_scale_.end());
    json["offset"] = std::vector<double>(channel_offset_.begin(), channel_offset_.end());
    return json;
  }
  if (kind_ == Kind::kSequence) {
    json["steps"] = steps_;
    if (sound_) json["sound"] = sound_to_json(*sound_);
    json["channels"] = Json::array();
    for (const auto& channel : columns_) json["channels"].push_back(column_to_json(channel));
    return json;
  }
  json["categories"] = categories_ == Categories::kOneHot ? "one-hot" : "codes";
  json["columns"] = Json::array();
  for (const auto& column : columns_) json["columns"].push_back(column_to_json(column));
  return json;
}

Preprocessor Preprocessor::from_json(const Json& json) {
  Preprocessor result;
  try {
    if (json.at("version").get<int>() != kVersion) fail("its version is unknown");
    const auto kind = json.at("kind").get<std::string>();
    result.media_columns_ = json.value("media_columns", std::vector<std::string>());
    if (kind == to_string(Kind::kImage)) {
      result.kind_ = Kind::kImage;
      result.channels_ = json.at("channels").get<std::int64_t>();
      result.height_ = json.at("height").get<std::int64_t>();
      result.width_ = json.at("width").get<std::int64_t>();
      result.resizes_ = json.value("resizes", false);
      for (const auto side : {result.channels_, result.height_, result.width_}) {
        if (side < 1 || side > kMostSide) fail("a picture size is out of range");
      }
      for (const auto value : json.at("scale").get<std::vector<double>>()) {
        result.channel_scale_.push_back(static_cast<float>(value));
      }
      for (const auto value : json.at("offset").get<std::vector<double>>()) {
        result.channel_offset_.push_back(static_cast<float>(value));
      }
      const auto channels = static_cast<std::size_t>(result.channels_);
      if (result.channel_scale_.size() != channels || result.channel_offset_.size() != channels) {
        fail("it has not one scale and offset for each channel");
      }
    } else if (kind == to_string(Kind::kSequence)) {
      result.kind_ = Kind::kSequence;
      result.steps_ = json.at("steps").get<std::int64_t>();
      if (result.steps_ < 1 || result.steps_ > kMostSteps) fail("its steps are out of range");
      if (json.contains("sound")) result.sound_ = sound_from_json(json.at("sound"));
      for (const auto& channel : json.at("channels")) {
        result.columns_.push_back(column_from_json(channel));
        if (result.columns_.back().type != ColumnType::kNumber) fail("a channel is no number");
      }
      result.channels_ = static_cast<std::int64_t>(result.columns_.size());
      if (result.channels_ < 1) fail("it has no channels");
    } else if (kind == to_string(Kind::kTable)) {
      const auto categories = json.at("categories").get<std::string>();
      if (categories != "one-hot" && categories != "codes") fail("categories: " + categories);
      result.categories_ = categories == "one-hot" ? Categories::kOneHot : Categories::kCodes;
      for (const auto& column : json.at("columns")) {
        result.columns_.push_back(column_from_json(column));
      }
    } else {
      fail("its kind is " + kind);
    }
    result.derive();
    if (json.contains("reduction")) {
      if (result.kind_ == Kind::kSequence) fail("series have a reduction");
      result.reduction_ = reduction_from_json(json.at("reduction"), result.shape_.size());
      result.derive_reduced();
    }
  } catch (const Json::exception& error) {
    fail(error.what());
  }
  return result;
}

}  // namespace dlwork::data
