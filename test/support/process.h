/* How does a test run another program, see what it says, and leave nothing of it behind? */
#ifndef WEIR_TEST_PROCESS_H
#define WEIR_TEST_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <weir/export.h>

/* A child in its own process group. It dies with the thread that started it (so: start it on the
 * main thread), whatever happens to that; what it started in turn dies at process_destroy. What it
 * writes goes to memory or files, never into a pipe that could fill: nobody has to read along.
 * With check's fork mode a child of a fixture may be looked at, signalled and waited for in the
 * forked tests; only the process that started it can destroy it. */
struct process;

struct process_options {
    const char *const *arguments;   /* [0] is the program, looked up in PATH; ends with NULL */
    const char *const *environment; /* "NAME=value" or "NAME" to unset; ends with NULL; or NULL */
    const char *folder;             /* working directory; NULL: ours */
    const char *output_path;        /* stdout is appended to this file; NULL: kept in memory */
    const char *errors_path;        /* the same for stderr */
    int output_fd;                  /* > 0: stdout goes there instead, and cannot be read here */
    int errors_fd;                  /* > 0: the same for stderr */
    bool input;                     /* stdin is a pipe for process_write; else /dev/null */
};

/* Fails the test if the program cannot be run. */
WEIR_MUST_CHECK struct process *process_start(const struct process_options *options);
/* Kills the whole group, reaps the child, frees. NULL is accepted. */
void process_destroy(struct process *process);
/* Every process that this process started and did not destroy: for teardown. */
void process_destroy_all(void);

pid_t process_pid(const struct process *process);
bool process_running(const struct process *process);
void process_signal(const struct process *process, int signal);
/* It stands still on return (SIGSTOP), each thread of it, or has ended; and goes on (SIGCONT). */
void process_pause(const struct process *process);
void process_resume(const struct process *process);
void process_write(struct process *process, const char *text);
void process_close_input(struct process *process);

/* Waits for the end; fails the test with what the child said if it does not come in time. Returns
 * the exit status, or 128 + the signal that killed it, as a shell does; -1 if only the process that
 * started it could know. */
int process_wait(struct process *process, int64_t ms);
/* process_wait, and the test fails if the status is another one. */
void process_expect(struct process *process, int status, int64_t ms);

/* The next whole line of stdout without its newline, or NULL when the child ended and all was
 * read. Borrowed until the next call. The test fails if neither comes in time. */
const char *process_read_line(struct process *process, int64_t ms);
/* Reads on to the next line that contains `part`; the test fails if none comes. */
const char *process_read_until(struct process *process, const char *part, int64_t ms);

/* All it wrote up to now. Borrowed until the next call on this process. */
const char *process_output(struct process *process);
const char *process_errors(struct process *process);
/* Waits until stderr contains `part`; the test fails if it does not in time. */
void process_await_error(struct process *process, const char *part, int64_t ms);
/* Two or three lines for a failure's text: the command, how it is, the end of stderr. Borrowed. */
const char *process_describe(struct process *process);

#endif /* WEIR_TEST_PROCESS_H */
