/* How does somebody put another cluster, or another ZooKeeper, under a consumer? */
#ifndef WEIR_FRAMEWORK_CONSUMER_H
#define WEIR_FRAMEWORK_CONSUMER_H

#include "framework/client.h"
#include <weir/consumer.h>

/* weir_consumer_create with another library than weir_library_kafka; it outlives the consumer. */
WEIR_MUST_CHECK enum weir_status
weir_consumer_create_on(const struct weir_library *library, const struct weir_config *config,
                        const struct weir_consumer_options *options, struct weir_consumer **out,
                        struct weir_error *error);

#endif /* WEIR_FRAMEWORK_CONSUMER_H */
