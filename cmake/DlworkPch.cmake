# dlwork_precompile(<target> [TORCH] [LEARN] [TEST] [EIGEN])
# Headers that most files of a target read, compiled once: the standard library with JSON; with TORCH
# LibTorch too, which takes longer to read than any file over it; with TEST GoogleTest. LEARN says
# that the target is compiled with LibTorch's definitions. Targets of one kind share what the first
# of them made. A compiler cache does not go with them: who asks for one, as CMake has it, with the
# environment's CMAKE_CXX_COMPILER_LAUNCHER=ccache, gets that instead.
if(CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
endif()

function(dlwork_precompile TARGET)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "TORCH;LEARN;TEST;EIGEN" "" "")
  set(kind "core_${ARG_TORCH}_${ARG_LEARN}_${ARG_TEST}_${ARG_EIGEN}")
  get_property(first GLOBAL PROPERTY dlwork_precompiled_${kind})
  if(first)
    target_precompile_headers(${TARGET} REUSE_FROM ${first})
    return()
  endif()
  set_property(GLOBAL PROPERTY dlwork_precompiled_${kind} ${TARGET})
  target_precompile_headers(${TARGET} PRIVATE
    <algorithm> <cmath> <cstdint> <filesystem> <functional> <map> <memory> <optional> <string>
    <unordered_map> <utility> <variant> <vector> <nlohmann/json.hpp>)
  if(ARG_TORCH)
    target_precompile_headers(${TARGET} PRIVATE ${CMAKE_SOURCE_DIR}/src/model/torch.h)
  endif()
  if(ARG_TEST)
    target_precompile_headers(${TARGET} PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
  endif()
endfunction()
