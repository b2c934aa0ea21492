/* What does the command see of a group that is handed from one color to another? */
#ifndef WEIR_TOOLS_ZOO_SWITCH_SIGHT_H
#define WEIR_TOOLS_ZOO_SWITCH_SIGHT_H

#include "tools/zoo_look.h"
#include "tools/zoo_switch.h"
#include "tools/zoo_switch_gaps.h"

/* One call of a verb. Thread: one at a time. Memory: the heap, freed by fini. */
struct weir_switching {
    struct weir_zoo_group *group;
    const struct weir_switch_wish *wish;
    FILE *out;
    struct weir_zoo_look look;    /* the last one */
    struct weir_switch_gaps gaps; /* of who waits; else empty */
};

/* Looks anew: at everything, or at the record and the members alone. The exit code, and it is said:
 * there is no such group, or the record is damaged. */
int weir_switching_look(struct weir_switching *switching);
int weir_switching_look_members(struct weir_switching *switching);
/* Watches who owns what from now on, for who waits and executes; the last look stays. The exit
 * code, and it is said. */
int weir_switching_watch(struct weir_switching *switching);
void weir_switching_fini(struct weir_switching *switching);
/* The members with a color, for weir_switch_sight; the caller frees them. Borrowed from the look.
 */
struct weir_switch_member *weir_switching_members(const struct weir_zoo_look *look, size_t *count);
/* What the step waits for; "" when it is nothing. */
void weir_switching_blocked(const struct weir_zoo_look *look, char text[WEIR_SWITCH_WHY_SIZE]);
/* Of the member in the roster that owns it; NULL: nobody with a color does. */
const char *weir_switching_owner_color(const struct weir_zoo_look *look,
                                       const struct weir_zoo_owner *owner);
/* How many partitions are with a color that may not have them by this record, and the first of
 * them; 0 when the record changed while the owners were read: then nobody can tell. */
size_t weir_switching_misplaced(const struct weir_zoo_look *look,
                                const struct weir_zoo_owner **first);
/* Says it; WEIR_EXIT_TRY_AGAIN. */
int weir_switching_refuse(const char *sentence);

#endif /* WEIR_TOOLS_ZOO_SWITCH_SIGHT_H */
