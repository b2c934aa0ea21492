#include "tools/zoo_swap.h"

#include "framework/base/memory.h"
#include "tools/memory.h"
#include "tools/options.h"
#include "tools/zoo_group_state.h"
#include "tools/zoo_swap_state.h"
#include "tools/zoo_switch_follow.h"
#include "tools/zoo_switch_keep.h"
#include "tools/zoo_switch_plan.h"
#include "tools/zoo_switch_show.h"
#include "tools/zoo_switch_stops.h"
#include <stdlib.h>
#include <string.h>

enum { TRIES_MAX = 20 }; /* each is lost to a connection */

static const enum weir_switch_outcome both_done[WEIR_SWAP_HALVES] = {WEIR_SWITCH_DONE,
                                                                     WEIR_SWITCH_DONE};

/* Both halves. */

void weir_swap_begin(struct weir_swap *swap, struct weir_zoo_group *const groups[WEIR_SWAP_HALVES],
                     const struct weir_switch_wish *wish, FILE *out)
{
    *swap = (struct weir_swap){.to = ""};
    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        swap->wishes[i] = *wish;
        swap->wishes[i].to = i == 0 ? wish->to : wish->peer_to;
        swap->wishes[i].peer = groups[1 - i]->name;
        swap->wishes[i].stops = i == 0 ? wish->stops : wish->peer_stops;
        swap->wishes[i].back = i == 0 ? wish->back : wish->peer_back;
        swap->wishes[i].live = false; /* two bars cannot be in one place */
        swap->halves[i] =
            (struct weir_switching){.group = groups[i], .wish = &swap->wishes[i], .out = out};
    }
}

void weir_swap_fini(struct weir_swap *swap)
{
    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        weir_switching_fini(&swap->halves[i]);
        free(swap->snapshots[i]);
        weir_free(swap->stops[i]);
        swap->snapshots[i] = NULL;
        swap->stops[i] = NULL;
    }
}

typedef int look_fn(struct weir_switching *switching);

static int both(struct weir_swap *swap, look_fn *look)
{
    int code = WEIR_EXIT_OK;

    for (size_t i = 0; code == WEIR_EXIT_OK && i < WEIR_SWAP_HALVES; i++) {
        code = look(&swap->halves[i]);
    }
    return code;
}

int weir_swap_look(struct weir_swap *swap)
{
    return both(swap, weir_switching_look);
}

int weir_swap_look_members(struct weir_swap *swap)
{
    return both(swap, weir_switching_look_members);
}

int weir_swap_watch(struct weir_swap *swap)
{
    return both(swap, weir_switching_watch);
}

struct weir_switch_pair weir_swap_pair(const struct weir_swap *swap, size_t half)
{
    const struct weir_zoo_look *peer = &swap->halves[1 - half].look;

    return (struct weir_switch_pair){.record = &swap->halves[half].look.record,
                                     .peer = peer->switched ? &peer->record : NULL};
}

int weir_swap_write(struct weir_swap *swap, size_t half, const struct weir_switch_both *next,
                    enum weir_switch_written *out)
{
    const struct weir_switch_half halves[] = {
        {.switching = &swap->halves[half], .next = &next->next},
        {.switching = &swap->halves[1 - half],
         .next = next->writes_peer ? &next->peer_next : NULL}};

    return next->checks_peer ? weir_switching_write_both(halves, out)
                             : weir_switching_write(halves[0].switching, &next->next, out);
}

bool weir_swap_is_under_way(const struct weir_swap *swap, size_t half, const char *id)
{
    const struct weir_switch *record = &swap->halves[half].look.record;

    return record->step != WEIR_SWITCH_IDLE && strcmp(record->request.id, id) == 0;
}

int weir_zoo_swap_each(weir_zoo_switch_fn *verb,
                       struct weir_zoo_group *const groups[WEIR_SWAP_HALVES],
                       const struct weir_switch_wish *wish, FILE *out)
{
    int code = WEIR_EXIT_OK;

    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        int own = verb(groups[i], wish, out);
        code = code == WEIR_EXIT_OK ? own : code;
        if (i == 0 && !wish->json) {
            (void)fputc('\n', out);
        }
    }
    return code;
}

