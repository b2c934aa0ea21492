#include "framework/switch_sight.h"
#include "tools/options.h"
#include "tools/zoo_group_state.h"
#include "tools/zoo_swap_state.h"
#include "tools/zoo_switch_follow.h"
#include "tools/zoo_switch_health.h"
#include "tools/zoo_switch_log.h"
#include "tools/zoo_switch_progress.h"
#include <stdlib.h>
#include <string.h>

enum { PAUSES = 10, PAUSE_MS = 10, SETTLE_MS = 1000 };

/* One swap, while it is followed. */
struct following {
    struct weir_swap *swap;
    char id[WEIR_SWITCH_ID_SIZE];
    weir_time began;
    struct {
        weir_time seen_at; /* this step, first */
        enum weir_switch_step step;
        uint64_t turn;
        bool shown;
        enum weir_switch_mode mode;
        enum weir_switch_verdict verdict; /* that was told */
    } halves[WEIR_SWAP_HALVES];
};

static weir_time now_of(const struct following *following)
{
    return weir_zoo_talk_now(following->swap->halves[0].group->talk);
}

static int64_t ms_since(const struct following *following, weir_time at)
{
    return (now_of(following) - at) / WEIR_NS_PER_MS;
}

static void show(struct following *following, size_t half)
{
    struct weir_switching *switching = &following->swap->halves[half];
    const struct weir_switch *record = &switching->look.record;
    bool news = !following->halves[half].shown || following->halves[half].turn != record->turn;

    if (!weir_swap_is_under_way(following->swap, half, following->id)) {
        return;
    }
    if (news && (!following->halves[half].shown || following->halves[half].step != record->step)) {
        following->halves[half].seen_at = now_of(following);
        following->halves[half].step = record->step;
    }
    if (news) {
        following->halves[half].turn = record->turn;
        following->halves[half].mode = record->request.mode;
        following->halves[half].shown = true;
    }
    weir_switch_progress_step(switching, ms_since(following, following->began), news);
}

/* Whether it came about is read. Lost, *wrote: there is another record; but an offset or a fence
 * may change again and again. */
static int write_next(struct weir_swap *swap, size_t half, const struct weir_switch_both *both,
                      bool *wrote)
{
    bool replays = both->next.step == WEIR_SWITCH_HANDED_OVER && both->next.request.replay;
    enum weir_switch_written written = WEIR_SWITCH_LOST;
    int code = replays ? weir_swap_set_back(swap, half, both, &written)
                       : weir_swap_write(swap, half, both, &written);

    *wrote = !replays || written != WEIR_SWITCH_LOST;
    return code;
}

/* Whoever sees that it can go on writes the next step: so do we. *wrote: there is news. */
static int drive(struct following *following, size_t half, bool *wrote)
{
    struct weir_swap *swap = following->swap;
    const struct weir_switch_pair pair = weir_swap_pair(swap, half);
    size_t count = 0;
    struct weir_switch_member *members = weir_switching_members(&swap->halves[half].look, &count);
    const struct weir_switch_sight sight = {
        .members = members,
        .member_count = count,
        .in_step_ms = ms_since(following, following->halves[half].seen_at),
        .unread = weir_switch_see_unread(&swap->halves[half].look.roster, pair.record),
        .wall_ms = weir_clock_wall() / WEIR_NS_PER_MS,
        .sets_back = true};
    struct weir_switch_both both;
    int code = WEIR_EXIT_OK;

    if (weir_swap_is_under_way(swap, half, following->id) &&
        pair.record->step == WEIR_SWITCH_ACTIVE && !pair.record->agreed) {
        weir_switch_health_news(&swap->halves[half], &sight, ms_since(following, following->began),
                                &following->halves[half].verdict);
    }
    *wrote = weir_swap_is_under_way(swap, half, following->id) &&
             weir_switch_pair_next(&pair, &sight, &both);
    if (*wrote) {
        code = write_next(swap, half, &both, wrote);
    }
    free(members);
    return code;
}

static bool is_under_way(const struct following *following)
{
    return weir_swap_is_under_way(following->swap, 0, following->id) ||
           weir_swap_is_under_way(following->swap, 1, following->id);
}

/* What happens to the owners of one group is heard while its session is listened to: in turns. */
static void pause_both(struct weir_swap *swap)
{
    for (int i = 0; i < PAUSES * WEIR_SWAP_HALVES; i++) {
        weir_zoo_talk_pause(swap->halves[i % WEIR_SWAP_HALVES].group->talk, PAUSE_MS);
    }
}

static int step(struct following *following)
{
    bool wrote = false;
    int code = WEIR_EXIT_OK;

    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        show(following, i);
    }
    for (size_t i = 0; code == WEIR_EXIT_OK && !wrote && i < WEIR_SWAP_HALVES; i++) {
        code = drive(following, i, &wrote);
    }
    if (code == WEIR_EXIT_OK && !wrote) {
        pause_both(following->swap);
    }
    return code != WEIR_EXIT_OK ? code : weir_swap_look_members(following->swap);
}

int weir_swap_tell_end(const struct weir_swap *swap, const char *id, int64_t elapsed_ms,
                       const enum weir_switch_outcome expected[WEIR_SWAP_HALVES])
{
    int code = WEIR_EXIT_OK;

    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        const struct weir_switching *half = &swap->halves[i];
        const struct weir_switch_past *past = weir_switching_past(&half->look.record, id);
        int own =
            past == NULL
                ? weir_switching_refuse("the record of the switch knows nothing of it any more")
                : weir_switching_tell_end(half, past, elapsed_ms, expected[i]);
        code = code != WEIR_EXIT_OK ? code : own;
    }
    return code;
}

static void keep_log(const struct following *following)
{
    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        struct weir_switching *half = &following->swap->halves[i];
        const struct weir_switch_past *past =
            weir_switching_past(&half->look.record, following->id);
        if (past != NULL && past->outcome == WEIR_SWITCH_DONE) {
            weir_switch_log_keep(half, following->id, following->halves[i].mode);
        }
    }
}

int weir_swap_follow(struct weir_swap *swap, const char *id,
                     const enum weir_switch_outcome expected[WEIR_SWAP_HALVES])
{
    struct following following = {.swap = swap};

    memcpy(following.id, id, strlen(id) + 1); /* that of the record goes with it */
    following.began = now_of(&following);
    int code = weir_swap_look_members(swap);
    while (code == WEIR_EXIT_OK && is_under_way(&following)) {
        code = step(&following);
    }
    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        weir_switch_gaps_settle(&swap->halves[i].gaps, SETTLE_MS);
    }
    if (code != WEIR_EXIT_OK) {
        return code;
    }
    keep_log(&following);
    return weir_swap_tell_end(swap, following.id, ms_since(&following, following.began), expected);
}
