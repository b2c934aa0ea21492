#include <weir/config.h>

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/limits.h"
#include "framework/base/memory.h"
#include "framework/base/utf8.h"
#include "framework/config.h"
#include "framework/config_check.h"
#include "framework/config_entries.h"
#include "framework/config_file.h"
#include "framework/config_grammar.h"
#include "framework/config_kafka.h"
#include "framework/config_nearest.h"
#include "framework/config_parse.h"
#include "framework/config_redact.h"
#include "framework/config_refuse.h"
#include "framework/config_table.h"
#include "framework/config_value.h"

#define HANDLER_PREFIX "handler."
#define KEY_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
#define BLANKS         " \t\f\r\n"

/* Every row of the table that has a default has an entry from the start, so that what is effective
 * is always what is in here. */
struct weir_config {
    struct weir_config_entries entries;
};

/* Where one value comes from. `others` is what else is known when it is judged. */
struct source {
    const struct weir_config_entries *others[2]; /* NULL for none */
    enum weir_config_origin origin;
    const char *file; /* NULL: none */
    size_t line;
    bool trusted; /* from a file that only root or we can write */
};

/* A key as the user wrote it becomes one that may be kept. */
static enum weir_status judge_key(const char *key, struct weir_error *error)
{
    if (*key == '\0') {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0, "a key is missing before the value");
    }
    if (strlen(key) > WEIR_CONFIG_KEY_SIZE_MAX) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0, "a key is longer than %d bytes",
                              WEIR_CONFIG_KEY_SIZE_MAX);
    }
    if (key[strspn(key, KEY_CHARACTERS)] != '\0' || strcmp(key, HANDLER_PREFIX) == 0) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                              "no key (letters, digits and . _ -); it is not shown, as it may be "
                              "a piece of a secret");
    }
    return weir_config_refuse_key(key, error);
}

static const char *shown_key(const char *key)
{
    return weir_config_key_showable(key) ? key : "(a key that is not shown)";
}

static enum weir_status fail_unknown(const char *key, struct weir_error *error)
{
    struct weir_nearest nearest;
    size_t count;
    const struct weir_config_key *rows = weir_config_keys(&count);

    weir_nearest_init(&nearest, key);
    for (size_t i = 0; i < count; i++) {
        weir_nearest_offer(&nearest, rows[i].name);
    }
    return weir_nearest_error(&nearest, WEIR_ERR_CONFIG, error);
}

static enum weir_status judge_row(const struct weir_config_key *row, const char *value,
                                  int64_t *number, struct weir_error *error)
{
    struct weir_error inner = {.code = WEIR_OK};
    enum weir_status status;

    if (*value == '\0' && *row->preset == '\0') {
        *number = WEIR_CONFIG_NO_NUMBER;
        return WEIR_OK;
    }
    status = weir_value_parse(row, value, number, error);
    if (status != WEIR_OK) {
        return status;
    }
    status = weir_config_grammar_check(row->name, value, &inner);
    return status == WEIR_OK ? WEIR_OK
                             : weir_error_set(error, status, 0, "%s: %s", row->name, inner.text);
}

/* A key of librdkafka's, or of one of its plug-ins: those are known only once it is loaded. */
static enum weir_status judge_passing(const struct source *source, const char *key,
                                      const char *value, struct weir_error *error)
{
    enum weir_status status = weir_config_refuse_value(key, value, source->trusted, error);

    if (status != WEIR_OK) {
        return status;
    }
    status = weir_config_kafka_probe(key, value, error);
    if (status == WEIR_ERR_NOT_FOUND) {
        status = WEIR_ERR_CONFIG;
        for (size_t i = 0; i < 2; i++) {
            bool plugins = source->others[i] != NULL &&
                           weir_config_entries_find(source->others[i], "plugin.library.paths");
            status = plugins ? WEIR_OK : status;
        }
    }
    if (status == WEIR_ERR_CONFIG && error != NULL) {
        error->code = status;
    }
    return status;
}

