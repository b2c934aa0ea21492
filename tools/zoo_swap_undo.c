#include "tools/memory.h"
#include "tools/options.h"
#include "tools/zoo_group_state.h"
#include "tools/zoo_swap_state.h"
#include "tools/zoo_switch_follow.h"
#include "tools/zoo_switch_show.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES_MAX = 20 }; /* each is lost to somebody else, or to a connection */

/* Taking it back. */

struct undoing {
    struct weir_swap swap;
    bool abort;  /* only while nothing has moved */
    size_t half; /* one that is under way */
    char id[WEIR_SWITCH_ID_SIZE];
    char why[WEIR_SWITCH_WHY_SIZE];
    bool unsure; /* a write of ours may have come about */
    enum weir_switch_outcome expected[WEIR_SWAP_HALVES];
};

/* Takes the sentence. */
static int refuse(char *sentence)
{
    int code = weir_switching_refuse(sentence);

    free(sentence);
    return code;
}

static const struct weir_switch *record_of(const struct undoing *undoing, size_t half)
{
    return &undoing->swap.halves[half].look.record;
}

static int refuse_idle(const struct undoing *undoing)
{
    const struct weir_switch *record = record_of(undoing, 0);
    const struct weir_switch_past *last = &record->past[0];

    if (record->past_count == 0) {
        return weir_switching_refuse("no swap is under way, and there was none");
    }
    bool back = last->outcome == WEIR_SWITCH_DONE && last->from[0] != '\0';
    return refuse(weir_cli_text("no swap is under way; the last switch of %s, %s to %s, is %s%s%s",
                                undoing->swap.halves[0].group->name, last->id, last->to,
                                weir_switch_outcome_name(last->outcome),
                                back ? "; to go back: weir switch apply --to " : "",
                                back ? last->from : ""));
}

static bool find_half(struct undoing *undoing)
{
    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        if (record_of(undoing, i)->step != WEIR_SWITCH_IDLE) {
            undoing->half = i;
            return true;
        }
    }
    return false;
}

static int refuse_other(const struct weir_switch_request *request, const char *group,
                        const char *peer)
{
    bool alone = request->peer[0] == '\0';

    return refuse(weir_cli_text(
        "the switch %s of %s to %s is no half of a swap with %s: it is taken back %s%s",
        request->id, group, request->to, peer,
        alone ? "alone, by the group's name and -X weir.bluegreen.topology=standby"
              : "with its other half, by a configuration whose other group is ",
        request->peer));
}

/* May the switch of this half be taken back, as its record is now? */
static int judge_half(struct undoing *undoing, size_t half)
{
    const struct weir_switch *record = record_of(undoing, half);
    const struct weir_switch_request *request = &record->request;
    const char *group = undoing->swap.halves[half].group->name;

    if (record->step == WEIR_SWITCH_IDLE) {
        return WEIR_EXIT_OK;
    }
    if (strcmp(request->peer, undoing->swap.wishes[half].peer) != 0) {
        return refuse_other(request, group, undoing->swap.wishes[half].peer);
    }
    if (undoing->id[0] != '\0' && strcmp(undoing->id, request->id) != 0) {
        return refuse(weir_cli_text("another switch of %s is under way by now: %s to %s, which %s "
                                    "asked for (%s)",
                                    group, request->id, request->to, request->by,
                                    weir_switch_step_name(record->step)));
    }
    if (record->step == WEIR_SWITCH_RETURNING) {
        return refuse(weir_cli_text("the switch %s of %s to %s is on its way back already: %s",
                                    request->id, group, request->to, record->why));
    }
    if (undoing->abort && record->step != WEIR_SWITCH_PREPARED) {
        return refuse(weir_cli_text("the switch %s of %s to %s has begun to move (%s): weir switch "
                                    "rollback takes it back",
                                    request->id, group, request->to,
                                    weir_switch_step_name(record->step)));
    }
    memcpy(undoing->id, request->id, sizeof undoing->id);
    return WEIR_EXIT_OK;
}

static int judge(struct undoing *undoing)
{
    if (!find_half(undoing)) {
        return refuse_idle(undoing);
    }
    int code = judge_half(undoing, undoing->half);
    code = code != WEIR_EXIT_OK ? code : judge_half(undoing, 1 - undoing->half);
    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        undoing->expected[i] = record_of(undoing, i)->step == WEIR_SWITCH_PREPARED
                                   ? WEIR_SWITCH_ABORTED
                                   : WEIR_SWITCH_ROLLED_BACK;
    }
    return code;
}

