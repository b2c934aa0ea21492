/* How does one part of a measurement run, as a process of its own? */
#ifndef WEIR_TOOLS_BENCH_PROCESS_H
#define WEIR_TOOLS_BENCH_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct json_t; /* of jansson */

enum { WEIR_BENCH_WORDS_MAX = 1200, WEIR_BENCH_NUMBERS_MAX = 32, WEIR_BENCH_NUMBER_SIZE = 128 };

/* A command line in the making: `weir bench PART ...`. Words are borrowed; texts made here live in
 * it. */
struct weir_bench_words {
    const char *words[WEIR_BENCH_WORDS_MAX];
    size_t count;
    char texts[WEIR_BENCH_NUMBERS_MAX][WEIR_BENCH_NUMBER_SIZE];
    size_t text_count;
};

void weir_bench_words_begin(struct weir_bench_words *words, const char *part);
void weir_bench_words_add(struct weir_bench_words *words, const char *word);
void weir_bench_words_add_number(struct weir_bench_words *words, const char *option, int64_t value);
void weir_bench_words_add_text(struct weir_bench_words *words, const char *option,
                               const char *format, ...) __attribute__((format(printf, 3, 4)));

struct weir_bench_process {
    pid_t pid;  /* 0: none */
    int output; /* what it prints on standard output */
};

/* Its standard error is ours. It ends with us, and not by the signals that we watch
 * (stop_signal.h). False: no process could be made. */
bool weir_bench_process_start(struct weir_bench_words *words, struct weir_bench_process *process);

/* Waits for its end, at most timeout_ms, and not once `asked` is readable: then it is killed. NULL
 * when it did not end with exit code 0, or printed something else than one JSON object; *code is
 * its exit code, or WEIR_EXIT_TRY_AGAIN. Owned by the caller. */
struct json_t *weir_bench_process_finish(struct weir_bench_process *process, int asked,
                                         int64_t timeout_ms, int *code);
void weir_bench_process_kill(struct weir_bench_process *process);

#endif /* WEIR_TOOLS_BENCH_PROCESS_H */
