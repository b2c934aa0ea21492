/* How does a test program run its cases and say how it went? */
#ifndef WEIR_TEST_RUNNER_H
#define WEIR_TEST_RUNNER_H

#include <check.h>

/* Takes the cases, or the suite; returns what main returns. check's environment variables hold. */
int runner_run(const char *name, TCase *tcase);
int runner_run_suite(Suite *suite);
int runner_run_two(const char *name, TCase *first, TCase *second);

#endif /* WEIR_TEST_RUNNER_H */
