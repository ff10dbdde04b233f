# Everything the program links, found once. LibTorch comes from Torch_DIR or CMAKE_PREFIX_PATH when
# they name one, else from the system.

# TorchConfig looks for Caffe2's file in the system's folders before its own neighbour, which mixes
# two versions where both are installed.
foreach(folder IN ITEMS "${Torch_DIR}" "$ENV{Torch_DIR}")
  if(folder AND NOT Caffe2_DIR AND EXISTS ${folder}/../Caffe2/Caffe2Config.cmake)
    get_filename_component(Caffe2_DIR ${folder}/../Caffe2 ABSOLUTE)
  endif()
endforeach()
# TorchConfig warns that a static kineto is not there; it is needed for profiling on GPUs alone.
set(kineto_LIBRARY torch)
find_package(Torch REQUIRED)
unset(kineto_LIBRARY)
if(TORCH_CXX_FLAGS MATCHES "CXX11_ABI=0")
  message(FATAL_ERROR "LibTorch in ${TORCH_INSTALL_PREFIX} was built for the C++ library from before "
                      "2011; take one with the C++11 ABI")
endif()

# Optional: tables in Parquet and Arrow files.
find_package(ArrowCpp QUIET)

find_package(CLI11 REQUIRED)
find_package(Eigen3 REQUIRED NO_MODULE)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(Threads REQUIRED)
find_package(TIFF REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(ZLIB REQUIRED)

# dlwork_find_library(TARGET HEADER LIBRARY): what Debian packages without a CMake file, or, as
# XGBoost, with one that fails unless the command-line program, another package, is there too.
# <NAME>_INCLUDE_DIR and <NAME>_LIBRARY name others.
function(dlwork_find_library TARGET HEADER LIBRARY)
  string(REGEX REPLACE ".*::" "" name ${TARGET})
  string(TOUPPER ${name} name)
  find_path(${name}_INCLUDE_DIR ${HEADER} REQUIRED)
  find_library(${name}_LIBRARY ${LIBRARY} REQUIRED)
  mark_as_advanced(${name}_INCLUDE_DIR ${name}_LIBRARY)
  add_library(${TARGET} UNKNOWN IMPORTED GLOBAL)
  set_target_properties(${TARGET} PROPERTIES
    IMPORTED_LOCATION ${${name}_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${${name}_INCLUDE_DIR})
endfunction()
dlwork_find_library(SndFile::sndfile sndfile.h sndfile)
dlwork_find_library(xgboost::xgboost xgboost/c_api.h xgboost)
dlwork_find_library(zstd::zstd zstd.h zstd)

# yaml-cpp names its target so from 0.8 on.
if(NOT TARGET yaml-cpp::yaml-cpp)
  add_library(yaml-cpp::yaml-cpp INTERFACE IMPORTED)
  target_link_libraries(yaml-cpp::yaml-cpp INTERFACE yaml-cpp)
endif()
