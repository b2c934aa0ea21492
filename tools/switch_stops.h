/* Up to where shall the old color of a switch go? */
#ifndef WEIR_TOOLS_SWITCH_STOPS_H
#define WEIR_TOOLS_SWITCH_STOPS_H

#include "tools/options.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum weir_switch_stop_kind {
    WEIR_STOP_NOWHERE,
    WEIR_STOP_AT_END,  /* of each partition, as it is now */
    WEIR_STOP_AT_TIME, /* the first record of this time or later */
    WEIR_STOP_AS_GIVEN /* by hand, or in a file */
};

/* Memory: the heap, freed by fini; zeroed is none. */
struct weir_switch_stop {
    char *topic;
    int32_t partition;
    int64_t offset;    /* the first one that is the new color's */
    int64_t committed; /* -1: nothing, or it is not known */
    int64_t end;       /* of the partition; -1: it is not known */
    bool foreign;      /* of a swap: this half has not the topic, the other one may */
};

struct weir_switch_stop_list {
    struct weir_switch_stop *all;
    size_t count;
    bool is_given; /* by hand, or in a file; else what the brokers told of all that the group knows
                    */
};

/* What the command line asks for. */
struct weir_switch_stop_wish {
    enum weir_switch_stop_kind kind;
    int kinds;        /* that were named */
    int64_t time_ms;  /* since 1970 */
    const char *file; /* as weir offsets export writes it; "-": standard input; NULL: none */
    struct weir_switch_stop_list given;
};

/* "TOPIC:PARTITION:OFFSET". False: it is not that. */
bool weir_switch_stop_take(struct weir_switch_stop_list *list, const char *text);
/* What the file has is given from now on, and there is no file any more. The exit code, and it is
 * said: WEIR_EXIT_USAGE: it is no good. */
int weir_switch_stop_wish_read(struct weir_switch_stop_wish *wish);
/* Of the partitions that the group has or has committed, or of those that are given, in the order
 * in which they are, as the brokers tell. The file was read. The exit code, and it is said:
 * WEIR_EXIT_USAGE: there is no such partition, or it is given twice. */
int weir_switch_stop_list_find(const struct weir_cli_config *cli, const char *group,
                               const struct weir_switch_stop_wish *wish, int64_t timeout_ms,
                               struct weir_switch_stop_list *out);
/* What the group has committed, as the brokers tell, `offset` like `committed`. The exit code, and
 * it is said. */
int weir_switch_stop_list_committed(const struct weir_cli_config *cli, const char *group,
                                    int64_t timeout_ms, struct weir_switch_stop_list *out);
void weir_switch_stop_list_fini(struct weir_switch_stop_list *list);

#endif /* WEIR_TOOLS_SWITCH_STOPS_H */
