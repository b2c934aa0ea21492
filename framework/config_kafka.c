#include "framework/config_kafka.h"

#include <assert.h>
#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/config_letters.h"
#include "framework/config_nearest.h"
#include "framework/config_redact.h"
#include "framework/config_table.h"
#include "framework/library_facts.h"

enum { REASON_SIZE = 384, RANGE_SIZE = 320, NUMBER_SIZE = 24 };

#define PLUGIN_KEY "plugin.library.paths"
#define MASK       "***"

/* One line of librdkafka's own table of properties: "name | C/P | range | default | ...". */
typedef void property_fn(const char *name, const char *kind, const char *range, void *user);

/* Cuts the text at the next bar, without blanks at either end, and returns what follows it. */
static char *cut_column(char *text, char **column)
{
    char *bar = strchr(text, '|');
    char *end = bar == NULL ? text + strlen(text) : bar;

    text += strspn(text, " ");
    while (end > text && end[-1] == ' ') {
        end--;
    }
    *column = text;
    char *rest = bar == NULL ? end : bar + 1;
    *end = '\0';
    return rest;
}

/* librdkafka lists its properties only to a stream. Without memory for one nobody is visited: it
 * serves error texts only. */
static void each_property(property_fn *visit, void *user)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    if (stream == NULL) {
        return;
    }
    rd_kafka_conf_properties_show(stream);
    if (fclose(stream) != 0) {
        free(text);
        return;
    }
    char *state = NULL;
    for (char *line = strtok_r(text, "\n", &state); line != NULL;
         line = strtok_r(NULL, "\n", &state)) {
        char *name;
        char *kind;
        char *range;
        (void)cut_column(cut_column(cut_column(line, &name), &kind), &range);
        if (*name != '\0' && *kind != '\0' && strcmp(kind, "C/P") != 0 && *kind != '-') {
            visit(name, kind, range, user);
        }
    }
    free(text);
}

static void offer_property(const char *name, const char *kind, const char *range, void *user)
{
    (void)kind;
    (void)range;
    weir_nearest_offer(user, name);
}

static enum weir_status fail_newer(const char *key, int since, struct weir_error *error)
{
    char first[WEIR_LIBRARY_VERSION_SIZE];
    char here[WEIR_LIBRARY_VERSION_SIZE];

    return weir_error_set(
        error, WEIR_ERR_NOT_FOUND, 0,
        "%s: librdkafka has it from %s on, and %s is here; leave it out, or use a "
        "newer library",
        key, weir_library_version_text(since, first),
        weir_library_version_text(rd_kafka_version(), here));
}

static enum weir_status fail_unknown(const char *key, struct weir_error *error)
{
    struct weir_nearest nearest;
    size_t count;
    int since = 0;

    if (weir_library_key_is_newer(key, rd_kafka_version(), &since)) {
        return fail_newer(key, since, error);
    }
    const struct weir_config_key *rows = weir_config_keys(&count);

    weir_nearest_init(&nearest, key);
    each_property(offer_property, &nearest);
    for (size_t i = 0; i < count; i++) {
        weir_nearest_offer(&nearest, rows[i].name);
        weir_nearest_offer_alias(&nearest, rows[i].name + strlen("weir."), rows[i].name);
    }
    return weir_nearest_error(&nearest, WEIR_ERR_NOT_FOUND, error);
}

struct range_search {
    const char *key;
    char range[RANGE_SIZE];
};

static void copy_range(const char *name, const char *kind, const char *range, void *user)
{
    struct range_search *search = user;

    (void)kind;
    if (strcmp(name, search->key) == 0) {
        (void)snprintf(search->range, sizeof search->range, "%s", range);
    }
}

/* Size of the quoted text that begins here, quotes included; 0 when none does. */
static size_t quoted_size(const char *text)
{
    if (*text != '"') {
        return 0;
    }
    size_t size = 1 + strcspn(text + 1, "\"");
    return text[size] == '"' ? size + 1 : size;
}

