#include "test/support/process.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/launch.h"
#include "test/support/text.h"

enum {
    FILE_MODE = 0644,
    BLOCK = 16384,
    ERRORS_SHOWN = 4000,
    SIGNALED = 128, /* what a shell adds to the number of a killing signal */
    REAP_MS = 10000,
    PAUSE_MS = 60000,
    STAT_SIZE = 512
};

/* `pidfd` tells the end of the child to forked tests too, which are not its parent. */
struct process {
    struct process *next; /* in the list of living ones */
    char *command;        /* for people */
    pid_t owner;          /* who started it */
    pid_t pid;
    int pidfd;
    int input;  /* -1: none */
    int output; /* file or memory; -1: not ours to read */
    int errors;
    bool reaped;
    int status;         /* of waitpid, once reaped */
    off_t read_at;      /* first byte of stdout not in `unread` */
    struct text unread; /* stdout from the last line returned on */
    size_t returned;    /* bytes of `unread` that process_read_line gave away */
    struct text shown;  /* what the last look at all output returned */
    struct text described;
};

static struct process *living;

static int open_capture(const char *path)
{
    if (path != NULL) {
        return launch_raise_fd(open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, FILE_MODE),
                               path);
    }
    int fd = launch_raise_fd(memfd_create("output", MFD_CLOEXEC), "memory for the output");
    (void)fcntl(fd, F_SETFL, O_APPEND);
    return fd;
}

static void open_input(const struct process_options *options, struct process *process,
                       struct launch *launch)
{
    process->input = -1;
    if (options->input) {
        launch_pipe(&launch->input, &process->input);
    } else {
        launch->input = launch_raise_fd(open("/dev/null", O_RDONLY | O_CLOEXEC), "/dev/null");
    }
}

static char *join(const char *const *arguments)
{
    struct text command = {.bytes = NULL};

    for (size_t i = 0; arguments[i] != NULL; i++) {
        text_add(&command, i == 0 ? "%.300s" : " %.300s", arguments[i]);
    }
    return command.bytes;
}

struct process *process_start(const struct process_options *options)
{
    struct process *process = fail_or_alloc(1, sizeof *process);
    struct launch launch = {.arguments = options->arguments,
                            .environment = options->environment,
                            .folder = options->folder};

    process->owner = getpid();
    process->command = join(options->arguments);
    process->output = options->output_fd > 0 ? -1 : open_capture(options->output_path);
    process->errors = options->errors_fd > 0 ? -1 : open_capture(options->errors_path);
    launch.output = options->output_fd > 0 ? options->output_fd : process->output;
    launch.errors = options->errors_fd > 0 ? options->errors_fd : process->errors;
    open_input(options, process, &launch);
    process->pid = launch_child(&launch, &process->pidfd);
    (void)close(launch.input);
    process->next = living;
    living = process;
    return process;
}

static void forget(const struct process *process)
{
    struct process **link = &living;

    while (*link != NULL && *link != process) {
        link = &(*link)->next;
    }
    if (*link != NULL) {
        *link = process->next;
    }
}

static bool ended_within(const struct process *process, int ms)
{
    struct pollfd fd = {.fd = process->pidfd, .events = POLLIN};

    return process->reaped || poll(&fd, 1, ms) == 1;
}

/* Only after the end. */
static void reap(struct process *process)
{
    if (!process->reaped && process->owner == getpid()) {
        process->reaped = waitpid(process->pid, &process->status, 0) == process->pid;
    }
}

static void close_fd(int fd)
{
    if (fd >= 0) {
        (void)close(fd);
    }
}

void process_destroy(struct process *process)
{
    if (process == NULL) {
        return;
    }
    forget(process);
    if (process->owner == getpid()) {
        (void)kill(-process->pid, SIGKILL); /* before the reaping, while the number is ours */
        struct deadline deadline = deadline_in_ms(REAP_MS);
        if (!ended_within(process, deadline_left_ms(deadline))) {
            fail_test("not even SIGKILL ends it: %s", process_describe(process));
        }
        reap(process);
    }
    close_fd(process->pidfd);
    close_fd(process->input);
    close_fd(process->output);
    close_fd(process->errors);
    text_fini(&process->unread);
    text_fini(&process->shown);
    text_fini(&process->described);
    free(process->command);
    free(process);
}

