#include "tools/client_kafka.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define MASK "***"

/* A line is as long as librdkafka makes it: a secret cut short would not be known any more. */
enum { TEXT_SIZE = 512, LINE_SIZE = WEIR_CLIENT_REASON_SIZE, LINES_MAX = 3, LEVEL_ERROR = 3 };

/* What the handles are made of. Lives as long as the process: the library's threads may look at it
 * whenever they say something, so nobody changes it once they are there. */
static struct weir_config *configured;

struct filling {
    rd_kafka_conf_t *conf;
    const char *refused; /* a key, or NULL */
    char reason[TEXT_SIZE];
};

static bool is_for_others(const char *key)
{
    static const char *const prefixes[] = {"weir.", "handler.", "zookeeper."};

    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (strncmp(key, prefixes[i], strlen(prefixes[i])) == 0) {
            return true;
        }
    }
    return false;
}

static void set(struct filling *filling, const char *key, const char *value)
{
    if (filling->refused == NULL && rd_kafka_conf_set(filling->conf, key, value, filling->reason,
                                                      sizeof filling->reason) != RD_KAFKA_CONF_OK) {
        filling->refused = key;
    }
}

static void fill_in(const struct weir_config_entry *entry, void *user)
{
    const char *value = weir_config_get(configured, entry->key);

    if (value != NULL && entry->origin != WEIR_CONFIG_DEFAULT && !is_for_others(entry->key)) {
        set(user, entry->key, value);
    }
}

/* The library's reason may hold a value, which may be a secret: the key is named, no more. */
static bool fill_all(const struct weir_client_setting *settings, rd_kafka_conf_t *conf,
                     char *reason)
{
    struct filling filling = {.conf = conf};

    weir_config_each(configured, fill_in, &filling);
    for (size_t i = 0; settings[i].key != NULL; i++) {
        set(&filling, settings[i].key, settings[i].value);
    }
    if (filling.refused != NULL) {
        (void)snprintf(reason, WEIR_CLIENT_REASON_SIZE,
                       "%s: librdkafka does not take this key or its value", filling.refused);
    }
    return filling.refused == NULL;
}

/* Shorter secrets mask nothing: a text could hardly be read afterwards. And a text never grows. */
static void mask_secret(const struct weir_config_entry *entry, void *user)
{
    const char *secret = weir_config_get(configured, entry->key);
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
        weir_config_each(configured, mask_secret, copy);
        weir_cli_complain(copy);
    }
    (void)pthread_mutex_unlock(&mutex);
}

int weir_client_configure(const struct weir_cli_config *cli)
{
    assert(configured == NULL);
    return weir_cli_config_build(cli, &configured);
}

const struct weir_config *weir_client_config(void)
{
    return configured;
}

rd_kafka_t *weir_client_open_kafka(rd_kafka_type_t type, const struct weir_client_setting *settings,
                                   rd_kafka_conf_t *conf, char *reason)
{
    rd_kafka_t *handle = NULL;

    assert(configured != NULL);
    rd_kafka_conf_set_log_cb(conf, on_log);
    if (fill_all(settings, conf, reason)) {
        handle = rd_kafka_new(type, conf, reason, WEIR_CLIENT_REASON_SIZE);
        if (handle == NULL) {
            weir_config_each(configured, mask_secret, reason);
        }
    }
    if (handle == NULL) {
        rd_kafka_conf_destroy(conf);
    }
    return handle;
}
