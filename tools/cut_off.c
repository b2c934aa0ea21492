#include "tools/cut_off.h"

#include "tools/monotonic.h"
#include "tools/options.h"
#include <assert.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

/* Lives as long as the process, as its thread does. */
static struct {
    int64_t at_ms;
    int code;
    const char *sentence; /* NULL: no end was set */
} end;

void weir_cut_off(int code, const char *sentence)
{
    struct pollfd errors = {.fd = STDERR_FILENO, .events = POLLOUT};

    if (poll(&errors, 1, 0) == 1 && (errors.revents & POLLOUT) != 0) {
        weir_cli_complain(sentence);
    }
    _exit(code);
}

static void *wait_for_end(void *user)
{
    (void)user;
    for (int64_t left = end.at_ms - weir_monotonic_ms(); left > 0;
         left = end.at_ms - weir_monotonic_ms()) {
        (void)poll(NULL, 0, left < INT_MAX ? (int)left : INT_MAX);
    }
    weir_cut_off(end.code, end.sentence);
}

void weir_cut_off_in(int64_t ms, int code, const char *sentence)
{
    pthread_t thread;

    assert(sentence != NULL);
    assert(end.sentence == NULL);
    end.at_ms = weir_monotonic_ms() + ms;
    end.code = code;
    end.sentence = sentence;
    if (pthread_create(&thread, NULL, wait_for_end, NULL) == 0) {
        (void)pthread_detach(thread);
    }
}
