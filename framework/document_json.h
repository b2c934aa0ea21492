/* How is a JSON document written as a whole or not at all? */
#ifndef WEIR_FRAMEWORK_DOCUMENT_JSON_H
#define WEIR_FRAMEWORK_DOCUMENT_JSON_H

#include <stdbool.h>

struct json_t; /* the library's json_t */

/* What others read may not lack a part because there was no memory for it: NULL takes the place of
 * each value that could not be made, and of all that it would be part of. Thread: any. */

/* The value, or NULL when it is not whole: then it is freed. */
struct json_t *weir_json_whole(struct json_t *value, bool whole);

/* In the fewest bytes; NULL: no memory, or there is no value. The caller frees it with weir_free.
 * The library's own json_dumps leaves out what it has no memory for, and says nothing of it. */
char *weir_json_text(const struct json_t *value);

#endif /* WEIR_FRAMEWORK_DOCUMENT_JSON_H */
