#include "tools/watch.h"

#include "tools/cut_off.h"
#include "tools/options.h"
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { END_MS = 5000 };

static bool is_able_terminal(void)
{
    const char *terminal = getenv("TERM");

    return terminal != NULL && strcmp(terminal, "dumb") != 0 && isatty(STDOUT_FILENO) != 0;
}

bool weir_watch_open(struct weir_watch *watch, int64_t interval_ms, bool people)
{
    bool able = is_able_terminal();

    *watch = (struct weir_watch){.interval_ms = interval_ms,
                                 .redraws = interval_ms > 0 && people && able,
                                 .spaced = interval_ms > 0 && people && !able};
    return interval_ms == 0 || weir_stop_signal_watch("stopped at once", &watch->signals);
}

static bool was_told_to_stop(const struct weir_watch *watch, int64_t wait_ms)
{
    struct pollfd asked = {.fd = watch->signals.asked, .events = POLLIN};

    return poll(&asked, 1, (int)wait_ms) == 1;
}

/* In one piece, so that nothing flickers. */
static int print_block(const struct weir_watch *watch, weir_watch_fn *print, void *user)
{
    char *block = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&block, &size);

    if (memory == NULL) {
        weir_cli_complain("out of memory");
        return WEIR_EXIT_TRY_AGAIN;
    }
    int code = print(memory, user);
    bool whole = fclose(memory) == 0;
    if (whole && size > 0) {
        (void)fputs(watch->redraws ? "\x1b[H\x1b[2J" : "", stdout);
        (void)fwrite(block, 1, size, stdout);
    }
    free(block);
    return whole ? code : WEIR_EXIT_TRY_AGAIN;
}

static bool is_written(void)
{
    bool written = fflush(stdout) == 0 && !ferror(stdout);

    if (!written) {
        weir_cli_complain("standard output cannot be written");
    }
    return written;
}

int weir_watch_run(const struct weir_watch *watch, weir_watch_fn *print, void *user)
{
    int code = print_block(watch, print, user);

    if (!is_written()) {
        return WEIR_EXIT_TRY_AGAIN;
    }
    if (watch->interval_ms == 0 || code != WEIR_EXIT_OK) {
        return code;
    }
    while (!was_told_to_stop(watch, watch->interval_ms)) {
        (void)fputs(watch->spaced ? "\n" : "", stdout);
        (void)print_block(watch, print, user);
        if (!is_written()) {
            return WEIR_EXIT_TRY_AGAIN;
        }
    }
    weir_cut_off_in(END_MS, WEIR_EXIT_OK, "the library did not come to its end");
    return WEIR_EXIT_OK;
}
