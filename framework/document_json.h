/* How is a JSON document written and read as a whole or not at all? */
#ifndef WEIR_FRAMEWORK_DOCUMENT_JSON_H
#define WEIR_FRAMEWORK_DOCUMENT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <weir/status.h>

struct json_t; /* the library's json_t */

/* What others read may not lack a part because there was no memory for it: NULL takes the place of
 * each value that could not be made, and of all that it would be part of. Thread: any. */

/* The value, or NULL when it is not whole: then it is freed. */
struct json_t *weir_json_whole(struct json_t *value, bool whole);

/* In the fewest bytes; NULL: no memory, or there is no value. The caller frees it with weir_free.
 * The library's own json_dumps leaves out what it has no memory for, and says nothing of it. */
char *weir_json_text(const struct json_t *value);

/* *out is the caller's to release; NULL: it is no JSON. The library's own parser does not say when
 * it has no memory: it finds damage where there is none, or leaves out a byte. So it is read twice:
 * what is read twice alike is what is written there, else it is WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status weir_json_load(const void *data, size_t size, struct json_t **out);

#endif /* WEIR_FRAMEWORK_DOCUMENT_JSON_H */