static enum weir_status judge_value(const struct source *source, const char *key, const char *value,
                                    int64_t *number, struct weir_error *error)
{
    *number = WEIR_CONFIG_NO_NUMBER;
    if (strlen(value) > WEIR_CONFIG_LINE_SIZE_MAX) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0, "%s: the value is longer than 64 KiB",
                              shown_key(key));
    }
    if (weir_utf8_invalid(value, strlen(value)) != strlen(value)) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0, "%s: the value is not UTF-8",
                              shown_key(key));
    }
    if (weir_config_key_passes(key)) {
        return judge_passing(source, key, value, error);
    }
    if (strncmp(key, HANDLER_PREFIX, strlen(HANDLER_PREFIX)) == 0) {
        return WEIR_OK;
    }
    const struct weir_config_key *row = weir_config_row_find(key);
    return row == NULL ? fail_unknown(key, error) : judge_row(row, value, number, error);
}

/* A copy without the blanks at either end, which nobody sees and nobody means; secrets and the
 * handler's values stay as they are. */
static char *trimmed(const char *key, const char *value)
{
    bool exact =
        strncmp(key, HANDLER_PREFIX, strlen(HANDLER_PREFIX)) == 0 || weir_config_key_secret(key);
    size_t skipped = exact ? 0 : strspn(value, BLANKS);
    char *copy = weir_strdup(value + skipped);

    if (copy != NULL && !exact) {
        size_t size = strlen(copy);
        while (size > 0 && strchr(BLANKS, copy[size - 1]) != NULL) {
            copy[--size] = '\0';
        }
    }
    return copy;
}

static enum weir_status store(struct weir_config_entries *entries,
                              const struct weir_config_new *item, struct weir_error *error)
{
    enum weir_status status = weir_config_entries_put(entries, item);

    if (status == WEIR_ERR_FULL) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0, "more than %d keys",
                              WEIR_CONFIG_ENTRIES_MAX);
    }
    return status == WEIR_OK ? WEIR_OK : weir_error_nomem(error);
}

/* Judges and puts, unless a value of a higher origin is there already. */
static enum weir_status stage(struct weir_config_entries *entries, const struct source *source,
                              const char *key, const char *value, struct weir_error *error)
{
    enum weir_status status = judge_key(key, error);
    const char *name = weir_config_key_canonical(key);
    struct weir_config_new item = {
        .key = name, .origin = source->origin, .file = source->file, .line = source->line};

    if (status != WEIR_OK) {
        return status;
    }
    char *copy = trimmed(name, value);
    if (copy == NULL) {
        return weir_error_nomem(error);
    }
    item.value = copy;
    status = judge_value(source, name, copy, &item.number, error);
    const struct weir_config_item *old = weir_config_entries_find(entries, name);
    if (status == WEIR_OK && (old == NULL || old->origin <= item.origin)) {
        status = store(entries, &item, error);
    }
    explicit_bzero(copy, strlen(copy));
    weir_free(copy);
    return status;
}

enum weir_status weir_config_create(struct weir_config **out)
{
    struct source source = {.origin = WEIR_CONFIG_DEFAULT};
    size_t count;
    const struct weir_config_key *rows = weir_config_keys(&count);
    struct weir_config *config = weir_calloc(1, sizeof *config);
    enum weir_status status = config == NULL ? WEIR_ERR_NOMEM : WEIR_OK;

    assert(out != NULL);
    for (size_t i = 0; i < count && status == WEIR_OK; i++) {
        if (*rows[i].preset != '\0') {
            status = stage(&config->entries, &source, rows[i].name, rows[i].preset, NULL);
        }
    }
    if (status != WEIR_OK) {
        weir_config_destroy(config);
        return status;
    }
    *out = config;
    return WEIR_OK;
}

enum weir_status weir_config_clone(const struct weir_config *config, struct weir_config **out)
{
    struct weir_config *copy = weir_calloc(1, sizeof *copy);

    assert(config != NULL);
    if (copy == NULL) {
        return WEIR_ERR_NOMEM;
    }
    enum weir_status status = weir_config_entries_merge(&copy->entries, &config->entries);
    if (status != WEIR_OK) {
        weir_config_destroy(copy);
        return status;
    }
    *out = copy;
    return WEIR_OK;
}