/* Did a write come about whose answer was lost? Of one half is enough. */
static bool is_undone(const struct undoing *undoing)
{
    const struct weir_switch *record = record_of(undoing, undoing->half);
    const struct weir_switch_past *past = weir_switching_past(record, undoing->id);

    if (!undoing->unsure) {
        return false;
    }
    return weir_swap_is_under_way(&undoing->swap, undoing->half, undoing->id)
               ? record->step == WEIR_SWITCH_RETURNING && strcmp(record->why, undoing->why) == 0
               : past != NULL && strcmp(past->why, undoing->why) == 0;
}

static void show(const struct undoing *undoing, bool done)
{
    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        bool aborted = undoing->expected[i] == WEIR_SWITCH_ABORTED;
        const char *would = aborted ? "the switch would be aborted; --execute does it"
                                    : "the switch would be taken back; --execute does it";
        const char *is = aborted ? "the switch is aborted" : "the switch is on its way back";
        weir_switch_show_act(&undoing->swap.halves[i], done ? is : would);
    }
}

static int end_undo(struct undoing *undoing)
{
    show(undoing, true);
    return undoing->swap.wishes[0].wait
               ? weir_swap_follow(&undoing->swap, undoing->id, undoing->expected)
               : WEIR_EXIT_OK;
}

/* *again: it was lost to a step, or to the connection. */
static int write_undo(struct undoing *undoing, bool *again)
{
    const struct weir_switch_pair pair = weir_swap_pair(&undoing->swap, undoing->half);
    enum weir_switch_written written = WEIR_SWITCH_LOST;
    struct weir_error error = {.code = WEIR_OK};
    struct weir_switch_both both;

    if (weir_switch_pair_undo(&pair, undoing->why, weir_clock_wall() / WEIR_NS_PER_MS, &both,
                              &error) != WEIR_OK) {
        return weir_switching_refuse(error.text);
    }
    int code = weir_swap_write(&undoing->swap, undoing->half, &both, &written);
    undoing->unsure = undoing->unsure || written == WEIR_SWITCH_UNSURE;
    *again = code == WEIR_EXIT_OK && written != WEIR_SWITCH_WRITTEN;
    return code != WEIR_EXIT_OK || *again ? code : end_undo(undoing);
}

static int try_undo(struct undoing *undoing, bool *again)
{
    int code = weir_swap_look_members(&undoing->swap);

    *again = false;
    if (code == WEIR_EXIT_OK && is_undone(undoing)) {
        return end_undo(undoing);
    }
    code = code != WEIR_EXIT_OK ? code : judge(undoing);
    if (code != WEIR_EXIT_OK) {
        return code;
    }
    if (!undoing->swap.wishes[0].execute) {
        show(undoing, false);
        return WEIR_EXIT_OK;
    }
    return write_undo(undoing, again);
}

static int undo(struct weir_zoo_group *const groups[WEIR_SWAP_HALVES],
                const struct weir_switch_wish *wish, FILE *out, bool abort)
{
    struct undoing undoing = {.abort = abort};
    bool again = true;

    weir_swap_begin(&undoing.swap, groups, wish, out);
    int code = weir_swap_watch(&undoing.swap);
    (void)snprintf(undoing.why, sizeof undoing.why, "%s by %s", abort ? "aborted" : "rolled back",
                   wish->by);
    for (int tries = 0; code == WEIR_EXIT_OK && again && tries < TRIES_MAX; tries++) {
        code = try_undo(&undoing, &again);
    }
    if (code == WEIR_EXIT_OK && again) {
        code = weir_switching_refuse("somebody else was first at each try; look with weir switch "
                                     "status");
    }
    weir_swap_fini(&undoing.swap);
    return code;
}

int weir_zoo_swap_abort(struct weir_zoo_group *const groups[WEIR_SWAP_HALVES],
                        const struct weir_switch_wish *wish, FILE *out)
{
    return undo(groups, wish, out, true);
}

int weir_zoo_swap_rollback(struct weir_zoo_group *const groups[WEIR_SWAP_HALVES],
                           const struct weir_switch_wish *wish, FILE *out)
{
    int code = WEIR_EXIT_OK;

    return weir_swap_go_back(groups, wish, out, &code) ? code : undo(groups, wish, out, false);
}
