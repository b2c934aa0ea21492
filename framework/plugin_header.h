/* Was this plug-in built for this weir? */
#ifndef WEIR_PLUGIN_HEADER_H
#define WEIR_PLUGIN_HEADER_H

#include "framework/plugin_file.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/status.h>

/* What every kind of plug-in exports: this, and its body behind it. */
struct weir_plugin_header {
    uint64_t magic;
    uint32_t abi;
    uint32_t plugin_size; /* of the whole */
    uint32_t body_size;   /* of the table of slots behind this */
    uint32_t lent_size;   /* of what its slots are called with */
};

/* Static, one per kind. */
struct weir_plugin_kind {
    const char *body;   /* "handler" */
    const char *lent;   /* "record" */
    const char *macro;  /* that defines it */
    const char *header; /* that has the macro, with its brackets */
    const char *symbol;
    const char *slots; /* that have to be filled, as in the macro */
    uint64_t magic;
    uint32_t abi;
    uint32_t body_size_min; /* what the first headers with this ABI had */
    uint32_t lent_size_min;
    uint32_t body_size; /* what the headers of this weir have */
    uint32_t lent_size;
};

enum { WEIR_PLUGIN_NAME_LENGTH_MAX = 64 };

/* `size` is how many bytes are there, whatever the header says of itself: not one more is read.
 * Copies the body to *body, of kind->body_size bytes, with zeroes where an older plug-in has none.
 * WEIR_ERR_PLUGIN with a sentence that says what is wrong and what to do; *body is untouched. */
WEIR_MUST_CHECK enum weir_status weir_plugin_header_read(const struct weir_plugin_subject *subject,
                                                         const struct weir_plugin_kind *kind,
                                                         const void *exported, size_t size,
                                                         void *body);

/* 1 to 64 letters, digits, '-' or '_'. */
bool weir_plugin_name_valid(const char *name);

#endif /* WEIR_PLUGIN_HEADER_H */
