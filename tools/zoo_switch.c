#include "tools/zoo_switch.h"

#include "framework/base/memory.h"
#include "tools/memory.h"
#include "tools/options.h"
#include "tools/zoo_group_state.h"
#include "tools/zoo_switch_back.h"
#include "tools/zoo_switch_follow.h"
#include "tools/zoo_switch_keep.h"
#include "tools/zoo_switch_plan.h"
#include "tools/zoo_switch_show.h"
#include "tools/zoo_switch_stops.h"
#include "tools/zoo_switch_write.h"
#include <stdlib.h>
#include <string.h>

enum { TRIES_MAX = 20 }; /* each is lost to somebody else, or to a connection */

static struct weir_switching begin(struct weir_zoo_group *group,
                                   const struct weir_switch_wish *wish, FILE *out)
{
    return (struct weir_switching){.group = group, .wish = wish, .out = out};
}

/* Takes the sentence. */
static int refuse(char *sentence)
{
    int code = weir_switching_refuse(sentence);

    free(sentence);
    return code;
}

/* Looking. */

int weir_zoo_switch_status(struct weir_zoo_group *group, const struct weir_switch_wish *wish,
                           FILE *out)
{
    struct weir_switching switching = begin(group, wish, out);
    int code = weir_switching_look(&switching);

    if (code == WEIR_EXIT_OK) {
        weir_switch_show_status(&switching);
    }
    weir_switching_fini(&switching);
    return code;
}

int weir_zoo_switch_history(struct weir_zoo_group *group, const struct weir_switch_wish *wish,
                            FILE *out)
{
    struct weir_switching switching = begin(group, wish, out);
    struct weir_switch_log log;
    int code = weir_switching_look_members(&switching);

    code = code != WEIR_EXIT_OK ? code : weir_switch_log_read(&switching, &log);
    if (code == WEIR_EXIT_OK) {
        weir_switch_show_history(&switching, &log);
    }
    weir_switching_fini(&switching);
    return code;
}

static bool is_under_way(const struct weir_switch *record, const char *id)
{
    return record->step != WEIR_SWITCH_IDLE && strcmp(record->request.id, id) == 0;
}

/* Is it under way, or has it ended? */
static bool is_known(const struct weir_switch *record, const char *id)
{
    return is_under_way(record, id) || weir_switching_past(record, id) != NULL;
}

/* What cannot be wished for is known before anything is asked; and the brokers are asked for what
 * is not asked for already. */
static int look_for(struct weir_switching *switching)
{
    const struct weir_switch_wish *wish = switching->wish;
    struct weir_switch_request request;
    int code = weir_switch_plan_request(wish, &request);

    code = code != WEIR_EXIT_OK ? code : weir_switching_look(switching);
    if (code != WEIR_EXIT_OK || wish->learn == NULL ||
        (wish->execute && is_known(&switching->look.record, wish->id))) {
        return code;
    }
    code = wish->learn(wish->learner);
    return code != WEIR_EXIT_OK ? code : weir_switching_look(switching);
}

int weir_zoo_switch_plan(struct weir_zoo_group *group, const struct weir_switch_wish *wish,
                         FILE *out)
{
    struct weir_switching switching = begin(group, wish, out);
    int code = look_for(&switching);

    code = code != WEIR_EXIT_OK ? code : weir_switching_plan(&switching);
    weir_switching_fini(&switching);
    return code;
}

/* Asking. */

/* It is asked for: by us, just now or by an earlier process that did not come back. */
static int go_along(struct weir_switching *switching, const char *id)
{
    const struct weir_switch_past *past = weir_switching_past(&switching->look.record, id);

    if (is_under_way(&switching->look.record, id)) {
        weir_switch_show_act(switching, "the switch is asked for");
        return switching->wish->wait ? weir_switching_follow(switching, id, WEIR_SWITCH_DONE)
                                     : WEIR_EXIT_OK;
    }
    return weir_switching_tell_end(switching, past, -1, WEIR_SWITCH_DONE);
}

