/* Is a ZooKeeper session still ours, going by our own clock? */
#ifndef WEIR_FRAMEWORK_SESSION_CLOCK_H
#define WEIR_FRAMEWORK_SESSION_CLOCK_H

#include "framework/base/clock.h"
#include "framework/zoo.h"
#include <stdbool.h>
#include <stdint.h>

/* The client library never ends a session by itself, and a process that stood still learns of its
 * end too late (hazards Z1, Z2). A server gives away what is ephemeral no earlier than the session
 * timeout after it last heard of us, and it heard of us no earlier than when we sent what it
 * answered. So from that moment on the session is ours for two thirds of the timeout and not
 * longer, whatever the connection does. A request every sixth of it keeps that fresh, so that
 * half of the timeout is left for a server that is slow or has to be found anew.
 * Pure: times are arguments. Thread: control. */
struct weir_session_clock {
    enum weir_zoo_state state;
    weir_time timeout; /* the shortest that was negotiated; 0: none yet */
    weir_time heard;   /* when that was sent which was answered; at first, when we were connected */
    weir_time asked;   /* when the last request to keep fresh was due */
};

/* Connecting. */
void weir_session_clock_init(struct weir_session_clock *clock);
/* A server gave us the session, or took us up again. `timeout_ms` is the negotiated one, above 0.
 * A session that we are connected to for the first time owns nothing yet, so it counts from now;
 * later ones do not move the deadline, for who knows when the request for them was sent. */
void weir_session_clock_connected(struct weir_session_clock *clock, weir_time now,
                                  int64_t timeout_ms);
/* The connection broke. */
void weir_session_clock_suspended(struct weir_session_clock *clock);
/* A server said that it is over, or nothing more can be known of it. */
void weir_session_clock_end(struct weir_session_clock *clock);
/* The session's leader answered what was sent then. */
void weir_session_clock_answered(struct weir_session_clock *clock, weir_time sent);

/* Time passes: the state may become lost. Returns it. */
enum weir_zoo_state weir_session_clock_turn(struct weir_session_clock *clock, weir_time now);
/* Must a request to keep fresh be sent now? If so it counts as sent. */
bool weir_session_clock_ask(struct weir_session_clock *clock, weir_time now);
/* From when on the session is not ours: turn makes it lost. WEIR_TIME_NEVER while connecting. */
weir_time weir_session_clock_deadline(const struct weir_session_clock *clock);
/* When turn or ask has something to do. */
weir_time weir_session_clock_due(const struct weir_session_clock *clock);

#endif /* WEIR_FRAMEWORK_SESSION_CLOCK_H */
