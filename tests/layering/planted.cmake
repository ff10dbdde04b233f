# cmake -DSCRIPT=CheckLayering.cmake -DFOLDER=<scratch> -P planted.cmake
# Each rule of the layering check, broken on purpose in a small tree of its own.

# check(EXPECTED FILE TEXT): the tree with this file must be refused with EXPECTED, or pass when
# EXPECTED is empty.
function(check expected file text)
  file(REMOVE_RECURSE ${FOLDER})
  file(WRITE ${FOLDER}/src/base/text.cpp "#include \"dlwork/base/text.h\"\n")
  file(WRITE ${FOLDER}/${file} "${text}")
  execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${FOLDER} -P ${SCRIPT}
                  RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE err)
  if(NOT expected AND status EQUAL 0)
    return()
  endif()
  string(REGEX REPLACE "[ \n]+" " " err "${err}")
  string(FIND "${err}" "${expected}" place)
  if(NOT expected OR status EQUAL 0 OR place EQUAL -1)
    message(SEND_ERROR "${file}: ${text}\nexpected: ${expected}\ngot ${status}: ${err}")
  endif()
endfunction()

check("" src/training/a.cpp "#include <torch/types.h>\n#include \"model/network.h\"\n#include \"dlwork/data/split.h\"\n")
check("" src/cli/a.cpp "#include <CLI/CLI.hpp>\nstd::cout << 1;\n")
check("" src/base/a.cpp "#include <yaml-cpp/yaml.h>\nstd::snprintf(a, 2, b);\n")
check("" src/report/a.cpp "#include \"dlwork/artefact/result.h\"\n")
check("src/data/a.cpp: #include <torch/types.h>: LibTorch may be included in"
      src/data/a.cpp "#include <torch/types.h>\n")
check("include/dlwork/model/a.h: #include <ATen/ATen.h>: LibTorch"
      include/dlwork/model/a.h "#include <ATen/ATen.h>\n")
check("src/spec/a.cpp: #include <CLI/CLI.hpp>: CLI11" src/spec/a.cpp "#include <CLI/CLI.hpp>\n")
check("src/spec/a.h: #include <yaml-cpp/yaml.h>: yaml-cpp" src/spec/a.h "#include <yaml-cpp/yaml.h>\n")
check("src/phase/test/a.cpp: std::cout << x" src/phase/test/a.cpp "\n  std::cout << x\n")
check("src/data/a.cpp: printf(1)" src/data/a.cpp "  printf(1)\n")
check("data may not use phase" src/data/a.cpp "#include \"dlwork/phase/phase.h\"\n")
check("report may use base and artefact alone" src/report/a.cpp "#include \"dlwork/spec/project.h\"\n")
check("spec's private headers are its own" src/data/a.cpp "#include \"spec/fields.h\"\n")
string(REPEAT "\n" 501 lines)
check("src/base/long.cpp: 501 lines; at most 500" src/base/long.cpp "${lines}")
file(REMOVE_RECURSE ${FOLDER})