/* Which color is to be the second's. */
static int choose(struct weir_swap *swap)
{
    const struct weir_switch *first = &swap->halves[0].look.record;

    if (swap->wishes[1].to != NULL && swap->wishes[1].to != swap->to) {
        return WEIR_EXIT_OK;
    }
    memcpy(swap->to, first->active, sizeof swap->to);
    swap->wishes[1].to = swap->to;
    if (swap->to[0] != '\0') {
        return WEIR_EXIT_OK;
    }
    char *text = weir_cli_text("in %s no color is active yet: say with --peer-to which is to be "
                               "active in %s",
                               swap->halves[0].group->name, swap->halves[1].group->name);
    int code = weir_switching_refuse(text);
    free(text);
    return code;
}

/* Would the color that leaves this half have no role in the other one? */
static bool strands(const struct weir_swap *swap, size_t half)
{
    const char *from = swap->halves[half].look.record.active;

    return from[0] != '\0' && strcmp(from, swap->wishes[1 - half].to) != 0;
}

/* Each color is to have one role before, and one after. That one is active already is said when it
 * is planned. */
static int judge_exchange(const struct weir_swap *swap)
{
    const struct weir_switch_wish *wishes = swap->wishes;
    bool moves = true;

    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        moves = moves && strcmp(swap->halves[i].look.record.active, wishes[i].to) != 0;
    }
    if (!moves ||
        (strcmp(wishes[0].to, wishes[1].to) != 0 && !strands(swap, 0) && !strands(swap, 1))) {
        return WEIR_EXIT_OK;
    }
    const char *from[WEIR_SWAP_HALVES];
    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        from[i] = swap->halves[i].look.record.active;
        from[i] = from[i][0] == '\0' ? "none" : from[i];
    }
    char *text = weir_cli_text(
        "%s from %s to %s and %s from %s to %s is no exchange: a swap is of two colors, each of "
        "which has one group before and the other one after it. To switch one group alone give "
        "its name and -X weir.bluegreen.topology=standby",
        swap->halves[0].group->name, from[0], wishes[0].to, swap->halves[1].group->name, from[1],
        wishes[1].to);
    int code = weir_switching_refuse(text);
    free(text);
    return code;
}

/* Is it under way, or has it ended? */
static bool is_known(const struct weir_swap *swap, const char *id)
{
    bool known = false;

    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        known = known || weir_swap_is_under_way(swap, i, id) ||
                weir_switching_past(&swap->halves[i].look.record, id) != NULL;
    }
    return known;
}

/* What cannot be wished for is known before anything is asked; and the brokers are asked for what
 * is not asked for already. */
static int look_for(struct weir_swap *swap)
{
    const struct weir_switch_wish *wish = &swap->wishes[0];
    struct weir_switch_request request;
    int code = weir_switch_plan_request(wish, &request);

    code = code != WEIR_EXIT_OK ? code : weir_swap_look(swap);
    if (code == WEIR_EXIT_OK && wish->learn != NULL &&
        !(wish->execute && is_known(swap, wish->id))) {
        code = wish->learn(wish->learner);
        code = code != WEIR_EXIT_OK ? code : weir_swap_look(swap);
    }
    return code != WEIR_EXIT_OK ? code : choose(swap);
}

/* Planning. */

static int make_plans(struct weir_swap *swap, struct weir_switch_plan plans[WEIR_SWAP_HALVES])
{
    struct weir_switch_wish *const wishes[] = {&swap->wishes[0], &swap->wishes[1]};
    struct weir_switch_plan *const both_plans[] = {&plans[0], &plans[1]};
    int code = judge_exchange(swap);

    for (size_t i = 0; code == WEIR_EXIT_OK && i < WEIR_SWAP_HALVES; i++) {
        code = weir_switch_plan_make(&swap->halves[i], &plans[i]);
    }
    if (code == WEIR_EXIT_OK) {
        weir_switch_stops_share(wishes, both_plans);
    }
    return code;
}