void weir_config_destroy(struct weir_config *config)
{
    if (config == NULL) {
        return;
    }
    weir_config_entries_fini(&config->entries);
    weir_free(config);
}

enum weir_status weir_config_set(struct weir_config *config, const char *key, const char *value,
                                 enum weir_config_origin origin, struct weir_error *error)
{
    struct source source = {.others = {&config->entries}, .origin = origin};

    assert(key != NULL);
    assert(value != NULL);
    return stage(&config->entries, &source, key, value, error);
}

/* What one file says, until all of it is found good. */
struct load {
    const struct weir_config *config;
    const char *path; /* as it is shown */
    struct weir_config_entries fresh;
    bool trusted;
    weir_config_error_fn *tell; /* NULL: the first mistake ends it */
    void *user;
    bool mistaken;
};

static enum weir_status load_property(const struct weir_property *property, void *user,
                                      struct weir_error *error)
{
    struct load *load = user;
    struct weir_error inner = {.code = WEIR_OK};
    struct source source = {.others = {&load->config->entries, &load->fresh},
                            .origin = WEIR_CONFIG_FILE,
                            .file = load->path,
                            .line = property->line,
                            .trusted = load->trusted};
    const char *name = weir_config_key_canonical(property->key);
    const struct weir_config_item *old = weir_config_entries_find(&load->fresh, name);

    if (old != NULL) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                              "line %zu: %s: is set on line %zu already%s", property->line,
                              shown_key(property->key), old->line,
                              name == property->key ? "" : " under its other name");
    }
    enum weir_status status = stage(&load->fresh, &source, property->key, property->value, &inner);
    return status == WEIR_OK
               ? WEIR_OK
               : weir_error_set(error, status, 0, "line %zu: %s", property->line, inner.text);
}

/* All or nothing: the new set is complete before it takes the old one's place. */
static enum weir_status adopt(struct weir_config *config, const struct weir_config_entries *fresh)
{
    struct weir_config_entries next = {0};
    enum weir_status status = weir_config_entries_merge(&next, &config->entries);

    if (status == WEIR_OK) {
        status = weir_config_entries_merge(&next, fresh);
    }
    if (status == WEIR_OK) {
        struct weir_config_entries old = config->entries;
        config->entries = next;
        next = old;
    }
    weir_config_entries_fini(&next);
    return status;
}

/* With somebody to tell, a mistake does not end the file. */
static enum weir_status load_or_tell(const struct weir_property *property, void *user,
                                     struct weir_error *error)
{
    struct load *load = user;
    enum weir_status status = load_property(property, user, error);

    if (status != WEIR_ERR_CONFIG || load->tell == NULL) {
        return status;
    }
    struct weir_error told = {0};
    (void)weir_error_set(&told, status, 0, "%s: %s", load->path, error->text);
    load->tell(&told, load->user);
    load->mistaken = true;
    return WEIR_OK;
}

static enum weir_status load_file(struct load *load, struct weir_config *config,
                                  const struct weir_config_file *file, struct weir_error *error)
{
    struct weir_error inner = {.code = WEIR_OK};
    enum weir_status status =
        weir_properties_parse(file->text, file->size, load_or_tell, load, &inner);

    if (status == WEIR_OK) {
        status = adopt(config, &load->fresh);
        (void)weir_error_set(&inner, status, 0, "%s", weir_status_text(status));
    }
    return status == WEIR_OK ? WEIR_OK
                             : weir_error_set(error, status, 0, "%s: %s", load->path, inner.text);
}

static enum weir_status load_path(struct load *load, struct weir_config *config, const char *path,
                                  struct weir_error *error)
{
    struct weir_config_file file = {0};
    enum weir_status status = weir_config_file_read(path, &file, error);

    assert(config != NULL);
    if (status != WEIR_OK) {
        return status;
    }
    load->config = config;
    load->path = weir_config_path_shown(path);
    load->trusted = file.trusted;
    status = load_file(load, config, &file, error);
    weir_config_entries_fini(&load->fresh);
    weir_config_file_fini(&file);
    return status;
}

enum weir_status weir_config_load(struct weir_config *config, const char *path,
                                  struct weir_error *error)
{
    struct load load = {.tell = NULL};

