#include "test/support/runner.h"
#include "test/support/sim_zoo.h"
#include "test/support/zoo_desk.h"
#include "tools/memory.h"
#include "tools/options.h"
#include <stdlib.h>
#include <string.h>

/* Offsets in ZooKeeper are changed only while nobody owns them, whoever comes at whatever moment;
 * on a real server it is in test/integration/test_kafka_zootools.c. */

enum { END = 100 };

static struct weir_plan plan;

static void tear_down(void)
{
    weir_plan_fini(&plan);
    zoo_desk_tear_down();
}

static void read_offsets(void)
{
    (void)zoo_desk_look();
    ck_assert_int_eq(
        weir_zoo_group_ask_committed(zoo_desk.group, ZOO_DESK_TIMEOUT_MS, &zoo_desk.view),
        WEIR_EXIT_OK);
    for (size_t i = 0; i < ZOO_DESK_PARTITIONS; i++) {
        zoo_desk.view.partitions[i].begin = 0;
        zoo_desk.view.partitions[i].end = END;
    }
}

/* Partition 0 from 7 and partition 1 from nothing to 20. */
static void plan_two(void)
{
    zoo_desk_put("offsets/orders/0", "7", 0);
    read_offsets();
    weir_plan_fini(&plan);
    weir_plan_set(&plan, &zoo_desk.view.partitions[0], 20, NULL);
    weir_plan_set(&plan, &zoo_desk.view.partitions[1], 20, NULL);
    weir_plan_set(&plan, &zoo_desk.view.partitions[0], 7, NULL); /* it stands there already */
}

static void expect_offset(int partition, const char *expected)
{
    char *path = weir_cli_text(ZOO_DESK_GROUP "/offsets/orders/%d", partition);
    const char *data = sim_zoo_data(path);

    ck_assert_msg(data != NULL && strcmp(data, expected) == 0, "%s holds %s", path,
                  data == NULL ? "(nothing)" : data);
    free(path);
}

START_TEST(what_is_planned_is_stored_and_nothing_else_is_left)
{
    plan_two();
    ck_assert_msg(weir_zoo_group_write(zoo_desk.group, ZOO_DESK_TIMEOUT_MS, &plan) == WEIR_EXIT_OK,
                  "%s", zoo_desk.said);
    expect_offset(0, "20");
    expect_offset(1, "20");
    ck_assert(!sim_zoo_exists(ZOO_DESK_GROUP "/offsets/orders/2"));
    ck_assert(!sim_zoo_exists(ZOO_DESK_GROUP "/owners/orders/0"));
    ck_assert(!sim_zoo_exists(ZOO_DESK_GROUP "/owners/orders/1"));
    read_offsets();
    ck_assert_str_eq(zoo_desk.view.state, "Empty");
    ck_assert_int_eq(zoo_desk.view.partitions[1].committed, 20);
}
END_TEST

START_TEST(what_somebody_owns_is_not_written)
{
    plan_two();
    zoo_desk_own(1, "go-0", ZOO_DESK_SESSION_A);
    ck_assert_int_eq(weir_zoo_group_write(zoo_desk.group, ZOO_DESK_TIMEOUT_MS, &plan),
                     WEIR_EXIT_TRY_AGAIN);
    ck_assert_ptr_nonnull(strstr(zoo_desk.said, "orders/1: "));
    expect_offset(0, "20");
    ck_assert(!sim_zoo_exists(ZOO_DESK_GROUP "/offsets/orders/1"));
    ck_assert_str_eq(sim_zoo_data(ZOO_DESK_GROUP "/owners/orders/1"), "go-0");
}
END_TEST

START_TEST(what_was_changed_since_the_look_is_not_written)
{
    plan_two();
    zoo_desk_put("offsets/orders/0", "8", 0);
    ck_assert_int_eq(weir_zoo_group_write(zoo_desk.group, ZOO_DESK_TIMEOUT_MS, &plan),
                     WEIR_EXIT_TRY_AGAIN);
    ck_assert_str_eq(zoo_desk.said,
                     "orders/0: somebody has changed its offset meanwhile; nothing is "
                     "written");
    expect_offset(0, "8");
    ck_assert(!sim_zoo_exists(ZOO_DESK_GROUP "/offsets/orders/1"));
    zoo_desk_put("offsets/orders/0", "7", 0);
    zoo_desk_put("offsets/orders/1", "7", 0);
    ck_assert_int_eq(weir_zoo_group_write(zoo_desk.group, ZOO_DESK_TIMEOUT_MS, &plan),
                     WEIR_EXIT_TRY_AGAIN);
    expect_offset(0, "7");
}
END_TEST

