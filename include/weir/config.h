/* What did the user ask for, and is it acceptable? */
#ifndef WEIR_CONFIG_H
#define WEIR_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A set of `key=value` properties: `weir.*` is ours, `handler.*` goes to the plug-in's open slot,
 * `zookeeper.*` is ours, too, every other key goes unchanged to librdkafka, which validates it.
 * The library reads no environment. Thread: one at a time. Memory: the heap, freed by destroy. */
struct weir_config;

enum weir_config_type {
    WEIR_CONFIG_STRING,
    WEIR_CONFIG_INTEGER, /* also sizes: 64KiB, 16MiB, 1GiB */
    WEIR_CONFIG_CHOICE,
    WEIR_CONFIG_BOOLEAN
};

/* One row of the table of `weir.*` keys. Strings are static. */
struct weir_config_key {
    size_t size; /* of this structure */
    const char *name;
    enum weir_config_type type;
    const char *preset;   /* default as written in a file; "" = none */
    const char *range;    /* "1..1024", "partition|key|none", or "" */
    const char *unit;     /* "ms", "bytes", "records", or "" */
    const char *sentence; /* what it does, one or two sentences */
};

/* Where a value came from, lowest precedence first. A later value replaces one of the same or a
 * lower origin and is ignored below a higher one. */
enum weir_config_origin {
    WEIR_CONFIG_DEFAULT,
    WEIR_CONFIG_FILE,
    WEIR_CONFIG_ENVIRONMENT,
    WEIR_CONFIG_ARGUMENT
};

struct weir_config_entry {
    size_t size; /* of this structure */
    const char *key;
    const char *value; /* redacted where the key holds a secret */
    enum weir_config_origin origin;
};

/* Called once per entry, keys in order. Must not change the configuration. */
typedef void weir_config_visit_fn(const struct weir_config_entry *entry, void *user);

WEIR_API WEIR_MUST_CHECK enum weir_status weir_config_create(struct weir_config **out);
WEIR_API WEIR_MUST_CHECK enum weir_status weir_config_clone(const struct weir_config *config,
                                                            struct weir_config **out);
WEIR_API void weir_config_destroy(struct weir_config *config);

/* WEIR_ERR_CONFIG: unknown key (the nearest valid one is named), bad value, refused key. The value
 * is never in the text when the key holds a secret. `error` may be NULL. */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_config_set(struct weir_config *config,
                                                          const char *key, const char *value,
                                                          enum weir_config_origin origin,
                                                          struct weir_error *error);
/* Java-style properties; errors name file and line. WEIR_ERR_IO when the file cannot be read,
 * WEIR_ERR_CONFIG also when it is larger than 1 MiB. On
 * failure the configuration is as before the call. */
WEIR_API WEIR_MUST_CHECK enum weir_status
weir_config_load(struct weir_config *config, const char *path, struct weir_error *error);
/* Everything that can be judged before anything connects: required keys, keys that contradict each
 * other, ranges, and what librdkafka thinks of its own keys. */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_config_check(const struct weir_config *config,
                                                            struct weir_error *error);

/* Called for each mistake, in the order in which they are found; the texts are those of load and
 * check. Borrowed for the call. */
typedef void weir_config_error_fn(const struct weir_error *error, void *user);

/* As load and check, but go on after a mistake: all of them are told, and the status of the first
 * is returned. Of a file, what is good is kept; it ends at what is no properties text. */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_config_load_all(struct weir_config *config,
                                                               const char *path,
                                                               weir_config_error_fn *tell,
                                                               void *user);
WEIR_API WEIR_MUST_CHECK enum weir_status
weir_config_check_all(const struct weir_config *config, weir_config_error_fn *tell, void *user);

/* Called for each piece of advice; the sentence names keys, never a secret value. Borrowed for the
 * call. */
typedef void weir_config_advice_fn(const char *sentence, void *user);

/* Keys that go together and are seldom meant to, and known defects of the librdkafka found at run
 * time that this configuration meets, each with what to do about it (and the version that has it
 * mended). None is a mistake: such a consumer can be
 * started, and logs the same as warnings then. */
WEIR_API void weir_config_advise(const struct weir_config *config, weir_config_advice_fn *tell,
                                 void *user);

/* The configuration of the consumer in the other group of weir.bluegreen.topology=swap: a copy in
 * which group.id and topics have changed places with those of weir.bluegreen.peer.*. A process that
 * works in one of the two and stands by in the other runs a consumer of each. WEIR_ERR_STATE: there
 * is no other group. WEIR_ERR_NOMEM. The caller destroys *out; `error` may be NULL. */
WEIR_API WEIR_MUST_CHECK enum weir_status weir_config_peer(const struct weir_config *config,
                                                           struct weir_config **out,
                                                           struct weir_error *error);

/* Effective value, default included; NULL when the key is unknown or has none. Borrowed until the
 * next set. Not redacted. */
WEIR_API const char *weir_config_get(const struct weir_config *config, const char *key);
/* Effective value of an integer or boolean `weir.*` key, -1 when there is neither value nor
 * default; asserts that the key is one. */
WEIR_API int64_t weir_config_integer(const struct weir_config *config, const char *key);

WEIR_API void weir_config_each(const struct weir_config *config, weir_config_visit_fn *visit,
                               void *user);
/* The table, in the order of the documentation. Borrowed for ever. */
WEIR_API const struct weir_config_key *weir_config_keys(size_t *count);

#ifdef __cplusplus
}
#endif

#endif /* WEIR_CONFIG_H */
