/* How does a part of `weir bench` speak to the cluster by librdkafka alone? */
#ifndef WEIR_TOOLS_BENCH_CONF_KAFKA_H
#define WEIR_TOOLS_BENCH_CONF_KAFKA_H

#include "tools/bench_part.h"
#include "tools/client_kafka.h"

/* The part's configuration and a handle made of it (client_kafka.h). NULL, and said why, when the
 * configuration or the library refuses; *code is the exit code then. Takes `conf`. Owned by the
 * caller. Once in a process. */
rd_kafka_t *weir_bench_open_kafka(const struct weir_bench_part *part, rd_kafka_type_t type,
                                  const struct weir_client_setting *settings, rd_kafka_conf_t *conf,
                                  int *code);

#endif /* WEIR_TOOLS_BENCH_CONF_KAFKA_H */
