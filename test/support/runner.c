#include "test/support/runner.h"

#include "test/support/fail.h"
#include <stdlib.h>

int runner_run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);

    check_set_max_msg_size((size_t)2 * FAIL_TEXT_SIZE); /* or a long one ends the test's process */
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int runner_run_two(const char *name, TCase *first, TCase *second)
{
    Suite *suite = suite_create(name);

    suite_add_tcase(suite, first);
    if (second != NULL) {
        suite_add_tcase(suite, second);
    }
    return runner_run_suite(suite);
}

int runner_run(const char *name, TCase *tcase)
{
    return runner_run_two(name, tcase, NULL);
}
