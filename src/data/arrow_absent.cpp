#include "data/arrow_table.h"
#include "data/problem.h"

/// In place of arrow_table.cpp where the Arrow C++ library is not there.
namespace dlwork::data {
namespace {

[[noreturn]] void refuse_arrow(const std::string& path) {
  input_error(
      path, 0, 0, "is a Parquet, Arrow or Feather file, which this build of dlwork does not read",
      "build with -DArrowCpp_ROOT=FOLDER of the Arrow C++ library (Python's pyarrow carries "
      "it), or write CSV, JSON Lines or SQLite: read_parquet(FILE).to_csv(\"FILE.csv\", "
      "index=False)");
}

}  // namespace

bool reads_arrow() { return false; }

std::vector<std::string> arrow_names(const std::string& path) { refuse_arrow(path); }

std::unique_ptr<RecordReader> open_arrow(const std::string& path) { refuse_arrow(path); }

}  // namespace dlwork::data
