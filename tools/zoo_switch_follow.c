#include "tools/zoo_switch_follow.h"

#include "framework/switch_sight.h"
#include "tools/options.h"
#include "tools/zoo_group_state.h"
#include "tools/zoo_switch_health.h"
#include "tools/zoo_switch_log.h"
#include "tools/zoo_switch_progress.h"
#include "tools/zoo_switch_replay.h"
#include "tools/zoo_switch_show.h"
#include "tools/zoo_switch_write.h"
#include <stdlib.h>
#include <string.h>

enum { PAUSE_MS = 200, SETTLE_MS = 1000 };

/* One switch, while it is followed. */
struct following {
    struct weir_switching *switching;
    const char *id;
    weir_time began;
    weir_time seen_at; /* this turn, first */
    uint64_t turn;
    bool shown; /* this turn */
    enum weir_switch_mode mode;
    enum weir_switch_verdict verdict; /* as it was shown last */
};

static int64_t ms_since(const struct following *following, weir_time at)
{
    return (weir_zoo_talk_now(following->switching->group->talk) - at) / WEIR_NS_PER_MS;
}

const struct weir_switch_past *weir_switching_past(const struct weir_switch *record, const char *id)
{
    for (size_t i = 0; i < record->past_count; i++) {
        if (strcmp(record->past[i].id, id) == 0) {
            return &record->past[i];
        }
    }
    return NULL;
}

int weir_switching_tell_end(const struct weir_switching *switching,
                            const struct weir_switch_past *past, int64_t elapsed_ms,
                            enum weir_switch_outcome expected)
{
    bool unhealthy = past->outcome == WEIR_SWITCH_DONE && past->why[0] != '\0';

    weir_switch_show_end(switching, past, elapsed_ms);
    return past->outcome == expected && !unhealthy ? WEIR_EXIT_OK : WEIR_EXIT_TRY_AGAIN;
}

static void show(struct following *following)
{
    const struct weir_zoo_look *look = &following->switching->look;
    bool news = !following->shown || following->turn != look->record.turn;

    if (news) {
        following->seen_at = weir_zoo_talk_now(following->switching->group->talk);
        following->turn = look->record.turn;
        following->mode = look->record.request.mode;
        following->shown = true;
    }
    weir_switch_progress_step(following->switching, ms_since(following, following->began), news);
}

/* Whoever sees that it can go on writes the next step: so do we. *wrote: there is news. */
static int drive(struct following *following, bool *wrote)
{
    const struct weir_zoo_look *look = &following->switching->look;
    size_t count = 0;
    struct weir_switch_member *members = weir_switching_members(look, &count);
    const struct weir_switch_sight sight = {
        .members = members,
        .member_count = count,
        .in_step_ms = ms_since(following, following->seen_at),
        .wall_ms = weir_clock_wall() / WEIR_NS_PER_MS,
        .unread = weir_switch_see_unread(&look->roster, &look->record),
        .sets_back = true};
    enum weir_switch_written written = WEIR_SWITCH_LOST;
    struct weir_switch next;
    int code = WEIR_EXIT_OK;

    if (look->record.step == WEIR_SWITCH_ACTIVE) {
        weir_switch_health_news(following->switching, &sight, ms_since(following, following->began),
                                &following->verdict);
    }
    *wrote = weir_switch_next(&look->record, &sight, &next);
    bool replays = *wrote && next.step == WEIR_SWITCH_HANDED_OVER && next.request.replay;
    if (replays) {
        code = weir_switching_set_back(following->switching, &next, &written);
        *wrote = written != WEIR_SWITCH_LOST; /* to an offset or a fence, that may change again */
    } else if (*wrote) {
        code = weir_switching_write(following->switching, &next, &written);
    }
    free(members);
    return code;
}

static bool is_under_way(const struct following *following)
{
    const struct weir_switch *record = &following->switching->look.record;

    return record->step != WEIR_SWITCH_IDLE && strcmp(record->request.id, following->id) == 0;
}

static int tell_end(const struct following *following, enum weir_switch_outcome expected)
{
    struct weir_switching *switching = following->switching;
    const struct weir_switch_past *past =
        weir_switching_past(&switching->look.record, following->id);

    if (past != NULL && past->outcome == WEIR_SWITCH_DONE) {
        weir_switch_log_keep(switching, following->id, following->mode);
    }
    return past == NULL
               ? weir_switching_refuse("the record of the switch knows nothing of it any more")
               : weir_switching_tell_end(switching, past, ms_since(following, following->began),
                                         expected);
}

int weir_switching_follow(struct weir_switching *switching, const char *id,
                          enum weir_switch_outcome expected)
{
    char own[WEIR_SWITCH_ID_SIZE]; /* that of the record goes with it */
    struct following following = {
        .switching = switching, .id = own, .began = weir_zoo_talk_now(switching->group->talk)};
    bool wrote = false;

    memcpy(own, id, strlen(id) + 1);
    int code = weir_switching_look_members(switching);
    while (code == WEIR_EXIT_OK && is_under_way(&following)) {
        show(&following);
        code = drive(&following, &wrote);
        if (!wrote) {
            weir_zoo_talk_pause(switching->group->talk, PAUSE_MS);
        }
        code = code != WEIR_EXIT_OK ? code : weir_switching_look_members(switching);
    }
    weir_switch_progress_wipe(switching);
    weir_switch_gaps_settle(&switching->gaps, SETTLE_MS);
    return code != WEIR_EXIT_OK ? code : tell_end(&following, expected);
}