/* Copies the first line of a reason into REASON_SIZE bytes with every occurrence of the value
 * masked, and every quoted text that is not the key: librdkafka quotes the value, or a part. */
static void mask_reason(const char *reason, const char *key, const char *value, char *out)
{
    size_t value_size = strlen(value);
    size_t used = 0;

    while (*reason != '\0' && *reason != '\n') {
        size_t quoted = quoted_size(reason);
        bool is_key = quoted == strlen(key) + 2 && strncmp(reason + 1, key, quoted - 2) == 0;
        bool is_value = value_size > 2 && strncmp(reason, value, value_size) == 0;
        size_t masked = is_value ? value_size : is_key ? 0 : quoted;
        size_t taken = masked != 0 ? masked : is_key ? quoted : 1;
        size_t put = masked != 0 ? sizeof MASK - 1 : taken;
        if (used + put >= REASON_SIZE) {
            break;
        }
        memcpy(out + used, masked != 0 ? MASK : reason, put);
        used += put;
        reason += taken;
    }
    out[used] = '\0';
}

/* The key stands before the reason: " for configuration property ..." would only say it again, or
 * mask another name of it. */
static void drop_property(char *reason)
{
    static const char phrase[] = " for configuration property ";
    char *at = strstr(reason, phrase);

    if (at != NULL) {
        const char *rest = at + strlen(phrase);
        size_t quoted = quoted_size(rest);
        rest += quoted != 0 ? quoted : strcspn(rest, ": ");
        memmove(at, rest, strlen(rest) + 1);
    }
}

static enum weir_status fail_value(const char *key, const char *value, const char *reason,
                                   struct weir_error *error)
{
    struct range_search search = {.key = key, .range = ""};
    char shown[REASON_SIZE];

    each_property(copy_range, &search);
    if (search.range[0] != '\0') {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0, "%s: librdkafka allows %s", key,
                              search.range);
    }
    if (weir_config_key_secret(key)) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0, "%s: librdkafka does not accept the value",
                              key);
    }
    mask_reason(reason, key, value, shown);
    drop_property(shown);
    return weir_error_set(error, WEIR_ERR_CONFIG, 0, "%s: librdkafka says: %s", key, shown);
}

/* librdkafka takes 5s for 5 and lets large numbers wrap around. What it made of a number is read
 * back and must be the same number. */
static bool number_misread(rd_kafka_conf_t *conf, const char *key, const char *value)
{
    char held[NUMBER_SIZE];
    size_t size = sizeof held;
    char *end;

    if (strchr("+-0123456789", *value) == NULL || *value == '\0' ||
        rd_kafka_conf_get(conf, key, held, &size) != RD_KAFKA_CONF_OK || size > sizeof held) {
        return false;
    }
    (void)strtoll(held, &end, 10);
    if (*held == '\0' || *end != '\0' || strcmp(held, value) == 0) {
        return false;
    }
    errno = 0;
    long long wanted = strtoll(value, &end, 10);
    return errno != 0 || *end != '\0' || wanted != strtoll(held, NULL, 10);
}

static enum weir_status set_one(rd_kafka_conf_t *conf, const char *key, const char *value,
                                struct weir_error *error)
{
    char reason[REASON_SIZE] = "";

    switch (rd_kafka_conf_set(conf, key, value, reason, sizeof reason)) {
    case RD_KAFKA_CONF_OK:
        if (number_misread(conf, key, value)) {
            return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                                  "%s: must be a plain whole number, and not a larger one than "
                                  "librdkafka can hold",
                                  key);
        }
        return WEIR_OK;
    case RD_KAFKA_CONF_UNKNOWN:
        return fail_unknown(key, error);
    case RD_KAFKA_CONF_INVALID:
        break;
    }
    return fail_value(key, value, reason, error);
}

/* Is it of the other kind of client alone? */
struct kind_search {
    const char *key;
    char other; /* 'C' or 'P' */
    bool found;
};

