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
