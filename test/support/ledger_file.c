#include "test/support/ledger_file.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/fail.h"

enum { LINE_SHOWN = 300 };

static const char *const states[] = {[LEDGER_PENDING] = "pending",
                                     [LEDGER_ACKNOWLEDGED] = "acknowledged",
                                     [LEDGER_ABORTED] = "aborted",
                                     [LEDGER_FAILED] = "failed",
                                     [LEDGER_REMOVED] = "removed"};

/* False: there is no such state. */
static bool read_state(const json_t *object, enum ledger_state *out)
{
    const json_t *value = json_object_get(object, "state");
    const char *name = json_string_value(value);

    *out = LEDGER_ACKNOWLEDGED;
    if (value == NULL) {
        return true;
    }
    for (size_t i = 0; name != NULL && i < sizeof states / sizeof states[0]; i++) {
        if (strcmp(name, states[i]) == 0) {
            *out = (enum ledger_state)i;
            return true;
        }
    }
    return false;
}

static bool is_missing(const json_t *value)
{
    return value == NULL || json_is_null(value);
}

/* What is wrong with it, or NULL. */
static const char *read_place(const json_t *object, struct ledger_entry *entry)
{
    const json_t *partition = json_object_get(object, "partition");
    const json_t *offset = json_object_get(object, "offset");
    bool placed = !is_missing(offset);

    if (placed && (!json_is_integer(offset) || json_integer_value(offset) < 0 ||
                   json_integer_value(offset) == INT64_MAX)) {
        return "\"offset\" is no offset";
    }
    if (is_missing(partition) && !placed) {
        return NULL;
    }
    if (!json_is_integer(partition) || json_integer_value(partition) < 0 ||
        json_integer_value(partition) > INT32_MAX) {
        return "\"partition\" is missing or no partition";
    }
    entry->partition = (int32_t)json_integer_value(partition);
    entry->offset = placed ? json_integer_value(offset) : LEDGER_NO_OFFSET;
    return NULL;
}

static const char *read_entry(const json_t *object, struct ledger *ledger)
{
    const char *topic = json_string_value(json_object_get(object, "topic"));
    const json_t *key = json_object_get(object, "key");
    const json_t *seq = json_object_get(object, "seq");

    if (topic == NULL || *topic == '\0') {
        return "it has no \"topic\"";
    }
    if (!is_missing(key) && !json_is_string(key)) {
        return "\"key\" is neither a string nor null";
    }
    struct ledger_entry *entry = ledger_add(ledger, topic);
    if (json_is_string(key)) {
        entry->key_hash = ledger_key_hash(json_string_value(key), json_string_length(key));
    }
    if (json_is_integer(seq)) {
        entry->seq = (uint64_t)json_integer_value(seq);
    }
    if (!read_state(object, &entry->state)) {
        return "there is no such \"state\"";
    }
    return read_place(object, entry);
}

/* A line of Kafka's verifiable producer has a name, and an error has no place. */
static const char *read_object(const json_t *object, struct ledger *ledger)
{
    const char *name = json_string_value(json_object_get(object, "name"));

    if (!json_is_object(object)) {
        return "it is no JSON object";
    }
    if (name != NULL && strcmp(name, "producer_send_error") == 0) {
        const char *topic = json_string_value(json_object_get(object, "topic"));
        ledger_add(ledger, topic == NULL ? "" : topic)->state = LEDGER_FAILED;
        return NULL;
    }
    bool other = name != NULL && strcmp(name, "producer_send_success") != 0;
    return other ? NULL : read_entry(object, ledger);
}

static void take_line(struct ledger *ledger, const char *path, size_t number, const char *line)
{
    json_error_t error;
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &error);
    const char *wrong = object == NULL ? error.text : read_object(object, ledger);

    if (wrong != NULL) {
        fail_test("%s:%zu: not a line of a ledger, %s: %.*s", path, number, wrong, LINE_SHOWN,
                  line);
    }
    json_decref(object);
}

struct ledger *ledger_read(const char *path)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    size_t number = 0;
    ssize_t length = 0;

    if (file == NULL) {
        fail_test("cannot read %s: %s", path, strerror(errno));
    }
    struct ledger *ledger = ledger_create();
    while ((length = getline(&line, &size, file)) > 0 && line[length - 1] == '\n') {
        line[length - 1] = '\0';
        take_line(ledger, path, ++number, line);
    }
    if (ferror(file) != 0) {
        fail_test("cannot read %s: %s", path, strerror(errno));
    }
    free(line);
    (void)fclose(file);
    return ledger;
}

static void write_entry(FILE *file, const struct ledger_entry *entry)
{
    (void)fprintf(file, "{\"topic\":\"%s\",\"partition\":%d,", entry->topic, (int)entry->partition);
    if (entry->offset != LEDGER_NO_OFFSET) {
        (void)fprintf(file, "\"offset\":%" PRId64 ",", entry->offset);
    }
    if (entry->key_hash != LEDGER_NO_KEY) {
        (void)fprintf(file, "\"key\":\"%016" PRIx64 "\",", entry->key_hash);
    }
    (void)fprintf(file, "\"seq\":%" PRIu64 ",\"state\":\"%s\"}\n", entry->seq,
                  states[entry->state]);
}

void ledger_write(const struct ledger *ledger, const char *path)
{
    FILE *file = fopen(path, "we");

    for (size_t i = 0; file != NULL && i < ledger_count(ledger); i++) {
        write_entry(file, ledger_at(ledger, i));
    }
    if (file == NULL || ferror(file) != 0 || fclose(file) != 0) {
        fail_test("cannot write %s: %s", path, strerror(errno));
    }
}
