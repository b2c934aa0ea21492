# WEIR_WARNINGS: what gcc and clang are asked to complain about (style.md rule 29).
set(WEIR_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wswitch-enum
    -Wcast-qual -Wundef -Wvla
    $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes>
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes>)
if(WEIR_WERROR)
    list(APPEND WEIR_WARNINGS -Werror)
endif()