static int refuse_id(const struct weir_switching *switching, const char *to)
{
    return refuse(weir_cli_text("the id %s was given to a switch to %s: give another one with --id",
                                switching->wish->id, to));
}

static int go_along_if_same(struct weir_switching *switching)
{
    const struct weir_switch *record = &switching->look.record;
    const struct weir_switch_wish *wish = switching->wish;
    const char *to = is_under_way(record, wish->id) ? record->request.to
                                                    : weir_switching_past(record, wish->id)->to;

    return strcmp(to, wish->to) == 0 ? go_along(switching, wish->id) : refuse_id(switching, to);
}

/* What it waits for by itself is told, and the rest is in its way. */
static int judge_blocks(const struct weir_switch_plan *plan)
{
    for (size_t i = 0; i < plan->block_count; i++) {
        const struct weir_switch_block *block = &plan->blocks[i];
        if (!block->waits) {
            weir_cli_complain(block->why);
        } else if (!plan->refused) {
            char *text = weir_cli_text("the switch waits: %s", block->why);
            weir_cli_warn(text);
            free(text);
        }
    }
    return plan->refused ? WEIR_EXIT_TRY_AGAIN : WEIR_EXIT_OK;
}

/* Whoever was first is told. */
static int lose(const struct weir_switching *switching, const struct weir_switch_plan *plan)
{
    const struct weir_switch *record = &switching->look.record;
    struct weir_error error = {.code = WEIR_OK};
    struct weir_switch next;

    if (weir_switch_ask(record, &plan->request, 0, &next, &error) != WEIR_OK) {
        return refuse(weir_cli_text("somebody else was first: %s", error.text));
    }
    if (record->past_count > 0) {
        return refuse(weir_cli_text("somebody else was first: the switch %s to %s, which %s asked "
                                    "for, is %s; nothing is written",
                                    record->past[0].id, record->past[0].to, record->past[0].by,
                                    weir_switch_outcome_name(record->past[0].outcome)));
    }
    return weir_switching_refuse("the record of the switch is another one than was read; nothing "
                                 "is written");
}

static bool is_same_record(const struct weir_zoo_look *look, const struct weir_zoo_look *before)
{
    return look->switched == before->switched && look->record_version == before->record_version &&
           look->record_created == before->record_created;
}

/* Of a write that may have been lost with its connection reading tells; if it stands there as it
 * did, it is written once more: the version lets only one of the two come about. */
static int ask(struct weir_switching *switching, const struct weir_switch_plan *plan,
               const struct weir_switch_papers *papers)
{
    enum weir_switch_written written = WEIR_SWITCH_UNSURE;

    for (int tries = 0; tries < TRIES_MAX; tries++) {
        const struct weir_zoo_look before = {.switched = switching->look.switched,
                                             .record_version = switching->look.record_version,
                                             .record_created = switching->look.record_created};
        int code = weir_switching_ask(switching, &plan->next, papers, &written);
        code = code != WEIR_EXIT_OK ? code : weir_switching_look_members(switching);
        if (code != WEIR_EXIT_OK) {
            return code;
        }
        if (is_known(&switching->look.record, plan->request.id)) {
            return go_along(switching, plan->request.id);
        }
        if (written == WEIR_SWITCH_LOST || !is_same_record(&switching->look, &before)) {
            return lose(switching, plan);
        }
    }
    return weir_switching_refuse("the connection broke at each try to write; nothing is written");
}

static int plan_and_ask(struct weir_switching *switching)
{
    struct weir_switch_plan plan = {.blocks = NULL};
    char *stops = NULL;
    char *snapshot = NULL;
    int code = weir_switch_plan_make(switching, &plan);

    code = code != WEIR_EXIT_OK ? code : judge_blocks(&plan);
    if (code == WEIR_EXIT_OK && switching->wish->stops != NULL) {
        code = weir_switch_stops_text(switching->wish, &stops);
    }
    if (code == WEIR_EXIT_OK) {
        code = weir_switch_snapshot_make(switching, &plan.request, &snapshot);
    }
    if (code == WEIR_EXIT_OK) {
        code = ask(switching, &plan,
                   &(struct weir_switch_papers){.stops = stops, .snapshot = snapshot});
    }
    weir_free(stops);
    free(snapshot);
    weir_switch_plan_fini(&plan);
    return code;
}

