#include "artefact/run_id.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <random>

namespace dlwork::artefact {
namespace {

// Words that differ when spoken and that nobody minds hearing.
constexpr std::array<const char*, 64> kAdjectives{
    "amber",  "ashen",  "autumn", "azure",  "brave",   "brisk",  "bronze", "calm",
    "chalky", "clear",  "clever", "cobalt", "copper",  "coral",  "cosy",   "crisp",
    "dapper", "dusky",  "eager",  "early",  "fabled",  "fleet",  "frosty", "gentle",
    "gilded", "golden", "hardy",  "hazel",  "honest",  "humble", "indigo", "ivory",
    "jolly",  "keen",   "kindly", "leafy",  "lively",  "lucid",  "mellow", "merry",
    "mossy",  "nimble", "noble",  "ochre",  "patient", "placid", "plucky", "polar",
    "proud",  "quiet",  "rosy",   "rustic", "sandy",   "silver", "sleek",  "snowy",
    "sober",  "steady", "sunny",  "tidy",   "upland",  "velvet", "windy",  "woven"};

constexpr std::array<const char*, 64> kAnimals{
    "avocet",  "badger",     "bittern", "bison",    "bunting",  "buzzard", "caribou",   "cheetah",
    "condor",  "cormorant",  "crane",   "curlew",   "dipper",   "dolphin", "dormouse",  "dunlin",
    "eagle",   "egret",      "eider",   "falcon",   "ferret",   "finch",   "fulmar",    "gannet",
    "gazelle", "goshawk",    "grebe",   "hedgehog", "heron",    "hoopoe",  "ibis",      "jackdaw",
    "kestrel", "kingfisher", "lapwing", "linnet",   "lynx",     "magpie",  "marten",    "merlin",
    "narwhal", "nuthatch",   "oriole",  "osprey",   "otter",    "pelican", "petrel",    "pipit",
    "plover",  "puffin",     "quail",   "raven",    "redstart", "robin",   "sandpiper", "seal",
    "skylark", "stork",      "swallow", "tern",     "thrush",   "wagtail", "warbler",   "wren"};

constexpr size_t kTimeSize = 15;  // "20261123-211456"

std::string time_text(std::time_t seconds) {
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const size_t size = std::strftime(text.data(), text.size(), "%Y%m%d-%H%M%S", &parts);
  return std::string(text.data(), size);
}

}  // namespace

std::string new_run_id(std::string_view newest) {
  std::time_t now = std::time(nullptr);
  // Two runs in one second, or a clock that was set back by a little: take the next free second. A
  // clock that was far off once must not push every later run into the future with it.
  constexpr int kMostAheadSeconds = 120;
  for (int ahead = 0; ahead < kMostAheadSeconds && is_run_id(newest); ++ahead) {
    const std::string time = time_text(now + ahead);
    if (time > newest.substr(0, kTimeSize)) {
      now += ahead;
      break;
    }
  }
  std::random_device chance;
  std::uniform_int_distribution<size_t> word(0, kAdjectives.size() - 1);
  const char* adjective = kAdjectives[word(chance)];
  return time_text(now) + "-" + adjective + "-" + kAnimals[word(chance)];
}

bool is_run_id(std::string_view name) {
  if (name.size() < kTimeSize + 4 || name[8] != '-' || name[kTimeSize] != '-') return false;
  const auto digits = [&](size_t from, size_t count) {
    const std::string_view part = name.substr(from, count);
    return std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!digits(0, 8) || !digits(9, 6)) return false;
  const std::string_view words = name.substr(kTimeSize + 1);
  return std::count(words.begin(), words.end(), '-') == 1 &&
         std::all_of(words.begin(), words.end(),
                     [](char c) { return c == '-' || (c >= 'a' && c <= 'z'); });
}

}  // namespace dlwork::artefact
