# A module is one folder of src/, one object library, one namespace. The list is the order in which
# data flows; a module may use only those before it, and `report` only base and artefact.
# dlwork_core (no LibTorch) holds the first five; dlwork_learn holds the rest and is opened when a
# command needs it.
set(DLWORK_CORE_MODULES base spec data artefact report)
set(DLWORK_LEARN_MODULES model training task phase)
set(DLWORK_MODULES ${DLWORK_CORE_MODULES} ${DLWORK_LEARN_MODULES})

# dlwork_join(TARGET [TORCH]): with DLWORK_UNITY several of its files are compiled as one, which a
# first build gains from: LibTorch's templates cost each compilation ten seconds, whatever its size.
# Names in anonymous namespaces must differ within a module then.
function(dlwork_join TARGET)
  if(DLWORK_UNITY)
    set(files 12)
    if("TORCH" IN_LIST ARGN)
      set(files 20)
    endif()
    set_target_properties(${TARGET} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${files})
  endif()
endfunction()

# dlwork_module(NAME SOURCES file.cpp ... [DEPS module ...] [LINK target ...] [TORCH] [EIGEN])
# EIGEN: its time goes into Eigen, unbearably slow without optimisation, so it has some in any build.
# TORCH: most of its files, or of its tests, include LibTorch.
function(dlwork_module NAME)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "TORCH;EIGEN" "" "SOURCES;DEPS;LINK")
  list(FIND DLWORK_MODULES ${NAME} place)
  if(place EQUAL -1)
    message(FATAL_ERROR "${NAME} is not in DLWORK_MODULES")
  endif()
  foreach(dep IN LISTS ARG_DEPS)
    list(FIND DLWORK_MODULES ${dep} dep_place)
    if(dep_place EQUAL -1 OR NOT dep_place LESS place)
      message(FATAL_ERROR "module ${NAME} may not use ${dep}: it stands later in the order")
    endif()
    if(NAME STREQUAL "report" AND NOT dep MATCHES "^(base|artefact)$")
      message(FATAL_ERROR "report may use only base and artefact")
    endif()
  endforeach()
  list(TRANSFORM ARG_DEPS PREPEND dlwork_)
  add_library(dlwork_${NAME} OBJECT ${ARG_SOURCES})
  target_include_directories(dlwork_${NAME} PUBLIC ${CMAKE_SOURCE_DIR}/include
                                            PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(dlwork_${NAME} PUBLIC ${ARG_DEPS} ${ARG_LINK} PRIVATE dlwork_warnings)
  set(kind "")
  if(ARG_TORCH)
    list(APPEND kind TORCH)
  endif()
  dlwork_join(dlwork_${NAME} ${kind})
  if(NAME IN_LIST DLWORK_LEARN_MODULES)
    list(APPEND kind LEARN)
  endif()
  if(ARG_EIGEN)
    target_compile_options(dlwork_${NAME} PRIVATE $<$<CONFIG:Debug>:-O1>)
    list(APPEND kind EIGEN)
  endif()
  dlwork_precompile(dlwork_${NAME} ${kind})
endfunction()

# dlwork_test(NAME MODULES module ... SOURCES file_test.cpp ... [LABEL label] [TORCH] [ALONE])
# ALONE: it measures time, so that no other test may run beside it.
# One test executable; links the objects of the modules named, so nothing is compiled twice.
function(dlwork_test NAME)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "TORCH;ALONE" "LABEL" "MODULES;SOURCES;LINK")
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  set(kind TEST)
  if(ARG_TORCH)
    list(APPEND kind TORCH)
  endif()
  if("model" IN_LIST ARG_MODULES)
    list(APPEND kind LEARN)
  endif()
  list(TRANSFORM ARG_MODULES PREPEND dlwork_)
  add_executable(${NAME}_tests ${ARG_SOURCES})
  target_include_directories(${NAME}_tests PRIVATE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${NAME}_tests PRIVATE ${ARG_MODULES} ${ARG_LINK} dlwork_warnings
                                              dlwork_test_places GTest::gmock GTest::gtest_main)
  # Tests spend their time in what they test.
  target_compile_options(${NAME}_tests PRIVATE $<$<CONFIG:Release>:-O0>)
  dlwork_precompile(${NAME}_tests ${kind})
  gtest_discover_tests(${NAME}_tests DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
                       PROPERTIES LABELS ${ARG_LABEL} TIMEOUT 300 RUN_SERIAL ${ARG_ALONE})
endfunction()
