/* Does a cluster really serve? */
#ifndef WEIR_TEST_METADATA_KAFKA_H
#define WEIR_TEST_METADATA_KAFKA_H

#include <stdbool.h>
#include <stdint.h>
#include <weir/export.h>

/* One client that asks again and again; a broker that does not listen yet costs it little. */
struct metadata;

WEIR_MUST_CHECK struct metadata *metadata_open(const char *bootstrap);
void metadata_close(struct metadata *metadata);

/* Asks once, for at most `ms`. Bit n is set if the answer names the broker with id n. */
WEIR_MUST_CHECK uint64_t metadata_brokers(const struct metadata *metadata, int ms);

#endif /* WEIR_TEST_METADATA_KAFKA_H */