static void come_to_own(void)
{
    zoo_desk_own(1, "go-0", ZOO_DESK_SESSION_A);
}

static void overtake(void)
{
    zoo_desk_put("offsets/orders/0", "13", 0);
    zoo_desk_put("offsets/orders/1", "13", 0);
}

/* Somebody does that at this turn of a write; was there such a turn? */
static bool write_while(void (*what)(void), int at, int *code)
{
    sim_zoo_remove(ZOO_DESK_GROUP "/owners/orders/1");
    sim_zoo_remove(ZOO_DESK_GROUP "/offsets/orders/1");
    plan_two();
    zoo_desk.turns = 0;
    zoo_desk.act = what;
    zoo_desk.act_at = at;
    *code = weir_zoo_group_write(zoo_desk.group, ZOO_DESK_TIMEOUT_MS, &plan);
    zoo_desk.act = NULL;
    return zoo_desk.turns >= at;
}

START_TEST(who_comes_to_own_it_meanwhile_is_safe)
{
    int refused = 0;
    int code = WEIR_EXIT_OK;

    for (int at = 1; write_while(come_to_own, at, &code); at++) {
        ck_assert_str_eq(sim_zoo_data(ZOO_DESK_GROUP "/owners/orders/1"), "go-0");
        if (code == WEIR_EXIT_OK) {
            expect_offset(1, "20");
        } else {
            ck_assert_int_eq(code, WEIR_EXIT_TRY_AGAIN);
            ck_assert(!sim_zoo_exists(ZOO_DESK_GROUP "/offsets/orders/1"));
            refused++;
        }
    }
    ck_assert_int_gt(refused, 1);
    ck_assert_int_eq(code, WEIR_EXIT_OK);
}
END_TEST

/* Before it is written, or before it is read back. */
START_TEST(what_is_changed_meanwhile_is_not_overwritten)
{
    int refused = 0;
    int noticed = 0;
    int code = WEIR_EXIT_OK;

    for (int at = 1; write_while(overtake, at, &code); at++) {
        expect_offset(0, "13");
        expect_offset(1, "13");
        bool overtaken = code == WEIR_EXIT_TRY_AGAIN;
        noticed += overtaken && strstr(zoo_desk.said, "is not stored at 20 now") != NULL ? 1 : 0;
        refused += overtaken ? 1 : 0;
        ck_assert(overtaken || code == WEIR_EXIT_OK);
    }
    ck_assert_int_gt(noticed, 0);
    ck_assert_int_gt(refused, noticed);
    ck_assert_int_eq(code, WEIR_EXIT_OK);
    expect_offset(0, "20");
    expect_offset(1, "20");
}
END_TEST

/* Done or not done: it is read back, or said that it is not known. */
START_TEST(a_write_whose_answer_is_lost_is_read_back)
{
    int code = WEIR_EXIT_OK;

    for (int at = 1; write_while(zoo_desk_cut, at, &code); at++) {
        if (code == WEIR_EXIT_OK) {
            expect_offset(0, "20");
            expect_offset(1, "20");
        } else {
            ck_assert_int_eq(code, WEIR_EXIT_TRY_AGAIN);
            ck_assert_ptr_nonnull(strstr(zoo_desk.said, "orders/1"));
        }
        sim_zoo_heal(0);
    }
}
END_TEST

START_TEST(what_may_not_be_written_is_named)
{
    plan_two();
    sim_zoo_deny(ZOO_DESK_GROUP "/owners");
    ck_assert_int_eq(weir_zoo_group_write(zoo_desk.group, ZOO_DESK_TIMEOUT_MS, &plan),
                     WEIR_EXIT_UNAVAILABLE);
    ck_assert_ptr_nonnull(strstr(zoo_desk.said, ZOO_DESK_GROUP "/owners cannot be made"));
    expect_offset(0, "7");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("zoo_write");

    tcase_add_checked_fixture(tcase, zoo_desk_set_up, tear_down);
    tcase_add_test(tcase, what_is_planned_is_stored_and_nothing_else_is_left);
    tcase_add_test(tcase, what_somebody_owns_is_not_written);
    tcase_add_test(tcase, what_was_changed_since_the_look_is_not_written);
    tcase_add_test(tcase, who_comes_to_own_it_meanwhile_is_safe);
    tcase_add_test(tcase, what_is_changed_meanwhile_is_not_overwritten);
    tcase_add_test(tcase, a_write_whose_answer_is_lost_is_read_back);
    tcase_add_test(tcase, what_may_not_be_written_is_named);
    return runner_run("zoo_write", tcase);
}
