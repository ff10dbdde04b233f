// report_page FOLDER: writes FOLDER/index.html, the report of 200 trials and 60 findings that the
// browser tests use too, for report_open.py.
#include <cstdio>

#include "report/large_input.h"

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: report_page FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = arguments[1];
  dlwork::write_file(folder / "index.html",
                     dlwork::report::to_html(dlwork::report::large_input(folder)));
  return 0;
}
