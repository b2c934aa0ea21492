/* What does each verb of `weir offsets` do? */
#ifndef WEIR_TOOLS_OFFSETS_VERBS_H
#define WEIR_TOOLS_OFFSETS_VERBS_H

#include "tools/group_options.h"

enum weir_change_target {
    WEIR_TARGET_EARLIEST,
    WEIR_TARGET_LATEST,
    WEIR_TARGET_TIME,   /* number: milliseconds since 1970 */
    WEIR_TARGET_SHIFT,  /* number: records */
    WEIR_TARGET_OFFSET, /* number: the offset */
    WEIR_TARGET_FILE
};

enum { WEIR_FROM_GROUPS_MAX = 16 };

struct weir_change_wish {
    const char *group;                             /* NULL: of the configuration */
    const char *from_groups[WEIR_FROM_GROUPS_MAX]; /* to copy from: the lowest of theirs */
    size_t from_count;
    const char *from_store; /* to copy from and to; NULL: of the configuration */
    const char *to_store;
    const char *file; /* "-": standard input */
    enum weir_change_target target;
    int targets; /* that were named */
    int64_t number;
    bool only_missing;   /* where the group has committed nothing */
    bool last_processed; /* the offsets to write are of the record before the one meant */
    bool execute;
};

/* Each returns the exit code. Once in a process. */
int weir_offsets_show(const struct weir_group_options *options,
                      const struct weir_change_wish *wish);
int weir_offsets_export(const struct weir_group_options *options,
                        const struct weir_change_wish *wish);
int weir_offsets_import(const struct weir_group_options *options,
                        const struct weir_change_wish *wish);
int weir_offsets_reset(const struct weir_group_options *options,
                       const struct weir_change_wish *wish);
int weir_offsets_copy(const struct weir_group_options *options,
                      const struct weir_change_wish *wish);

#endif /* WEIR_TOOLS_OFFSETS_VERBS_H */