int weir_zoo_switch_apply(struct weir_zoo_group *group, const struct weir_switch_wish *wish,
                          FILE *out)
{
    struct weir_switching switching = begin(group, wish, out);
    int code = look_for(&switching);

    if (code == WEIR_EXIT_OK && !wish->execute) {
        code = weir_switching_plan(&switching);
    } else if (code == WEIR_EXIT_OK) {
        code = weir_switching_watch(&switching);
        code = code != WEIR_EXIT_OK                         ? code
               : is_known(&switching.look.record, wish->id) ? go_along_if_same(&switching)
                                                            : plan_and_ask(&switching);
    }
    weir_switching_fini(&switching);
    return code;
}

/* Taking it back. */

struct undoing {
    struct weir_switching switching;
    bool abort; /* only while nothing has moved */
    char id[WEIR_SWITCH_ID_SIZE];
    char why[WEIR_SWITCH_WHY_SIZE];
    bool unsure; /* a write of ours may have come about */
};

static int refuse_idle(const struct undoing *undoing)
{
    const struct weir_switch *record = &undoing->switching.look.record;
    const struct weir_switch_past *last = &record->past[0];

    if (record->past_count == 0) {
        return weir_switching_refuse("no switch is under way, and there was none");
    }
    bool back = !undoing->abort && last->outcome == WEIR_SWITCH_DONE && last->from[0] != '\0';
    return refuse(weir_cli_text(
        "no switch is under way; the last one, %s to %s, which %s asked for, is %s%s%s%s%s",
        last->id, last->to, last->by, weir_switch_outcome_name(last->outcome),
        last->why[0] == '\0' ? "" : ": ", last->why,
        back ? "; to go back: weir switch apply --to " : "", back ? last->from : ""));
}

/* May the switch that was found first be taken back, as the record is now? */
static int judge_undo(struct undoing *undoing)
{
    const struct weir_switch *record = &undoing->switching.look.record;
    const struct weir_switch_request *request = &record->request;

    if (record->step == WEIR_SWITCH_IDLE) {
        return refuse_idle(undoing);
    }
    if (request->peer[0] != '\0') {
        return refuse(
            weir_cli_text("the switch %s to %s is one half of a swap with %s, and is taken "
                          "back with the other one: by a configuration with "
                          "weir.bluegreen.topology=swap",
                          request->id, request->to, request->peer));
    }
    if (undoing->id[0] != '\0' && strcmp(undoing->id, request->id) != 0) {
        return refuse(weir_cli_text("another switch is under way by now: %s to %s, which %s asked "
                                    "for (%s)",
                                    request->id, request->to, request->by,
                                    weir_switch_step_name(record->step)));
    }
    if (record->step == WEIR_SWITCH_RETURNING) {
        return refuse(weir_cli_text("the switch %s to %s, which %s asked for, is on its way back "
                                    "already: %s",
                                    request->id, request->to, request->by, record->why));
    }
    if (undoing->abort && record->step != WEIR_SWITCH_PREPARED) {
        return refuse(weir_cli_text("the switch %s to %s, which %s asked for, has begun to move "
                                    "(%s): weir switch rollback takes it back",
                                    request->id, request->to, request->by,
                                    weir_switch_step_name(record->step)));
    }
    memcpy(undoing->id, request->id, sizeof undoing->id);
    return WEIR_EXIT_OK;
}

/* Did a write come about whose answer was lost? */
static bool is_undone(const struct undoing *undoing)
{
    const struct weir_switch *record = &undoing->switching.look.record;
    const struct weir_switch_past *past = weir_switching_past(record, undoing->id);

    if (!undoing->unsure) {
        return false;
    }
    return is_under_way(record, undoing->id)
               ? record->step == WEIR_SWITCH_RETURNING && strcmp(record->why, undoing->why) == 0
               : past != NULL && strcmp(past->why, undoing->why) == 0;
}

