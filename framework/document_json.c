#include "framework/document_json.h"

#include "framework/base/memory.h"
#include <jansson.h>

json_t *weir_json_whole(json_t *value, bool whole)
{
    if (whole) {
        return value;
    }
    json_decref(value);
    return NULL;
}

char *weir_json_text(const json_t *value)
{
    size_t size = value == NULL ? 0 : json_dumpb(value, NULL, 0, JSON_COMPACT);
    char *text = size == 0 ? NULL : weir_malloc(size + 1);

    if (text == NULL) {
        return NULL;
    }
    if (json_dumpb(value, text, size, JSON_COMPACT) != size) {
        weir_free(text);
        return NULL;
    }
    text[size] = '\0';
    return text;
}

enum weir_status weir_json_load(const void *data, size_t size, json_t **out)
{
    json_t *root = json_loadb(data, size, JSON_REJECT_DUPLICATES, NULL);
    json_t *again = json_loadb(data, size, JSON_REJECT_DUPLICATES, NULL);
    bool alike = root == again || json_equal(root, again);

    json_decref(again);
    if (!alike) {
        json_decref(root);
        return WEIR_ERR_NOMEM;
    }
    *out = root;
    return WEIR_OK;
}
