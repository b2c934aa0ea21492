#include "tools/bench_conf_kafka.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define MASK "***"

/* A line is as long as librdkafka makes it: a secret cut short would not be known any more. */
enum { TEXT_SIZE = 512, LINE_SIZE = 2048, LINES_MAX = 3, LEVEL_ERROR = 3 };

struct filling {
    const struct weir_config *config;
    rd_kafka_conf_t *conf;
    const char *refused; /* a key, or NULL */
    char reason[TEXT_SIZE];
};

static void fill_in(const struct weir_config_entry *entry, void *user)
{
    struct filling *filling = user;
    const char *value = weir_config_get(filling->config, entry->key);

    if (filling->refused != NULL || value == NULL || entry->origin == WEIR_CONFIG_DEFAULT ||
        strncmp(entry->key, "weir.", strlen("weir.")) == 0) {
        return;
    }
    if (rd_kafka_conf_set(filling->conf, entry->key, value, filling->reason,
                          sizeof filling->reason) != RD_KAFKA_CONF_OK) {
        filling->refused = entry->key;
    }
}

/* The reason may hold a value, which may be a secret: the key is named, no more. */
static bool fill_all(const struct weir_bench_part *part, const struct weir_config *config,
                     const struct weir_bench_setting *settings, rd_kafka_conf_t *conf)
{
    struct filling filling = {.config = config, .conf = conf};

    weir_config_each(config, fill_in, &filling);
    for (size_t i = 0; settings[i].key != NULL && filling.refused == NULL; i++) {
        if (rd_kafka_conf_set(conf, settings[i].key, settings[i].value, filling.reason,
                              sizeof filling.reason) != RD_KAFKA_CONF_OK) {
            filling.refused = settings[i].key;
        }
    }
    if (filling.refused != NULL) {
        char text[TEXT_SIZE];
        (void)snprintf(text, sizeof text, "%s: librdkafka does not take this key or its value",
                       filling.refused);
        weir_bench_part_complain(part, text);
    }
    return filling.refused == NULL;
}

/* What the handle was made of. Lives as long as the process: the library's threads may look at it
 * whenever they say something, so nobody changes it once they are there. */
static struct weir_config *opened_with;

/* Shorter secrets mask nothing: a text could hardly be read afterwards. And a text never grows. */
static void mask_secret(const struct weir_config_entry *entry, void *user)
{
    const char *secret = weir_config_get(opened_with, entry->key);
    size_t size = secret == NULL || strcmp(secret, entry->value) == 0 ? 0 : strlen(secret);

    if (size < sizeof MASK - 1) {
        return;
    }
    for (char *at = strstr(user, secret); at != NULL; at = strstr(at, secret)) {
        memcpy(at, MASK, sizeof MASK - 1);
        memmove(at + sizeof MASK - 1, at + size, strlen(at + size) + 1);
        at += sizeof MASK - 1;
    }
}

/* The library's own words, as far as they say why nothing happens. Runs on its threads. */
static void on_log(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static int left = LINES_MAX;
    char copy[LINE_SIZE];

    (void)handle, (void)facility;
    (void)pthread_mutex_lock(&mutex);
    if (level <= LEVEL_ERROR && left > 0) {
        left--;
        (void)snprintf(copy, sizeof copy, "%s", text);
        weir_config_each(opened_with, mask_secret, copy);
        weir_cli_complain(copy);
    }
    (void)pthread_mutex_unlock(&mutex);
}

rd_kafka_t *weir_bench_open_kafka(const struct weir_bench_part *part, rd_kafka_type_t type,
                                  const struct weir_bench_setting *settings, rd_kafka_conf_t *conf,
                                  int *code)
{
    char reason[LINE_SIZE];
    rd_kafka_t *handle = NULL;

    assert(opened_with == NULL);
    rd_kafka_conf_set_log_cb(conf, on_log);
    *code = weir_cli_config_build(&part->cli, &opened_with);
    if (*code == WEIR_EXIT_OK) {
        *code = WEIR_EXIT_CONFIG;
        if (fill_all(part, opened_with, settings, conf)) {
            handle = rd_kafka_new(type, conf, reason, sizeof reason);
            if (handle == NULL) {
                weir_config_each(opened_with, mask_secret, reason);
                weir_bench_part_complain(part, reason);
            }
        }
    }
    if (handle == NULL) {
        rd_kafka_conf_destroy(conf);
    }
    return handle;
}
