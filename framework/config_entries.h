/* What has been set, by key? */
#ifndef WEIR_CONFIG_ENTRIES_H
#define WEIR_CONFIG_ENTRIES_H

#include <stddef.h>
#include <stdint.h>
#include <weir/config.h>

/* Thread: one at a time. Memory: the heap; wiped before it is given back, as values may be
 * secrets. */
struct weir_config_item {
    char *key;
    char *value;
    char *shown;    /* instead of the value, or NULL */
    int64_t number; /* what a weir.* value means; see config_value.h */
    enum weir_config_origin origin;
    char *file;  /* as it is shown; NULL: from elsewhere */
    size_t line; /* in its file; 0 = elsewhere */
};

/* Sorted by key, no key twice. Zeroed memory is an empty set. */
struct weir_config_entries {
    struct weir_config_item *items;
    size_t count;
    size_t room;
};

void weir_config_entries_fini(struct weir_config_entries *entries);

/* What weir_config_entries_put stores; the strings are copied. */
struct weir_config_new {
    const char *key;
    const char *value;
    int64_t number;
    enum weir_config_origin origin;
    const char *file; /* or NULL */
    size_t line;
};

/* Adds or replaces. WEIR_ERR_NOMEM, WEIR_ERR_FULL: nothing changed. */
WEIR_MUST_CHECK enum weir_status weir_config_entries_put(struct weir_config_entries *entries,
                                                         const struct weir_config_new *item);
/* Puts a copy of every item of `from`, except below a higher origin. On failure *to may have got
 * some of them. */
WEIR_MUST_CHECK enum weir_status weir_config_entries_merge(struct weir_config_entries *to,
                                                           const struct weir_config_entries *from);
/* NULL when there is none. Borrowed until the next put. */
const struct weir_config_item *weir_config_entries_find(const struct weir_config_entries *entries,
                                                        const char *key);

/* Puts file and line before a complaint that begins with a key and a colon, if the key's value is
 * from a file: that is where to look. */
void weir_config_entries_place(const struct weir_config_entries *entries, struct weir_error *error);

#endif /* WEIR_CONFIG_ENTRIES_H */
