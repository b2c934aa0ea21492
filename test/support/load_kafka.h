/* How is a topic filled while the test does something else? */
#ifndef WEIR_TEST_LOAD_KAFKA_H
#define WEIR_TEST_LOAD_KAFKA_H

#include <stdint.h>
#include <weir/export.h>

#include "test/support/ledger.h"
#include "test/support/produce_kafka.h"

/* A producer on a thread of its own that goes on, through broker outages too, until it is stopped.
 * Does not survive a fork, and the test must not fork after load_start without exec. */
struct load;

/* `options->count` is the most it sends; 0: no end. About `per_second` records a second, in bursts
 * of a few milliseconds; where TMO_MULT gives everything more time, as many times fewer: what a
 * checker slows down is not buried by what comes meanwhile. */
WEIR_MUST_CHECK struct load *load_start(const char *bootstrap,
                                        const struct produce_options *options, uint32_t per_second);
/* How many are acknowledged by now. Thread: any. */
uint64_t load_acknowledged(const struct load *load);
/* Sends no more, waits until all are acknowledged, gives the ledger away. The test fails if one was
 * refused. */
WEIR_MUST_CHECK struct ledger *load_stop(struct load *load);

#endif /* WEIR_TEST_LOAD_KAFKA_H */
