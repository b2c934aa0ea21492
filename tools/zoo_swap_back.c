#include "tools/options.h"
#include "tools/zoo_group_state.h"
#include "tools/zoo_swap_state.h"
#include "tools/zoo_switch_back.h"
#include "tools/zoo_switch_follow.h"
#include "tools/zoo_switch_keep.h"
#include "tools/zoo_switch_replay.h"
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
    wish.replay = wish.replay && !any(going, WEIR_SWITCH_WAY_ASKED); /* else it is followed */
    wish.together = wish.replay || going->snapshots[0].mode == WEIR_SWITCH_TOGETHER;
    wish.health_ms = 0;
    wish.health = (struct weir_switch_health_wish){0};
    wish.leave_unread = true;
    return weir_zoo_swap_apply(groups, &wish, out);
}

/* Of a half that is through the end is told. */
static void tell_way(const struct weir_switching *half, const char *id)
{
    const struct weir_switch *record = &half->look.record;
    const struct weir_switch_past *past = weir_switching_past(record, id);

    if (record->step == WEIR_SWITCH_IDLE && past != NULL) {
        weir_switch_show_end(half, past, -1);
    } else {
        weir_switch_show_act(half, "the way back is asked for already");
    }
}

/* It is under way, or was gone. */
static int go_along(struct going *going, struct weir_zoo_group *const groups[], FILE *out)
{
    const struct weir_switch_wish *wish = &going->swap.wishes[0];

    if (wish->replay != going->snapshots[0].replay) {
        return weir_switch_back_refuse_asked(&going->snapshots[0]);
    }
    if (wish->execute) {
        return apply(going, going->snapshots[0].id, groups, out);
    }
    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        tell_way(&going->swap.halves[i], going->snapshots[0].id);
    }
    return WEIR_EXIT_OK;
}

/* What is known of a replay before anything is asked for. */
static int plan_replay(struct going *going)
{
    struct weir_switch_replay replays[WEIR_SWAP_HALVES] = {{.rows = NULL}, {.rows = NULL}};
    const struct weir_switch_snapshot *snapshots = going->snapshots;
    int code = WEIR_EXIT_OK;

    for (size_t i = 0; code == WEIR_EXIT_OK && i < WEIR_SWAP_HALVES; i++) {
        code = weir_switch_back_replay(&going->swap.halves[i], &snapshots[i], &replays[i]);
    }
    if (code == WEIR_EXIT_OK && snapshots[0].offsets.topic_count == 0 &&
        snapshots[1].offsets.topic_count == 0) {
        code = weir_switch_back_refuse_empty();
    }
    code = code != WEIR_EXIT_OK ? code : weir_swap_judge_room(replays);
    if (code == WEIR_EXIT_OK && replays[0].behind + replays[1].behind == 0) {
        weir_switch_back_warn_level();
    }
    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        if (code == WEIR_EXIT_OK && !going->swap.wishes[i].execute) {
            weir_switch_replay_show(&going->swap.halves[i], &replays[i]);
        }
        weir_switch_replay_fini(&replays[i]);
    }
    return code;
}

static int set_out(struct going *going, struct weir_zoo_group *const groups[], FILE *out)
{
    const struct weir_switch *peer = &going->swap.halves[1].look.record;
    bool taken = weir_switching_past(peer, going->backs[0].id) != NULL;

    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        struct weir_switch_snapshot *snapshot = &going->snapshots[i];
        memcpy(snapshot->back_of, going->backs[i].of->id, sizeof snapshot->back_of);
        snapshot->replay = going->swap.wishes[i].replay;
        if (!going->swap.wishes[i].execute) {
            weir_switch_back_tell(&going->swap.halves[i], &going->backs[i]);
        }
    }
    int code = going->swap.wishes[0].replay ? plan_replay(going) : WEIR_EXIT_OK;
    return code != WEIR_EXIT_OK ? code : apply(going, going->backs[taken ? 1 : 0].id, groups, out);
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
    bool over = goes || *code != WEIR_EXIT_OK || wish->replay;
    if (goes) {
        *code = go(&going, groups, out);
    } else if (*code == WEIR_EXIT_OK && wish->replay) {
        *code = weir_switch_back_refuse_replay();
    }
    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        weir_switch_snapshot_fini(&going.snapshots[i]);
    }
    weir_swap_fini(&going.swap);
    return over;
}
