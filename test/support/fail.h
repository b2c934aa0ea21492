/* How does the harness say that a test cannot go on? */
#ifndef WEIR_TEST_FAIL_H
#define WEIR_TEST_FAIL_H

#include <stddef.h>
#include <weir/export.h>

enum { FAIL_TEXT_SIZE = 16384 };

/* Ends the running test as failed with the sentence (longer ones are cut). Never returns: in a
 * program that is no check executable, fail_use_exit makes it print the sentence and exit 1. */
_Noreturn void fail_test(const char *format, ...) WEIR_PRINTF(1, 2);
void fail_use_exit(void);

typedef void fail_try_fn(void *user);

/* Runs `fn` in a forked child and returns the sentence it failed with, which the caller frees, or
 * NULL if it came to its end: for tests that show how something fails. */
WEIR_MUST_CHECK char *fail_text_of(fail_try_fn *fn, void *user);

/* Runs `fn` on this thread, which may not be the test's, and returns the sentence it failed with in
 * the same way. What it held by then is lost. */
WEIR_MUST_CHECK char *fail_catch(fail_try_fn *fn, void *user);

/* As their namesakes in the C library, but the test fails where they would. */
WEIR_MUST_CHECK void *fail_or_alloc(size_t count, size_t size); /* zeroed */
WEIR_MUST_CHECK void *fail_or_realloc(void *memory, size_t count, size_t size);
WEIR_MUST_CHECK char *fail_or_copy(const char *text);

#endif /* WEIR_TEST_FAIL_H */
