# Targets for those who work on the code: format, format-check, tidy, install-hooks.
file(GLOB_RECURSE dlwork_code CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/src/*.cpp ${CMAKE_SOURCE_DIR}/src/*.h ${CMAKE_SOURCE_DIR}/include/*.h
  ${CMAKE_SOURCE_DIR}/tests/*.cpp ${CMAKE_SOURCE_DIR}/tests/*.h)

# Another version of clang-format breaks lines otherwise; 14 is Debian 12's.
find_program(DLWORK_CLANG_FORMAT NAMES clang-format-14 clang-format)
if(DLWORK_CLANG_FORMAT)
  add_custom_target(format COMMAND ${DLWORK_CLANG_FORMAT} -i ${dlwork_code} VERBATIM)
  add_custom_target(format-check
    COMMAND ${DLWORK_CLANG_FORMAT} --dry-run --Werror ${dlwork_code} VERBATIM)
endif()

find_program(DLWORK_RUN_CLANG_TIDY NAMES run-clang-tidy-14 run-clang-tidy)
if(DLWORK_RUN_CLANG_TIDY)
  add_custom_target(tidy
    COMMAND ${DLWORK_RUN_CLANG_TIDY} -quiet -p ${CMAKE_BINARY_DIR} "${CMAKE_SOURCE_DIR}/src/.*"
    VERBATIM)
endif()

add_custom_target(install-hooks
  COMMAND git -C ${CMAKE_SOURCE_DIR} config core.hooksPath cmake/hooks
  COMMENT "git runs cmake/hooks/pre-commit before each commit from now on"
  VERBATIM)
