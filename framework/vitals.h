/* How has this member done of late? */
#ifndef WEIR_FRAMEWORK_VITALS_H
#define WEIR_FRAMEWORK_VITALS_H

#include "framework/base/clock.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one member did in a span of time, or several together: what it tells the others while the
 * health of a color is watched (switch_health.h). Zeroed: nothing is known. */
struct weir_vitals {
    bool told;
    bool lag_known; /* for half of the time at least */
    uint64_t
        records;     /* attempts that have ended, each up to WEIR_VITALS_MAX, as all that follows */
    uint64_t failed; /* of those */
    int64_t busy_us; /* handlers were at work on them */
    int64_t lag_grew; /* records; below 0: it shrank. While it was known */
};
#define WEIR_VITALS_MAX (INT64_C(1) << 53)

/* Adds what another member did, if it tells of it. Of several the lag is known if that of each is.
 */
void weir_vitals_add(struct weir_vitals *sum, const struct weir_vitals *one);
bool weir_vitals_equal(const struct weir_vitals *a, const struct weir_vitals *b);

/* What is read at one moment; counters since the process began. */
struct weir_vitals_reading {
    uint64_t done;
    uint64_t failed;
    int64_t busy_us;
    uint64_t lag;    /* of all partitions that are ours */
    bool lag_known;  /* of each of them */
    uint64_t shares; /* is another number whenever other partitions are ours */
};

/* What was counted up to a moment. */
struct weir_vitals_point {
    weir_time at;
    uint64_t done;
    uint64_t failed;
    int64_t busy_us;
    int64_t lag_grew;
    weir_time followed; /* for how long it was known how the lag goes */
};

enum {
    WEIR_VITALS_EVERY_MS = 5000, /* so often it is read while nobody asks */
    WEIR_VITALS_POINTS = 13,     /* and so far it is remembered: a minute */
    WEIR_VITALS_GAP_MS = 20000   /* not read for longer: what was before is forgotten */
};

/* Thread: one at a time. Memory: the caller's; zeroed, nothing was read. */
struct weir_vitals_log {
    struct weir_vitals_reading last;
    struct weir_vitals_point newest; /* at: 0 when nothing was read */
    struct weir_vitals_point mark;
    struct weir_vitals_point points[WEIR_VITALS_POINTS]; /* the newest first */
    size_t count;
};

/* `now` is no earlier than in the call before. */
void weir_vitals_note(struct weir_vitals_log *log, const struct weir_vitals_reading *reading,
                      weir_time now);
/* A span begins with what was read last. */
void weir_vitals_mark(struct weir_vitals_log *log);
/* Of the span since the mark; of the last minute, or what there is of it. Nothing is told unless
 * something was read twice. */
void weir_vitals_since_mark(const struct weir_vitals_log *log, struct weir_vitals *out);
void weir_vitals_recent(const struct weir_vitals_log *log, struct weir_vitals *out);

#endif /* WEIR_FRAMEWORK_VITALS_H */
