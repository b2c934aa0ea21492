/* How does a test check something millions of times? */
#ifndef WEIR_TEST_REQUIRE_H
#define WEIR_TEST_REQUIRE_H

#include <check.h>

/* As ck_assert, which writes to a pipe each time, also when all is well. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            ck_abort_msg("%s:%d: not so: %s", __FILE__, __LINE__, #condition);                     \
        }                                                                                          \
    } while (0)

#endif /* WEIR_TEST_REQUIRE_H */
