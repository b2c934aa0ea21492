/* How does a part of `weir bench` speak to the cluster by librdkafka alone? */
#ifndef WEIR_TOOLS_BENCH_CONF_KAFKA_H
#define WEIR_TOOLS_BENCH_CONF_KAFKA_H

#include "tools/bench_part.h"
#include <librdkafka/rdkafka.h>

/* An array of them ends with a key of NULL. */
struct weir_bench_setting {
    const char *key;
    const char *value;
};

/* A handle with what of the configuration is librdkafka's own, then `settings`. NULL, and said why,
 * when the configuration or the library refuses; *code is the exit code then. Owned by the
 * caller. Once in a process. A few lines of what the library says are shown, with the secrets of
 * the configuration masked. */
rd_kafka_t *weir_bench_open_kafka(const struct weir_bench_part *part, rd_kafka_type_t type,
                                  const struct weir_bench_setting *settings, rd_kafka_conf_t *conf,
                                  int *code);

#endif /* WEIR_TOOLS_BENCH_CONF_KAFKA_H */
