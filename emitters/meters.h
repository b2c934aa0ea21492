/* Which threads measure, and what did they measure together? */
#ifndef WEIR_EMITTERS_METERS_H
#define WEIR_EMITTERS_METERS_H

#include "emitters/histogram.h"
#include <weir/metrics.h>
#include <weir/status.h>

/* A consumer's: one meter for each thread that measures, so that none waits for another and none
 * pulls a cache line from another; reading adds them up. */
struct weir_meters;

/* One thread's. */
struct weir_meter;

WEIR_MUST_CHECK enum weir_status weir_meters_create(struct weir_meters **out);
/* Frees every meter, too: nobody measures any more. Accepts NULL. */
void weir_meters_destroy(struct weir_meters *meters);
/* A meter for `count` histograms from `first` on, for one thread. Thread: any. It lives as long as
 * the meters: what an ended thread measured stays. NULL when out of memory. */
struct weir_meter *weir_meters_join(struct weir_meters *meters, enum weir_histogram first,
                                    uint32_t count);
/* Thread: the one the meter is for. `weight` durations of that length. */
void weir_meter_add(struct weir_meter *meter, enum weir_histogram histogram, weir_time duration_ns,
                    uint64_t weight);
/* Thread: any. */
void weir_meters_read(struct weir_meters *meters, enum weir_histogram histogram,
                      struct weir_distribution *out);

#endif /* WEIR_EMITTERS_METERS_H */
