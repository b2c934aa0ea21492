#include "tools/zoo_switch_back.h"

#include "tools/memory.h"
#include "tools/options.h"
#include "tools/zoo_group_state.h"
#include "tools/zoo_switch_keep.h"
#include "tools/zoo_switch_progress.h"
#include "tools/zoo_switch_replay.h"
#include "tools/zoo_switch_show.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MS_PER_S = 1000, TIME_SIZE = 32, AGAIN_MAX = 99, SUFFIX_SIZE = 8 };

/* Judging. */

static const struct weir_switch_past *find_past(const struct weir_switch *record, const char *id)
{
    for (size_t i = 0; i < record->past_count; i++) {
        if (strcmp(record->past[i].id, id) == 0) {
            return &record->past[i];
        }
    }
    return NULL;
}

/* "release-42-back", or with a number behind it when an earlier one did not come about. */
static void name_way_back(const struct weir_switch *record, const char *of,
                          char out[WEIR_SWITCH_ID_SIZE])
{
    char suffix[SUFFIX_SIZE] = "-back";

    for (int again = 2; again <= AGAIN_MAX; again++) {
        (void)snprintf(out, WEIR_SWITCH_ID_SIZE, "%.*s%s",
                       (int)(WEIR_SWITCH_ID_SIZE - 1 - strlen(suffix)), of, suffix);
        if (find_past(record, out) == NULL) {
            return;
        }
        (void)snprintf(suffix, sizeof suffix, "-back%d", again);
    }
}

static void take_open(const struct weir_switch *record, const struct weir_switch_snapshot *snapshot,
                      int64_t wall_ms, struct weir_switch_back *out)
{
    if (out->of == NULL || out->of->outcome != WEIR_SWITCH_DONE || out->of->from[0] == '\0' ||
        strcmp(record->active, out->of->to) != 0) {
        return;
    }
    out->to = out->of->from;
    out->until_ms = out->of->ended_ms + snapshot->window_ms;
    out->way = wall_ms < out->until_ms ? WEIR_SWITCH_WAY_OPEN : WEIR_SWITCH_WAY_CLOSED;
    name_way_back(record, out->of->id, out->id);
}

static void take_asked(const char *id, const char *to, struct weir_switch_back *out)
{
    out->way = WEIR_SWITCH_WAY_ASKED;
    out->to = to;
    memcpy(out->id, id, strlen(id) + 1);
}

/* The one under way, or the last one; NULL: there was none. */
static const char *last_id(const struct weir_switch *record)
{
    if (record->step != WEIR_SWITCH_IDLE) {
        return record->request.id;
    }
    return record->past_count > 0 ? record->past[0].id : NULL;
}

/* It may be that of a switch which is taken back already. */
static void take_snapshot(const struct weir_switch *record,
                          const struct weir_switch_snapshot *snapshot, int64_t wall_ms,
                          struct weir_switch_back *out)
{
    bool idle = record->step == WEIR_SWITCH_IDLE;
    bool is_back = snapshot->back_of[0] != '\0';

    out->of = find_past(record, is_back ? snapshot->back_of : snapshot->id);
    if (!idle && is_back) {
        take_asked(snapshot->id, record->request.to, out);
    } else if (idle && is_back && record->past[0].outcome == WEIR_SWITCH_DONE) {
        take_asked(snapshot->id, record->past[0].to, out);
    } else if (idle) {
        take_open(record, snapshot, wall_ms, out);
    }
}

/* A snapshot of another switch than the last one says nothing. */
struct weir_switch_back weir_switch_back_judge(const struct weir_switch *record,
                                               const struct weir_switch_snapshot *snapshot,
                                               int64_t wall_ms)
{
    struct weir_switch_back out = {.way = WEIR_SWITCH_WAY_NONE};
    const char *id = last_id(record);

    if (snapshot != NULL && id != NULL && strcmp(snapshot->id, id) == 0) {
        take_snapshot(record, snapshot, wall_ms, &out);
    }
    return out;
}

/* Going. */

