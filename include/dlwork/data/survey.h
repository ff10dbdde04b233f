#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "dlwork/base/sketches.h"
#include "dlwork/data/dataset.h"

namespace dlwork::data {

/// Where a row stands: index into the data set's files, and its line or record.
struct Place {
  std::int32_t file = -1;
  std::int64_t record = 0;
};
/// Places kept of each kind of odd value.
inline constexpr std::size_t kMostPlaces = 10;
/// Different texts of a column that are counted one by one.
inline constexpr std::size_t kMostCounted = 4096;

/// How often each text or whole number of a column occurs, while there are few different ones.
struct TextCounts {
  struct Entry {
    std::string text;
    std::int64_t count = 0;
    Place first;
    std::array<std::int64_t, 3> of_source{};  ///< train, validation, test file
  };
  std::unordered_map<std::uint64_t, Entry> by_hash;
  bool complete =
      true;  ///< false: more than `kMostCounted`, or fractions, the later ones uncounted
};

/// A column gone through once: mergeable summaries, and where the odd values stand.
struct ColumnSurvey {
  std::string name;
  std::int64_t rows = 0;
  std::int64_t missing = 0;
  std::int64_t numbers = 0;  ///< infinite ones too
  std::int64_t dates = 0;    ///< texts that are dates
  std::int64_t texts = 0;    ///< all other texts
  std::int64_t infinite = 0;
  std::int64_t outside = 0;     ///< of the declared range; infinite ones apart
  std::int64_t undeclared = 0;  ///< none of the declared categories
  std::int64_t headers = 0;     ///< texts that are the column's own name
  bool whole = true;            ///< no number had a fraction
  PowerSums sums;               ///< of finite numbers, and of dates as seconds
  QuantileSketch quantiles{1};
  DistinctCount distinct;
  TextCounts counts;
  double low = 0, high = 0;
  Place low_at, high_at;
  std::vector<Place> text_at, number_at, infinite_at, outside_at, missing_at;
  std::vector<Place> undeclared_at, headers_at;
  std::vector<std::string> odd_texts;                    ///< of `text_at`
  std::map<std::string, std::int64_t> undeclared_texts;  ///< the first few different ones
};

/// Rows drawn by the hash of their inputs, with how often each occurs: whoever is drawn is counted
/// every time, so shares of repeats among the drawn estimate those of all rows (distinct sampling,
/// Gibbons 2001). Holds at most twice `kMostDrawn` of them.
struct RepeatSurvey {
  static constexpr std::size_t kMostDrawn = 65536;
  struct Drawn {
    std::int64_t count = 0;
    std::array<std::int64_t, 3> of_source{};  ///< train, validation, test file
    Place first, later;                       ///< `later`: the first that repeats it
    Place across;                             ///< the first in a later source
    std::uint64_t target = 0;                 ///< hash of the first one's target
    bool conflict = false;                    ///< another has another target
  };
  std::unordered_map<std::uint64_t, Drawn> drawn;
  std::uint64_t limit = ~std::uint64_t{0};  ///< hashes above it are not drawn
  std::int64_t rows = 0;

  void add(std::uint64_t inputs, std::uint64_t target, std::size_t source, Place place);
  /// Share of all different rows that are drawn.
  double share() const;
};

/// All rows of the tables of a project, gone through once in memory that does not grow with them.
struct Survey {
  std::int64_t rows = 0;
  std::uint64_t bytes = 0;
  std::array<std::int64_t, 3> rows_of_source{};
  std::int64_t sampled = 0;  ///< rows of the data set that was loaded beside it
  std::array<std::int64_t, 3> sampled_of_source{};
  std::vector<ColumnSurvey> columns;
  std::string target;  ///< name of one of them
  RepeatSurvey repeats;
  const ColumnSurvey* find(const std::string& name) const;
};

/// Bytes of the files of a project's tables; 0 where its data are no tables.
std::uint64_t table_bytes(const spec::Project& project);

/// Goes through the tables once: `survey` tells of every row, the data set holds at most `rows` of
/// each source, drawn with the seed, with their true places. Errors as of `load_dataset`.
Dataset load_sample(const spec::Project& project, const std::string& task, std::int64_t rows,
                    RunContext& run, Survey& survey);

}  // namespace dlwork::data
