#include "test/support/fail.h"

#include <assert.h>
#include <check.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool exits;
static _Thread_local jmp_buf *catcher; /* of the fail_catch that this thread is in, or NULL */
static _Thread_local char sentence[FAIL_TEXT_SIZE]; /* survives the longjmp */

void fail_use_exit(void)
{
    exits = true;
}

void fail_test(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    if (catcher != NULL) {
        longjmp(*catcher, 1);
    }
    if (exits) {
        (void)fprintf(stderr, "%s\n", sentence);
        _exit(EXIT_FAILURE); /* no leak report on top: nothing was put away */
    }
    ck_abort_msg("%s", sentence);
}

static _Noreturn void try(fail_try_fn *fn, void *user, int output)
{
    (void)dup2(output, STDERR_FILENO);
    fail_use_exit();
    fn(user);
    _exit(EXIT_SUCCESS);
}

char *fail_text_of(fail_try_fn *fn, void *user)
{
    int ends[2];
    int status = 0;
    char *said = fail_or_alloc(FAIL_TEXT_SIZE + 1, 1);
    size_t length = 0;
    ssize_t more = 0;

    if (pipe(ends) != 0) {
        fail_test("cannot make a pipe");
    }
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(ends[0]);
        try(fn, user, ends[1]);
    }
    (void)close(ends[1]);
    while (length < FAIL_TEXT_SIZE &&
           (more = read(ends[0], said + length, FAIL_TEXT_SIZE - length)) > 0) {
        length += (size_t)more;
    }
    (void)close(ends[0]);
    if (pid < 0 || waitpid(pid, &status, 0) != pid) {
        fail_test("cannot fork, or lost the child");
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS) {
        free(said);
        return NULL;
    }
    return said;
}

char *fail_catch(fail_try_fn *fn, void *user)
{
    jmp_buf here;
    volatile bool failed = false;

    assert(catcher == NULL);
    catcher = &here;
    if (setjmp(here) == 0) {
        fn(user);
    } else {
        failed = true;
    }
    catcher = NULL;
    return failed ? fail_or_copy(sentence) : NULL;
}

void *fail_or_alloc(size_t count, size_t size)
{
    void *memory = calloc(count == 0 ? 1 : count, size);

    if (memory == NULL) {
        fail_test("no memory for %zu times %zu bytes", count, size);
    }
    return memory;
}

void *fail_or_realloc(void *memory, size_t count, size_t size)
{
    void *larger = count > SIZE_MAX / size ? NULL : realloc(memory, count * size);

    if (larger == NULL) {
        fail_test("no memory for %zu times %zu bytes", count, size);
    }
    return larger;
}

char *fail_or_copy(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(fail_or_alloc(size, 1), text, size);
}
