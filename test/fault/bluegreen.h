/* Does a fleet of two colors keep its promises through one seed's switches and swaps? */
#ifndef WEIR_TEST_FAULT_BLUEGREEN_H
#define WEIR_TEST_FAULT_BLUEGREEN_H

#include <stdbool.h>
#include <stdint.h>
#include <weir/export.h>

struct run_options;

/* Starts a Kafka and a ZooKeeper of three servers of its own, says what happens in each switch
 * (switch_storm.h), and then in a tenth as many swaps of two groups (swap_storm.h), and how it
 * went, and returns an exit status; `plan`: only says what would happen. Of the options duration
 * and members have no meaning. Thread: main. */
WEIR_MUST_CHECK int bluegreen_run(const struct run_options *options, uint32_t switches, bool plan);

#endif /* WEIR_TEST_FAULT_BLUEGREEN_H */
