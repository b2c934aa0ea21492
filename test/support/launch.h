/* How does another program come to run with exactly what it was given? */
#ifndef WEIR_TEST_LAUNCH_H
#define WEIR_TEST_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>
#include <weir/export.h>

/* Tests use process.h, which is made of this. */
struct launch {
    const char *const *arguments; /* as in struct process_options */
    const char *const *environment;
    const char *folder;
    int input; /* all three above 2, so that none is overwritten while they move into place */
    int output;
    int errors;
};

/* Own process group, empty signal mask, SIGKILL when the starting thread dies. Fails the test if
 * the program cannot be run. The pidfd is the caller's. */
WEIR_MUST_CHECK pid_t launch_child(const struct launch *launch, int *pidfd);

/* `fd` moved above the standard descriptors and closed by exec; the test fails, naming `what`, if
 * it is negative. */
WEIR_MUST_CHECK int launch_raise_fd(int fd, const char *what);
void launch_pipe(int *reading, int *writing);

#endif /* WEIR_TEST_LAUNCH_H */
