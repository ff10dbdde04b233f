# Run at build time: cmake -DSOURCE=<checkout> -DINPUT=version.cpp.in -DOUTPUT=version.cpp
#                          -DDLWORK_VERSION=x.y.z -P WriteVersion.cmake
# Writes OUTPUT with the commit that is checked out now; "unknown" outside git.
set(DLWORK_COMMIT unknown)
find_program(GIT git)
if(GIT AND EXISTS ${SOURCE}/.git)
  execute_process(COMMAND ${GIT} -C ${SOURCE} rev-parse --short=12 HEAD
                  OUTPUT_VARIABLE commit RESULT_VARIABLE failed ERROR_QUIET
                  OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT failed)
    set(DLWORK_COMMIT ${commit})
  endif()
endif()
configure_file(${INPUT} ${OUTPUT} @ONLY)
file(TOUCH_NOCREATE ${OUTPUT})
