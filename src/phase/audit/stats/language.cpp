#include "phase/audit/stats/language.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>

#include "dlwork/data/words.h"

namespace dlwork::phase::audit {
namespace {

struct Script {
  const char* language;
  std::uint32_t first, last;
};
/// Blocks of Unicode whose letters one language writes most; Japanese is told from Chinese by kana.
constexpr std::array kScripts{Script{"Greek", 0x0370, 0x03FF},    Script{"Russian", 0x0400, 0x04FF},
                              Script{"Hebrew", 0x0590, 0x05FF},   Script{"Arabic", 0x0600, 0x06FF},
                              Script{"Hindi", 0x0900, 0x097F},    Script{"Thai", 0x0E00, 0x0E7F},
                              Script{"Japanese", 0x3040, 0x30FF}, Script{"Chinese", 0x4E00, 0x9FFF},
                              Script{"Korean", 0xAC00, 0xD7AF}};

struct Tongue {
  const char* language;
  const char* words;  ///< with a blank on either side of each
};
/// Words that every text of a language holds; those of several languages cancel out.
constexpr std::array kTongues{
    Tongue{"English",
           " the and of to is that was with for it he she they this not are from have had "
           "were which been you but his her at by an be on my we our would there "},
    Tongue{"German",
           " der die das und ist nicht ein eine einen mit von zu den dem des auf sich auch "
           "es wir ich sie war haben wird bei nach wurde sind oder aber noch im am zum "},
    Tongue{"French",
           " le la les et est une des du dans que qui pas pour sur avec ce cette sont nous "
           "vous ils elle plus par au aux mais je ne se son leur "},
    Tongue{"Spanish",
           " el la los las y es que una del por con para no se su como lo pero muy son "
           "este esta al fue hay ya cuando todo sin "},
    Tongue{"Italian",
           " il lo la gli le e che di non una del della per con sono nel alla dei anche ma "
           "si come più questo questa ha era molto "},
    Tongue{"Portuguese",
           " o a os as e que não uma do da dos das em para com por se no na como mais "
           "mas foi ao ele ela muito são "},
    Tongue{"Dutch",
           " de het een en van is niet dat op te met voor zijn aan er ook maar om bij naar "
           "uit werd hij zij wij dit deze geen nog "},
    Tongue{"Swedish",
           " och att det som en är på inte för med av den till har ett jag vi men var från "
           "om så kan när "},
    Tongue{"Polish",
           " nie się na jest że do to po z w jak ale co tak za od przez dla był już tylko "
           "oraz są "},
    Tongue{"Turkish",
           " ve bir bu için çok ile da de ne gibi daha olarak değil sonra kadar var ama "
           "olan en "}};

/// The next code point; a damaged sequence is one of its first byte.
std::uint32_t next_point(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
  std::uint32_t point = more == 0 ? first : first & (0x3Fu >> more);
  for (int i = 0; i < more && at < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if ((byte & 0xC0) != 0x80) break;
    point = point << 6 | (byte & 0x3Fu);
    ++at;
  }
  return point;
}

bool is_latin(std::uint32_t point) {
  return (point < 128 && std::isalpha(static_cast<int>(point)) != 0) ||
         (point >= 0xC0 && point < 0x250);
}

std::string language_by_words(std::string_view text) {
  std::array<int, kTongues.size()> hits{};
  for (const std::string& word : data::line_words(text)) {
    const std::string framed = " " + word + " ";
    for (std::size_t i = 0; i < kTongues.size(); ++i) {
      hits[i] += std::string_view(kTongues[i].words).find(framed) != std::string_view::npos ? 1 : 0;
    }
  }
  const auto best = std::max_element(hits.begin(), hits.end());
  constexpr int kFewestWords = 2;
  if (*best < kFewestWords || std::count(hits.begin(), hits.end(), *best) > 1) return "";
  return kTongues[static_cast<std::size_t>(best - hits.begin())].language;
}

}  // namespace

std::string language_of(std::string_view text) {
  std::array<int, kScripts.size()> letters{};
  int latin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::uint32_t point = next_point(text, at);
    latin += is_latin(point) ? 1 : 0;
    for (std::size_t i = 0; i < kScripts.size(); ++i) {
      letters[i] += point >= kScripts[i].first && point <= kScripts[i].last ? 1 : 0;
    }
  }
  const auto most = std::max_element(letters.begin(), letters.end());
  if (*most <= latin) return language_by_words(text);
  std::string_view language = kScripts[static_cast<std::size_t>(most - letters.begin())].language;
  // Japanese writes Chinese characters too, Chinese no kana.
  const auto kana = std::find_if(kScripts.begin(), kScripts.end(), [](const Script& script) {
    return std::string_view(script.language) == "Japanese";
  });
  if (language == "Chinese" && letters[static_cast<std::size_t>(kana - kScripts.begin())] > 0) {
    language = "Japanese";
  }
  return std::string(language);
}

double special_share(std::string_view text) {
  if (text.empty()) return 0;
  constexpr std::string_view kUsual = " \t\r\n.,;:!?'\"()-";
  const auto special = std::count_if(text.begin(), text.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 128 && std::isalnum(byte) == 0 && kUsual.find(c) == std::string_view::npos;
  });
  return static_cast<double>(special) / static_cast<double>(text.size());
}

bool holds_markup(std::string_view text) {
  const auto is_letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  for (std::size_t at = 0; at + 2 < text.size(); ++at) {
    if (text[at] != '<' && text[at] != '&') continue;
    std::size_t end = at + 1;
    if (text[at] == '<' && text[end] == '/') ++end;
    if (text[at] == '&' && text[end] == '#') ++end;
    const std::size_t begin = end;
    while (end < text.size() && std::isalnum(static_cast<unsigned char>(text[end])) != 0) ++end;
    if (end == begin || end == text.size()) continue;
    if (text[at] == '&') {
      constexpr std::size_t kLongestReference = 8;
      if (text[end] == ';' && end - begin <= kLongestReference) return true;
    } else if (is_letter(text[begin])) {
      const std::size_t close = text.find_first_of("<>", end);
      const bool ends = text[end] == '>' || text[end] == ' ' || text[end] == '/';
      if (ends && close != std::string_view::npos && text[close] == '>') return true;
    }
  }
  return false;
}

}  // namespace dlwork::phase::audit
