#include "tools/config_output.h"

#include <jansson.h>

static const char *type_name(enum weir_config_type type)
{
    switch (type) {
    case WEIR_CONFIG_STRING:
        return "string";
    case WEIR_CONFIG_INTEGER:
        return "integer";
    case WEIR_CONFIG_CHOICE:
        return "choice";
    case WEIR_CONFIG_BOOLEAN:
        return "boolean";
    }
    return "";
}

static bool print_json(FILE *stream, json_t *array)
{
    bool whole = array != NULL;

    if (whole) {
        (void)json_dumpf(array, stream, JSON_INDENT(2));
        (void)fputc('\n', stream);
    }
    json_decref(array);
    return whole;
}

static bool append(json_t *array, json_t *object)
{
    return object != NULL && json_array_append_new(array, object) == 0;
}

bool weir_config_print_keys_json(FILE *stream)
{
    size_t count;
    const struct weir_config_key *rows = weir_config_keys(&count);
    json_t *array = json_array();

    for (size_t i = 0; i < count && array != NULL; i++) {
        json_t *object =
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name", rows[i].name, "type",
                      type_name(rows[i].type), "default", rows[i].preset, "range", rows[i].range,
                      "unit", rows[i].unit, "description", rows[i].sentence);
        if (!append(array, object)) {
            json_decref(array);
            return false;
        }
    }
    return print_json(stream, array);
}

struct collection {
    json_t *array;
    bool whole; /* nothing was left out for lack of memory */
};

static void append_entry(const struct weir_config_entry *entry, void *user)
{
    struct collection *collection = user;

    collection->whole =
        collection->whole &&
        append(collection->array,
               json_pack("{s:s, s:s, s:s}", "key", entry->key, "value", entry->value, "origin",
                         weir_config_origin_name(entry->origin)));
}

bool weir_config_print_entries_json(FILE *stream, const struct weir_config *config)
{
    struct collection collection = {.array = json_array(), .whole = true};

    if (collection.array == NULL) {
        return false;
    }
    weir_config_each(config, append_entry, &collection);
    if (!collection.whole) {
        json_decref(collection.array);
        return false;
    }
    return print_json(stream, collection.array);
}
