#include "dlwork/base/error.h"
#include "dlwork/data/preprocess.h"

namespace dlwork::data {
namespace {

constexpr int kVersion = 1;
constexpr std::int64_t kMostSide = 1 << 16;

Json column_to_json(const Preprocessor::InputColumn& column) {
  if (column.type == ColumnType::kCategory) {
    return {{"name", column.name}, {"type", "category"}, {"categories", column.categories}};
  }
  return {{"name", column.name},           {"type", "number"},
          {"fill", column.fill},           {"mean", column.mean},
          {"deviation", column.deviation}, {"indicator", column.indicator},
          {"constant", column.constant}};
}

[[noreturn]] void fail(const std::string& what) {
  throw Error(ExitStatus::kInput, "the preprocessing in the model file is damaged: " + what,
              "train again, or copy the model file again");
}

Preprocessor::InputColumn column_from_json(const Json& json) {
  Preprocessor::InputColumn column;
  column.name = json.at("name").get<std::string>();
  const auto type = json.at("type").get<std::string>();
  if (type == "category") {
    column.type = ColumnType::kCategory;
    column.categories = json.at("categories").get<std::vector<std::string>>();
    return column;
  }
  if (type != "number") fail("a column has the type " + type);
  column.fill = json.at("fill").get<double>();
  column.mean = json.at("mean").get<double>();
  column.deviation = json.at("deviation").get<double>();
  column.indicator = json.at("indicator").get<bool>();
  column.constant = json.at("constant").get<bool>();
  if (!(column.deviation > 0)) fail("the deviation of " + column.name + " is not above 0");
  return column;
}

}  // namespace

Json Preprocessor::to_json() const {
  Json json = {{"version", kVersion}, {"kind", to_string(kind_)}};
  if (kind_ == Kind::kImage) {
    json["channels"] = channels_;
    json["height"] = height_;
    json["width"] = width_;
    // Every float is a double, whose shortest text reads back as the same bits.
    json["scale"] = std::vector<double>(channel_scale_.begin(), channel_scale_.end());
    json["offset"] = std::vector<double>(channel_offset_.begin(), channel_offset_.end());
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
    if (kind == to_string(Kind::kImage)) {
      result.kind_ = Kind::kImage;
      result.channels_ = json.at("channels").get<std::int64_t>();
      result.height_ = json.at("height").get<std::int64_t>();
      result.width_ = json.at("width").get<std::int64_t>();
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
  } catch (const Json::exception& error) {
    fail(error.what());
  }
  result.derive();
  return result;
}

}  // namespace dlwork::data