static struct process *first_own(void)
{
    struct process *process = living;

    while (process != NULL && process->owner != getpid()) {
        process = process->next;
    }
    return process;
}

void process_destroy_all(void)
{
    for (struct process *own = first_own(); own != NULL; own = first_own()) {
        process_destroy(own);
    }
}

pid_t process_pid(const struct process *process)
{
    return process->pid;
}

bool process_running(const struct process *process)
{
    return !ended_within(process, 0);
}

void process_signal(const struct process *process, int signal)
{
    if (!process->reaped && syscall(SYS_pidfd_send_signal, process->pidfd, signal, NULL, 0) != 0 &&
        errno != ESRCH) {
        fail_test("cannot send signal %d to %s: %s", signal, process->command, strerror(errno));
    }
}

static bool thread_stands(const char *tasks, const char *thread)
{
    char line[STAT_SIZE] = "";
    char *path = text_format("%s/%s/stat", tasks, thread);
    FILE *file = fopen(path, "re");

    if (file != NULL) {
        (void)!fgets(line, sizeof line, file);
        (void)fclose(file);
    }
    free(path);
    const char *state = strrchr(line, ')');                  /* the name may hold any character */
    return state == NULL || strchr("TXZ", state[2]) != NULL; /* stopped, or at its end */
}

static bool stands_still(const struct process *process)
{
    char *tasks = text_format("/proc/%ld/task", (long)process_pid(process));
    DIR *threads = opendir(tasks);
    bool still = true;

    for (struct dirent *entry = threads == NULL ? NULL : readdir(threads); entry != NULL;
         entry = readdir(threads)) {
        still = still && (entry->d_name[0] == '.' || thread_stands(tasks, entry->d_name));
    }
    if (threads != NULL) {
        (void)closedir(threads);
    }
    free(tasks);
    return still;
}

/* A signal is sent before it is obeyed, and a thread may do something more in between. */
void process_pause(const struct process *process)
{
    process_signal(process, SIGSTOP);
    WAIT_UNTIL(stands_still(process), PAUSE_MS);
}

void process_resume(const struct process *process)
{
    process_signal(process, SIGCONT);
}

