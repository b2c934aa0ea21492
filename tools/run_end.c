#include "tools/run_end.h"

#include "tools/cut_off.h"
#include "tools/monotonic.h"
#include "tools/options.h"
#include "tools/run_patience.h"
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { ASKED, REPORT, WATCHED }; /* before the consumers */
enum { MS_PER_S = 1000 };

static const char sentence[] = "did not come to its end within weir.drain.timeout.ms and 20 s "
                               "more, so it is cut off; what is not committed comes again";

void weir_run_complain_lost(const struct weir_event_stream *events)
{
    int reason = 0;
    uint64_t lost = events == NULL ? 0 : weir_event_stream_lost(events, &reason);
    char text[160];

    if (lost > 0) {
        (void)snprintf(text, sizeof text, "%llu event lines could not be written: %s",
                       (unsigned long long)lost, strerror(reason));
        weir_cli_complain(text);
    }
}

/* The last line of the protocol. */
static void say_shutdown(struct weir_event_stream *events)
{
    if (events != NULL) {
        weir_event_stream_say(events, "shutdown_complete");
    }
}

static void drain(const struct weir_run_end *end)
{
    for (size_t i = 0; i < end->count; i++) {
        weir_consumer_drain(end->seats[i].consumer);
    }
}

static void hint(const struct weir_run_end *end)
{
    const struct weir_log_line line = {.size = sizeof line,
                                       .level = 6,
                                       .tag = "stop",
                                       .text = "asked to stop; a second signal stops at once"};

    end->log(&line, NULL);
}

static void report(const struct weir_run_end *end)
{
    eventfd_t times = 0;

    if (eventfd_read(end->signals.report, &times) == 0) {
        for (size_t i = 0; i < end->count; i++) {
            weir_consumer_emit(end->seats[i].consumer);
        }
    }
}

/* One that was just started may not have come to run yet. */
static bool has_begun_to_stop(const struct weir_consumer *consumer)
{
    enum weir_state state = weir_consumer_state(consumer);

    return state != WEIR_STATE_CREATED && state != WEIR_STATE_RUNNING;
}

static int code_of(const struct weir_consumer *consumer)
{
    struct weir_error error = {0};

    switch (weir_consumer_state(consumer)) {
    case WEIR_STATE_STOPPED:
        return WEIR_EXIT_OK;
    case WEIR_STATE_FAILED:
        weir_consumer_error(consumer, &error);
        return error.code == WEIR_ERR_RECORD ? WEIR_RUN_RECORD_FAILED : weir_cli_exit(error.code);
    case WEIR_STATE_INCOMPLETE:
    case WEIR_STATE_CREATED:
    case WEIR_STATE_RUNNING:
    case WEIR_STATE_DRAINING:
        break;
    }
    return WEIR_EXIT_TRY_AGAIN;
}

/* While they are waited for. */
struct waiting {
    const struct weir_run_end *end;
    struct pollfd fds[WATCHED + WEIR_RUN_SEATS]; /* asked, report, and each that has not ended */
    size_t running;
    struct weir_run_patience patience;
    bool told;        /* all were, to stop */
    bool interrupted; /* it was asked to stop while one had not begun to by itself */
};

static struct waiting begin(const struct weir_run_end *end)
{
    struct waiting waiting = {.end = end,
                              .fds = {[ASKED] = {.fd = end->signals.asked, .events = POLLIN},
                                      [REPORT] = {.fd = end->signals.report, .events = POLLIN}},
                              .running = end->count};

    for (size_t i = 0; i < end->count; i++) {
        waiting.fds[WATCHED + i] =
            (struct pollfd){.fd = weir_consumer_fd(end->seats[i].consumer), .events = POLLIN};
    }
    return waiting;
}

static void hear_ends(struct waiting *waiting)
{
    for (size_t i = 0; i < waiting->end->count; i++) {
        struct pollfd *fd = &waiting->fds[WATCHED + i];
        if (fd->fd >= 0 && fd->revents != 0) {
            fd->fd = -1;
            waiting->running--;
            if (code_of(waiting->end->seats[i].consumer) != WEIR_EXIT_OK) {
                waiting->told = true;
                drain(waiting->end);
            }
        }
    }
}

static void hear_signals(struct waiting *waiting)
{
    const struct weir_run_end *end = waiting->end;

    report(end);
    if (waiting->fds[ASKED].revents != 0) {
        for (size_t i = 0; i < end->count; i++) {
            waiting->interrupted =
                waiting->interrupted || !has_begun_to_stop(end->seats[i].consumer);
        }
        waiting->told = true;
        hint(end);
        drain(end);
        waiting->fds[ASKED] = (struct pollfd){.fd = -1};
    }
}

