#include "test/support/fake_config.h"

#include "test/support/fail.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

static const struct fake_config *fake_of(const struct weir_handler_config *config)
{
    return (const struct fake_config *)config;
}

static const char *get(const struct weir_handler_config *config, const char *name)
{
    for (const char *const *pair = fake_of(config)->pairs; *pair != NULL; pair += 2) {
        if (strcmp(pair[0], name) == 0) {
            return pair[1];
        }
    }
    return NULL;
}

/* Handlers log from any thread. */
static void add_line(const struct weir_handler_config *config, const char *text)
{
    (void)pthread_mutex_lock(&log_lock);
    text_add(fake_of(config)->log, "%s\n", text);
    (void)pthread_mutex_unlock(&log_lock);
}

void fake_config_init(struct fake_config *fake, const char *const *pairs)
{
    static const char *const none[] = {NULL};

    *fake = (struct fake_config){
        .config = {.size = sizeof fake->config, .get = get, .log = add_line},
        .pairs = pairs == NULL ? none : pairs,
        .log = fail_or_alloc(1, sizeof *fake->log),
    };
}

void fake_config_fini(struct fake_config *fake)
{
    if (fake->log != NULL) {
        text_fini(fake->log);
        free(fake->log);
        fake->log = NULL;
    }
}

const char *fake_config_log(const struct fake_config *fake)
{
    return fake->log->bytes == NULL ? "" : fake->log->bytes;
}