static const char *time_text(int64_t ms, char out[TIME_SIZE])
{
    time_t seconds = (time_t)(ms / MS_PER_S);
    struct tm parts;

    if (gmtime_r(&seconds, &parts) == NULL ||
        strftime(out, TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        (void)snprintf(out, TIME_SIZE, "%lld ms", (long long)ms);
    }
    return out;
}

int weir_switch_back_refuse(const struct weir_switch_back *back)
{
    char ended[TIME_SIZE];
    char until[TIME_SIZE];
    char *text = weir_cli_text(
        "the switch %s to %s was done at %s, and its window was over at %s "
        "(weir.bluegreen.window.ms); to go on with %s all the same: weir switch apply --to %s; to "
        "handle records again: stop all, and weir offsets reset",
        back->of->id, back->of->to, time_text(back->of->ended_ms, ended),
        time_text(back->until_ms, until), back->to, back->to);
    int code = weir_switching_refuse(text);

    free(text);
    return code;
}

void weir_switch_back_tell(const struct weir_switching *switching,
                           const struct weir_switch_back *back)
{
    FILE *out = switching->out;
    char ended[TIME_SIZE];
    char until[TIME_SIZE];

    if (switching->wish->json) {
        weir_switch_json_open(switching, back);
        return;
    }
    weir_switch_progress_group(switching);
    (void)fprintf(out,
                  "%s to %s was done at %s, and can be taken back until %s; that would be %s:\n",
                  back->of->id, back->of->to, time_text(back->of->ended_ms, ended),
                  time_text(back->until_ms, until), back->id);
}

/* Why the offsets of the snapshot cannot be those to begin at; NULL: they can. */
static const char *judge_snapshot(const struct weir_switch_snapshot *snapshot)
{
    if (snapshot->unknown) {
        return "--replay: the snapshot of that switch has no offsets; to handle records again: "
               "stop "
               "all, and weir offsets reset";
    }
    return snapshot->store == WEIR_SWITCH_STORE_ZOOKEEPER
               ? NULL
               : "--replay: the snapshot of that switch is not of offsets in ZooKeeper: apply was "
                 "not given weir.offsets.store=zookeeper; without --replay there is a way back";
}

int weir_switch_back_refuse_empty(void)
{
    return weir_switching_refuse("--replay: nothing was committed when that switch was asked for, "
                                 "so nothing can be set back; without --replay there is a way "
                                 "back");
}

void weir_switch_back_warn_level(void)
{
    weir_cli_warn("--replay: by now no partition is past where it was when that switch was asked "
                  "for, so nothing would come again but what is done until it hands over");
}

int weir_switch_back_refuse_asked(const struct weir_switch_snapshot *snapshot)
{
    return weir_switching_refuse(
        snapshot->replay ? "the way back is asked for already, with --replay: give that again to "
                           "follow it; as long as nothing has moved weir switch abort ends it"
                         : "the way back is asked for already, without --replay: leave that out to "
                           "follow it; as long as nothing has moved weir switch abort ends it");
}

int weir_switch_back_refuse_replay(void)
{
    return weir_switching_refuse("--replay is for a switch that is done, and whose snapshot is "
                                 "there; look with weir switch status and history");
}

int weir_switch_back_replay(struct weir_switching *switching,
                            const struct weir_switch_snapshot *snapshot,
                            struct weir_switch_replay *out)
{
    const char *why = judge_snapshot(snapshot);

    if (!switching->wish->offsets_in_zoo) {
        weir_cli_complain("--replay needs weir.offsets.store=zookeeper: brokers refuse no late "
                          "commit, and nothing is written to them and to ZooKeeper in one "
                          "transaction; to handle records again: stop all, and weir offsets reset");
        return WEIR_EXIT_CONFIG;
    }
    return why != NULL ? weir_switching_refuse(why)
                       : weir_switch_replay_look(switching, snapshot, out);
}

/* What is known before anything is asked for. */
static int plan_replay(struct weir_switching *switching,
                       const struct weir_switch_snapshot *snapshot)
{
    struct weir_switch_replay replay = {.rows = NULL};
    int code = weir_switch_back_replay(switching, snapshot, &replay);

    if (code == WEIR_EXIT_OK && snapshot->offsets.topic_count == 0) {
        code = weir_switch_back_refuse_empty();
    }
    if (code == WEIR_EXIT_OK && replay.behind == 0) {
        weir_switch_back_warn_level();
    }
    if (code == WEIR_EXIT_OK && !switching->wish->execute) {
        weir_switch_replay_show(switching, &replay);
    }
    weir_switch_replay_fini(&replay);
    return code;
}

static int open_way(struct weir_switching *switching, const struct weir_switch_back *back,
                    struct weir_switch_snapshot *snapshot)
{
    memcpy(snapshot->back_of, back->of->id, sizeof snapshot->back_of);
    snapshot->replay = switching->wish->replay;
    if (!switching->wish->execute) {
        weir_switch_back_tell(switching, back);
    }
    return snapshot->replay ? plan_replay(switching, snapshot) : WEIR_EXIT_OK;
}

/* As any other switch, but for the snapshot, which stays that of the switch that is taken back: to
 * what was there before, which is not held against the color that is left, and may read less. */
static int apply(struct weir_switching *switching, const struct weir_switch_back *back,
                 struct weir_switch_snapshot *snapshot)
{
    struct weir_switch_wish wish = *switching->wish;
    char id[WEIR_SWITCH_ID_SIZE];
    char to[WEIR_SWITCH_COLOR_SIZE];

    memcpy(id, back->id, sizeof id);
    (void)snprintf(to, sizeof to, "%s", back->to);
    int code = WEIR_EXIT_OK;
    if (back->way == WEIR_SWITCH_WAY_OPEN) {
        code = open_way(switching, back, snapshot);
        wish.back = snapshot;
        wish.together = snapshot->replay || snapshot->mode == WEIR_SWITCH_TOGETHER;
    }
    wish.replay = wish.replay && back->way == WEIR_SWITCH_WAY_OPEN; /* else it is only followed */
    wish.id = id;
    wish.to = to;
    wish.health_ms = 0;
    wish.health = (struct weir_switch_health_wish){0};
    wish.leave_unread = true;
    return code != WEIR_EXIT_OK ? code
                                : weir_zoo_switch_apply(switching->group, &wish, switching->out);
}

static int refuse_half(const struct weir_switch_snapshot *snapshot)
{
    char *text = weir_cli_text(
        "the last switch, %s, is one half of a swap with %s, and is taken back with the other one: "
        "by a configuration with weir.bluegreen.topology=swap; of this group alone: weir switch "
        "apply",
        snapshot->id, snapshot->peer);
    int code = weir_switching_refuse(text);

    free(text);
    return code;
}

static int go(struct weir_switching *switching, const struct weir_switch_back *back,
              struct weir_switch_snapshot *snapshot)
{
    if (snapshot->peer[0] != '\0') {
        return refuse_half(snapshot);
    }
    if (back->way == WEIR_SWITCH_WAY_CLOSED) {
        return weir_switch_back_refuse(back);
    }
    if (back->way == WEIR_SWITCH_WAY_ASKED && switching->wish->replay != snapshot->replay) {
        return weir_switch_back_refuse_asked(snapshot);
    }
    if (back->way == WEIR_SWITCH_WAY_ASKED && !switching->wish->execute) {
        weir_switch_show_act(switching, "the way back is asked for already");
        return WEIR_EXIT_OK;
    }
    return apply(switching, back, snapshot);
}

bool weir_switching_go_back(struct weir_zoo_group *group, const struct weir_switch_wish *wish,
                            FILE *out, int *code)
{
    struct weir_switching switching = {.group = group, .wish = wish, .out = out};
    struct weir_switch_snapshot snapshot = {.unknown = false};
    struct weir_switch_back back = {.way = WEIR_SWITCH_WAY_NONE};
    bool there = false;

    *code = weir_switching_look_members(&switching);
    *code =
        *code != WEIR_EXIT_OK ? *code : weir_switch_snapshot_load(&switching, &snapshot, &there);
    bool good = *code == WEIR_EXIT_OK;
    if (good) {
        back = weir_switch_back_judge(&switching.look.record, there ? &snapshot : NULL,
                                      weir_clock_wall() / WEIR_NS_PER_MS);
    }
    if (back.way != WEIR_SWITCH_WAY_NONE) {
        *code = go(&switching, &back, &snapshot);
    } else if (good && wish->replay) {
        *code = weir_switch_back_refuse_replay();
    }
    weir_switch_snapshot_fini(&snapshot);
    weir_switching_fini(&switching);
    return !good || wish->replay || back.way != WEIR_SWITCH_WAY_NONE;
}
