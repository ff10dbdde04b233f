#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "dlwork/base/json.h"

namespace dlwork::task {

/// What the texts of the training part are made of, sorted: characters or words. Codes count from
/// 1, for 0 is CTC's blank (Graves et al. 2006, section 3.1).
class Alphabet {
 public:
  /// `units`: "character" or "word". Throws Error(kInput) where the rows' texts hold none.
  Alphabet(const std::string& units, const std::vector<std::string>& texts,
           const std::vector<std::int64_t>& rows);
  /// Throws Json::exception or Error(kInput) for what `to_json` did not give.
  explicit Alphabet(const Json& json);
  Json to_json() const;

  std::int64_t size() const { return static_cast<std::int64_t>(units_.size()); }
  /// Of a network that writes in it: the units and the blank.
  std::int64_t outputs() const { return 1 + size(); }
  /// "character" or "word".
  const std::string& kind() const { return kind_; }
  std::vector<std::string> split(const std::string& text) const;
  bool knows(const std::string& unit) const { return codes_.count(unit) > 0; }
  /// Codes of a text's units; those that the alphabet has not are left out.
  std::vector<std::int64_t> encode(const std::string& text) const;
  std::string decode(const std::vector<std::int64_t>& codes) const;
  bool operator==(const Alphabet& other) const {
    return kind_ == other.kind_ && units_ == other.units_;
  }

 private:
  void index();

  std::string kind_;
  std::vector<std::string> units_;  ///< that of code c at c - 1
  std::unordered_map<std::string, std::int64_t> codes_;
};

}  // namespace dlwork::task