static void look_at_states(struct waiting *waiting)
{
    enum weir_state states[WEIR_RUN_SEATS];
    size_t count = 0;

    for (size_t i = 0; i < waiting->end->count; i++) {
        if (waiting->fds[WATCHED + i].fd >= 0) {
            states[count++] = weir_consumer_state(waiting->end->seats[i].consumer);
        }
    }
    weir_run_patience_see(&waiting->patience, states, count, waiting->told, weir_monotonic_ms());
}

static int64_t left_ms(const struct waiting *waiting)
{
    return weir_run_patience_left_ms(&waiting->patience, waiting->end->stop_ms_max,
                                     weir_monotonic_ms());
}

static bool have_ended(const struct weir_run_end *end)
{
    bool all = true;

    for (size_t i = 0; i < end->count; i++) {
        all = weir_consumer_wait(end->seats[i].consumer, 0) == WEIR_OK && all;
    }
    return all;
}

/* Until all have ended. False when they do not, long after they began to. */
static bool wait_for_all(struct waiting *waiting)
{
    while (waiting->running > 0 && left_ms(waiting) >= 0) {
        if (poll(waiting->fds, WATCHED + waiting->end->count, MS_PER_S) < 0 && errno != EINTR) {
            waiting->fds[ASKED].revents = POLLIN; /* it cannot be watched, so it must end */
        }
        hear_ends(waiting);
        if (waiting->running > 0) {
            hear_signals(waiting);
        }
        look_at_states(waiting);
    }
    return waiting->running == 0 || have_ended(waiting->end);
}

/* The worse one: what failed, then what is unfinished. */
static int worse(int one, int other)
{
    bool first = one != WEIR_EXIT_OK && (one != WEIR_EXIT_TRY_AGAIN || other == WEIR_EXIT_OK);

    return first ? one : other;
}

static int judge(const struct waiting *waiting)
{
    const struct weir_run_end *end = waiting->end;
    int code = WEIR_EXIT_OK;

    for (size_t i = 0; i < end->count; i++) {
        struct weir_error error = {0};
        int own = code_of(end->seats[i].consumer);
        weir_consumer_error(end->seats[i].consumer, &error);
        if (own != WEIR_EXIT_OK && error.code != WEIR_OK) {
            weir_cli_complain(error.text);
        }
        code = worse(code, own);
    }
    if (code == WEIR_EXIT_OK && end->until_end && waiting->interrupted) {
        weir_cli_complain("stopped by a signal before --until-end was reached; what is left comes "
                          "with the next run");
        code = WEIR_EXIT_TRY_AGAIN;
    }
    return code;
}

/* Without a partition there was nothing to finish: what is left behind costs nobody a record. */
static bool had_nothing(const struct weir_consumer *consumer)
{
    return weir_consumer_counter(consumer, WEIR_COUNTER_ASSIGNED) == 0;
}

/* False: something of it is left behind. *code: what that makes of it. */
static bool free_seat(struct weir_run_seat *seat, int *code)
{
    int left_behind =
        *code == WEIR_EXIT_OK && !had_nothing(seat->consumer) ? WEIR_EXIT_TRY_AGAIN : *code;
    bool whole = weir_consumer_destroy(seat->consumer) == WEIR_OK;

    *code = whole ? *code : left_behind;
    if (seat->begun && (whole || left_behind == WEIR_EXIT_OK)) {
        say_shutdown(seat->events);
    }
    return whole;
}

static int free_all(struct weir_run_end *end, int code)
{
    bool whole = true;

    for (size_t i = 0; i < end->count; i++) {
        whole = free_seat(&end->seats[i], &code) && whole;
    }
    if (!whole) {
        for (size_t i = 0; i < end->count; i++) {
            weir_run_complain_lost(end->seats[i].events);
        }
        (void)fflush(stdout);
        _exit(code);
    }
    return code;
}

int weir_run_give_up(struct weir_run_end *end, int code)
{
    weir_cut_off_in(end->stop_ms_max, code, sentence);
    return free_all(end, code);
}

int weir_run_to_end(struct weir_run_end *end)
{
    struct waiting waiting = begin(end);

    assert(end->count <= WEIR_RUN_SEATS);
    if (!wait_for_all(&waiting)) {
        weir_cut_off(WEIR_EXIT_TRY_AGAIN, sentence);
    }
    int code = judge(&waiting);
    weir_cut_off_in(left_ms(&waiting), code == WEIR_EXIT_OK ? WEIR_EXIT_TRY_AGAIN : code, sentence);
    return free_all(end, code);
}