static int show_both(struct weir_swap *swap, struct weir_switch_plan plans[WEIR_SWAP_HALVES])
{
    int first = weir_switching_show_plan(&swap->halves[0], &plans[0]);

    if (!swap->wishes[0].json) {
        (void)fputc('\n', swap->halves[0].out);
    }
    int second = weir_switching_show_plan(&swap->halves[1], &plans[1]);
    return first != WEIR_EXIT_OK ? first : second;
}

static int show_plans(struct weir_swap *swap)
{
    struct weir_switch_plan plans[WEIR_SWAP_HALVES] = {{.blocks = NULL}, {.blocks = NULL}};
    int code = make_plans(swap, plans);

    code = code != WEIR_EXIT_OK ? code : show_both(swap, plans);
    weir_switch_plan_fini(&plans[0]);
    weir_switch_plan_fini(&plans[1]);
    return code;
}

int weir_zoo_swap_plan(struct weir_zoo_group *const groups[WEIR_SWAP_HALVES],
                       const struct weir_switch_wish *wish, FILE *out)
{
    struct weir_swap swap;

    weir_swap_begin(&swap, groups, wish, out);
    int code = look_for(&swap);
    code = code != WEIR_EXIT_OK ? code : show_plans(&swap);
    weir_swap_fini(&swap);
    return code;
}

/* Asking. */

static int go_along(struct weir_swap *swap, const char *id)
{
    bool goes_on = weir_swap_is_under_way(swap, 0, id) || weir_swap_is_under_way(swap, 1, id);

    for (size_t i = 0; goes_on && i < WEIR_SWAP_HALVES; i++) {
        weir_switch_show_act(&swap->halves[i], "the swap is asked for");
    }
    if (!goes_on) {
        return weir_swap_tell_end(swap, id, -1, both_done);
    }
    return swap->wishes[0].wait ? weir_swap_follow(swap, id, both_done) : WEIR_EXIT_OK;
}

/* NULL: the half was never in a switch of this id. */
static const char *to_of(const struct weir_swap *swap, size_t half, const char *id)
{
    const struct weir_switch *record = &swap->halves[half].look.record;
    const struct weir_switch_past *past = weir_switching_past(record, id);

    if (weir_swap_is_under_way(swap, half, id)) {
        return record->request.to;
    }
    return past == NULL ? NULL : past->to;
}

/* Both halves know it, and to the colors that are wished for now. A color of the second one that
 * was not given was the first one's, which may be another one by now. */
static bool is_same_swap(const struct weir_swap *swap, const char *peer_to)
{
    const char *id = swap->wishes[0].id;
    const char *first = to_of(swap, 0, id);
    const char *second = to_of(swap, 1, id);

    return first != NULL && second != NULL && strcmp(first, swap->wishes[0].to) == 0 &&
           (peer_to == NULL || strcmp(second, peer_to) == 0);
}

static int go_along_if_same(struct weir_swap *swap)
{
    const char *id = swap->wishes[0].id;

    if (is_same_swap(swap, swap->wishes[0].peer_to)) {
        return go_along(swap, id);
    }
    char *text =
        weir_cli_text("the id %s was given to another switch: give another one with --id", id);
    int code = weir_switching_refuse(text);
    free(text);
    return code;
}

static int judge_blocks(const struct weir_swap *swap, const struct weir_switch_plan *plans)
{
    size_t count = 0;

    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        for (size_t j = 0; j < plans[i].block_count; j++, count++) {
            char *text =
                weir_cli_text("%s: %s", swap->halves[i].group->name, plans[i].blocks[j].why);
            weir_cli_complain(text);
            free(text);
        }
    }
    return count > 0 ? WEIR_EXIT_TRY_AGAIN : WEIR_EXIT_OK;
}

/* Whoever was first is told. */
static int lose(const struct weir_swap *swap, const struct weir_switch_plan *plans)
{
    struct weir_error error = {.code = WEIR_OK};
    struct weir_switch next;
    char *text = NULL;

    for (size_t i = 0; text == NULL && i < WEIR_SWAP_HALVES; i++) {
        if (weir_switch_ask(&swap->halves[i].look.record, &plans[i].request, 0, &next, &error) !=
            WEIR_OK) {
            text = weir_cli_text("somebody else was first: %s: %s", swap->halves[i].group->name,
                                 error.text);
        }
    }
    int code = weir_switching_refuse(
        text != NULL ? text
                     : "somebody else was first: the record of the switch is another one "
                       "than was read; nothing is written");
    free(text);
    return code;
}

