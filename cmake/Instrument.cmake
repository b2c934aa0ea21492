# weir_instrument: an interface target with the flags of WEIR_SANITIZE and WEIR_COVERAGE.
# WEIR_NO_UNDEFINED: the link option that refuses undefined symbols in a shared object; empty where
# a sanitizer's run-time lives in the executable.
# weir_prepare_executable(target): what an executable of ours needs besides.
add_library(weir_instrument INTERFACE)
set(WEIR_NO_UNDEFINED LINKER:-z,defs)

if(WEIR_SANITIZE STREQUAL "address")
    set(flags -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    set(WEIR_NO_UNDEFINED "")
    if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
        list(APPEND flags -fsanitize=fuzzer-no-link) # so that fuzzers are led by coverage
    endif()
elseif(WEIR_SANITIZE STREQUAL "thread")
    set(flags -fsanitize=thread -fno-omit-frame-pointer)
    set(WEIR_NO_UNDEFINED "")
elseif(WEIR_SANITIZE STREQUAL "")
    set(flags "")
else()
    message(FATAL_ERROR "WEIR_SANITIZE is '${WEIR_SANITIZE}': not one of address, thread, empty")
endif()
if(WEIR_COVERAGE)
    list(APPEND flags --coverage -fprofile-update=atomic)
endif()
target_compile_options(weir_instrument INTERFACE ${flags})
target_link_options(weir_instrument INTERFACE ${flags})

# librdkafka makes its threads and locks with C11 <threads.h>, which the thread sanitizer does not
# see. The shim answers those calls with their pthread twins; -rdynamic lets librdkafka find it. The
# other one shows the sanitizer the order that librdkafka's reference counts make.
if(WEIR_SANITIZE STREQUAL "thread")
    set(refcount_shim "${PROJECT_SOURCE_DIR}/test/support/refcount_shim.c")
    add_library(weir_threads_shim OBJECT
                "${PROJECT_SOURCE_DIR}/test/support/c11_pthread_shim.c" "${refcount_shim}")
    target_link_libraries(weir_threads_shim PRIVATE weir_settings)
    set_source_files_properties("${refcount_shim}" PROPERTIES COMPILE_OPTIONS -fno-sanitize=thread)
endif()

function(weir_prepare_executable target)
    if(WEIR_SANITIZE STREQUAL "address" AND CMAKE_C_COMPILER_ID STREQUAL "Clang")
        # For handlers in C++: what they need of the run-time is in the executable, and it looks for
        # __cxa_throw once, at the start.
        target_link_options(${target} PRIVATE -fsanitize-link-c++-runtime
                            LINKER:--push-state,--no-as-needed,-lstdc++,--pop-state)
    endif()
    if(WEIR_SANITIZE STREQUAL "thread")
        target_sources(${target} PRIVATE $<TARGET_OBJECTS:weir_threads_shim>)
        set_target_properties(${target} PROPERTIES ENABLE_EXPORTS ON)
    elseif(WEIR_SANITIZE STREQUAL "address")
        # It may load handlers in C++. The run-time that knows about exceptions and virtual tables
        # is in programs linked as C++ only, and must be there from the start.
        set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
    endif()
endfunction()
