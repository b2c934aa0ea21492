/* How long were partitions without an owner in the last switches? */
#ifndef WEIR_TOOLS_ZOO_SWITCH_LOG_H
#define WEIR_TOOLS_ZOO_SWITCH_LOG_H

#include "tools/zoo_switch_sight.h"

/* The node weir/gaps of a group: what those who waited for a switch have measured (zoo_switch_gaps)
 * of those that are done. No member reads it. What is damaged counts as nothing, and is written
 * over; what a newer weir wrote stays as it is. Thread: one at a time. Memory: the caller's. */
enum { WEIR_SWITCH_LOG_MAX = WEIR_SWITCH_HISTORY_MAX, WEIR_SWITCH_LOG_EXPECTED = 5 };

struct weir_switch_log_entry {
    char id[WEIR_SWITCH_ID_SIZE];
    enum weir_switch_mode mode;
    struct weir_switch_gaps_sum sum;
};

struct weir_switch_log {
    struct weir_switch_log_entry all[WEIR_SWITCH_LOG_MAX]; /* the newest first */
    size_t count;
    bool there;      /* there is such a node */
    bool newer;      /* of a newer weir */
    int32_t version; /* of the node */
};

/* The exit code, and it is said. */
int weir_switch_log_read(struct weir_switching *switching, struct weir_switch_log *out);
/* What this one has measured, if that is anything. That it cannot be kept is a warning. */
void weir_switch_log_keep(struct weir_switching *switching, const char *id,
                          enum weir_switch_mode mode);

/* Pure. NULL: nobody measured it. */
const struct weir_switch_log_entry *weir_switch_log_find(const struct weir_switch_log *log,
                                                         const char *id);
/* What is to be expected: of the last WEIR_SWITCH_LOG_EXPECTED of this mode the median of the
 * medians, and the longest of the others. Returns how many there were. */
size_t weir_switch_log_expect(const struct weir_switch_log *log, enum weir_switch_mode mode,
                              struct weir_switch_gaps_sum *out);

#endif /* WEIR_TOOLS_ZOO_SWITCH_LOG_H */