    return load_path(&load, config, path, error);
}

enum weir_status weir_config_load_all(struct weir_config *config, const char *path,
                                      weir_config_error_fn *tell, void *user)
{
    struct load load = {.tell = tell, .user = user};
    struct weir_error error = {0};

    assert(tell != NULL);
    enum weir_status status = load_path(&load, config, path, &error);
    if (status != WEIR_OK) {
        tell(&error, user);
    }
    return load.mistaken ? WEIR_ERR_CONFIG : status;
}

/* Who is told of the mistakes of a whole configuration. */
struct check {
    const struct weir_config *config;
    weir_config_error_fn *tell;
    void *user;
};

static void tell_place(const struct weir_error *error, void *user)
{
    const struct check *check = user;
    struct weir_error told = *error;

    weir_config_entries_place(&check->config->entries, &told);
    check->tell(&told, check->user);
}

enum weir_status weir_config_check_all(const struct weir_config *config, weir_config_error_fn *tell,
                                       void *user)
{
    struct check check = {.config = config, .tell = tell, .user = user};
    struct weir_error error = {0};
    enum weir_status first = weir_config_check_keys(config, tell_place, &check);
    enum weir_status status = weir_config_kafka_check(config, &error);

    if (status != WEIR_OK) {
        tell_place(&error, &check);
    }
    return first == WEIR_OK ? status : first;
}

static void keep_first(const struct weir_error *error, void *user)
{
    struct weir_error *first = user;

    if (first->code == WEIR_OK) {
        *first = *error;
    }
}

enum weir_status weir_config_check(const struct weir_config *config, struct weir_error *error)
{
    struct weir_error first = {.code = WEIR_OK};
    enum weir_status status = weir_config_check_all(config, keep_first, &first);

    return status == WEIR_OK ? status
                             : weir_error_set(error, status, first.cause, "%s", first.text);
}

/* A key of the table that is set to nothing counts as not set. */
static bool is_unset(const struct weir_config_item *item)
{
    return *item->value == '\0' && weir_config_row_find(item->key) != NULL;
}

const char *weir_config_get(const struct weir_config *config, const char *key)
{
    const struct weir_config_item *item =
        weir_config_entries_find(&config->entries, weir_config_key_canonical(key));

    return item == NULL || is_unset(item) ? NULL : item->value;
}

int64_t weir_config_integer(const struct weir_config *config, const char *key)
{
    const struct weir_config_key *row = weir_config_row_find(key);
    const struct weir_config_item *item = weir_config_entries_find(&config->entries, key);

    assert(row != NULL);
    assert(row->type == WEIR_CONFIG_INTEGER || row->type == WEIR_CONFIG_BOOLEAN);
    (void)row;
    return item == NULL ? WEIR_CONFIG_NO_NUMBER : item->number;
}

uint32_t weir_config_choice(const struct weir_config *config, const char *key)
{
    const struct weir_config_item *item = weir_config_entries_find(&config->entries, key);

    assert(weir_config_row_find(key) != NULL);
    assert(weir_config_row_find(key)->type == WEIR_CONFIG_CHOICE);
    assert(item != NULL);
    return (uint32_t)item->number;
}

bool weir_config_given(const struct weir_config *config, const char *key)
{
    const char *value = weir_config_get(config, key);

    return value != NULL && *value != '\0';
}

bool weir_config_changed(const struct weir_config *config, const char *key)
{
    const struct weir_config_key *row = weir_config_row_find(key);
    const char *value = weir_config_get(config, key);

    return value != NULL && *value != '\0' && (row == NULL || strcmp(value, row->preset) != 0);
}

void weir_config_each(const struct weir_config *config, weir_config_visit_fn *visit, void *user)
{
    assert(visit != NULL);
    for (size_t i = 0; i < config->entries.count; i++) {
        const struct weir_config_item *item = &config->entries.items[i];
        struct weir_config_entry entry = {
            .size = sizeof entry,
            .key = item->key,
            .value = item->shown == NULL ? item->value : item->shown,
            .origin = item->origin,
        };
        if (!is_unset(item)) {
            visit(&entry, user);
        }
    }
}
