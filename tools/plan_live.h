/* What would a strategy be asked with, for a group that runs? */
#ifndef WEIR_TOOLS_PLAN_LIVE_H
#define WEIR_TOOLS_PLAN_LIVE_H

#include "tools/options.h"
#include <stdint.h>

struct plan_live {
    char *view;           /* a line of JSON (plan_read.h); freed by fini */
    const char *strategy; /* weir.strategy, or NULL: the brokers divide it. Borrowed for ever */
};

/* The group of this name, or with NULL that of the configuration, in Kafka or in ZooKeeper as that
 * says. The exit code; what is wrong is said. Once in a process. */
int plan_live_look(const struct weir_cli_config *cli, const char *group, int64_t timeout_ms,
                   struct plan_live *out);
void plan_live_fini(struct plan_live *live);

#endif /* WEIR_TOOLS_PLAN_LIVE_H */
