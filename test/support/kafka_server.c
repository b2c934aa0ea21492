/* Which Kafka may several test executables share? The one that this program holds.
 *
 *   kafka_server [--version VERSION] [--brokers N] [--file FILE] [--detach LOG] [NAME=VALUE ...]
 *
 * Starts it, writes the bootstrap list to FILE (whole or not at all), prints it on stdout, and
 * holds it until the end of stdin (a pipe or terminal; nothing else ends), SIGTERM, SIGINT or
 * SIGHUP; then FILE is removed. NAME=VALUE are broker properties. The brokers go away when this
 * program does, however that ends.
 *
 * With --detach it returns as soon as the brokers serve (or failed to), and a process in the
 * background, whose words go to LOG, holds them until the process that called it (ctest, a script)
 * has ended: a set-up that needs no clean-up. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "test/support/fail.h"
#include "test/support/kafka.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"

enum { PROPERTIES_MAX = 64, FILE_MODE = 0644 };

struct arguments {
    struct kafka_options options;
    const char *properties[PROPERTIES_MAX + 1];
    size_t property_count;
    const char *file;
    const char *log; /* NULL: stay in the foreground */
};

static const char *value_of(char **words, int count, int *at)
{
    if (*at + 1 >= count) {
        fail_test("%s needs a value", words[*at]);
    }
    return words[++*at];
}

static void read_arguments(struct arguments *arguments, int count, char **words)
{
    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "--version") == 0) {
            arguments->options.version = value_of(words, count, &i);
        } else if (strcmp(words[i], "--brokers") == 0) {
            arguments->options.brokers = (int)strtol(value_of(words, count, &i), NULL, 10);
        } else if (strcmp(words[i], "--file") == 0) {
            arguments->file = value_of(words, count, &i);
        } else if (strcmp(words[i], "--detach") == 0) {
            arguments->log = value_of(words, count, &i);
        } else if (strchr(words[i], '=') != NULL && arguments->property_count < PROPERTIES_MAX) {
            arguments->properties[arguments->property_count++] = words[i];
        } else {
            fail_test("kafka_server [--version VERSION] [--brokers N] [--file FILE] [--detach "
                      "LOG] [NAME=VALUE ...]: what is '%s'?",
                      words[i]);
        }
    }
    if (arguments->options.brokers < 0 || arguments->options.brokers > KAFKA_BROKERS_MAX) {
        fail_test("--brokers must be 1 to %d", KAFKA_BROKERS_MAX);
    }
    arguments->options.properties = arguments->properties;
}

/* Readers of the file never see half a list. */
static void publish(const char *file, const char *bootstrap)
{
    char *fresh = text_format("%s.%ld", file, (long)getpid());

    tmpdir_write(fresh, bootstrap);
    if (rename(fresh, file) != 0) {
        fail_test("cannot write %s: %s", file, strerror(errno));
    }
    free(fresh);
}

/* Blocked before anything starts, so that none gets lost; children begin with an empty mask. */
static int open_signals(void)
{
    sigset_t stopping;

    (void)sigemptyset(&stopping);
    (void)sigaddset(&stopping, SIGTERM);
    (void)sigaddset(&stopping, SIGINT);
    (void)sigaddset(&stopping, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &stopping, NULL);
    int fd = signalfd(-1, &stopping, SFD_CLOEXEC);
    if (fd < 0) {
        fail_test("signalfd: %s", strerror(errno));
    }
    return fd;
}

/* A pipe, socket or terminal can end; a file or device was at its end all the time. */
static bool input_can_end(void)
{
    struct stat status;

    return fstat(STDIN_FILENO, &status) == 0 &&
           (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) || isatty(STDIN_FILENO));
}

/* `caller` is a pidfd, or -1. */
static void await_stop(int signals, int caller)
{
    struct pollfd fds[] = {{.fd = signals, .events = POLLIN},
                           {.fd = caller, .events = POLLIN},
                           {.fd = input_can_end() ? STDIN_FILENO : -1, .events = POLLIN}};
    char block[256];

    for (;;) {
        if (poll(fds, sizeof fds / sizeof fds[0], -1) < 0 && errno != EINTR) {
            fail_test("poll: %s", strerror(errno));
        }
        if (fds[0].revents != 0 || fds[1].revents != 0) {
            return;
        }
        if (fds[2].revents != 0 && read(STDIN_FILENO, block, sizeof block) <= 0) {
            return;
        }
    }
}

static void redirect(int fd, const char *path, int flags)
{
    int opened = open(path, flags, FILE_MODE);

    if (opened < 0 || dup2(opened, fd) < 0) {
        fail_test("cannot open %s: %s", path, strerror(errno));
    }
    (void)close(opened);
}

/* Returns in the background process only; the one that was called waits for its word and exits.
 * *caller gets the pidfd to live by, *ready where to give the word. */
static void detach(const char *log, int *caller, int *ready)
{
    int ends[2];
    char word = 0;

    *caller = (int)syscall(SYS_pidfd_open, getppid(), 0);
    if (*caller < 0 || pipe2(ends, O_CLOEXEC) != 0) {
        fail_test("cannot go to the background: %s", strerror(errno));
    }
    pid_t pid = fork();
    if (pid != 0) {
        (void)close(ends[1]);
        if (pid < 0 || read(ends[0], &word, 1) != 1) {
            fail_test("the brokers did not start; see %s", log);
        }
        exit(EXIT_SUCCESS);
    }
    *ready = ends[1];
    (void)setsid();
    redirect(STDIN_FILENO, "/dev/null", O_RDONLY);
    redirect(STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC);
    (void)dup2(STDOUT_FILENO, STDERR_FILENO);
}

int main(int count, char **words)
{
    struct arguments arguments = {.file = NULL};
    int caller = -1;
    int ready = -1;

    fail_use_exit();
    read_arguments(&arguments, count, words);
    if (arguments.log != NULL) {
        detach(arguments.log, &caller, &ready);
    }
    int signals = open_signals();
    struct kafka *kafka = kafka_start(&arguments.options);
    if (arguments.file != NULL) {
        publish(arguments.file, kafka_bootstrap(kafka));
    }
    (void)printf("%s\n", kafka_bootstrap(kafka));
    (void)fflush(stdout);
    if (ready >= 0) {
        (void)!write(ready, "1", 1);
        (void)close(ready);
    }
    await_stop(signals, caller);
    if (arguments.file != NULL) {
        (void)unlink(arguments.file);
    }
    kafka_stop(kafka);
    return EXIT_SUCCESS;
}
