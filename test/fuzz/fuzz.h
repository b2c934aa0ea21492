/* What does every fuzzer have? */
#ifndef WEIR_TEST_FUZZ_H
#define WEIR_TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* libFuzzer calls it with one input after another; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Also in a build without assertions. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif /* WEIR_TEST_FUZZ_H */
