#include "test/support/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/support/fail.h"

enum { CANNOT_RUN = 127 };

/* All of it is made before the fork: afterwards only async-signal-safe calls. */
struct plan {
    const struct launch *launch;
    char **environment;
    pid_t parent;
    int report; /* closed by exec; carries errno if there is none */
};

/* The environment with additions and removals; entries are borrowed. */
static char **environment_with(const char *const *changes)
{
    size_t count = 0;
    size_t more = 0;

    while (environ[count] != NULL) {
        count++;
    }
    while (changes != NULL && changes[more] != NULL) {
        more++;
    }
    char **result = fail_or_alloc(count + more + 1, sizeof *result);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        bool changed = false;
        for (size_t j = 0; j < more; j++) {
            size_t name = strcspn(changes[j], "=");
            changed |= strncmp(environ[i], changes[j], name) == 0 && environ[i][name] == '=';
        }
        if (!changed) {
            result[used++] = environ[i];
        }
    }
    for (size_t j = 0; j < more; j++) {
        if (strchr(changes[j], '=') != NULL) {
            memcpy(&result[used++], &changes[j], sizeof *result); /* environ is of char * */
        }
    }
    return result;
}

static _Noreturn void become(const struct plan *plan)
{
    const struct launch *launch = plan->launch;
    char *const *arguments = NULL;
    sigset_t none;

    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != plan->parent) {
        _exit(CANNOT_RUN); /* the parent died before the line above */
    }
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    bool ready = dup2(launch->input, STDIN_FILENO) >= 0 &&
                 dup2(launch->output, STDOUT_FILENO) >= 0 &&
                 dup2(launch->errors, STDERR_FILENO) >= 0 &&
                 (launch->folder == NULL || chdir(launch->folder) == 0);
    if (ready) {
        environ = plan->environment;
        memcpy(&arguments, &launch->arguments, sizeof arguments); /* execvp wants char * */
        (void)execvp(arguments[0], arguments);
    }
    int error = errno;
    (void)!write(plan->report, &error, sizeof error);
    _exit(CANNOT_RUN);
}

int launch_raise_fd(int fd, const char *what)
{
    int raised = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

    if (raised < 0) {
        fail_test("cannot open %s: %s", what, strerror(errno));
    }
    (void)close(fd);
    return raised;
}

void launch_pipe(int *reading, int *writing)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0) {
        fail_test("cannot make a pipe: %s", strerror(errno));
    }
    *reading = launch_raise_fd(ends[0], "a pipe");
    *writing = launch_raise_fd(ends[1], "a pipe");
}

pid_t launch_child(const struct launch *launch, int *pidfd)
{
    struct plan plan = {.launch = launch, .parent = getpid()};
    const char *program = launch->arguments[0];
    int report = -1;
    int error = 0;

    launch_pipe(&report, &plan.report);
    plan.environment = environment_with(launch->environment);
    pid_t pid = fork();
    if (pid == 0) {
        become(&plan);
    }
    free(plan.environment);
    (void)close(plan.report);
    if (pid < 0) {
        fail_test("cannot fork for %s: %s", program, strerror(errno));
    }
    (void)setpgid(pid, pid);
    if (read(report, &error, sizeof error) == (ssize_t)sizeof error) {
        (void)waitpid(pid, NULL, 0);
        fail_test("cannot run %s: %s", program, strerror(error));
    }
    (void)close(report);
    *pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (*pidfd < 0) {
        fail_test("pidfd_open for %s: %s", program, strerror(errno));
    }
    return pid;
}