static void compare_kind(const char *name, const char *kind, const char *range, void *user)
{
    struct kind_search *search = user;

    (void)range;
    search->found = search->found ||
                    (*kind == search->other && kind[1] == '\0' && strcmp(name, search->key) == 0);
}

static bool is_of(const char *key, char kind)
{
    struct kind_search search = {.key = key, .other = kind};

    if (kind != '\0') {
        each_property(compare_kind, &search);
    }
    return search.found;
}

struct apply {
    const struct weir_config *config;
    rd_kafka_conf_t *conf;
    struct weir_error *error;
    enum weir_status status;
    char left_out; /* properties of this kind of client; 0: none */
};

static void apply_entry(const struct weir_config_entry *entry, void *user)
{
    struct apply *apply = user;

    if (apply->status != WEIR_OK || !weir_config_key_passes(entry->key) ||
        strcmp(entry->key, PLUGIN_KEY) == 0 || is_of(entry->key, apply->left_out)) {
        return;
    }
    apply->status =
        set_one(apply->conf, entry->key, weir_config_get(apply->config, entry->key), apply->error);
}

/* librdkafka's plug-ins come first: they may bring keys of their own. */
static enum weir_status apply_all(const struct weir_config *config, void *rd_kafka_conf,
                                  char left_out, struct weir_error *error)
{
    struct apply apply = {config, rd_kafka_conf, error, WEIR_OK, left_out};
    const char *plugins = weir_config_get(config, PLUGIN_KEY);

    assert(rd_kafka_conf != NULL);
    if (plugins != NULL) {
        apply.status = set_one(rd_kafka_conf, PLUGIN_KEY, plugins, error);
    }
    weir_config_each(config, apply_entry, &apply);
    if (apply.status == WEIR_ERR_NOT_FOUND) {
        apply.status = WEIR_ERR_CONFIG;
        if (error != NULL) {
            error->code = WEIR_ERR_CONFIG;
        }
    }
    return apply.status;
}

enum weir_status weir_config_kafka_apply(const struct weir_config *config, void *rd_kafka_conf,
                                         struct weir_error *error)
{
    return apply_all(config, rd_kafka_conf, weir_config_writes_letters(config) ? 'P' : '\0', error);
}

static enum weir_status set_ours(rd_kafka_conf_t *conf, const struct weir_config *config,
                                 struct weir_error *error)
{
    static const struct {
        const char *key;
        const char *value;
        bool unless_set;
    } ours[] = {{"enable.idempotence", "true", false},   {"acks", "all", false},
                {"socket.nagle.disable", "true", true},  {"client.id", "weir", true},
                {"partitioner", "murmur2_random", true}, {"message.max.bytes", "1000000000", true}};
    enum weir_status status = WEIR_OK;

    for (size_t i = 0; status == WEIR_OK && i < sizeof ours / sizeof ours[0]; i++) {
        if (!ours[i].unless_set || weir_config_get(config, ours[i].key) == NULL) {
            status = set_one(conf, ours[i].key, ours[i].value, error);
        }
    }
    return status;
}

/* The brokers decide how large a record may be, and they took this one before; a key goes to the
 * partition that Kafka's own producer would choose (hazard R46). */
enum weir_status weir_config_letters_apply(const struct weir_config *config, void *rd_kafka_conf,
                                           struct weir_error *error)
{
    enum weir_status status = apply_all(config, rd_kafka_conf, 'C', error);

    return status == WEIR_OK ? set_ours(rd_kafka_conf, config, error) : status;
}

enum weir_status weir_config_kafka_probe(const char *key, const char *value,
                                         struct weir_error *error)
{
    if (strcmp(key, PLUGIN_KEY) == 0) {
        return WEIR_OK;
    }
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    enum weir_status status = set_one(conf, key, value, error);
    rd_kafka_conf_destroy(conf);
    return status;
}
