/* What would a switch move, and what is in its way? */
#ifndef WEIR_TOOLS_ZOO_SWITCH_PLAN_H
#define WEIR_TOOLS_ZOO_SWITCH_PLAN_H

#include "tools/zoo_switch_log.h"
#include "tools/zoo_switch_sight.h"

/* Thread: one at a time. Memory: the heap, freed by fini; zeroed is empty. */
struct weir_switch_block {
    char *why;
    bool waits; /* the switch itself waits for that: it may be asked for */
};

struct weir_switch_topic {
    const char *name;  /* borrowed from the look */
    size_t partitions; /* that the active color has; of one that begins: all */
    bool left;         /* the new color does not read it: nobody has it then */
};

struct weir_switch_plan {
    struct weir_switch_request request;
    struct weir_switch next; /* what is to be written, unless it is refused */
    bool refused;            /* there is a block that it would not wait for */
    struct weir_switch_block *blocks;
    size_t block_count;
    struct weir_switch_topic *topics;
    size_t topic_count;
    struct weir_switch_topic *begins; /* only the new color reads them (zoo_switch_unread.h) */
    size_t begin_count;
    size_t watched;                       /* switches that were, of this mode */
    struct weir_switch_gaps_sum expected; /* by them; unless that is 0 */
};

/* The request as it is wished for. WEIR_EXIT_USAGE, and said: it cannot be. */
int weir_switch_plan_request(const struct weir_switch_wish *wish, struct weir_switch_request *out);
/* From the last look, which it changes: the division in it is that of the color that is to be
 * active. The exit code, and it is said. */
int weir_switch_plan_make(struct weir_switching *switching, struct weir_switch_plan *out);
/* Fills in what gap is to be expected. The exit code, and it is said. */
int weir_switch_plan_expect(struct weir_switching *switching, struct weir_switch_plan *plan);
/* Takes the sentence: something is in its way. */
void weir_switch_plan_block(struct weir_switch_plan *plan, char *why, bool waits);
void weir_switch_plan_fini(struct weir_switch_plan *plan);

/* By the last look: says what would be done, and what is in the way. The exit code; 75 if something
 * is. */
int weir_switching_plan(struct weir_switching *switching);
/* The same of a plan that was made. */
int weir_switching_show_plan(struct weir_switching *switching, struct weir_switch_plan *plan);

#endif /* WEIR_TOOLS_ZOO_SWITCH_PLAN_H */