/* write(2) to a pipe that nobody reads any more fails with EPIPE and without the signal. */
static ssize_t write_quietly(int fd, const char *text, size_t length)
{
    const struct timespec now = {.tv_sec = 0};
    sigset_t pipe_signal;
    sigset_t before;

    (void)sigemptyset(&pipe_signal);
    (void)sigaddset(&pipe_signal, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    ssize_t written = write(fd, text, length);
    int error = errno;
    if (written < 0 && error == EPIPE) {
        (void)sigtimedwait(&pipe_signal, NULL, &now);
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return written;
}

void process_write(struct process *process, const char *text)
{
    size_t length = strlen(text);

    assert(process->input >= 0);
    while (length > 0) {
        ssize_t written = write_quietly(process->input, text, length);
        if (written < 0) {
            fail_test("cannot write to its stdin (%s): %s", strerror(errno),
                      process_describe(process));
        }
        text += written;
        length -= (size_t)written;
    }
}

void process_close_input(struct process *process)
{
    close_fd(process->input);
    process->input = -1;
}

int process_wait(struct process *process, int64_t ms)
{
    struct deadline deadline = deadline_in_ms(ms);

    if (!ended_within(process, deadline_left_ms(deadline))) {
        fail_test("still running after its deadline of %lld ms: %s", (long long)ms,
                  process_describe(process));
    }
    reap(process);
    if (!process->reaped) {
        return -1;
    }
    return WIFSIGNALED(process->status) ? SIGNALED + WTERMSIG(process->status)
                                        : WEXITSTATUS(process->status);
}

void process_expect(struct process *process, int status, int64_t ms)
{
    int found = process_wait(process, ms);

    if (found != status) {
        fail_test("exit status %d expected, %d found: %s", status, found,
                  process_describe(process));
    }
}

/* Adds what the file holds from *at on. */
static void collect(int fd, off_t *at, struct text *text)
{
    char block[BLOCK];
    ssize_t length = 0;

    while (fd >= 0 && (length = pread(fd, block, sizeof block, *at)) > 0) {
        text_add_bytes(text, block, (size_t)length);
        *at += length;
    }
}

/* The next line that is whole, or what is left after the end; NULL if there is none. */
static const char *take_line(struct process *process, bool ended)
{
    struct text *unread = &process->unread;

    if (unread->length == process->returned) {
        return NULL;
    }
    char *line = unread->bytes + process->returned;
    char *end = memchr(line, '\n', unread->length - process->returned);
    if (end == NULL && !ended) {
        return NULL;
    }
    size_t length = end == NULL ? strlen(line) : (size_t)(end - line);
    process->returned += length + (end == NULL ? 0 : 1);
    line[length] = '\0';
    return line;
}

static void drop_returned(struct process *process)
{
    struct text *unread = &process->unread;

    if (process->returned > 0) {
        unread->length -= process->returned;
        memmove(unread->bytes, unread->bytes + process->returned, unread->length + 1);
        process->returned = 0;
    }
}

const char *process_read_line(struct process *process, int64_t ms)
{
    struct deadline deadline = deadline_in_ms(ms);

    assert(process->output >= 0);
    drop_returned(process);
    for (;;) {
        bool ended = !process_running(process); /* before the look: then nothing comes after it */
        collect(process->output, &process->read_at, &process->unread);
        const char *line = take_line(process, ended);
        if (line != NULL || ended) {
            return line;
        }
        if (deadline_passed(deadline)) {
            fail_test("no line on stdout within %lld ms: %s", (long long)ms,
                      process_describe(process));
        }
        deadline_turn();
    }
}

const char *process_read_until(struct process *process, const char *part, int64_t ms)
{
    struct deadline deadline = deadline_in_ms(ms);
    const char *line = NULL;

    do {
        line = process_read_line(process, deadline_passed(deadline) ? 0 : ms);
    } while (line != NULL && strstr(line, part) == NULL);
    if (line == NULL) {
        fail_test("it ended without a line with '%s' on stdout: %s", part,
                  process_describe(process));
    }
    return line;
}

static const char *whole(struct process *process, int fd)
{
    off_t at = 0;

    process->shown.length = 0;
    text_add_bytes(&process->shown, "", 0);
    collect(fd, &at, &process->shown);
    return process->shown.bytes;
}

const char *process_output(struct process *process)
{
    return whole(process, process->output);
}

const char *process_errors(struct process *process)
{
    return whole(process, process->errors);
}

void process_await_error(struct process *process, const char *part, int64_t ms)
{
    struct deadline deadline = deadline_in_ms(ms);

    for (;;) {
        bool ended = !process_running(process);
        if (strstr(process_errors(process), part) != NULL) {
            return;
        }
        if (ended || deadline_passed(deadline)) {
            fail_test("nothing with '%s' on stderr within %lld ms: %s", part, (long long)ms,
                      process_describe(process));
        }
        deadline_turn();
    }
}

const char *process_describe(struct process *process)
{
    struct text *described = &process->described;
    const char *errors = process_errors(process);
    size_t length = strlen(errors);
    const char *end = length > ERRORS_SHOWN ? errors + length - ERRORS_SHOWN : errors;

    described->length = 0;
    text_add(described, "%s (pid %ld, ", process->command, (long)process->pid);
    if (!process->reaped) {
        text_add(described, process_running(process) ? "running)" : "ended)");
    } else if (WIFSIGNALED(process->status)) {
        text_add(described, "killed by signal %d)", WTERMSIG(process->status));
    } else {
        text_add(described, "exit status %d)", WEXITSTATUS(process->status));
    }
    text_add(described, length == 0 ? "; nothing on stderr" : "; stderr ends with:\n%s", end);
    return described->bytes;
}
