#include "test/support/switch_verb.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/sim_zoo.h"
#include "test/support/zoo_colors.h"
#include "test/support/zoo_desk.h"
#include "tools/memory.h"
#include "tools/options.h"

struct switch_verb switch_verb;

static const struct weir_switch_wish preset = {.to = "green",
                                               .id = "ours",
                                               .by = "me@here",
                                               .prepare_ms = 30000,
                                               .drain_ms = 60000,
                                               .take_ms = 30000,
                                               .execute = true,
                                               .timeout_ms = ZOO_DESK_TIMEOUT_MS};

void switch_verb_preset(void)
{
    switch_verb.wish = preset;
}

void switch_verb_set_up(void)
{
    zoo_desk_set_up();
    switch_verb = (struct switch_verb){.wish = preset};
    zoo_colors_settle();
}

void switch_verb_tear_down(void)
{
    free(switch_verb.printed);
    switch_verb.printed = NULL;
    zoo_desk_tear_down();
}

int switch_verb_run(weir_zoo_switch_fn *verb)
{
    size_t size = 0;

    free(switch_verb.printed);
    switch_verb.printed = NULL;
    zoo_desk.said[0] = '\0';
    zoo_desk.turns = 0;
    FILE *out = open_memstream(&switch_verb.printed, &size);
    ck_assert_ptr_nonnull(out);
    int code = verb(zoo_desk.group, &switch_verb.wish, out);
    ck_assert_int_eq(fclose(out), 0);
    zoo_desk.act_at = 0;
    zoo_colors_read(&switch_verb.record);
    return code;
}

void switch_verb_expect_said(const char *part)
{
    ck_assert_msg(strstr(zoo_desk.said, part) != NULL, "%s", zoo_desk.said);
}

void switch_verb_expect_printed(const char *part)
{
    ck_assert_msg(strstr(switch_verb.printed, part) != NULL, "%s", switch_verb.printed);
}

void switch_verb_refuse(weir_zoo_switch_fn *verb, const char *part)
{
    char *before = weir_cli_copy(sim_zoo_data(ZOO_DESK_GROUP "/weir/switch"));
    int code = switch_verb_run(verb);
    const char *after = sim_zoo_data(ZOO_DESK_GROUP "/weir/switch");

    ck_assert_msg(code == WEIR_EXIT_TRY_AGAIN, "%d: %s", code, switch_verb.printed);
    switch_verb_expect_said(part);
    ck_assert(before == NULL ? after == NULL : strcmp(before, after) == 0);
    free(before);
}

/* At every turn from now on. */
void switch_verb_act_always(void)
{
    zoo_colors_follow(switch_verb.stubborn);
    zoo_desk.act_at = zoo_desk.turns + 1;
}

void switch_verb_let_members_act(void)
{
    zoo_desk.act = switch_verb_act_always;
    zoo_desk.act_at = 1;
}

/* A request of ours in this step, with members that have done what it asks for. */
void switch_verb_be_in(enum weir_switch_step step)
{
    struct weir_switch next;
    struct weir_switch_member crew[] = {{.id = "a", .color = "blue"},
                                        {.id = "c", .color = "green"}};

    ck_assert(zoo_colors_ask("theirs", "green"));
    zoo_colors_read(&switch_verb.record);
    while (switch_verb.record.step != step) {
        for (size_t i = 0; i < sizeof crew / sizeof crew[0]; i++) {
            crew[i].turn = switch_verb.record.turn;
            crew[i].ready = crew[i].empty = crew[i].full = true;
        }
        const struct weir_switch_sight sight = {.members = crew, .member_count = 2};
        ck_assert(weir_switch_next(&switch_verb.record, &sight, &next));
        switch_verb.record = next;
    }
    zoo_colors_write(&switch_verb.record);
    zoo_colors_follow(NULL);
}

void switch_verb_end_theirs(enum weir_switch_outcome outcome)
{
    const struct weir_switch_sight nobody = {.members = NULL};
    struct weir_switch next;

    switch_verb_be_in(WEIR_SWITCH_ACTIVE);
    if (outcome == WEIR_SWITCH_DONE) {
        ck_assert(weir_switch_next(&switch_verb.record, &nobody, &next));
    } else {
        zoo_colors_activate("blue");
        switch_verb_be_in(WEIR_SWITCH_PREPARED);
        ck_assert_int_eq(weir_switch_undo(&switch_verb.record, "rain", 0, &next, NULL), WEIR_OK);
    }
    zoo_colors_write(&next);
    zoo_colors_follow(NULL);
}
