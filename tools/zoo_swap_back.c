#include "tools/options.h"
#include "tools/zoo_group_state.h"
#include "tools/zoo_swap_state.h"
#include "tools/zoo_switch_back.h"
#include "tools/zoo_switch_follow.h"
#include "tools/zoo_switch_keep.h"
#include "tools/zoo_switch_show.h"
#include <string.h>

/* A swap that is done is taken back by another one, within the window of its snapshots. */
struct going {
    struct weir_swap swap;
    struct weir_switch_snapshot snapshots[WEIR_SWAP_HALVES];
    struct weir_switch_back backs[WEIR_SWAP_HALVES];
};

/* Judging. */

static int judge_half(struct going *going, size_t half)
{
    struct weir_switching *switching = &going->swap.halves[half];
    bool there = false;
    int code = weir_switch_snapshot_load(switching, &going->snapshots[half], &there);

    if (code == WEIR_EXIT_OK && there) {
        going->backs[half] = weir_switch_back_judge(
            &switching->look.record, &going->snapshots[half], weir_clock_wall() / WEIR_NS_PER_MS);
    }
    return code;
}

/* The last switch of both is one swap, or the way back from one. */
static bool is_of_both(const struct going *going)
{
    return going->backs[0].way != WEIR_SWITCH_WAY_NONE &&
           going->backs[1].way != WEIR_SWITCH_WAY_NONE &&
           strcmp(going->snapshots[0].peer, going->swap.wishes[0].peer) == 0 &&
           strcmp(going->snapshots[0].id, going->snapshots[1].id) == 0 &&
           strcmp(going->snapshots[0].back_of, going->snapshots[1].back_of) == 0;
}

static bool any(const struct going *going, enum weir_switch_way_back way)
{
    return going->backs[0].way == way || going->backs[1].way == way;
}

/* Going. */

/* To what was there before, which is not held against the colors that leave, and may read less. */
static int apply(struct going *going, const char *id, struct weir_zoo_group *const groups[],
                 FILE *out)
{
    struct weir_switch_wish wish = going->swap.wishes[0];

    wish.id = id;
    wish.to = going->backs[0].to;
    wish.peer_to = going->backs[1].to;
    wish.back = &going->snapshots[0];
    wish.peer_back = &going->snapshots[1];
    wish.together = going->snapshots[0].mode == WEIR_SWITCH_TOGETHER;
    wish.health_ms = 0;
    wish.health = (struct weir_switch_health_wish){0};
    wish.leave_unread = true;
    return weir_zoo_swap_apply(groups, &wish, out);
}

/* It is under way, or was gone. */
static int go_along(struct going *going, struct weir_zoo_group *const groups[], FILE *out)
{
    if (going->swap.wishes[0].execute) {
        return apply(going, going->snapshots[0].id, groups, out);
    }
    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        weir_switch_show_act(&going->swap.halves[i], "the way back is asked for already");
    }
    return WEIR_EXIT_OK;
}

static int set_out(struct going *going, struct weir_zoo_group *const groups[], FILE *out)
{
    const struct weir_switch *peer = &going->swap.halves[1].look.record;
    bool taken = weir_switching_past(peer, going->backs[0].id) != NULL;

    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        struct weir_switch_snapshot *snapshot = &going->snapshots[i];
        memcpy(snapshot->back_of, going->backs[i].of->id, sizeof snapshot->back_of);
        if (!going->swap.wishes[i].execute) {
            weir_switch_back_tell(&going->swap.halves[i], &going->backs[i]);
        }
    }
    return apply(going, going->backs[taken ? 1 : 0].id, groups, out);
}

static int go(struct going *going, struct weir_zoo_group *const groups[], FILE *out)
{
    if (any(going, WEIR_SWITCH_WAY_ASKED)) {
        return go_along(going, groups, out);
    }
    if (any(going, WEIR_SWITCH_WAY_CLOSED)) {
        return weir_switch_back_refuse(&going->backs[0]);
    }
    return set_out(going, groups, out);
}

bool weir_swap_go_back(struct weir_zoo_group *const groups[WEIR_SWAP_HALVES],
                       const struct weir_switch_wish *wish, FILE *out, int *code)
{
    struct going going = {.snapshots = {{.unknown = false}}};

    weir_swap_begin(&going.swap, groups, wish, out);
    *code = weir_swap_look_members(&going.swap);
    for (size_t i = 0; *code == WEIR_EXIT_OK && i < WEIR_SWAP_HALVES; i++) {
        *code = judge_half(&going, i);
    }
    bool goes = *code == WEIR_EXIT_OK && is_of_both(&going);
    bool over = goes || *code != WEIR_EXIT_OK;
    if (goes) {
        *code = go(&going, groups, out);
    }
    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        weir_switch_snapshot_fini(&going.snapshots[i]);
    }
    weir_swap_fini(&going.swap);
    return over;
}