static int end_undo(struct undoing *undoing, enum weir_switch_outcome expected)
{
    struct weir_switching *switching = &undoing->switching;

    weir_switch_show_act(switching, expected == WEIR_SWITCH_ABORTED
                                        ? "the switch is aborted"
                                        : "the switch is on its way back");
    return switching->wish->wait ? weir_switching_follow(switching, undoing->id, expected)
                                 : WEIR_EXIT_OK;
}

static int tell_wish(const struct undoing *undoing, enum weir_switch_outcome expected)
{
    weir_switch_show_act(&undoing->switching,
                         expected == WEIR_SWITCH_ABORTED
                             ? "the switch would be aborted; --execute does it"
                             : "the switch would be taken back; --execute does it");
    return WEIR_EXIT_OK;
}

/* *again: it was lost to a step, or to the connection. */
static int write_undo(struct undoing *undoing, enum weir_switch_outcome expected, bool *again)
{
    struct weir_switching *switching = &undoing->switching;
    enum weir_switch_written written = WEIR_SWITCH_LOST;
    struct weir_error error = {.code = WEIR_OK};
    struct weir_switch next;

    if (weir_switch_undo(&switching->look.record, undoing->why, weir_clock_wall() / WEIR_NS_PER_MS,
                         &next, &error) != WEIR_OK) {
        return weir_switching_refuse(error.text);
    }
    int code = weir_switching_write(switching, &next, &written);
    undoing->unsure = undoing->unsure || written == WEIR_SWITCH_UNSURE;
    *again = code == WEIR_EXIT_OK && written != WEIR_SWITCH_WRITTEN;
    return code != WEIR_EXIT_OK || *again ? code : end_undo(undoing, expected);
}

static int try_undo(struct undoing *undoing, enum weir_switch_outcome *expected, bool *again)
{
    struct weir_switching *switching = &undoing->switching;
    int code = weir_switching_look_members(switching);

    *again = false;
    if (code == WEIR_EXIT_OK && is_undone(undoing)) {
        return end_undo(undoing, *expected);
    }
    code = code != WEIR_EXIT_OK ? code : judge_undo(undoing);
    if (code != WEIR_EXIT_OK) {
        return code;
    }
    *expected = switching->look.record.step == WEIR_SWITCH_PREPARED ? WEIR_SWITCH_ABORTED
                                                                    : WEIR_SWITCH_ROLLED_BACK;
    return switching->wish->execute ? write_undo(undoing, *expected, again)
                                    : tell_wish(undoing, *expected);
}

static int undo(struct weir_zoo_group *group, const struct weir_switch_wish *wish, FILE *out,
                bool abort)
{
    struct undoing undoing = {.switching = begin(group, wish, out), .abort = abort};
    enum weir_switch_outcome expected = WEIR_SWITCH_ABORTED;
    bool again = true;
    int code = weir_switching_watch(&undoing.switching);

    (void)snprintf(undoing.why, sizeof undoing.why, "%s by %s", abort ? "aborted" : "rolled back",
                   wish->by);
    for (int tries = 0; code == WEIR_EXIT_OK && again && tries < TRIES_MAX; tries++) {
        code = try_undo(&undoing, &expected, &again);
    }
    if (code == WEIR_EXIT_OK && again) {
        code = weir_switching_refuse("somebody else was first at each try; look with weir switch "
                                     "status");
    }
    weir_switching_fini(&undoing.switching);
    return code;
}

int weir_zoo_switch_abort(struct weir_zoo_group *group, const struct weir_switch_wish *wish,
                          FILE *out)
{
    return undo(group, wish, out, true);
}

int weir_zoo_switch_rollback(struct weir_zoo_group *group, const struct weir_switch_wish *wish,
                             FILE *out)
{
    int code = WEIR_EXIT_OK;

    return weir_switching_go_back(group, wish, out, &code) ? code : undo(group, wish, out, false);
}