struct seen {
    bool switched;
    int32_t version;
    int64_t created;
};

static bool is_same(const struct seen *seen, const struct weir_zoo_look *look)
{
    return seen->switched == look->switched && seen->version == look->record_version &&
           seen->created == look->record_created;
}

/* Of a write that may have been lost with its connection reading tells; if both stand there as they
 * did, it is written once more: the versions let only one of the two come about. */
static int ask(struct weir_swap *swap, const struct weir_switch_plan *plans)
{
    enum weir_switch_written written = WEIR_SWITCH_UNSURE;
    const char *id = swap->wishes[0].id;

    for (int tries = 0; tries < TRIES_MAX; tries++) {
        struct seen seen[WEIR_SWAP_HALVES];
        struct weir_switch_half halves[WEIR_SWAP_HALVES];
        for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
            const struct weir_zoo_look *look = &swap->halves[i].look;
            seen[i] = (struct seen){look->switched, look->record_version, look->record_created};
            halves[i] = (struct weir_switch_half){
                .switching = &swap->halves[i],
                .next = &plans[i].next,
                .papers = {.stops = swap->stops[i], .snapshot = swap->snapshots[i]}};
        }
        int code = weir_switching_write_both(halves, &written);
        code = code != WEIR_EXIT_OK ? code : weir_swap_look_members(swap);
        if (code != WEIR_EXIT_OK) {
            return code;
        }
        if (is_known(swap, id)) {
            return go_along(swap, id);
        }
        if (written == WEIR_SWITCH_LOST || !is_same(&seen[0], &swap->halves[0].look) ||
            !is_same(&seen[1], &swap->halves[1].look)) {
            return lose(swap, plans);
        }
    }
    return weir_switching_refuse("the connection broke at each try to write; nothing is written");
}

/* What is written with the requests. */
static int make_papers(struct weir_swap *swap, const struct weir_switch_plan *plans)
{
    int code = WEIR_EXIT_OK;

    for (size_t i = 0; code == WEIR_EXIT_OK && i < WEIR_SWAP_HALVES; i++) {
        if (swap->wishes[i].stops != NULL) {
            code = weir_switch_stops_text(&swap->wishes[i], &swap->stops[i]);
        }
        if (code == WEIR_EXIT_OK) {
            code =
                weir_switch_snapshot_make(&swap->halves[i], &plans[i].request, &swap->snapshots[i]);
        }
    }
    return code;
}

static int plan_and_ask(struct weir_swap *swap)
{
    struct weir_switch_plan plans[WEIR_SWAP_HALVES] = {{.blocks = NULL}, {.blocks = NULL}};
    int code = make_plans(swap, plans);

    code = code != WEIR_EXIT_OK ? code : judge_blocks(swap, plans);
    code = code != WEIR_EXIT_OK ? code : make_papers(swap, plans);
    code = code != WEIR_EXIT_OK ? code : ask(swap, plans);
    for (size_t i = 0; i < WEIR_SWAP_HALVES; i++) {
        weir_switch_plan_fini(&plans[i]);
    }
    return code;
}

int weir_zoo_swap_apply(struct weir_zoo_group *const groups[WEIR_SWAP_HALVES],
                        const struct weir_switch_wish *wish, FILE *out)
{
    struct weir_swap swap;

    weir_swap_begin(&swap, groups, wish, out);
    int code = look_for(&swap);
    if (code == WEIR_EXIT_OK && !wish->execute) {
        code = show_plans(&swap);
    } else if (code == WEIR_EXIT_OK) {
        code = weir_swap_watch(&swap);
        code = code != WEIR_EXIT_OK        ? code
               : is_known(&swap, wish->id) ? go_along_if_same(&swap)
                                           : plan_and_ask(&swap);
    }
    weir_swap_fini(&swap);
    return code;
}
