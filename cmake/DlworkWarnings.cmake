# Warnings and build settings as targets, linked privately, so that they never reach a user of the
# libraries nor third-party headers (which come in as SYSTEM).
add_library(dlwork_warnings INTERFACE)
target_compile_options(dlwork_warnings INTERFACE
  -Wall -Wextra -Wpedantic
  -Wshadow             # a name that hides another is a bug waiting
  -Wnon-virtual-dtor   # deleting through a base
  -Woverloaded-virtual
  -Wcast-align
  # g++ 12 sees overlaps and uninitialised strings in std::string that are not there (GCC bugs 105651
  # and 105329).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-maybe-uninitialized>
  $<$<BOOL:${DLWORK_WERROR}>:-Werror>)
if(DLWORK_FUZZ)
  # Counts which branches an input reaches; only the fuzz targets bring a main.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(DLWORK_SANITIZE)
  # Undefined behaviour ends the program, so that the test fails.
  add_compile_options(-fsanitize=${DLWORK_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${DLWORK_SANITIZE})
endif()
