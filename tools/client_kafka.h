/* How does the command speak to a cluster by librdkafka alone? */
#ifndef WEIR_TOOLS_CLIENT_KAFKA_H
#define WEIR_TOOLS_CLIENT_KAFKA_H

#include "tools/options.h"
#include <librdkafka/rdkafka.h>
#include <stddef.h>

/* An array of them ends with a key of NULL. */
struct weir_client_setting {
    const char *key;
    const char *value;
};

enum { WEIR_CLIENT_REASON_SIZE = 2048 };

/* Takes in what all handles are made of. Once in a process, before the first of them. WEIR_EXIT_OK,
 * or the exit code; then it has said what is wrong. */
int weir_client_configure(const struct weir_cli_config *cli);
/* Borrowed as long as the process lives; nobody changes it. NULL before it was configured. */
const struct weir_config *weir_client_config(void);

/* A handle with what of the configuration is librdkafka's own, then `settings`. Takes `conf`. NULL
 * when the library refuses; then `reason`, of WEIR_CLIENT_REASON_SIZE, says why. Owned by the
 * caller. A few lines of what the library says are shown, with the secrets of the configuration
 * masked. */
rd_kafka_t *weir_client_open_kafka(rd_kafka_type_t type, const struct weir_client_setting *settings,
                                   rd_kafka_conf_t *conf, char *reason);

#endif /* WEIR_TOOLS_CLIENT_KAFKA_H */
