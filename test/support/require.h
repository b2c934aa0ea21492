/* How does a test check something millions of times, and outside of suites? */
#ifndef WEIR_TEST_REQUIRE_H
#define WEIR_TEST_REQUIRE_H

#include "test/support/fail.h"

/* As ck_assert, which writes to a pipe each time, also when all is well, and when there is none. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fail_test("%s:%d: not so: %s", __FILE__, __LINE__, #condition);                        \
        }                                                                                          \
    } while (0)

#endif /* WEIR_TEST_REQUIRE_H */
