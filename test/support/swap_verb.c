#include "test/support/swap_verb.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/clock.h"
#include "framework/base/memory.h"
#include "framework/switch_move.h"
#include "test/support/sim_zoo.h"
#include "test/support/switch_verb.h"
#include "tools/memory.h"
#include "tools/options.h"

enum { GREEN_SESSION = 103, WINDOW_MS = 600000 };

struct swap_verb swap_verb;

const char *const swap_verb_paths[] = {ZOO_DESK_GROUP "/weir/switch",
                                       SWAP_VERB_NEXT "/weir/switch"};

/* The same node of the other group; session 0: it is not ephemeral. */
static void copy(const char *below, int64_t session)
{
    char *from = weir_cli_text(ZOO_DESK_GROUP "/%s", below);
    char *to = weir_cli_text(SWAP_VERB_NEXT "/%s", below);
    char *data = weir_cli_copy(sim_zoo_data(from));

    sim_zoo_write(to, data);
    if (session != 0) {
        sim_zoo_usurp(to, session);
        sim_zoo_write(to, data);
    }
    free(data);
    free(to);
    free(from);
}

void swap_verb_put(int half, const struct weir_switch *record)
{
    char *text = NULL;

    ck_assert_int_eq(weir_switch_write(record, &text), WEIR_OK);
    sim_zoo_write(swap_verb_paths[half], text);
    weir_free(text);
}

void swap_verb_read(void)
{
    for (int i = 0; i < WEIR_SWAP_HALVES; i++) {
        const char *data = sim_zoo_data(swap_verb_paths[i]);
        weir_switch_init(&swap_verb.records[i]);
        if (data != NULL) {
            ck_assert_int_eq(weir_switch_read(data, strlen(data), &swap_verb.records[i], NULL),
                             WEIR_OK);
        }
    }
}

void swap_verb_set_up(void)
{
    static const char *const members[] = {"ids/a", "ids/b", "ids/c", "ids/d"};

    switch_verb_set_up();
    swap_verb.groups[0] = zoo_desk.group;
    ck_assert_int_eq(
        weir_zoo_group_open(zoo_desk.config, "next", &zoo_desk_world, &swap_verb.groups[1]),
        WEIR_EXIT_OK);
    for (int i = 0; i < 4; i++) {
        copy(members[i], 101 + i);
    }
    copy("weir/allotment-blue", 0);
    copy("weir/allotment-green", 0);
    copy("weir/switch", 0);
    for (int i = 0; i < ZOO_DESK_PARTITIONS; i++) {
        char *path = weir_cli_text(SWAP_VERB_NEXT "/owners/orders/%d", i);
        sim_zoo_write(path, "c-0");
        sim_zoo_usurp(path, GREEN_SESSION);
        sim_zoo_write(path, "c-0");
        free(path);
    }
    swap_verb_read();
    (void)snprintf(swap_verb.records[1].active, sizeof swap_verb.records[1].active, "green");
    swap_verb_put(1, &swap_verb.records[1]);
}

void swap_verb_tear_down(void)
{
    weir_zoo_group_close(swap_verb.groups[1]);
    switch_verb_tear_down();
}

static weir_zoo_swap_fn *playing;

static int play(struct weir_zoo_group *group, const struct weir_switch_wish *wish, FILE *out)
{
    (void)group;
    return playing(swap_verb.groups, wish, out);
}

int swap_verb_run(weir_zoo_swap_fn *verb)
{
    playing = verb;
    int code = switch_verb_run(play);
    swap_verb_read();
    return code;
}

/* Nothing is written of either. */
void swap_verb_refuse(weir_zoo_swap_fn *verb, const char *sentence)
{
    int32_t before[] = {sim_zoo_version(swap_verb_paths[0]), sim_zoo_version(swap_verb_paths[1])};
    int code = swap_verb_run(verb);

    ck_assert_msg(code == WEIR_EXIT_TRY_AGAIN, "%d: %s", code, switch_verb.printed);
    switch_verb_expect_said(sentence);
    for (int i = 0; i < WEIR_SWAP_HALVES; i++) {
        ck_assert_int_eq(sim_zoo_version(swap_verb_paths[i]), before[i]);
    }
}

/* As members and operators do it, that is done at a stroke. */
void swap_verb_end(enum weir_switch_outcome outcome)
{
    struct weir_switch next;

    for (int i = 0; i < WEIR_SWAP_HALVES; i++) {
        if (outcome == WEIR_SWITCH_DONE) {
            memcpy(swap_verb.records[i].active, swap_verb.records[i].request.to,
                   sizeof swap_verb.records[i].active);
        }
        weir_switch_end(&swap_verb.records[i], outcome, "", weir_clock_wall() / WEIR_NS_PER_MS,
                        &next);
        swap_verb_put(i, &next);
    }
    swap_verb_read();
}

void swap_verb_be_done(void)
{
    switch_verb.wish.window_ms = WINDOW_MS;
    ck_assert_msg(swap_verb_run(weir_zoo_swap_apply) == WEIR_EXIT_OK, "%s", zoo_desk.said);
    swap_verb_end(WEIR_SWITCH_DONE);
    switch_verb.wish.to = NULL;
    switch_verb.wish.id = "unused";
}
