#include "tools/bench_process.h"

#include "tools/monotonic.h"
#include "tools/options.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_SIZE = 65536, EXEC_FAILED = 70 };

void weir_bench_words_begin(struct weir_bench_words *words, const char *part)
{
    words->count = 0;
    words->text_count = 0;
    weir_bench_words_add(words, "weir");
    weir_bench_words_add(words, "bench");
    weir_bench_words_add(words, part);
}

void weir_bench_words_add(struct weir_bench_words *words, const char *word)
{
    assert(words->count + 1 < WEIR_BENCH_WORDS_MAX);
    words->words[words->count++] = word;
    words->words[words->count] = NULL;
}

void weir_bench_words_add_text(struct weir_bench_words *words, const char *option,
                               const char *format, ...)
{
    va_list arguments;

    assert(words->text_count < WEIR_BENCH_NUMBERS_MAX);
    char *text = words->texts[words->text_count++];
    va_start(arguments, format);
    (void)vsnprintf(text, WEIR_BENCH_NUMBER_SIZE, format, arguments);
    va_end(arguments);
    weir_bench_words_add(words, option);
    weir_bench_words_add(words, text);
}

void weir_bench_words_add_number(struct weir_bench_words *words, const char *option, int64_t value)
{
    weir_bench_words_add_text(words, option, "%lld", (long long)value);
}

/* In the child. The signals that ask us to stop stay blocked: a terminal sends Ctrl-C to all of us,
 * and which part that ends is for us to say. */
static void become(struct weir_bench_words *words, int output)
{
    (void)signal(SIGPIPE, SIG_DFL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(output, STDOUT_FILENO) >= 0) {
        char *argv[WEIR_BENCH_WORDS_MAX];
        memcpy(argv, words->words, (words->count + 1) * sizeof argv[0]);
        (void)execv("/proc/self/exe", argv);
    }
    _exit(EXEC_FAILED);
}

bool weir_bench_process_start(struct weir_bench_words *words, struct weir_bench_process *process)
{
    int ends[2];

    *process = (struct weir_bench_process){.output = -1};
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    (void)fflush(NULL);
    process->pid = fork();
    if (process->pid == 0) {
        become(words, ends[1]);
    }
    (void)close(ends[1]);
    if (process->pid < 0) {
        (void)close(ends[0]);
        process->pid = 0;
        return false;
    }
    process->output = ends[0];
    return true;
}

void weir_bench_process_kill(struct weir_bench_process *process)
{
    if (process->pid > 0) {
        (void)kill(process->pid, SIGKILL);
        (void)waitpid(process->pid, NULL, 0);
        (void)close(process->output);
    }
    *process = (struct weir_bench_process){.output = -1};
}

/* False: asked to stop, too late, or too much. */
static bool read_all(const struct weir_bench_process *process, int asked, int64_t deadline_ms,
                     char *text, size_t *size)
{
    ssize_t got = 1;

    *size = 0;
    while (got > 0) {
        struct pollfd fds[] = {{.fd = process->output, .events = POLLIN},
                               {.fd = asked, .events = POLLIN}};
        int64_t left = deadline_ms - weir_monotonic_ms();
        int ready = left > 0 ? poll(fds, 2, left < INT32_MAX ? (int)left : INT32_MAX) : 0;
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        if (ready == 0) {
            weir_cli_complain("bench: a part of it took too long and was ended");
        }
        if (ready <= 0 || fds[1].revents != 0 || *size == OUTPUT_SIZE) {
            return false;
        }
        got = read(process->output, text + *size, OUTPUT_SIZE - *size);
        *size += got > 0 ? (size_t)got : 0;
    }
    return got == 0;
}

json_t *weir_bench_process_finish(struct weir_bench_process *process, int asked, int64_t timeout_ms,
                                  int *code)
{
    char *text = malloc(OUTPUT_SIZE);
    size_t size = 0;
    int status = 0;
    json_t *answer = NULL;

    *code = WEIR_EXIT_TRY_AGAIN;
    if (text == NULL || !read_all(process, asked, weir_monotonic_ms() + timeout_ms, text, &size) ||
        waitpid(process->pid, &status, 0) != process->pid) {
        weir_bench_process_kill(process);
    } else {
        (void)close(process->output);
        *process = (struct weir_bench_process){.output = -1};
        *code = WIFEXITED(status) ? WEXITSTATUS(status) : WEIR_EXIT_TRY_AGAIN;
        answer = *code == WEIR_EXIT_OK ? json_loadb(text, size, 0, NULL) : NULL;
    }
    free(text);
    if (*code == WEIR_EXIT_OK && answer == NULL) {
        *code = WEIR_EXIT_TRY_AGAIN;
    }
    return answer;
}
