#include "framework/session_clock.h"

#include <assert.h>

enum { ASKS_PER_TIMEOUT = 6 };

void weir_session_clock_init(struct weir_session_clock *clock)
{
    *clock = (struct weir_session_clock){.state = WEIR_ZOO_CONNECTING};
}

static weir_time ask_interval(const struct weir_session_clock *clock)
{
    return clock->timeout / ASKS_PER_TIMEOUT;
}

void weir_session_clock_connected(struct weir_session_clock *clock, weir_time now,
                                  int64_t timeout_ms)
{
    weir_time timeout = timeout_ms * WEIR_NS_PER_MS;

    assert(timeout_ms > 0);
    if (clock->state == WEIR_ZOO_LOST) {
        return;
    }
    if (clock->timeout == 0) {
        clock->heard = now;
    }
    if (clock->timeout == 0 || timeout < clock->timeout) {
        clock->timeout = timeout;
    }
    clock->state = WEIR_ZOO_CONNECTED;
    clock->asked = now - ask_interval(clock); /* at once: the deadline runs */
}

void weir_session_clock_suspended(struct weir_session_clock *clock)
{
    if (clock->state == WEIR_ZOO_CONNECTED) {
        clock->state = WEIR_ZOO_SUSPENDED;
    }
}

void weir_session_clock_end(struct weir_session_clock *clock)
{
    clock->state = WEIR_ZOO_LOST;
}

void weir_session_clock_answered(struct weir_session_clock *clock, weir_time sent)
{
    assert(clock->timeout > 0);
    if (sent > clock->heard) {
        clock->heard = sent;
    }
}

enum weir_zoo_state weir_session_clock_turn(struct weir_session_clock *clock, weir_time now)
{
    if (now >= weir_session_clock_deadline(clock)) {
        clock->state = WEIR_ZOO_LOST;
    }
    return clock->state;
}

bool weir_session_clock_ask(struct weir_session_clock *clock, weir_time now)
{
    if (clock->state != WEIR_ZOO_CONNECTED || now - clock->asked < ask_interval(clock)) {
        return false;
    }
    clock->asked = now;
    return true;
}

weir_time weir_session_clock_deadline(const struct weir_session_clock *clock)
{
    bool runs = clock->state == WEIR_ZOO_CONNECTED || clock->state == WEIR_ZOO_SUSPENDED;

    return runs ? clock->heard + clock->timeout * 2 / 3 : WEIR_TIME_NEVER;
}

weir_time weir_session_clock_due(const struct weir_session_clock *clock)
{
    weir_time deadline = weir_session_clock_deadline(clock);
    weir_time ask = clock->asked + ask_interval(clock);

    return clock->state == WEIR_ZOO_CONNECTED && ask < deadline ? ask : deadline;
}
