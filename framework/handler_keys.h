/* Which handler.* keys did the handler never ask for? */
#ifndef WEIR_FRAMEWORK_HANDLER_KEYS_H
#define WEIR_FRAMEWORK_HANDLER_KEYS_H

#include "framework/base/log.h"
#include "framework/base/mutex.h"
#include <stdbool.h>
#include <stddef.h>
#include <weir/config.h>

enum { WEIR_HANDLER_KEYS_MAX = 1024 };

/* The names that were asked for while the handler opened. Thread: any. Memory: the heap. */
struct weir_handler_keys {
    struct weir_mutex mutex; /* guards the rest */
    char **names;
    size_t count;
    bool incomplete; /* too many, or no memory for one: nobody can say what was not asked for */
    bool closed;     /* the handler is open, and nothing is added any more */
};

void weir_handler_keys_init(struct weir_handler_keys *keys);
void weir_handler_keys_fini(struct weir_handler_keys *keys);

/* `name` is without the handler. before it. */
void weir_handler_keys_add(struct weir_handler_keys *keys, const char *name);

/* The handler is open: one warning that names the keys it left unread, each with the nearest that
 * it did read. None when there is no such key. */
void weir_handler_keys_close(struct weir_handler_keys *keys, const char *handler,
                             const struct weir_config *config, struct weir_log *log);

#endif /* WEIR_FRAMEWORK_HANDLER_KEYS_H */
