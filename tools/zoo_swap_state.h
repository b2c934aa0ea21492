/* What do the parts of a swap share? */
#ifndef WEIR_TOOLS_ZOO_SWAP_STATE_H
#define WEIR_TOOLS_ZOO_SWAP_STATE_H

#include "framework/switch_pair.h"
#include "tools/zoo_swap.h"
#include "tools/zoo_switch_replay.h"
#include "tools/zoo_switch_sight.h"
#include "tools/zoo_switch_write.h"

/* One call of a verb. Thread: one at a time. Memory: the heap, freed by fini. It may not be moved:
 * its parts point to each other. */
struct weir_swap {
    struct weir_switch_wish wishes[WEIR_SWAP_HALVES];
    struct weir_switching halves[WEIR_SWAP_HALVES];
    char to[WEIR_SWITCH_COLOR_SIZE];   /* of the second, unless it was given */
    char *snapshots[WEIR_SWAP_HALVES]; /* to be written with the request; NULL: none */
    char *stops[WEIR_SWAP_HALVES];     /* likewise */
};

void weir_swap_begin(struct weir_swap *swap, struct weir_zoo_group *const groups[WEIR_SWAP_HALVES],
                     const struct weir_switch_wish *wish, FILE *out);
void weir_swap_fini(struct weir_swap *swap);
/* Each of both; the exit code, and it is said. */
int weir_swap_look(struct weir_swap *swap);
int weir_swap_look_members(struct weir_swap *swap);
int weir_swap_watch(struct weir_swap *swap);
/* By the last looks: this half and the other one. */
struct weir_switch_pair weir_swap_pair(const struct weir_swap *swap, size_t half);
/* What this half and the other one are to become, in one transaction if that is asked for. */
int weir_swap_write(struct weir_swap *swap, size_t half, const struct weir_switch_both *both,
                    enum weir_switch_written *out);
/* Is the half in a switch of this id? */
bool weir_swap_is_under_way(const struct weir_swap *swap, size_t half, const char *id);

/* zoo_swap_follow.c: as weir_switching_follow, of both; `expected` is of each. */
int weir_swap_follow(struct weir_swap *swap, const char *id,
                     const enum weir_switch_outcome expected[WEIR_SWAP_HALVES]);
/* How both ended; -1: they were not followed. */
int weir_swap_tell_end(const struct weir_swap *swap, const char *id, int64_t elapsed_ms,
                       const enum weir_switch_outcome expected[WEIR_SWAP_HALVES]);

/* zoo_swap_replay.c: as weir_switching_set_back, of both: the step by which both are handed over.
 */
int weir_swap_set_back(struct weir_swap *swap, size_t half, const struct weir_switch_both *both,
                       enum weir_switch_written *out);
/* Is there room for both in one transaction? The exit code, and it is said. */
int weir_swap_judge_room(const struct weir_switch_replay replays[WEIR_SWAP_HALVES]);

/* zoo_swap_back.c: as weir_switching_go_back, of both. */
bool weir_swap_go_back(struct weir_zoo_group *const groups[WEIR_SWAP_HALVES],
                       const struct weir_switch_wish *wish, FILE *out, int *code);

#endif /* WEIR_TOOLS_ZOO_SWAP_STATE_H */
