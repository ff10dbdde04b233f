#include "task/transcription/alphabet.h"

#include <set>

#include "dlwork/base/error.h"
#include "dlwork/base/text.h"
#include "training/distances.h"

namespace dlwork::task {

Alphabet::Alphabet(const std::string& units, const std::vector<std::string>& texts,
                   const std::vector<std::int64_t>& rows)
    : kind_(units) {
  std::set<std::string> found;
  for (const auto row : rows) {
    if (!is_utf8(texts[row])) {
      throw Error(ExitStatus::kInput, "a text of the training part is not valid UTF-8",
                  "save the texts, or name their folders, in UTF-8");
    }
    for (auto& unit : split(texts[row])) found.insert(std::move(unit));
  }
  if (found.empty()) {
    throw Error(ExitStatus::kInput, "the texts of the training part hold no " + kind_,
                "is data.target the right column?");
  }
  units_.assign(found.begin(), found.end());
  index();
}

Alphabet::Alphabet(const Json& json) {
  json.at("units").get_to(kind_);
  json.at("alphabet").get_to(units_);
  index();
  const bool known = kind_ == "character" || kind_ == "word";
  if (!known || units_.empty() || codes_.size() != units_.size()) {
    throw Error(ExitStatus::kInput, "its alphabet is damaged");
  }
}

Json Alphabet::to_json() const { return {{"units", kind_}, {"alphabet", units_}}; }

void Alphabet::index() {
  for (std::size_t i = 0; i < units_.size(); ++i) {
    codes_.emplace(units_[i], static_cast<std::int64_t>(i) + 1);
  }
}

std::vector<std::string> Alphabet::split(const std::string& text) const {
  return kind_ == "word" ? training::words_of(text) : training::characters_of(text);
}

std::vector<std::int64_t> Alphabet::encode(const std::string& text) const {
  std::vector<std::int64_t> codes;
  for (const auto& unit : split(text)) {
    const auto found = codes_.find(unit);
    if (found != codes_.end()) codes.push_back(found->second);
  }
  return codes;
}

std::string Alphabet::decode(const std::vector<std::int64_t>& codes) const {
  std::vector<std::string> parts;
  for (const auto code : codes) parts.push_back(units_[code - 1]);
  return join(parts, kind_ == "word" ? " " : "");
}

}  // namespace dlwork::task
