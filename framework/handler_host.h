/* Who opens the user's handler, answers what it asks, and closes it? */
#ifndef WEIR_FRAMEWORK_HANDLER_HOST_H
#define WEIR_FRAMEWORK_HANDLER_HOST_H

#include "framework/base/atomic.h"
#include "framework/base/log.h"
#include "framework/handler_keys.h"
#include "framework/plugin.h"
#include <weir/config.h>
#include <weir/handler.h>
#include <weir/status.h>

/* Zeroed, then init. `config` and `log` outlive it. Thread: one at a time; what the handler asks
 * through its configuration may come from any. */
struct weir_handler_host {
    const struct weir_config *config;
    struct weir_log *log;
    struct weir_plugin *plugin; /* NULL: the handler was given */
    const struct weir_handler *handler;
    void *state; /* what the handler's slots get */
    struct weir_handler_config answers;
    struct weir_handler_host *self; /* what the answers find, which is const for handlers */
    struct weir_handler_keys keys;
    struct weir_flag open; /* its own threads log while it opens and closes */
};

void weir_handler_host_init(struct weir_handler_host *host, struct weir_log *log);
/* Closes nothing. */
void weir_handler_host_fini(struct weir_handler_host *host);

/* `given`, which gets `state` unless its open has another; or, where that is NULL, the plug-in that
 * `config` names. WEIR_ERR_CONFIG, WEIR_ERR_PLUGIN, WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status weir_handler_host_open(struct weir_handler_host *host,
                                                        const struct weir_config *config,
                                                        const struct weir_handler *given,
                                                        void *state, struct weir_error *error);
/* Calls the handler's close, once, if it is open. */
void weir_handler_host_close(struct weir_handler_host *host);

#endif /* WEIR_FRAMEWORK_HANDLER_HOST_H */
