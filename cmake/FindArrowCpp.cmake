# The Arrow C++ library with Parquet, from its own CMake files or from a folder that holds `include`
# and the libraries, as Python's package pyarrow does: -DArrowCpp_ROOT=.../site-packages/pyarrow.
find_package(Arrow CONFIG QUIET)
find_package(Parquet CONFIG QUIET)
include(FindPackageHandleStandardArgs)
if(TARGET Arrow::arrow_shared AND TARGET Parquet::parquet_shared)
  find_package_handle_standard_args(ArrowCpp REQUIRED_VARS Arrow_DIR Parquet_DIR)
  if(NOT TARGET ArrowCpp::arrow)
    add_library(ArrowCpp::arrow INTERFACE IMPORTED)
    target_link_libraries(ArrowCpp::arrow INTERFACE Arrow::arrow_shared Parquet::parquet_shared)
  endif()
else()
  find_path(ArrowCpp_INCLUDE_DIR parquet/arrow/reader.h PATH_SUFFIXES include)
  if(ArrowCpp_INCLUDE_DIR)
    # pyarrow's libraries carry their version behind .so, which find_library does not look for.
    get_filename_component(arrow_root ${ArrowCpp_INCLUDE_DIR} DIRECTORY)
    foreach(library IN ITEMS arrow parquet)
      file(GLOB found ${arrow_root}/lib${library}.so ${arrow_root}/lib${library}.so.*
                      ${arrow_root}/lib/lib${library}.so ${arrow_root}/lib/*/lib${library}.so)
      if(found)
        list(GET found 0 found)
        set(ArrowCpp_${library}_LIBRARY ${found} CACHE FILEPATH "Arrow C++ library")
      endif()
    endforeach()
  endif()
  find_package_handle_standard_args(
    ArrowCpp REQUIRED_VARS ArrowCpp_arrow_LIBRARY ArrowCpp_parquet_LIBRARY ArrowCpp_INCLUDE_DIR)
  if(ArrowCpp_FOUND AND NOT TARGET ArrowCpp::arrow)
    foreach(library IN ITEMS arrow parquet)
      add_library(ArrowCpp::${library}_library SHARED IMPORTED)
      set_target_properties(ArrowCpp::${library}_library PROPERTIES
        IMPORTED_LOCATION ${ArrowCpp_${library}_LIBRARY}
        INTERFACE_INCLUDE_DIRECTORIES ${ArrowCpp_INCLUDE_DIR})
    endforeach()
    add_library(ArrowCpp::arrow INTERFACE IMPORTED)
    target_link_libraries(ArrowCpp::arrow INTERFACE ArrowCpp::parquet_library
                                                    ArrowCpp::arrow_library)
  endif()
  mark_as_advanced(ArrowCpp_INCLUDE_DIR ArrowCpp_arrow_LIBRARY ArrowCpp_parquet_LIBRARY)
endif()
