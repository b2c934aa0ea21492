/* Does the new color do as well as the old one did? */
#ifndef WEIR_FRAMEWORK_SWITCH_HEALTH_H
#define WEIR_FRAMEWORK_SWITCH_HEALTH_H

#include "framework/vitals.h"
#include <weir/status.h>

/* The new color is compared with what the old one did in the minute before it was drained, so that
 * a handler that has always been slow, or has always failed now and then, is no reason to go back.
 * Pure. Thread: any. */

/* How much worse it may be. Of each 0 is the preset. */
struct weir_switch_health_limits {
    int64_t errors;  /* percentage points of failed attempts more; 1 to 100 */
    int64_t latency; /* times as long in the handler for each record; 1 to 1000 */
    int64_t lag;     /* by so many percentage points of what is handled more the lag may grow; 1 to
                        100,000 */
    int64_t records; /* before so many nothing is judged; 1 to 10^9 */
};
enum {
    WEIR_SWITCH_ERRORS_PRESET = 5,
    WEIR_SWITCH_LATENCY_PRESET = 3,
    WEIR_SWITCH_LAG_PRESET = 10,
    WEIR_SWITCH_RECORDS_PRESET = 100,
    /* Below so much more a handler is not slow, however many times as long it takes. */
    WEIR_SWITCH_LATENCY_MORE_US = 10000
};

enum weir_switch_verdict {
    WEIR_SWITCH_UNJUDGED, /* too little is known */
    WEIR_SWITCH_HEALTHY,
    WEIR_SWITCH_UNHEALTHY
};

struct weir_switch_health {
    const char *from; /* names of the colors; "": there was none before */
    const char *to;
    struct weir_vitals before; /* of the old one */
    struct weir_vitals now;    /* of the new one since it has everything */
    /* Three quarters of the time are over: before that nobody can tell a lag that grows from one
     * that is about to be caught up with. */
    bool late;
    struct weir_switch_health_limits limits;
};

enum { WEIR_SWITCH_HEALTH_WHY_SIZE = 201 };

/* WEIR_ERR_INVALID: one that cannot be. */
WEIR_MUST_CHECK enum weir_status
weir_switch_health_check(const struct weir_switch_health_limits *limits, struct weir_error *error);
/* `why` is "" unless it is unhealthy. Less of the old color than `records` counts as nothing: then
 * it failed at nothing and kept up, and how long its handlers took is not known. */
enum weir_switch_verdict weir_switch_health_judge(const struct weir_switch_health *health,
                                                  char why[WEIR_SWITCH_HEALTH_WHY_SIZE]);
const char *weir_switch_verdict_name(enum weir_switch_verdict verdict); /* "unjudged", ... */

#endif /* WEIR_FRAMEWORK_SWITCH_HEALTH_H */
