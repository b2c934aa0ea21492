/* How does the world get to know what a consumer measures? */
#ifndef WEIR_EMITTERS_EMITTER_H
#define WEIR_EMITTERS_EMITTER_H

#include "emitters/histogram.h"
#include "framework/base/log.h"
#include <stddef.h>
#include <weir/config.h>
#include <weir/metrics.h>
#include <weir/snapshot.h>
#include <weir/status.h>

/* Everything at one moment. Counters and partitions are in the snapshot. */
struct weir_measurement {
    weir_time time;
    const struct weir_snapshot *snapshot;
    int64_t gauges[WEIR_GAUGES];
    struct weir_distribution histograms[WEIR_HISTOGRAMS];
};

enum weir_occasion {
    WEIR_OCCASION_STATUS, /* weir.status.interval.ms has passed */
    WEIR_OCCASION_ASKED,  /* somebody wants to know, now */
    WEIR_OCCASION_END     /* the last one: nothing will change any more */
};

/* An emitter is one of these tables plus `size` zeroed bytes that begin with struct weir_emitter.
 * Every emitter passes test/conformance/test_emitter.c. */
struct weir_emitter {
    const struct weir_emitter_ops *ops;
};

struct weir_emitter_env {
    const struct weir_config *config; /* these three outlive the emitter */
    struct weir_log *log;
    weir_time now;
};

struct weir_emitter_ops {
    const char *name;
    size_t size;
    /* Once, before the control loop runs; must not block. On failure it is not closed. */
    enum weir_status (*open)(struct weir_emitter *emitter, const struct weir_emitter_env *env,
                             struct weir_error *error);
    /* Control thread, once per occasion; must not block or fail: what cannot be sent now is left
     * out and counted by the emitter. The measurement is borrowed for the call. */
    void (*emit)(struct weir_emitter *emitter, enum weir_occasion occasion,
                 const struct weir_measurement *measurement);
    /* Once per open that succeeded, after the control loop. */
    void (*close)(struct weir_emitter *emitter);
};

/* To the consumer's log: a line on how it goes, unless it would say what the one before said and
 * nothing is under way; on the other occasions everything. */
extern const struct weir_emitter_ops weir_emitter_log;

/* All emitters of a consumer. */
struct weir_emitters;

WEIR_MUST_CHECK enum weir_status weir_emitters_open(const struct weir_emitter_env *env,
                                                    struct weir_emitters **out,
                                                    struct weir_error *error);
void weir_emitters_emit(struct weir_emitters *emitters, enum weir_occasion occasion,
                        const struct weir_measurement *measurement);
/* Accepts NULL. */
void weir_emitters_close(struct weir_emitters *emitters);

#endif /* WEIR_EMITTERS_EMITTER_H */
