# One static library, and one test program when there are *_test.cc, for each folder of src/.

add_library(viaduct_options INTERFACE)
target_include_directories(viaduct_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(viaduct_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror
  -fno-omit-frame-pointer -pthread)  # -pthread everywhere: some packages ask for it, and the precompiled
                                     # header must have been made with the same options
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False positives of GCC 12 in inlined standard library code (GCC bugs 105329, 105562, 105651).
  target_compile_options(viaduct_options INTERFACE
    -Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds
    -fpch-preprocess -Wno-error=invalid-pch)
endif()
if(VIADUCT_SANITIZE)
  target_compile_options(viaduct_options INTERFACE -fsanitize=${VIADUCT_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(viaduct_options INTERFACE -fsanitize=${VIADUCT_SANITIZE})
endif()
if(VIADUCT_FUZZ)
  target_compile_options(viaduct_options INTERFACE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  target_link_options(viaduct_options INTERFACE -fsanitize=address,undefined)
endif()
find_program(LLD ld.lld)
if(LLD)
  target_link_options(viaduct_options INTERFACE -fuse-ld=lld)
endif()

add_custom_target(viaduct_libraries)             # every library of src/
add_custom_target(viaduct_programs)              # the server and the benchmarks: what is neither library nor test
add_library(viaduct_engines INTERFACE)            # links all that is sans-IO: for fuzz/ and tests/bench/
target_link_libraries(viaduct_engines INTERFACE viaduct_options)

# Shares one precompiled header among all libraries, and one with GoogleTest in it among all tests.
# viaduct_precompile(<target> [TEST])
function(viaduct_precompile target)
  if(NOT VIADUCT_PCH)
    return()
  endif()
  if("TEST" IN_LIST ARGN)
    set(shared viaduct_test_pch)
    set(headers ${CMAKE_SOURCE_DIR}/src/base/pch.h <gmock/gmock.h> <gtest/gtest.h>)
    set(links viaduct_options GTest::gmock GTest::gtest)
  else()
    set(shared viaduct_pch)
    set(headers ${CMAKE_SOURCE_DIR}/src/base/pch.h)
    set(links viaduct_options)
  endif()
  if(NOT TARGET ${shared})
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/${shared}.cc CONTENT "")
    add_library(${shared} STATIC ${CMAKE_BINARY_DIR}/${shared}.cc)
    target_link_libraries(${shared} PUBLIC ${links})
    target_precompile_headers(${shared} PRIVATE ${headers})
  endif()
  target_precompile_headers(${target} REUSE_FROM ${shared})
endfunction()

# viaduct_library(<folder name> DEPENDS <lower folders...> [PACKAGES <third party targets...>])
# The link rule repeats the floors: a folder can only link what scripts/check_floors.py lets it see.
function(viaduct_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;PACKAGES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(TRANSFORM ARG_DEPENDS PREPEND "viaduct_")
  if(sources)
    add_library(viaduct_${name} STATIC ${sources})
    target_link_libraries(viaduct_${name} PUBLIC viaduct_options ${ARG_DEPENDS} ${ARG_PACKAGES})
    viaduct_precompile(viaduct_${name})
  else()
    add_library(viaduct_${name} INTERFACE)
    target_link_libraries(viaduct_${name} INTERFACE viaduct_options ${ARG_DEPENDS} ${ARG_PACKAGES})
  endif()
  add_dependencies(viaduct_libraries viaduct_${name})
  if(NOT CMAKE_CURRENT_SOURCE_DIR MATCHES "/src/(io|server)/")
    target_link_libraries(viaduct_engines INTERFACE viaduct_${name})
  endif()
  if(tests)
    add_executable(viaduct_${name}_test ${tests})
    target_link_libraries(viaduct_${name}_test PRIVATE viaduct_${name} GTest::gmock GTest::gtest_main)
    viaduct_precompile(viaduct_${name}_test TEST)
    target_compile_definitions(viaduct_${name}_test PRIVATE VIADUCT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    viaduct_add_test(unit.${name} viaduct_${name}_test)
  endif()
endfunction()

# viaduct_add_test(<test name> <program target> [arguments...])
# GoogleTest programs write down their cases, which scripts/run_tests.py counts.
function(viaduct_add_test name target)
  add_test(NAME ${name} COMMAND ${target} ${ARGN})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 ENVIRONMENT
    "UBSAN_OPTIONS=print_stacktrace=1;ASAN_OPTIONS=detect_stack_use_after_return=1;GTEST_OUTPUT=json:${CMAKE_BINARY_DIR}/test-results/${name}.json")
endfunction()
